"""A fleet of which a report is made, and its history."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils import agreement, judge
from ansible_collections.hostler.fleet.plugins.module_utils.judge import Report
from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Json, Served
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal
from ansible_collections.hostler.fleet.plugins.module_utils.said import Balancer, heard
from tests.shared.samples import app

OLD, NEW = "1f0c3a5e7b9d", "aaaaaaaaaaaa"
ENTRIES = {"hello": "green", "hello/turn": "4", "hello/blue": OLD, "hello/green": NEW}
HOLDER = {"id": "5", "who": "ann@desk", "what": "deploy", "since": "2026-11-22T16:57:02+00:00", "pid": "7", "machine": "m", "born": "1"}
SWITCHED = {"run": "r1", "app": "hello", "at": "2026-11-22T16:57:02Z", "event": "switched", "verb": "deploy", "by": "ann@desk", "turn": 4}
SWITCHED |= {"release": NEW, "from": OLD, "slot": "green", "commit": "0123456789abcdef", "dirty": True, "bad": ""}


def balancer() -> Json:
    """Return what ``slots_info`` says of a balancer that is well."""
    load = {"rate": 3, "requests": 100, "failed": 1, "used": 2, "places": 16}
    return {
        "entries": dict(ENTRIES),
        "ports": {"hello_blue": 5001, "hello_green": 5002},
        "domains": {"hello.example.org": "hello"},
        "runs": True,
        "wrong": [],
        "behind": False,
        "differ": [],
        "servers": {"hello_blue": {"web1": "", "web2": ""}, "hello_green": {"web1": "", "web2": ""}},
        "counters": {"hello_blue": {"requests": 0, "failed": 0}, "hello_green": {"requests": 200, "failed": 5}},
        "loads": {"hello_green": {"web1": dict(load), "web2": dict(load)}},
        "history": [SWITCHED],
        "holder": {},
        "peers": {},
        "certificates": {},
        "renewals": {},
        "run": "run1",
        "by": "ann@desk",
    }


def unit(name: str, kind: str, **more: Any) -> Json:
    """Return what ``releases_info`` says of a job or worker that is well."""
    times = {"since": "2026-11-22T16:56:50Z", "next": "2026-11-23T03:00:00Z" if kind == "job" else ""}
    state = {"once": False, "wanted": True, "release": NEW, "changed": False, "active": "active", "result": "success"}
    return {"name": name, "kind": kind, **state, **times, **more}


def web() -> Json:
    """Return what ``releases_info`` says of a web host that is well."""
    slot = {
        "wrong": "",
        "active": "active",
        "since": "2026-11-22T16:56:50Z",
        "processes": 2,
        "memory": 40 * 2**20,
        "killed": 0,
        "secrets": "",
        "changed": [],
    }
    return {
        "apps": {"hello": {"blue": {**slot, "release": OLD, "runs": OLD}, "green": {**slot, "release": NEW, "runs": NEW}}},
        "units": {"hello": [unit("mail", "worker"), unit("report", "job", once=True)]},
    }


class Fleet:
    """A fleet that is well; a test changes what its hosts say."""

    def __init__(self) -> None:
        """Begin with two balancers and two web hosts."""
        self.balancers = {"balancer1": balancer(), "balancer2": balancer()}
        self.web = {"web1": web(), "web2": web()}
        # What runs once is the first host's
        self.unit("web2", "report").update(release="", active="inactive", result="", since="", next="")
        self.app = app(domains=["hello.example.org"])
        self.compared: dict[str, Json] = {host: {"differ": []} for host in (*self.balancers, *self.web)}
        self.drift: dict[str, list[str]] = {host: [] for host in self.compared}  # what each host finds by itself
        self.pending: dict[str, dict[str, list[str]]] = {host: {} for host in self.compared}  # and has not brought in
        self.firewalls: dict[str, Json] = {host: {} for host in self.compared}  # whoever has it as it is to be is not asked
        self.beside: dict[str, Json] = {}
        self.databases: dict[str, Json] = {}

    def unit(self, host: str, name: str) -> Json:
        """Return what a host says of a job or worker."""
        found: Json = next(row for row in self.web[host]["units"]["hello"] if row["name"] == name)
        return found

    def data(self, host: str = "db1", **keys: Any) -> Json:
        """Have a host keep the apps' data; return what its PostgreSQL says, with these keys."""
        self.beside[host] = {"ansible_facts": {}}
        well = {"version": "17", "runs": "17.6", "ours": True, "wrong": "", "answers": True, "connections": 200, "used": 12, "restart": []}
        return self.databases.setdefault(host, {**well, **keys})

    def two(self, **keys: Any) -> Json:
        """Have one host keep the data and another one follow it; return what that says, with these keys."""
        self.data()
        return self.data("db2", **{"used": 0, "follows": True, "recovers": True, "streams": True, "lag": 0, **keys})

    def away(self, host: str) -> Json:
        """Have a host with the data not answer; return what is known of it then."""
        self.databases[host], self.beside[host] = {}, {"msg": "The host cannot be reached: timed out"}
        return self.beside[host]

    def changes(self, **keys: Any) -> App:
        """Give the app other keys; return it."""
        self.app = replace(self.app, **keys)
        return self.app

    def renewal(self, name: str, shown: int = 0, **keys: Any) -> Renewal:
        """Have a balancer get a certificate of the app by itself, that is valid for 20 more days; HAProxy may show one that is not."""
        ends = 1_795_366_800 + 20 * 86400
        found = replace(Renewal("https://ca.example/dir", "a", ends, 1_795_366_800 - 3600, taken=True, tried=1_795_366_000), **keys)
        self.balancers[name].update(renewals={DOMAIN: found.json()}, certificates={DOMAIN: shown or found.ends})
        return found

    def judged(self, pages: Collection[Served] = ()) -> Report:
        """Return the report on it, and on its page where that has a domain."""
        apps = [self.app]
        known = agreement.agree(apps, heard(Balancer, self.balancers))
        fleet = judge.Fleet.of(
            self.balancers, self.web, self.beside, self.databases, self.drift, self.pending, self.compared, self.firewalls
        )
        return judge.judge(apps, known, fleet, "2026-11-22T17:00:00Z", pages)


