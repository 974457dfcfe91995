"""Check what an operator says of how the fleet is watched."""

from __future__ import annotations

from itertools import chain

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.alerting import of_numbers, of_objectives, of_receivers, of_smtp, of_urls
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.page import of_users


class ActionModule(Decision):
    """``check_monitor``: takes ``receivers``, ``smtp``, ``available``, ``slow_seconds``, ``objectives`` and ``page``, as
    ``monitor_receivers`` and so on have them, and of the page looks at its users; ``urls`` and ``numbers``, by the names of their
    variables; and the ``apps``.
    """

    def decide(self, args: Json) -> Json:
        """Refuse with every problem found, one a line."""
        problems = (
            of_receivers(args["receivers"], args["smtp"]),
            of_smtp(args["smtp"]),
            of_urls(args["urls"]),
            of_numbers(args["numbers"]),
            of_objectives(args["available"], args["slow_seconds"], args["objectives"], [app["name"] for app in args["apps"]]),
            of_users(args["page"]),
        )
        if wrong := list(chain(*problems)):
            raise Refused("\n".join(wrong))
        return {}
