"""Look at the certificates that an operator has for the apps, and make those that nobody has, on the control node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ansible.errors import AnsibleError

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.acme.place import EAB, KEY, THUMBPRINT
from ansible_collections.hostler.fleet.plugins.module_utils.build import authority, certificate
from ansible_collections.hostler.fleet.plugins.module_utils.build.account import NAME as ACCOUNT
from ansible_collections.hostler.fleet.plugins.module_utils.build.account import account
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.place import CERTIFICATES
from ansible_collections.hostler.fleet.plugins.module_utils.model import Certified, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.shown import shown


class ActionModule(Decision):
    """``build_certificates``: takes ``apps``, and ``pages``, the fleet's page where it has a domain; ``folder``, where the authority of
    those that are ``selfsigned`` is kept, and the account of those with ``acme``, and ``name``, of what it is the authority; ``addresses``
    of the balancers, by which an app is reached that is the default; and ``eab``, by which an authority of ACME knows an account, empty for
    none.

    Returns ``files``, as ``put_files`` takes them, and ``made``, names of apps and the account's.
    """

    def decide(self, args: Json) -> Json:
        """Return where the certificates are; Refused for one that is no good."""
        given = [*((f"apps.{app['name']}", app) for app in args["apps"]), *(("monitor_page", page) for page in args["pages"])]
        served = {place: one for place, one in ((place, Certified.of(one)) for place, one in given) if one.tls != "off"}
        apps = list(served.values())
        now = datetime.now().astimezone()
        if wrong := [f"{place}.{problem}" for place, one in served.items() if one.tls == "files" for problem in self._problems(one, now)]:
            raise Refused("\n".join(wrong))
        # Visitors are shown one of ours until the first one of ACME is there
        own, asks = [app for app in apps if app.tls != "files"], any(app.tls == "acme" for app in apps)
        try:
            made = self._sign(own, Path(args["folder"]), args["name"], args["addresses"], now) if own else []
            thumbprint, is_new = account(Path(args["folder"]), not self._task.check_mode) if asks else ("", False)
        except (OSError, ValueError) as error:
            raise Refused(
                f"The authority in {args['folder']} cannot be used: {error}. Put the folder back, or remove it for a new one."
            ) from error
        paths = {app.name: [f"{args['folder']}/{app.name}.{kind}" for kind in ("crt", "key")] for app in own}
        paths |= {app.name: [app.certificate, app.key] for app in apps if app.tls == "files"}
        # HAProxy reads them as its own user, at each reload
        files: list[Json] = [
            {"path": f"{CERTIFICATES}/{one.name}.pem", "group": "haproxy", "from": paths[one.app], "initial": one.renewed}
            for one in shown(apps)
        ]
        if asks:
            files.append({"path": str(KEY), "group": "root", "from": [f"{args['folder']}/{ACCOUNT}"]})
            files.append({"path": str(THUMBPRINT), "group": "haproxy", "text": f"account {thumbprint}\n"})
        files.append(
            {"path": str(EAB), "group": "root", "secret": args["eab"]} if asks and args["eab"] else {"path": str(EAB), "absent": True}
        )
        files += [] if asks else [{"path": str(KEY), "absent": True}]
        made += [ACCOUNT] if is_new else []
        return {"files": files, "made": made, "changed": bool(made)}

    def _sign(self, apps: list[Certified], folder: Path, name: str, addresses: list[str], now: datetime) -> list[str]:
        """Have each app have a certificate; return the names of those for which one was made."""
        keep = not self._task.check_mode
        ca = authority.authority(folder, name, now, keep)
        return [
            app.name
            for app in apps
            if authority.certificate(folder, ca, app.name, [*app.domains, *(addresses if app.default else [])], now, keep)
        ]

    def _problems(self, app: Certified, now: datetime) -> Iterator[str]:
        texts = {}
        for kind in ("certificate", "key"):
            try:
                texts[kind] = Path(self._loader.get_real_file(getattr(app, kind))).read_text(encoding="utf-8")
            except (AnsibleError, OSError, UnicodeDecodeError) as error:
                yield f"{kind}: {getattr(app, kind)} cannot be read: {str(error).splitlines()[0]}"
        if len(texts) == 2:
            yield from certificate.problems(texts["certificate"], texts["key"], app.domains, now)
