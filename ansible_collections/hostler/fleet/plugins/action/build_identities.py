"""Give each host of a fleet what it shows the others, by an authority of the fleet's own."""

from __future__ import annotations

from datetime import datetime

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.build.identities import identities
from ansible_collections.hostler.fleet.plugins.module_utils.host.identity import AUTHORITY
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json


class ActionModule(Decision):
    """``build_identities``: takes ``kept``, what ``authority_info`` said on each host that keeps the authority; ``name``, of what it is
    the authority; and ``hosts``, for each its facts as ``host_facts`` returns them.

    Returns ``ca``, ``authority`` and ``made``, by host, as ``build.identities`` has them: there are keys in it, so the task has ``no_log``;
    and ``wrong``, why there are none, which that would hide: empty where all is well.
    """

    def decide(self, args: Json) -> Json:
        """Return them."""
        hosts = {name: ({said["address"], *said["sources"]}, said["certificate"]) for name, said in args["hosts"].items()}
        now = datetime.now().astimezone()
        # One that was built anew has none yet
        keeper = next((name for name, said in args["kept"].items() if said.get("wrong") or said["authority"]), next(iter(args["kept"])))
        kept = args["kept"][keeper]
        try:
            if kept.get("wrong"):
                raise ValueError(kept["wrong"])
            return {**vars(identities(kept["authority"], args["name"], hosts, now)), "wrong": ""}
        except ValueError as error:
            return {
                "wrong": f"What signs for the fleet's hosts cannot be used: {error}. Put {AUTHORITY} of {keeper} back, or remove it there "
                "for a new one."
            }
