"""The texts of a release that are made from templates: the server's settings, and the units of jobs and workers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.hostler.fleet.plugins.module_utils.build.server_hooks import HOOKS
from ansible_collections.hostler.fleet.plugins.module_utils.model import App

SYSTEM = "etc/systemd/system"


class Templates:
    """The templates below a folder, each at its target's path."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        loader = FileSystemLoader(folder)
        self._templates = Environment(
            loader=loader, trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined, autoescape=False
        )
        self._templates.filters["to_json"] = json.dumps

    def _render(self, name: str, **variables: Any) -> str:
        return self._templates.get_template(f"{name}.j2").render(**variables)

    def settings(self, app: App, balancers: list[str]) -> str:
        """Return the settings of Gunicorn; only from the addresses of the `balancers` does it believe forwarded headers."""
        return self._render("srv/app/releases/gunicorn.conf.py", app=app, balancers=balancers, hooks=HOOKS)

    def units(self, app: App) -> dict[str, str]:
        """Return the unit of each job and worker by its place in a release, such as ``once/hello.report.timer``."""
        texts = {}
        for unit in app.units:
            for suffix in ("service", "timer") if unit.kind == "job" else ("service",):
                place = f"{'once' if unit.once else 'every'}/{app.name}.{unit.name}.{suffix}"
                texts[place] = self._render(f"{SYSTEM}/app.unit.{suffix}", app=app, unit=unit)
        return texts

    def slots(self, app: App) -> str:
        """Return the template unit of an app's slots."""
        return self._render(f"{SYSTEM}/app@.service", app=app)
