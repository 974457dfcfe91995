"""Check that what an operator wants removed may be an app that was taken out of the inventory, and say what there is of it."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import Decision, clock, now
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.plan import removal
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer


class ActionModule(Decision):
    """``check_removal``: takes ``app``, a name, and ``apps``, those of the inventory.

    With ``balancers``, what each said, ``parts``, for each web host what it has of the app, and ``databases``, what ``database_info`` said
    of each host with data, it also returns what of it there is; and for ``drop_database``, the name of one that is to go, and ``kept``,
    what ``backup_info`` said, what goes of that.
    """

    def decide(self, args: Json) -> Json:
        """Return ``app``; and ``done``, whether nothing is left to do, ``lines``, what goes from balancers, ``msg`` and ``events``; and
        ``stays``, what does not go, and ``dropped``, as ``plan.removal`` has it.
        """
        name = removal.named(str(args["app"]), [app["name"] for app in args["apps"]])
        if "balancers" not in args:
            return {"app": name}
        balancers = {host: Balancer.of(said) for host, said in args["balancers"].items()}
        taken = [app["database"]["name"] for app in args["apps"] if app.get("database")]
        dropped = removal.dropped(name, args["drop_database"], taken, args["databases"], args["kept"], f"{clock()}")
        stays = [] if dropped else list(removal.stays(name, taken, args["databases"]))
        return {"app": name, "stays": stays, "dropped": dropped, **removal.found(name, balancers, args["parts"], now(), clock())}
