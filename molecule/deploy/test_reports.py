"""What an operator is told: of a fleet that is well, of each thing that a hand may change, and of what was deployed."""

import json
import re
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from fleet import ADDRESS, BALANCERS, CLIENT, WEB, Run, get, on, pids, play, slots, until, whole
from steps import OTHER

PORTS = {"blue": 5011, "green": 5012}
CONFIG, MAP = "/etc/haproxy/haproxy.cfg", "/etc/haproxy/slots.map"


def told(run: Run) -> dict[str, Any]:
    """Return the line of JSON that a report printed."""
    [line] = [line for line in run.output.splitlines() if line.startswith("{")]
    return dict(json.loads(line))


@pytest.mark.usefixtures("undisturbed")
def test_the_history_has_the_last_deploy() -> None:
    """Who, what, and that no request failed, as all balancers counted. The tests below need two releases, and have them from here."""
    live, releases = slots("ledger")
    play("deploy", app="ledger", tricky=f"a value of {time.time()}").well()
    *_, last = told(play("history", app="ledger", count=1, format="json").well())["entries"]
    now, after = slots("ledger")
    assert (last["verb"], last["ended"], last["bad"]) == ("deploy", "live", False)
    assert (last["slot"], last["release"], last["from"]) == (now, after[now], releases[live])
    assert (last["failed"], last["why"]) == (0, "")
    assert last["requests"] > 0
    assert after[now] in play("history").well().output


@pytest.fixture(scope="module")
def ended() -> dict[str, str]:
    """Have a worker of the live slot on web1 take more memory than there is; return the slots' processes from before.

    From that host itself: a balancer would send the request again, to the next worker.
    """
    live, _ = slots("ledger")
    before = pids("ledger", live)
    url = f"http://127.0.0.1:{PORTS[live]}/eat?megabytes=400"
    said = on("web1", f"python3 -c 'import urllib.request as r; r.urlopen(\"{url}\", timeout=20)' 2>&1 || true")
    assert re.search("RemoteDisconnected|ConnectionResetError", said), said
    assert until(lambda: len(on("web1", f"pgrep --parent {before['web1']} || true").split()) == 2)
    return before


def test_a_request_that_takes_too_much_memory_ends_a_worker_and_not_the_slot(ended: dict[str, str]) -> None:
    """Gunicorn itself stays, and says so; the unit is not restarted."""
    live, _ = slots("ledger")
    assert pids("ledger", live) == ended
    assert "Perhaps out of memory?" in on("web1", f"journalctl -u ledger@{live} --output cat --since -1min --no-pager")
    assert on("web1", f"systemctl show --property OOMPolicy --value ledger@{live}").strip() == "continue"


@pytest.mark.usefixtures("ended")
def test_a_fleet_that_is_well() -> None:
    """The run ends well, and every slot of every host is a row."""
    (live, releases), run = slots("ledger"), play("status").well()
    rows = [line.split() for line in run.output.splitlines() if line.startswith(("web1 ", "web2 ")) and " ok=" not in line]
    assert {tuple(row[:5]) for row in rows} >= {
        (host, "ledger", slot, release, "live" if slot == live else "standby") for host in WEB for slot, release in releases.items()
    }
    assert f"web1: of ledger's processes in {live}, 1 had to end since " in run.output
    assert "PROBLEM" not in run.output
    assert set(run.changed.values()) == {0}


def test_places_that_are_nearly_all_in_use_are_told() -> None:
    """Two hosts, two processes, four threads: sixteen on each balancer."""
    streams = [HTTPConnection(ADDRESS[BALANCERS[0]], timeout=20) for _ in range(14)]
    for stream in streams:
        stream.request("GET", "/download?seconds=60", headers={"Host": "ledger.example.org"})
        assert stream.getresponse().status == 200
    told = play("status").well().output
    for stream in streams:
        stream.close()
    assert re.search(rf"WARNING: {BALANCERS[0]}: 1[456] of the 16 places of ledger are in use;", told)
    assert re.search(r"ledger: .* 1\d of 32 places in use\.", told)


def test_a_fleet_that_is_well_for_a_machine() -> None:
    """One line of JSON; what it says of the live slot is what visitors get."""
    report = told(play("status", format="json").well())
    live, releases = slots("ledger")
    assert (report["problems"], report["locks"]) == ([], [])
    assert (report["apps"]["ledger"]["slot"], report["apps"]["ledger"]["release"]) == (live, releases[live])
    assert get("ledger.example.org", "/tell").json["release"] == releases[live]
    rows = [row for row in report["slots"] if (row["app"], row["is"]) == ("ledger", "live")]
    assert sorted(row["host"] for row in rows) == WEB
    for row in rows:
        assert (row["release"], row["runs"], row["wrong"], row["changed"]) == (releases[live], releases[live], "", [])
        assert (row["active"], row["processes"], row["balancers"]) == ("active", 2, dict.fromkeys(BALANCERS, ""))
        assert row["memory"] > 2**20
    assert {host: said["differ"] for host, said in report["hosts"].items()} == {host: [] for host in (*BALANCERS, *WEB)}


