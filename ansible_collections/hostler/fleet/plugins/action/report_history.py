"""Say what was deployed, by whom, and how it ended."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.report import Report
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.report.story import told
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, heard, silent


class ActionModule(Report):
    """``report_history``: takes ``balancers``, what ``slots_info`` said of each; ``app``, empty for all; ``count``; and ``format``.

    Prints it for people, or this report::

        silent   names of the balancers that did not answer; an entry of theirs alone is missing
        entries  newest last: at (UTC), run, app, verb (deploy, rollback, restart, restore, failover), by, release, from (the release that
                 was left; of a failover, the host), slot, turn (number of the switch), commit and dirty (whether more than the commit
                 was deployed), ended (live, failed, switched back; of its data, what became of them), why (it failed), requests and failed
                 (during and after the switch, of all balancers; null where there was none to watch), bad (the release was
                 left by going back, and has not been live since)
    """

    def decide(self, args: Json) -> Json:
        """Print the story."""
        balancers, lost = heard(Balancer, args["balancers"]), silent(args["balancers"])
        return self.tell(args["format"], **told(balancers, lost, args["app"], int(args["count"])))
