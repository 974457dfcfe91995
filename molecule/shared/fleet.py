"""The fleet of the Molecule inventory, as a visitor and as an operator reach it."""

from __future__ import annotations

import csv
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

ROOT = Path(__file__).parents[2]
# Another inventory of the same shape serves as well: tests are written against hosts that Molecule did not make
INVENTORY = ROOT / "inventories" / os.environ.get("HOSTLER_TEST_INVENTORY", "molecule")
# A scenario may have hosts of its own beside it
SOURCES = [INVENTORY, *(ROOT / "molecule").glob(f"{os.environ.get('MOLECULE_SCENARIO_NAME') or '-'}/hosts.ini")]
init_plugin_loader()  # the inventory may look something up
_loader = DataLoader()
_inventory = InventoryManager(_loader, sources=[str(source) for source in SOURCES])
_variables = HostVars(_inventory, VariableManager(_loader, _inventory), _loader)
GROUPS = _inventory.get_groups_dict()  # in the inventory's order
BALANCERS, WEB, MONITORS, DATA, KEEPERS = (sorted(GROUPS.get(group, [])) for group in ("balancer", "web", "monitor", "database", "backup"))
ADDRESS = {name: str(_variables[name]["ansible_host"]) for name in BALANCERS + WEB + MONITORS + DATA + KEEPERS}
LAB = Path(str(_variables[WEB[0]]["lab_dir"])).resolve()
CLIENT = re.sub(r"\d+$", "1", ADDRESS["web1"])  # this machine, as the hosts see it
APPS: list[dict[str, object]] = json.loads(json.dumps(_variables[WEB[0]]["apps"], default=str))  # plain, without what Ansible notes of each
SOCKET = "/run/haproxy/admin.sock"


@dataclass(frozen=True)
class Answer:
    """What a visitor got."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> dict[str, object]:
        """The body, parsed."""
        return dict(json.loads(self.body))

    def part(self, name: str) -> str:
        """Text of the element of the sample app's page that has this id."""
        match = re.search(rf'id="{name}"[^>]*>([^<]*)<', self.body)
        assert match, f"the page has no element {name}:\n{self.body}"
        return match[1]


