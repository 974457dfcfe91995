"""Fill in a template as ``ansible.builtin.template`` does, which copies all that a host knows before each, down to the last value."""

from __future__ import annotations

from typing import Any

from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase

from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

DOCUMENTATION = """
name: template
short_description: Fill in a template
version_added: 0.2.0
description:
  - Returns the text of each template, filled in by C(ansible.builtin.template), which takes the same options.
  - Values of variables are not copied first. A template of Hostler changes none.
options:
  _terms:
    description: Paths, as from a role's folder of templates.
"""


class Known(dict[str, Any]):
    """Variables whose values are shared with every copy."""

    def __deepcopy__(self, _: Json) -> Json:
        """Return a copy that another name can be added to."""
        return dict(self)


class LookupModule(LookupBase):
    """The lookup ``hostler.fleet.template``."""

    def run(self, terms: list[object], variables: Json | None = None, **kwargs: Any) -> list[str]:
        """Return the text of each template."""
        theirs = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
        texts: list[str] = theirs.run(terms, variables=Known(variables or {}), **kwargs)
        return texts
