"""What an operator finds on the hosts."""

import base64
import json
import re
import shlex
import subprocess

import pytest
from fleet import ADDRESS, BALANCERS, WEB, get, on, runtime, slots, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from steps import OTHER

from ansible_collections.hostler.fleet.plugins.module_utils import environment

APPS = ("hello", "ledger")


def properties(host: str, unit: str) -> dict[str, str]:
    """Return what systemd holds of a unit."""
    return dict(line.split("=", 1) for line in on(host, f"systemctl show {unit}").splitlines() if "=" in line)


UNITS = [
    *((host, f"{app}@blue") for host in WEB for app in APPS),
    *((host, unit) for host in BALANCERS for unit in ("haproxy", "hostler-peers", "hostler-requests")),
    *((host, "hostler-firewall") for host in ADDRESS),
]


@pytest.mark.parametrize(("host", "unit"), UNITS)
def test_unit_is_sandboxed(host: str, unit: str) -> None:
    """Systemd's own score, of 10 for no protection."""
    report = on(host, f"systemd-analyze security --no-pager {unit}")
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", report)
    assert match, report
    assert float(match[1]) <= 2.0, report


@pytest.mark.parametrize("host", BALANCERS)
def test_haproxy_runs_in_its_sandbox(host: str) -> None:
    """One that began before its unit had it would serve without, until it starts anew; so it is looked for in each process."""
    seen = on(host, "for pid in $(pgrep haproxy); do cat /proc/$pid/status; stat -c %U /proc/$pid; done")
    assert set(re.findall(r"^CapBnd:\s+(\S+)", seen, re.MULTILINE)) == {f"{1 << 10:016x}"}  # CAP_NET_BIND_SERVICE
    assert set(re.findall(r"^(?:NoNewPrivs|Seccomp):\s+(\d)", seen, re.MULTILINE)) == {"1", "2"}
    assert set(re.findall(r"^[a-z]+$", seen, re.MULTILINE)) == {"haproxy"}


@pytest.mark.parametrize("host", ADDRESS)
def test_sshd_takes_keys_alone(host: str) -> None:
    """Asked by who has none, it names no other way in; and what is weak is offered to nobody."""
    options = ("BatchMode=yes", "PubkeyAuthentication=no", "ControlPath=none", "UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no")
    said = subprocess.run(
        ["ssh", *(f"-o{option}" for option in options), f"ops@{ADDRESS[host]}", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr.splitlines()[-1].partition(": ")[2]) == (255, "Permission denied (publickey).")
    held = dict(line.split(" ", 1) for line in on(host, "sshd -T").splitlines() if " " in line)
    assert (held["permitrootlogin"], held["x11forwarding"]) == ("without-password", "no")
    assert not re.search(r"sha1|umac-64|group14", held["macs"] + held["kexalgorithms"])


@pytest.mark.parametrize("host", ADDRESS)
def test_what_nobody_needs_is_closed(host: str) -> None:
    """As it holds, on both of Debian's releases: in the kernel, in systemd and in apt."""
    ways = on(host, "cat /proc/sys/net/ipv[46]/conf/*/accept_redirects /proc/sys/net/ipv[46]/conf/*/accept_source_route")
    assert set(ways.split()) == {"0"}
    assert set(on(host, "cat /proc/sys/net/ipv4/conf/*/send_redirects").split()) == {"0"}
    assert properties(host, "--property=DefaultLimitCORE") == {"DefaultLimitCORE": "0"}
    timer = properties(host, "apt-daily-upgrade.timer")
    assert ("*-*-* 04:00:00" in timer["TimersCalendar"], timer["RandomizedDelayUSec"], timer["Persistent"]) == (True, "1h", "no")
    assert "max 1" in on(host, "journalctl --no-pager -o cat -u systemd-journald | grep /var/log/journal | tail -n 1")
    upgrades = on(host, "apt-config dump")
    for line in ('Automatic-Reboot "false"', 'Package-Blacklist:: "haproxy$"'):
        assert f"Unattended-Upgrade::{line};" in upgrades
    origins = re.findall(r"Unattended-Upgrade::(?:Origins-Pattern|Allowed-Origins):: \"(.*)\"", upgrades)
    assert [origin for origin in origins if "security" not in origin.lower()] == []
    assert on(host, "systemctl is-enabled systemd-timesyncd").strip() == "enabled"


@pytest.mark.parametrize("host", WEB)
def test_sandbox_and_limits_hold(host: str) -> None:
    """Inside the running app's namespaces the release is read-only, and the limits are the inventory's."""
    live, _ = slots("ledger")
    held = properties(host, f"ledger@{live}")
    assert (held["MemoryMax"], held["TasksMax"], held["User"]) == (str(256 * 1024**2), "128", "ledger")
    mounts = on(host, f"cat /proc/{held['MainPID']}/mounts")
    root = next(line for line in mounts.splitlines() if line.split()[1] == "/")
    assert "ro" in root.split()[3].split(",")
    status = on(host, f"cat /proc/{held['MainPID']}/status")
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)


