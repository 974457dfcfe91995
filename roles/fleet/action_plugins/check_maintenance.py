# Managed by Hostler, role:fleet
"""Check what an operator asks for who closes an app for maintenance, or opens it again. Opens no connection."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

App = dict[str, Any]
STATES = {"on": "on", "off": "off", "True": "on", "False": "off"}  # a YAML or JSON of the operator's may have made it a boolean


def chosen(apps: list[App], name: str) -> App:
    """Return the app that is named, or the only one; raise ValueError with one sentence."""
    names = [app["name"] for app in apps]
    if name and name not in names:
        raise ValueError(f"app: there is no app {name!r}; there is {', '.join(names)}.")
    if not name and len(apps) > 1:
        raise ValueError(f"app: which one? Name it, such as -e app={names[0]}; there is {', '.join(names)}.")
    return next(app for app in apps if name in ("", app["name"]))


def switch(state: Any) -> str:
    """Return ``on`` or ``off``; raise ValueError for anything else."""
    if str(state) not in STATES:
        said = f"{state!r} is neither on nor off" if state else "say whether to close the app or to open it again"
        raise ValueError(f"state: {said}; such as -e state=on.")
    return STATES[str(state)]


def addresses(allow: str | list[str]) -> list[str]:
    """Return IP addresses, given as a list or with commas between, as HAProxy writes them; raise ValueError for what is none."""
    given = allow.split(",") if isinstance(allow, str) else [str(item) for item in allow]
    return sorted({address(text.strip()) for text in given if text.strip()})


def address(text: str) -> str:
    """Return an address in the spelling of inet_ntop(3), which is HAProxy's; an IPv4 address in IPv6's clothes comes out as IPv4."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        such = "name them with commas between, such as -e allow=203.0.113.7,2001:db8::7"
        raise ValueError(f"allow: {text!r} is no IP address; {such}.") from None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or socket.inet_ntop(socket.AF_INET6, parsed.packed))
    return str(parsed)


def asked(apps: list[App], name: str, state: Any, allow: str | list[str]) -> dict[str, Any]:
    """Return ``app``, ``state`` and ``allow`` as they are meant; raise ValueError with one sentence for what cannot be meant."""
    wanted = {"app": chosen(apps, name), "state": switch(state), "allow": addresses(allow)}
    if wanted["state"] == "off" and wanted["allow"]:
        raise ValueError("allow: with state=off everybody gets the app; addresses go with state=on.")
    return wanted


class ActionModule(ActionBase):
    """``check_maintenance``: takes ``apps``, ``app``, ``state`` and ``allow``; returns what ``asked`` does."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail with one sentence, or return what is meant."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        try:
            return {**result, "changed": False, **asked(args["apps"], args["app"], args["state"], args["allow"])}
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from None
