"""Build each app's release on the control node: bundle, packages for each kind of host, and id."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.build.release import build
from ansible_collections.hostler.fleet.plugins.module_utils.build.texts import Templates
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen
from ansible_collections.hostler.fleet.plugins.module_utils.plan.removal import left


class ActionModule(Decision):
    """``build_release``: takes ``apps`` and ``only``, the one that is meant, empty for all; ``environments`` and ``secrets``, by app's
    name; ``generations``, for each web host, what it knows an app's secrets as; ``hosts``, what each web host said of itself;
    ``balancers``, their addresses; ``templates``, the folder of a release's texts; ``cache``, the folder that keeps what was built.
    """

    def decide(self, args: Json) -> Json:
        """Return ``apps``, for each app that is meant what was built, as ``build.release.build`` has it."""
        templates = Templates(Path(args["templates"]))
        platforms = list({repr(said["platform"]): said["platform"] for said in args["hosts"].values()}.values())
        built = {}
        # Only what is meant: another app's source may be half written
        for app in chosen([App.of(app) for app in args["apps"]], args["only"], several=True):
            name = app.name
            known = [of.get(name, "") for of in args["generations"]]
            texts = (templates.settings(app, args["balancers"]), templates.units(app))
            given = (args["environments"][name], args["secrets"][name], known, *texts, platforms, Path(args["cache"]))
            try:
                built[name] = build(app, *given, sends=not self._task.check_mode)
            except ValueError as error:
                raise Refused(str(error)) from error
        # What is no longer in the inventory is told to who is about to deploy
        warnings = [*(line for one in built.values() for line in one.warnings), *left(args["hosts"])]
        return {
            "apps": {name: one.json() for name, one in built.items()},
            **({"warnings": warnings} if warnings else {}),
            "said": ", ".join(f"{name} {one.release}" for name, one in built.items()),
        }