def map_line(said: Json, key: str, value: str) -> None:
    """Set a line of a balancer's map, in file and memory."""
    said["entries"][key] = value


def event(run: str, kind: str, **more: Any) -> Json:
    """Return an event of the history."""
    number = int(run.lstrip("r"))
    return {**SWITCHED, "run": run, "event": kind, "at": f"2026-11-22T16:00:{number:02}Z", "turn": 10 * number, **more}


def never_deployed() -> Fleet:
    """Return a fleet before its first deploy."""
    fleet = Fleet()
    for said in fleet.balancers.values():
        said.update(entries={"hello": "blue"}, history=[])
    for said in fleet.web.values():
        said["units"]["hello"] = []
        for slot in said["apps"]["hello"].values():
            slot.update(release="", active="inactive", runs="", changed=None)
    return fleet


DOMAIN = "hello.example.org"
INSTEAD = "Is it not to be had soon, 'failover.yml -e to=db2 -e lost=db1' has apps write to db2."
AGAIN = "it is tried again by itself, and at once by site.yml"
LIVE = "the live slot green of hello"
# Of two hosts with the data
TWO: dict[str, tuple[Callable[[Fleet], object], list[str]]] = {
    "one follows the other": (lambda fleet: fleet.two(lag=7), []),
    "one follows the other after a failover": (
        lambda fleet: [
            fleet.two(follows=False, recovers=False, streams=False),
            fleet.databases["db1"].update(follows=True, recovers=True, streams=True),
        ],
        [],
    ),
    "who follows is not told what there is": (
        lambda fleet: fleet.two(streams=False),
        [
            "db2 has what the archive has, and is not told what db1 writes, as it does that; see 'journalctl -u postgresql@17-main' there, "
            "or run site.yml."
        ],
    ),
    "who follows has no data yet": (
        lambda fleet: fleet.two(unmade=True, answers=False),
        ["db2 has yet to get the data by which it follows; run site.yml."],
    ),
    "who is to follow has nothing yet": (
        lambda fleet: fleet.two(ours=False, follows=False, answers=False),
        ["db2 has no PostgreSQL of the fleet's yet; run site.yml."],
    ),
    "who follows is down": (
        lambda fleet: fleet.two(answers=False),
        ["db2: PostgreSQL does not answer; see 'journalctl -u postgresql@17-main' there, or run site.yml."],
    ),
    "who is followed is down": (
        lambda fleet: [fleet.two(streams=False), fleet.databases["db1"].update(answers=False)],
        [f"db1: PostgreSQL does not answer; see 'journalctl -u postgresql@17-main' there, or run site.yml. {INSTEAD}"],
    ),
    "the data of who is followed are lost": (
        lambda fleet: [
            fleet.two(streams=False),
            fleet.databases["db1"].update(answers=False, ours=False, lost=True, wrong="/etc/postgresql/17/main is of no data."),
        ],
        [f"db1: /etc/postgresql/17/main is of no data. {INSTEAD}"],
    ),
    "who is followed is away, and writes": (
        lambda fleet: [fleet.two(), fleet.away("db1")],
        ["db1: The host cannot be reached: timed out"],
    ),
    "who is followed is away, and is not heard": (
        lambda fleet: [fleet.two(streams=False), fleet.away("db1")],
        [
            "db1: The host cannot be reached: timed out",
            "db2 has what the archive has, and is not told what db1 writes, if that does. Is db1 lost, 'failover.yml -e to=db2 -e "
            "lost=db1' has apps write to db2; else see 'journalctl -u postgresql@17-main' there.",
        ],
    ),
    "who was followed is away since another one took over": (
        lambda fleet: [fleet.two(follows=False, recovers=False, streams=False), fleet.away("db1")],
        ["db1: The host cannot be reached: timed out"],
    ),
    "who follows is away": (
        lambda fleet: [fleet.two(), fleet.away("db2")],
        ["db2: The host cannot be reached: timed out"],
    ),
    "of who is followed nothing can be told": (
        lambda fleet: [fleet.two(), fleet.databases.update(db1={"msg": "What PostgreSQL this host has cannot be told: no psql"})],
        ["db1: What PostgreSQL this host has cannot be told: no psql"],
    ),
    "both take writes": (
        lambda fleet: fleet.two(follows=False, recovers=False, streams=False),
        [
            "db1 and db2 both take writes. 'failover.yml -e rejoin=NAME' has one of them follow the other one; what it alone has goes.",
        ],
    ),
    "who was followed comes back, and waits": (
        lambda fleet: [fleet.two(follows=False, recovers=False, streams=False), fleet.databases["db1"].update(answers=False)],
        [
            "db1 was written to before db2 was, and waits. 'failover.yml -e rejoin=db1' has it follow; what it alone has goes. Or take it "
            "out of the inventory."
        ],
    ),
    "nobody takes writes": (
        lambda fleet: [fleet.two(streams=False), fleet.databases["db1"].update(follows=True, recovers=True)],
        ["db1 follows, and there is nobody to follow. 'failover.yml -e to=db1' has apps write to it."],
    ),
}
DRIFTS: dict[str, tuple[Callable[[Fleet], object], list[str]]] = {
    "another release is linked": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["green"].update(release=OLD, runs=OLD),
        [f"web2: {LIVE} links {OLD}, and the map names {NEW}; run site.yml."],
    ),
    "no release is linked": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["green"].update(release="", active="inactive"),
        [f"web2: {LIVE} links no release, and the map names {NEW}; run site.yml."],
    ),
    "another release answers": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(runs=OLD),
        [f"web1: {LIVE} links {NEW}, but {OLD} answers; run site.yml."],
    ),
    "stopped": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(active="inactive", runs=""),
        [f"web1: {LIVE} is inactive; see 'journalctl -u hello@green' there, or run site.yml."],
    ),
    "former secrets are held": (
        lambda fleet: [fleet.web["web1"]["apps"]["hello"][slot].update(secrets=name) for slot, name in (("blue", "one"), ("green", "two"))],
        ["web1: the standby of hello still holds the former secrets one; run deploy.yml."],
    ),
    "a certificate is not there": (
        lambda fleet: [fleet.changes(tls="selfsigned"), fleet.balancers["balancer2"].update(certificates={"hello": 1_900_000_000})],
        ["balancer1 has no certificate of hello; run site.yml."],
    ),
    "a certificate ends soon": (
        lambda fleet: [
            fleet.changes(tls="files", certificate="/etc/own.pem"),
            fleet.balancers["balancer1"].update(certificates={"hello": 1_795_366_800 + 20 * 86400}),
            fleet.balancers["balancer2"].update(certificates={"hello": 1_795_366_800 + 21 * 86400}),
        ],
        ["balancer1: the certificate of hello is valid for 20 more days; renew /etc/own.pem, and run site.yml."],
    ),
    "a certificate has ended": (
        lambda fleet: [
            fleet.changes(tls="selfsigned"),
            *(said.update(certificates={"hello": 1_795_366_799}) for said in fleet.balancers.values()),
        ],
        [
            f"{name}: the certificate of hello is no longer valid, and visitors are warned off; run site.yml."
            for name in ("balancer1", "balancer2")
        ],
    ),
    "a domain has no certificate yet": (
        lambda fleet: [fleet.changes(tls="acme"), fleet.renewal("balancer2", digest="", why="DNS problem")],
        [
            f"balancer1: {DOMAIN} has no certificate, and was not asked for one yet. Visitors are shown one of the fleet's own; {AGAIN}.",
            f"balancer2: {DOMAIN} has no certificate: DNS problem. Visitors are shown one of the fleet's own; {AGAIN}.",
        ],
    ),
    "certificates are renewed": (
        lambda fleet: [fleet.changes(tls="acme"), *(fleet.renewal(name) for name in ("balancer1", "balancer2"))],
        [],
    ),
    "a certificate is not renewed": (
        lambda fleet: [
            fleet.changes(tls="acme"),
            fleet.renewal("balancer1", failed=3, why="too many"),
            fleet.renewal("balancer2", due=1_795_366_800 - 86401),
        ],
        [
            f"balancer1: the certificate of {DOMAIN}, valid for 20 more days, is not renewed: too many; {AGAIN}.",
            f"balancer2: the certificate of {DOMAIN} is valid for 20 more days, and nobody renews it; see 'systemctl status "
            "hostler-certificates.timer' there, or run site.yml.",
        ],
    ),
    "a certificate was not renewed, or is not shown": (
        lambda fleet: [
            fleet.changes(tls="acme"),
            fleet.renewal("balancer1", ends=1_795_366_799, failed=9, why="too many"),
            fleet.renewal("balancer2", shown=1_795_366_800),
        ],
        [
            f"balancer1: the certificate of {DOMAIN} is no longer valid, and visitors are warned off: too many; {AGAIN}.",
            f"balancer2: HAProxy does not show the certificate of {DOMAIN} that is there; run 'systemctl reload haproxy' there.",
        ],
    ),
    "a cold standby is warm": (
        lambda fleet: [
            fleet.changes(standby="cold"),
            fleet.web["web2"]["apps"]["hello"]["blue"].update(release="", runs="", active="inactive"),
        ],
        [f"web1: the standby of hello still has {OLD}, though it is to be cold; run deploy.yml."],
    ),
    "unwell": (
        lambda fleet: fleet.web["web1"]["apps"]["hello"]["green"].update(wrong="GET /status answered 503, not 200"),
        [f"web1: {LIVE} is not healthy: GET /status answered 503, not 200; see 'journalctl -u hello@green' there."],
    ),
    "well, but not for a balancer": (
        lambda fleet: fleet.balancers["balancer2"]["servers"]["hello_green"].update(web1="DOWN, last check L4TOUT"),
        [f"balancer2: {LIVE} is not up on web1, though it is healthy there: DOWN, last check L4TOUT."],
    ),
    "out of rotation": (
        lambda fleet: [servers.update(web1="MAINT") for servers in fleet.balancers["balancer2"]["servers"].values()],
        [
            "balancer2: web1 is out of rotation in hello_blue, hello_green, and no run is at work that would put it back; run patch.yml "
            "again, or any other verb that takes the lock."
        ],
    ),
    "not known to a balancer": (
        lambda fleet: fleet.balancers["balancer2"]["servers"]["hello_green"].pop("web1"),
        [f"balancer2: {LIVE} is not up on web1, though it is healthy there: not in HAProxy's configuration."],
    ),
    "balancers disagree": (
        lambda fleet: map_line(fleet.balancers["balancer2"], "hello", "blue"),
        [
            f"The balancers disagree on hello: balancer1 serves green {NEW}, balancer2 serves blue {OLD} (slot, release). On those that "
            "are wrong, set the line 'hello <slot>' in /etc/haproxy/slots.map and run 'systemctl reload haproxy'; then run this again."
        ],
    ),
    "a balancer is behind": (
        lambda fleet: map_line(fleet.balancers["balancer2"], "hello/turn", "3"),
        ["balancer2 is behind: it lacks lines of the map that others have; run site.yml."],
    ),
    "a balancer was made anew": (
        lambda fleet: fleet.balancers["balancer2"].update(entries={}),
        ["balancer2 is behind: it lacks lines of the map that others have; run site.yml."],
    ),
    "a balancer contradicts itself": (
        lambda fleet: fleet.balancers["balancer2"].update(wrong=["/etc/haproxy/slots.map says this, but that."], differ=["hello"]),
        ["balancer2: /etc/haproxy/slots.map says this, but that."],
    ),
    "file and memory differ": (
        lambda fleet: fleet.balancers["balancer1"].update(differ=["hello/green/path"]),
        [
            "balancer1: /etc/haproxy/slots.map and the running HAProxy differ in hello/green/path; if the file is right, run "
            "'systemctl reload haproxy' there."
        ],
    ),
    "HAProxy is down": (
        lambda fleet: fleet.balancers["balancer1"].update(runs=False, servers={}, loads={}, counters={}),
        ["balancer1: HAProxy does not run; run site.yml."],
    ),
    "a firewall differs": (
        lambda fleet: fleet.firewalls["web1"].update(differ=["table inet hostler"]),
        ["web1: table inet hostler differs from the inventory; run site.yml."],
    ),
    "a file differs": (
        lambda fleet: fleet.compared["balancer1"].update(differ=["/etc/haproxy/haproxy.cfg"]),
        ["balancer1: /etc/haproxy/haproxy.cfg differs from the inventory; run site.yml."],
    ),
    "a file was changed": (
        lambda fleet: [
            fleet.compared["balancer1"].update(differ=["/etc/haproxy/haproxy.cfg"]),
            fleet.drift.update(balancer1=["/etc/haproxy/haproxy.cfg"], web2=["/etc/ssh/sshd_config.d/00-hostler.conf"]),
        ],
        [
            "balancer1: /etc/haproxy/haproxy.cfg differs from the inventory; run site.yml.",
            "web2: /etc/ssh/sshd_config.d/00-hostler.conf differs from the inventory; run site.yml.",
        ],
    ),
    "changes were not brought in": (
        lambda fleet: [
            # Of the one, the run that broke off had not even noted in the ledger that it was put in place
            fleet.compared["balancer1"].update(differ=["/etc/haproxy/haproxy.cfg"], pending=["/etc/haproxy/haproxy.cfg"]),
            fleet.drift.update(balancer1=["/etc/haproxy/haproxy.cfg"]),
            fleet.pending.update(
                balancer1={"balancer": ["/etc/haproxy/haproxy.cfg"]}, web2={"commands": ["/etc/sysctl.d/90-hostler.conf"]}
            ),
        ],
        [
            "balancer1: the change of /etc/haproxy/haproxy.cfg is in place, and not brought in yet; run site.yml.",
            "web2: the change of /etc/sysctl.d/90-hostler.conf is in place, and not brought in yet; run site.yml.",
        ],
    ),
    "a change was not brought in, and differs by now": (
        lambda fleet: [
            fleet.compared["balancer1"].update(differ=["/etc/haproxy/haproxy.cfg"], pending=[]),
            fleet.pending.update(balancer1={"balancer": ["/etc/haproxy/haproxy.cfg"]}),
        ],
        ["balancer1: /etc/haproxy/haproxy.cfg differs from the inventory; run site.yml."],
    ),
    "a release was changed": (
        lambda fleet: fleet.web["web2"]["apps"]["hello"]["blue"].update(changed=["app", "environment"]),
        [
            f"web2: app, environment of hello's release {OLD} was changed by hand, in /srv/hello/releases/{OLD}; put it back, or deploy "
            "a change in its place."
        ],
    ),
    "a worker follows another release": (
        lambda fleet: fleet.unit("web2", "mail").update(release=OLD),
        [f"web2: the worker mail of hello follows {OLD}, and {NEW} is live; run playbooks/restart.yml -e app=hello."],
    ),
    "a job is not there": (
        lambda fleet: fleet.unit("web1", "report").update(release="", active="inactive"),
        [f"web1: the job report of hello follows no release, and {NEW} is live; run playbooks/restart.yml -e app=hello."],
    ),
    "a job of once per fleet is there twice": (
        lambda fleet: fleet.unit("web2", "report").update(release=NEW, active="active"),
        [f"web2: the job report of hello is there, from {NEW}, but {NEW} has none there; run playbooks/restart.yml -e app=hello."],
    ),
    "a worker is left over": (
        lambda fleet: fleet.unit("web1", "mail").update(release=OLD, wanted=False),
        [f"web1: the worker mail of hello is there, from {OLD}, but {NEW} has none there; run playbooks/restart.yml -e app=hello."],
    ),
    "a worker is stopped": (
        lambda fleet: fleet.unit("web2", "mail").update(active="failed"),
        [
            "web2: the worker mail of hello is failed; see 'journalctl -u hello.mail' there, or run playbooks/restart.yml -e app=hello.",
        ],
    ),
    "a timer is stopped": (
        lambda fleet: fleet.unit("web1", "report").update(active="inactive"),
        [
            "web1: the timer of the job report of hello is inactive; see 'journalctl -u hello.report' there, or run "
            "playbooks/restart.yml -e app=hello.",
        ],
    ),
    "a job failed": (
        lambda fleet: fleet.unit("web1", "report").update(result="timeout"),
        ["web1: the job report of hello failed when it last ran (timeout); see 'journalctl -u hello.report' there."],
    ),
    "a unit was changed": (
        lambda fleet: fleet.unit("web1", "mail").update(changed=True),
        ["web1: the unit of the worker mail of hello was changed by hand; run playbooks/restart.yml -e app=hello."],
    ),
    "a web host is away": (
        lambda fleet: fleet.web.update(web2={"msg": "The host cannot be reached:\n timed out"}),
        ["web2: The host cannot be reached: timed out"],
    ),
    "a balancer is away": (
        lambda fleet: fleet.balancers.update(balancer1={"msg": "The host cannot be reached: timed out"}),
        ["balancer1: The host cannot be reached: timed out"],
    ),
    "PostgreSQL is down": (
        lambda fleet: [fleet.data(answers=False), [fleet.databases["db1"].pop(key) for key in ("runs", "connections", "used", "restart")]],
        ["db1: PostgreSQL does not answer; see 'journalctl -u postgresql@17-main' there, or run site.yml."],
    ),
    "settings wait for a restart": (
        lambda fleet: fleet.data(restart=["max_connections", "shared_buffers"]),
        [
            "db1: PostgreSQL goes on with its former max_connections, shared_buffers until it is restarted, which ends every connection: "
            "site.yml -e restart_database=true"
        ],
    ),
    "data of somebody else are in the way": (
        lambda fleet: fleet.data(ours=False, wrong="/var/lib/postgresql/17/main has data that Hostler did not make.", answers=False),
        ["db1: /var/lib/postgresql/17/main has data that Hostler did not make."],
    ),
    "there is no PostgreSQL yet": (
        lambda fleet: fleet.data(ours=False, answers=False),
        ["db1 has no PostgreSQL of the fleet's yet; run site.yml."],
    ),
    "of PostgreSQL nothing can be told": (
        lambda fleet: [fleet.data(), fleet.databases.update(db1={"msg": "What PostgreSQL this host has cannot be told:\n\tno psql"})],
        ["db1: What PostgreSQL this host has cannot be told: no psql"],
    ),
    "what has the data is away": (
        lambda fleet: [
            fleet.data(),
            fleet.away("db1"),
        ],
        ["db1: The host cannot be reached: timed out"],
    ),
    "a file of the database differs": (
        lambda fleet: [fleet.data(), fleet.compared.update(db1={"differ": ["/etc/postgresql/17/main/pg_hba.conf"]})],
        ["db1: /etc/postgresql/17/main/pg_hba.conf differs from the inventory; run site.yml."],
    ),
    "who keeps backups finds a file changed": (
        lambda fleet: [fleet.beside.update(backup1={"ansible_facts": {}}), fleet.drift.update(backup1=["/etc/hostler/firewall.nft"])],
        ["backup1: /etc/hostler/firewall.nft differs from the inventory; run site.yml."],
    ),
    "every host is away": (
        lambda fleet: fleet.__dict__.update(
            balancers={host: {"msg": "gone"} for host in fleet.balancers}, web={host: {} for host in fleet.web}, compared={}
        ),
        ["balancer1: gone", "balancer2: gone", "web1: It was not asked.", "web2: It was not asked."],
    ),
}
DRIFTS |= TWO