def test_what_libraries_commonly_ask_of_a_host_works() -> None:
    """In a slot; on both web hosts, and so on both of Debian's releases."""
    told = [get("ledger.example.org", "/allowed").json for _ in range(4)]
    assert {str(one["host"]): one["failures"] for one in told} == {host: {} for host in WEB}


@pytest.mark.parametrize("host", WEB)
@pytest.mark.parametrize("app", APPS)
def test_release_is_readable_by_root_and_the_app_alone(host: str, app: str) -> None:
    """Above all the environment, which may hold secrets."""
    live, _ = slots(app)
    folder = f"/srv/{app}/slots/{live}"
    assert on(host, f"stat -L -c '%U:%G %a' {folder} {folder}/environment {folder}/app").split("\n")[:3] == [
        f"root:{app} 750",
        f"root:{app} 640",
        f"root:{app} 750",
    ]
    loose = on(host, f"find /srv/{app} ! -type l ( -perm /o=rwx -o -perm /g=w -o ! -user root )".replace("(", r"\(").replace(")", r"\)"))
    assert loose == ""


@pytest.mark.parametrize("host", WEB)
@pytest.mark.parametrize("app", APPS)
def test_both_slots_start_at_boot(host: str, app: str) -> None:
    """A host that reboots comes back with what it ran; a slot without a release is passed over."""
    enabled = [slot for slot in ("blue", "green") if on(host, f"systemctl is-enabled {app}@{slot} || true").strip() == "enabled"]
    assert enabled == ["blue", "green"]
    empty = OTHER[slots(app)[0]]
    if empty not in slots(app)[1]:
        on(host, f"systemctl start {app}@{empty}")
        assert on(host, f"systemctl is-active {app}@{empty} || true").strip() == "inactive"


def test_balancers_agree_in_file_and_memory() -> None:
    """The map of slots is one truth, on each balancer and after a reload."""
    files = {on(balancer, "cat /etc/haproxy/slots.map") for balancer in BALANCERS}
    assert len(files) == 1
    written = sorted(line.split() for line in files.pop().splitlines() if not line.startswith("#"))
    for balancer in BALANCERS:
        memory = runtime(balancer, "show map /etc/haproxy/slots.map").strip().splitlines()
        assert sorted(line.split()[1:] for line in memory) == written


@pytest.mark.parametrize("host", WEB)
def test_balancer_sends_no_more_than_workers_and_threads_can_do(host: str) -> None:
    """The server's maxconn is what runs there: 2 workers of 4 threads, each thread ready to serve."""
    live, _ = slots("ledger")
    main = properties(host, f"ledger@{live}")["MainPID"]
    workers = on(host, f"pgrep --parent {main}").split()
    rows = runtime("balancer1", "show stat").splitlines()
    columns = rows[0].lstrip("# ").split(",")
    server = next(dict(zip(columns, row.split(","), strict=False)) for row in rows if row.startswith(f"ledger_{live},{host},"))
    assert (len(workers), int(server["slim"])) == (2, 2 * 4)


