"""Which apps an operator means."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Refused


def chosen(apps: list[App], name: str, several: bool = False) -> list[App]:
    """Return the app that is named; without a name all, where `several` may be meant, or else the only one."""
    names = [app.name for app in apps]
    if name and name not in names:
        raise Refused(f"app: there is no app {name!r}; there is {', '.join(names)}.")
    if not name and not several and len(apps) > 1:
        raise Refused(f"app: which one? Name it, such as -e app={names[0]}; there is {', '.join(names)}.")
    return [app for app in apps if name in ("", app.name)]
