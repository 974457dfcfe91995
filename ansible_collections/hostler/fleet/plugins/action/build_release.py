"""Build each app's release on the control node: bundle, packages for each kind of host, and id."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils import generated
from ansible_collections.hostler.fleet.plugins.module_utils.build.release import build
from ansible_collections.hostler.fleet.plugins.module_utils.build.texts import Templates
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.places import mixed
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen
from ansible_collections.hostler.fleet.plugins.module_utils.plan.removal import left
from ansible_collections.hostler.fleet.plugins.module_utils.plan.room import held


class ActionModule(Decision):
    """``build_release``: takes ``apps`` and ``only``, the one that is meant, empty for all; ``environments`` and ``secrets``, by app's
    name; ``matched``, what ``secrets_info`` returned on each web host; ``renew``, the secret that is made anew, empty for none;
    ``stored``, where databases are;
    ``hosts``, what each web host said of itself;
    ``balancers``, the address of each; ``templates``, the folder of a release's texts; ``cache``, the folder that keeps what was built.
    """

    def decide(self, args: Json) -> Json:
        """Return ``apps``, for each app that is meant what was built, as ``build.release.build`` has it; Refused where it has no room."""
        apps = [App.of(app) for app in args["apps"]]
        if wrong := mixed({**{host: said["address"] for host, said in args["hosts"].items()}, **args["balancers"]}):
            raise Refused(wrong)
        templates = Templates(Path(args["templates"]))
        platforms = list({repr(said["platform"]): said["platform"] for said in args["hosts"].values()}.values())
        built = {}
        # Only what is meant: another app's source may be half written
        meant = chosen(apps, args["only"], several=True)
        generated.renewed(meant, args["renew"])
        for app in meant:
            name = app.name
            known = generated.choose(app, generated.known(args["matched"], name), args["renew"], args.get("stored", []))
            texts = (templates.settings(app, list(args["balancers"].values())), templates.units(app))
            given = (args["environments"][name], args["secrets"][name], known, *texts, platforms, Path(args["cache"]))
            try:
                built[name] = build(app, *given, sends=not self._task.check_mode)
            except ValueError as error:
                raise Refused(str(error)) from error
        full, doubtful = held(apps, built, args["hosts"])
        if full:
            raise Refused("\n".join(full))
        # What is no longer in the inventory is told to who is about to deploy
        warnings = [*(line for one in built.values() for line in one.warnings), *doubtful, *left(args["hosts"])]
        return {
            "apps": {name: one.json() for name, one in built.items()},
            **({"warnings": warnings} if warnings else {}),
            "said": ", ".join(f"{name} {one.release}" for name, one in built.items()),
        }
