"""Say what the hosts' journals say."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.report import Report
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.report.logs import merged


class ActionModule(Report):
    """``report_logs``: takes ``hosts``, what ``logs_info`` said of each that was asked; ``kept``, what it said on the host that watches of
    those that did not answer; ``lines``, how many at the most; and ``format``.

    Prints it for people, or this report::

        silent   why, for each host that did not answer
        kept     which of these are told by what the host that watches keeps of them
        more     whether there are more lines than were asked for
        entries  oldest first: at (UTC), host, unit, message, and where the line has them priority, identifier, request (its id), app,
                 slot, to (the web host that the request went to), release, status, method, milliseconds, refused (for what)
    """

    def decide(self, args: Json) -> Json:
        """Print the lines."""
        return self.tell(args["format"], **merged(args["hosts"], args["kept"], int(args["lines"])))
