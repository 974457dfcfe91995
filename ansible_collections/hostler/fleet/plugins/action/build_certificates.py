"""Look at the certificates that an operator has for the apps, and make those that nobody has, on the control node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.build import authority, certificate
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.place import CERTIFICATES
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused


class ActionModule(Decision):
    """``build_certificates``: takes ``apps``; ``folder``, where the authority of those that are ``selfsigned`` is kept, and ``name``, of
    what it is the authority; and ``addresses`` of the balancers, by which an app is reached that is the default.

    Returns ``files``, as ``put_files`` takes them for each app with HTTPS, and ``made``, names of apps.
    """

    def decide(self, args: Json) -> Json:
        """Return where the certificates are; Refused for one that is no good."""
        apps = [app for app in map(App.of, args["apps"]) if app.tls != "off"]
        now = datetime.now().astimezone()
        if wrong := [f"apps.{app.name}.{problem}" for app in apps if app.tls == "files" for problem in self._problems(app, now)]:
            raise Refused("\n".join(wrong))
        own = [app for app in apps if app.tls == "selfsigned"]
        try:
            made = self._sign(own, Path(args["folder"]), args["name"], args["addresses"], now) if own else []
        except (OSError, ValueError) as error:
            raise Refused(
                f"The authority in {args['folder']} cannot be used: {error}. Put the folder back, or remove it for a new one."
            ) from error
        paths = {app.name: [app.certificate, app.key] for app in apps if app.tls == "files"}
        paths |= {app.name: [f"{args['folder']}/{app.name}.{kind}" for kind in ("crt", "key")] for app in own}
        # HAProxy reads them as its own user, at each reload
        files = [{"path": f"{CERTIFICATES}/{name}.pem", "group": "haproxy", "from": pair} for name, pair in sorted(paths.items())]
        return {"files": files, "made": made, "changed": bool(made)}

    def _sign(self, apps: list[App], folder: Path, name: str, addresses: list[str], now: datetime) -> list[str]:
        """Have each app have a certificate; return the names of those for which one was made."""
        keep = not self._task.check_mode
        ca = authority.authority(folder, name, now, keep)
        return [
            app.name
            for app in apps
            if authority.certificate(folder, ca, app.name, [*app.domains, *(addresses if app.default else [])], now, keep)
        ]

    def _problems(self, app: App, now: datetime) -> Iterator[str]:
        texts = {}
        for kind in ("certificate", "key"):
            try:
                texts[kind] = Path(self._loader.get_real_file(getattr(app, kind))).read_text(encoding="utf-8")
            except (AnsibleError, OSError, UnicodeDecodeError) as error:
                yield f"{kind}: {getattr(app, kind)} cannot be read: {str(error).splitlines()[0]}"
        if len(texts) == 2:
            yield from certificate.problems(texts["certificate"], texts["key"], app.domains, now)
