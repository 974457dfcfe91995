"""Decide, for each app, what has to be done so that a release is live."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, clock
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import agree
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Build, Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.releases import ASKED, Given, plan
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, parts_of


class ActionModule(Decision):
    """``plan_releases``: takes ``verb``, ``apps``, ``built``, ``balancers``, what ``lock_fleet`` said of each, ``web``, ``hosts``,
    ``prepared`` and ``folder``, as ``plan.releases.Given`` has them, and ``asked``, what the operator says.
    """

    def decide(self, args: Json) -> Json:
        """Return ``steps``, as ``model.Step``, and ``idle``; ``cold``, whether web hosts are to be asked; ``busy``, who has to do with a
        step or with the lock; ``behind`` and ``catch_up``.
        """
        apps = [App.of(app) for app in args["apps"]]
        known = agree(apps, {name: Balancer.of(said) for name, said in args["balancers"].items()})
        if known.problems:
            raise Refused("\n".join(known.problems))
        asked = args["asked"]
        given = Given(
            args["verb"],
            apps,
            {name: Build.of(built) for name, built in args["built"].items()},
            known,
            args["web"],
            {host: parts_of(facts) for host, facts in args["hosts"].items()},
            args["prepared"],
            args["folder"],
            asked["app"],
            asked["release"],
            asked["current_secrets"],
            {key: asked[key] for key in ASKED},
            clock(),
            {host: facts["packages"] for host, facts in args["hosts"].items()},
        )
        steps, idle = plan(given, self._task.check_mode)
        cold = not args["hosts"] and any(not step.warm for step in steps)
        return {
            "steps": [step.json() for step in steps],
            "idle": idle,
            "cold": cold,
            "behind": known.behind,
            "busy": sorted({*args["balancers"], *(host for step in steps for hosts in step.on.values() for host in hosts)}),
            "catch_up": {"run": known.run, "entries": known.entries, "instead_of": [app.name for app in apps]},
            "said": "; ".join(f"{step.app}: {step.verb} of {step.release}" for step in steps),
        }
