"""Templates of roles, rendered without a host."""

from importlib import import_module
from typing import Any

import jinja2
import yaml

from ansible_collections.hostler.fleet.plugins.filter.shown import of_apps
from ansible_collections.hostler.fleet.plugins.module_utils.build.texts import Templates
from ansible_collections.hostler.fleet.plugins.module_utils.host.units import STAND_IN
from ansible_collections.hostler.fleet.plugins.module_utils.model import App
from ansible_collections.hostler.fleet.plugins.module_utils.observe.kept import source
from tests.shared.samples import ROOT, app

# Of the filters and tests that Ansible has beside Jinja's own, those that our templates use
FILTERS = ("difference", "extract", "hash", "regex_replace", "to_json")
TESTS = ("match",)
REPORT: dict[str, Any] = {"name": "report", "command": "flask report", "schedule": "Mon..Fri 03:00 Europe/Berlin"}
MAIL: dict[str, Any] = {"name": "mail", "command": "celery -A app worker"}
TEXTS = Templates(ROOT / "roles/web/templates")  # as the control node makes them


def render(role: str, template: str, **variables: Any) -> str:
    """Return a role's template as Ansible renders it, with the role's defaults and variables but for `variables`."""
    folder = ROOT / "roles" / role
    environment = _environment(jinja2.FileSystemLoader(folder / "templates"))
    environment.globals["lookup"] = lambda _, name: (folder / "files" / name).read_text(encoding="utf-8")
    files = [path for path in (folder / "defaults/main.yml", folder / "vars/main.yml") if path.exists()]
    own = {name: value for path in files for name, value in (yaml.safe_load(path.read_text()) or {}).items()}
    text = environment.get_template(template).render({**own, **variables})
    return f"{text}\n" if (folder / "templates" / template).read_text(encoding="utf-8").endswith("\n") else text


def value(text: str, **variables: Any) -> str:
    """Return what a variable of a role is, by how it is written."""
    return _environment(jinja2.BaseLoader()).from_string(text).render(variables)


def _environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """Return what templates are rendered in. The last line break of what is included is lost, as it is there."""
    environment = jinja2.Environment(loader=loader, trim_blocks=True, undefined=jinja2.StrictUndefined)
    for kind in ("core", "mathstuff"):
        filters = import_module(f"ansible.plugins.filter.{kind}").FilterModule().filters()
        environment.filters |= {name: filter for name, filter in filters.items() if name in FILTERS}
    environment.filters |= {"hostler.fleet.shown": of_apps, "hostler.fleet.source": source}
    tests = import_module("ansible.plugins.test.core").TestModule().tests()
    environment.tests |= {name: tests[name] for name in TESTS}
    return environment


def gunicorn(each: App, *balancers: str) -> str:
    """Return the settings of a release's server, in a fleet of these balancers, or of two."""
    return TEXTS.settings(each, list(balancers or ("192.0.2.12", "192.0.2.11")))


def units_of(release: str = STAND_IN, jobs: tuple[dict[str, Any], ...] = (), workers: tuple[dict[str, Any], ...] = ()) -> dict[str, str]:
    """Return the units of the app hello by their places in a release."""
    texts = TEXTS.units(app(jobs=list(jobs), workers=list(workers)))
    return {place: text.replace(STAND_IN, release) for place, text in texts.items()}