def get(host: str, path: str = "/", balancer: str = "balancer1", headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """Return the answer to one GET, or another method, on a connection of its own; nothing is sent twice."""
    connection = http.client.HTTPConnection(ADDRESS[balancer], 80, timeout=20)
    try:
        connection.request(method, path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode())
    finally:
        connection.close()


def on(host: str, command: str, text: str = "") -> str:
    """Run a shell command as root on a host; return what it prints."""
    ssh = ["ssh", "-i", str(LAB / "id_ed25519"), "-o", f'UserKnownHostsFile="{LAB}/known_hosts"', "-o", "BatchMode=yes"]
    ssh += ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", f'ControlPath="{LAB}/%h.ssh"']
    command = f"sudo sh -c {shlex.quote(command)}"
    done = subprocess.run([*ssh, f"ops@{ADDRESS[host]}", command], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
    return done.stdout


def sql(statement: str, database: str, host: str) -> str:
    """Return what a database on a host answers to its superuser."""
    return on(host, f"cd /; sudo -u postgres psql -XqtA -v ON_ERROR_STOP=1 -d {database}", statement).strip()


def leads(host: str) -> bool:
    """Tell whether a host is the one that apps write to."""
    try:
        return sql("select pg_is_in_recovery()", "postgres", host) == "f"
    except AssertionError:
        return False


def waiting(host: str) -> int:
    """Return how many files of WAL wait for the archive."""
    return int(on(host, "ls /var/lib/postgresql/*/main/pg_wal/archive_status | grep -c ready || true"))


def is_reached(host: str) -> bool:
    """Tell whether a host lets us in: one that has just started may not yet, nor one whose address leads to what it was before."""
    try:
        on(host, "true")
    except AssertionError:
        return False
    return True


def _podman(verb: str, host: str, *options: str) -> str:
    command = [*([] if os.getuid() == 0 else ["sudo"]), "podman", verb, *options, f"{_variables[host]['lab_network']}-{host}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def dies(host: str) -> None:
    """Have a host and all that runs on it die at once; only what it had not written to disk yet is not lost."""
    _podman("kill", host)
    # Else it may still count as running when it is to be started again
    _podman("wait", host, "--condition", "exited")


def powered(host: str) -> None:
    """Start a host that has gone down; as its container, for that cannot restart itself."""
    if _podman("inspect", host, "--format", "{{.State.Status}}") == "exited":
        _podman("start", host)


def removed(host: str) -> None:
    """Have a host be no more, with its disk."""
    _podman("rm", host, "--force", "--time=0")


def made(*hosts: str) -> None:
    """Have a bare host come in the place of each one that was removed."""
    play("lab/up").well()
    assert until(lambda: all(is_reached(host) for host in hosts))


def pauses(host: str) -> None:
    """Have a host stand still, all that runs on it, as a machine whose hypervisor does."""
    _podman("pause", host)


def goes_on(host: str) -> None:
    """Have a host go on that stood still."""
    _podman("unpause", host)


def cut_off(host: str) -> None:
    """Have a host lose its network, while all on it runs on."""
    _podman("network", host, "disconnect", str(_variables[host]["lab_network"]))


def joins(host: str) -> None:
    """Give a host its network back, by the card that it had: others would go on for a while to ask another one at each of its starts.

    One that has it is left alone.
    """
    if f'"{ADDRESS[host]}"' not in _podman("inspect", host, "--format", "{{json .NetworkSettings.Networks}}"):
        made_with = json.loads(_podman("inspect", host, "--format", "{{json .Config.CreateCommand}}"))
        own = (word for word in made_with if word.startswith(("--ip=", "--mac-address=")))
        _podman("network", host, "connect", *own, str(_variables[host]["lab_network"]))


def runtime(balancer: str, command: str) -> str:
    """Return HAProxy's answer to a command of its runtime socket."""
    return on(balancer, f"echo {shlex.quote(command)} | socat -t 5 stdio {SOCKET}")


@dataclass(frozen=True)
class Run:
    """What came of a playbook."""

    code: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        """Number of changes on each host."""
        return {host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", self.output, re.MULTILINE)}

    def well(self) -> Run:
        """Return this run if it succeeded; else fail with its output and the hosts' journals."""
        assert self.code == 0, f"{self.output[-6000:]}\n{journals()}"
        return self


def _command(playbook: str, options: tuple[str, ...], variables: Mapping[str, object], inventory: object) -> list[str]:
    name = "site.yml" if playbook == "site" else f"playbooks/{playbook}.yml"
    sources = SOURCES if inventory is INVENTORY else [inventory]
    command = ["ansible-playbook", name, *(word for source in sources for word in ("-i", str(source))), *options]
    return command + [part for key, value in variables.items() for part in ("-e", json.dumps({key: value}))]


def _environment() -> dict[str, str]:
    """Return what the shipped playbooks run with: the shipped ansible.cfg, and nothing of the tool that runs the tests.

    What they print is in the words of Ansible's own callback, which `Run` and `Begun` read.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    return {**kept, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_STDOUT_CALLBACK": "default", "PYTHONUNBUFFERED": "1"}


def play(playbook: str, *options: str, inventory: object = INVENTORY, **variables: object) -> Run:
    """Run a shipped playbook on this inventory, with `variables` in place of what the inventory has."""
    command = _command(playbook, options, variables, inventory)
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600
    )
    return Run(done.returncode, done.stdout + done.stderr)


def site(*options: str, inventory: object = INVENTORY, **variables: object) -> Run:
    """Run site.yml."""
    return play("site", *options, inventory=inventory, **variables)


def _state(pid: int) -> str:
    """Return the letter that the kernel has for what a process does."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Begun:
    """A playbook that has been started and may be killed on its way."""

    def __init__(self, playbook: str, *options: str, inventory: object = INVENTORY, **variables: object) -> None:
        """Start it, in a process group of its own."""
        self.output = ""
        self._process = subprocess.Popen(
            _command(playbook, options, variables, inventory),
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def until(self, task: str) -> Begun:
        """Read on until a task or handler begins whose name has this text; its work may be under way by then."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.output += line
            if line.startswith(("TASK [", "RUNNING HANDLER [")) and task in line:
                return self
        raise AssertionError(f"no task {task!r}:\n{self.output[-6000:]}")

    def kill(self, number: int) -> Run:
        """Send the signal to ansible-playbook and its workers, as a terminal or a lost machine would; return what came of it."""
        os.killpg(self._process.pid, number)
        return self.ended()

    def lost(self) -> None:
        """End it and all that it has begun at once, as when its machine dies: workers are out of reach of a terminal's signals."""
        begun, pids = [], [self._process.pid]
        while pids:
            begun.append(pids.pop())
            # One that stands still begins no other, and what it has begun cannot vanish, for nobody else waits for its end
            os.kill(begun[-1], signal.SIGSTOP)
            assert until(lambda: _state(begun[-1]) in "TZ")
            pids += [int(pid) for file in Path(f"/proc/{begun[-1]}/task").glob("*/children") for pid in file.read_text().split()]
        for pid in begun:
            os.kill(pid, signal.SIGKILL)
        self.ended()

    def ended(self) -> Run:
        """Wait for its end; return what came of it."""
        rest, _ = self._process.communicate(timeout=300)
        return Run(self._process.returncode, self.output + rest)


def journals(lines: int = 15) -> str:
    """Return the last lines of what runs on each host, for the report of a failure; and why there are none of a host that is lost."""
    units = {
        host: "haproxy.service hostler-requests.service" if host in BALANCERS else "*@blue.service *@green.service"
        for host in BALANCERS + WEB
    }
    units |= dict.fromkeys(MONITORS, "prometheus*.service haproxy.service")
    units |= dict.fromkeys(DATA, "postgresql@*.service") | dict.fromkeys(
        KEEPERS, "pgbackrest.service hostler-backup@*.service hostler-drill"
    )
    parts = []
    for host, names in units.items():
        chosen = " ".join(f"-u {shlex.quote(name)}" for name in names.split())
        try:
            told = on(host, f"journalctl --no-pager --lines {lines} {chosen}")
        except AssertionError as error:
            told = str(error)
        parts.append(f"--- {host}\n{told}")
    return "\n".join(parts)


def slots(app: str, balancer: str = "balancer1") -> tuple[str, dict[str, str]]:
    """Return the live slot, and the release that the map has for each slot."""
    lines = on(balancer, "cat /etc/haproxy/slots.map").splitlines()
    entries = dict(line.split(None, 1) for line in lines if not line.startswith("#"))
    return entries[app], {slot: entries[f"{app}/{slot}"] for slot in ("blue", "green") if f"{app}/{slot}" in entries}


def pids(app: str, slot: str) -> dict[str, str]:
    """Return the process id of a slot's Gunicorn on each web host; 0 where it does not run."""
    return {host: on(host, f"systemctl show --property MainPID --value {app}@{slot}").strip() for host in WEB}


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something is true, for so long at the most; return whether it is. On a busy machine that takes its time."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.5)
    return found


def failed_requests(since: int, lines: int = 30) -> str:
    """Return what each balancer logged since this second: requests answered with 500 and above or not at all, servers that went or came."""
    chosen = f"grep -vF WARNING | grep -E ': Server |/[0-9]+ (5[0-9]{{2}}|-1) ' | tail -n {lines}"
    read = f"journalctl -t haproxy --output short-precise --no-pager --since @{since} | {chosen}"
    return "\n".join(f"--- {balancer}\n{on(balancer, read)}" for balancer in BALANCERS)


def recorded(app: str = "ledger") -> Counter[str]:
    """Return how often each entry stands in an app's ledgers on all web hosts."""
    return Counter(line for host in WEB for line in on(host, f"cat /var/lib/{app}/entries").splitlines())


def up(backend: str, balancer: str) -> set[str]:
    """Return the servers that a balancer sees up."""
    rows = csv.DictReader(runtime(balancer, "show stat").lstrip("# ").splitlines())
    return {row["svname"] for row in rows if row["pxname"] == backend and row["status"].startswith("UP")} - {"BACKEND"}


def whole(app: str) -> bool:
    """Tell whether all balancers see an app's live slot up on all web hosts."""
    return all(up(f"{app}_{slots(app, balancer)[0]}", balancer) == set(WEB) for balancer in BALANCERS)