def test_journal_has_a_line_for_each_request() -> None:
    """JSON, with the id that the visitor got and the time it took; health checks are left out."""
    asked = get("hello.example.org", headers={"User-Agent": 'say "hi" \\ there'})
    live, releases = slots("hello")

    def told() -> list[dict[str, object]]:
        lines = "".join(on(host, f"journalctl -u hello@{live} -o cat --since -5min --no-pager") for host in WEB).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    # A line comes to the journal in its own time
    assert until(lambda: any(request["request_id"] == asked.headers["x-request-id"] for request in told()))
    requests = told()
    mine = next(request for request in requests if request["request_id"] == asked.headers["x-request-id"])
    assert float(str(mine["ms"])) >= 0
    assert {key: mine[key] for key in ("method", "path", "status", "release")} == {
        "method": "GET",
        "path": "/",
        "status": 200,
        "release": releases[live],
    }
    assert [request for request in requests if request["path"] == "/status" and not request["request_id"]] == []


def test_statistics_are_for_the_balancer_itself() -> None:
    """The page of statistics listens on the loopback interface only, and HAProxy's socket is no port."""
    for balancer in BALANCERS:
        listening = on(balancer, "ss --listening --tcp --numeric --processes --no-header").splitlines()
        ports = sorted(line.split()[3] for line in listening if "haproxy" in line)
        assert set(ports) - {"[::]:80"} == {"0.0.0.0:80", "127.0.0.1:8404"}
        assert "Statistics Report" in on(
            balancer, "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1:8404/\").read().decode())'"
        )


def test_every_host_is_well() -> None:
    """Nothing that was installed has failed."""
    # With --wait, for one that is still starting is neither
    assert {host: on(host, "systemctl is-system-running --wait || true").strip() for host in ADDRESS} == dict.fromkeys(ADDRESS, "running")


SHOW = (
    "import os,json,base64;"
    "print(json.dumps({k.decode(): base64.b64encode(v).decode() for k, v in os.environb.items() if k.startswith(b'V_')}))"
)


@pytest.mark.parametrize("host", WEB)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=20, max_size=120))
def test_systemd_hands_on_every_value_that_is_not_refused(host: str, values: list[str]) -> None:
    """The property that the environment file is made for, held against systemd itself."""
    env = {f"V_{number}": value for number, value in enumerate(values)}
    env = {name: value for name, value in env.items() if not list(environment.problems({name: value}))}
    file = "/run/environment-test"
    on(host, f"base64 --decode > {file}", base64.b64encode(environment.render(env).encode()).decode())
    seen = json.loads(
        on(host, f"systemd-run --quiet --pipe --wait --collect -p EnvironmentFile={file} /usr/bin/python3 -c {shlex.quote(SHOW)}")
    )
    assert {name: base64.b64decode(value).decode() for name, value in seen.items()} == env


SUSPECTS = [*map(chr, range(1, 0x21)), "\x7f", "\x80", "\x9f", "\u2028", "\ufdd0", "\ufdef", "\ufeff", "\ufffe", "\uffff", "\U0001fffe"]


@pytest.mark.parametrize("host", WEB)
def test_what_is_refused_is_what_systemd_drops(host: str) -> None:
    """Were systemd to carry a character, there would be no reason to refuse it."""
    run = f"systemd-run --quiet --pipe --wait --collect -p EnvironmentFile=/run/environment-test /usr/bin/python3 -c {shlex.quote(SHOW)}"
    files = [base64.b64encode(f'V_="a{char}b"\n'.encode()).decode() for char in SUSPECTS]
    told = on(
        host,
        f"while read -r file; do echo $file | base64 --decode > /run/environment-test; {run} </dev/null || echo '{{}}'; done",
        "\n".join(files) + "\n",
    )
    seen = [json.loads(line).get("V_") for line in told.splitlines()]
    carried = [char for char, value in zip(SUSPECTS, seen, strict=True) if value and base64.b64decode(value).decode() == f"a{char}b"]
    assert carried == [char for char in SUSPECTS if not list(environment.problems({"V_": f"a{char}b"}))]
