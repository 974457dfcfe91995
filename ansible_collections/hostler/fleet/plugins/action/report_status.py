"""Say how the fleet does."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.action.decision import now
from ansible_collections.hostler.fleet.plugins.action.report import Report
from ansible_collections.hostler.fleet.plugins.module_utils.agreement import Known
from ansible_collections.hostler.fleet.plugins.module_utils.holder import gone
from ansible_collections.hostler.fleet.plugins.module_utils.judge import Fleet, judge
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Served
from ansible_collections.hostler.fleet.plugins.module_utils.report.status import told


class ActionModule(Report):
    """``report_status``: takes ``apps``, and ``pages``, the fleet's page where it has a domain; ``known``, what ``check_slots`` said;
    ``balancers``, what ``slots_info`` said of each; ``web``, what ``releases_info`` said of each; ``beside``, what ``host_facts`` said of
    those that no visitor comes to; ``databases``, what ``database_info`` said of those with the data, ``backups``, what
    ``backup_info`` said of those with its backups; ``drift``, by host the files that it
    finds changed by hand; ``pending``, by host those that were changed and not brought in yet, by who was to do so; ``compared``, a list,
    by host what was found of its files, of its firewall and so on, held against the inventory; and ``format``, C(table) or C(json).

    Prints it for people, or this report::

        at        when, in UTC
        problems  a sentence for each thing that is not as it should be
        warnings  a sentence for each app whose places are nearly all in use on a balancer, and for a database whose connections are
        locks     who holds the fleet's lock: who, what (for), since
        apps      by name: slot, release, turn (number of the last change of its lines), since, by, verb, commit, rate, requests, failed,
                  used, places
        hosts     by name: wrong (empty, or why it did not answer), differ (files unlike the inventory, or changed by
                  hand; null where not compared), pending (files that are as they should be, and were not brought in yet)
        databases by name of the host with the data, where it answers: version (of its PostgreSQL), runs (the exact one that answers), ours
                  (whether it has the fleet's data), lost (whether these are not there, or not whole), wrong (what is in the way; empty
                  for nothing), answers, connections (how many it allows), used, restart (settings that wait for one). And of one beside
                  another: follows (whether it is one that follows the other), unmade (whether it has yet to get the data for that),
                  recovers (whether it only reads), streams (whether it is told what the other writes, as that does), lag (of how many
                  seconds ago is what it has, where it streams), at (the last byte of WAL that it has), clean (of one that does not
                  run, whether it was stopped in order)
        primary   the host with the data that apps write to, or would; empty where none says so
        standbys  the other hosts that are to have the data, whether they answer or not
        backups   by name of the host with the backups, where it answers: here (whether it keeps any), wrong (why it cannot tell; empty for
                  nothing), backups (label, kind, at, size, damaged of each, the newest last), drill (what came of the last one, or null),
                  s3 (wrong, backups and drill of the bucket, or null)
        slots     for each slot of each app on each web host that answers:
                  host, app, slot, is (live, standby; empty before the first deploy), release (by its link), runs (the release that
                  answers), active (the unit's state), since, processes, memory (bytes), killed (processes that ended since for want
                  of memory), secrets (the generation that its process holds), wrong (what the health check says; empty for
                  healthy), changed (parts of the release changed by hand; null where not known), rate (requests in the last
                  second), requests and failed (answers of 500 and above; both since each HAProxy's last start or reload), used and
                  places (how many requests it has, and is given at once), balancers (by name: empty for up, why not, or null where
                  it cannot say)
        units     for each job and worker on each web host that answers, and each that should be there:
                  host, app, name, kind (job, worker), once (whether it is for one host of the fleet), wanted (whether it should be
                  there), release (whose it is; empty where it is not there), changed (by hand), active (the state of the worker, or of
                  the job's timer), result (success, or why it last ended), since (when it last started), next (when the job is due)

    A slot or app that was never deployed has empty strings.
    """

    def decide(self, args: Json) -> Json:
        """Print the report, and fail where the fleet is not as it should be."""
        apps = [App.of(app) for app in args["apps"]]
        fleet = Fleet.of(
            {host: _with_end(said) for host, said in args["balancers"].items()},
            args["web"],
            args["beside"],
            args["databases"],
            args["drift"],
            args["pending"],
            *args["compared"],
            kept=args.get("backups"),
        )
        report = judge(apps, Known.of(args["known"]), fleet, now(), [Served.of(page) for page in args["pages"]])
        return self.tell(args["format"], report.json(), **told(report), problems=report.problems)


def _with_end(said: Json) -> Json:
    """Return what a balancer said, with a word at the lock of a run that was killed on this machine: it is not at work any more."""
    holder = said.get("holder") or {}
    return {**said, "holder": {**holder, "ended": "yes"}} if gone(holder) else said
