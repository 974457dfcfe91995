# Managed by Hostler, role:release
"""Tell which generation of its secrets a web host knows an app's present ones as; no value leaves the host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hostler_release import secrets
from ansible.module_utils.hostler_release.host import App

DOCUMENTATION = """
module: match_secrets
short_description: Tell which generation of its secrets a web host knows an app's present ones as
description:
  - Returns C(generations), for each app the name; empty where this host does not have these values.
options:
  secrets: {description: A JSON object; for each app's name an object of strings., type: str, required: true}
"""

OPTIONS: dict[str, dict[str, Any]] = {"secrets": {"type": "str", "required": True, "no_log": True}}


def match(given: dict[str, Any], home: Path | None = None) -> dict[str, str]:
    """Return the generation of each app's values. What is no mapping of strings is refused by the build, and has none here."""
    good = {name: values for name, values in given.items() if isinstance(values, dict) and all(isinstance(v, str) for v in values.values())}
    return {name: secrets.find(home or App(name).home, values) if values else "" for name, values in good.items()}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(OPTIONS, supports_check_mode=True)
    try:
        module.exit_json(changed=False, generations=match(json.loads(module.params["secrets"])))
    except OSError as error:
        module.fail_json(f"The secrets that this host has cannot be read: {error}")


if __name__ == "__main__":
    main()