# What a hand does on a host, how that is undone, and what is said of it; those that touch the same are not of one group
DRIFTS = [
    {
        "a live slot is stopped": (
            "web2",
            "systemctl stop ledger@{live}",
            "systemctl start ledger@{live}",
            "web2: the live slot {live} of ledger is inactive",
        ),
        "a release is edited": (
            "web1",
            "cd /srv/ledger/releases/{release}/app && cp -p ledger.py /run/kept && echo '# by hand' >> ledger.py",
            "mv /run/kept /srv/ledger/releases/{release}/app/ledger.py",
            "web1: app of ledger's release {release} was changed by hand",
        ),
        "a slot does not start at boot": (
            "web1",
            "systemctl disable ledger@{live}",
            "systemctl enable ledger@{live}",
            "web1: ledger@{live}.service differs from the inventory",
        ),
        "HAProxy's configuration is edited": (
            "balancer1",
            f"cp -p {CONFIG} /run/kept && echo '# by hand' >> {CONFIG}",
            f"mv /run/kept {CONFIG}",
            f"balancer1: {CONFIG} differs from the inventory",
        ),
        "a map's file names the other slot": (
            "balancer2",
            f"sed -i 's/^ledger {{live}}$/ledger {{other}}/' {MAP}",
            f"sed -i 's/^ledger {{other}}$/ledger {{live}}/' {MAP}",
            f"balancer2: {MAP} says 'ledger {{other}}'",
        ),
    },
    {
        "a live slot runs another release": (
            "web2",
            "ln -sfn ../releases/{former} /srv/ledger/slots/{live} && systemctl restart ledger@{live}",
            "ln -sfn ../releases/{release} /srv/ledger/slots/{live} && systemctl restart ledger@{live}",
            "web2: the live slot {live} of ledger links {former}, and the map names {release}",
        ),
        "a unit is edited": (
            "web1",
            "cp -p /etc/systemd/system/ledger@.service /run/kept && sed -i s/^TasksMax=.*/TasksMax=77/ /etc/systemd/system/ledger@.service",
            "mv /run/kept /etc/systemd/system/ledger@.service",
            "web1: /etc/systemd/system/ledger@.service differs from the inventory",
        ),
        "a map's file lacks a line": (
            "balancer2",
            f"cp -p {MAP} /run/kept && sed -i '/^ledger.{{other}}.path/d' {MAP}",
            f"mv /run/kept {MAP}",
            f"balancer2: {MAP} and the running HAProxy differ in ledger/{{other}}/path",
        ),
    },
]


@pytest.mark.parametrize("drifts", DRIFTS, ids=lambda drifts: " and ".join(drifts))
def test_what_hands_have_changed_is_told(drifts: dict[str, tuple[str, str, str, str]]) -> None:
    """The table is there all the same, and the run ends badly. That the fleet is well once it is undone is for the test below."""
    live, releases = slots("ledger")
    words = {"live": live, "other": OTHER[live], "release": releases[live], "former": releases[OTHER[live]]}
    assert words["former"] != words["release"]
    done = [[text.format(**words) for text in drift] for drift in drifts.values()]
    for host, do, _, _ in done:
        on(host, do)
    try:
        run = play("status")
        assert run.code != 0
        problems = [line.removeprefix("PROBLEM: ") for line in run.output.splitlines() if line.startswith("PROBLEM: ")]
        assert [said for *_, said in done if not any(line.startswith(said) for line in problems)] == [], run.output[-5000:]
        assert [line for line in run.output.splitlines() if line.startswith("web1  ")]
    finally:
        for host, _, undo, _ in done:
            on(host, undo)
    assert until(lambda: whole("ledger"))


def test_a_host_that_is_away_is_told(tmp_path: Path) -> None:
    """It is a row, and all others are told of."""
    more = tmp_path / "more.yml"
    away = CLIENT.rpartition(".")[0] + ".99"
    more.write_text(f"web: {{hosts: {{web3: {{ansible_host: {away}}}}}}}\n")
    run = play("status", "-i", str(more), format="json")
    report = told(run)
    assert run.code != 0
    assert "cannot be reached" in report["hosts"]["web3"]["wrong"]
    assert {row["host"] for row in report["slots"]} == set(WEB)
    assert len(report["problems"]) == 1
