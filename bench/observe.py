"""What it costs to be watched: requests a second with all that watches and without it, in turns; the processor time of a request on each
host, by unit; and what each unit takes of a host at rest.

On the lab that `make up` made, asked by wrk. There all hosts share one machine's cores, and so does who asks: so the ratio of requests a
second counts what the monitor does as if each host did it. What a host of its own would serve is told by its processor time a request.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict

RUNS, SECONDS, REST = 5, 6, 120
BALANCER, CLIENT = "10.76.13.11", "10.76.13.1"
PATH = "/status"
SERVES = {"balancer1": "balancer", "web1": "web host", "web2": "web host"}
TELLS = ["hostler-facts", "prometheus-node-exporter", "systemd-journal-upload"]  # on each host
WATCHES = ["prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "systemd-journal-remote", "haproxy"]
# By unit: clock ticks of its processes and of those that ended and were theirs, and their private memory in kB; for a lab's systemd counts
# none of it
LOOK = r"""
for p in /proc/[0-9]*; do
    c=$(cat $p/cmdline $p/stat 2>/dev/null | tr '\0' ' ') && [ -n "$c" ] || continue
    u=$(grep -oE '[^/]+\.(service|scope|socket)' $p/cgroup | tail -1)
    m=$(awk '/^Private/ {s += $2} END {print s + 0}' $p/smaps_rollup 2>/dev/null)
    echo "${u:-none} $(sed 's/.*) //' $p/stat | cut -d' ' -f12-15) ${m:-0}"
done | awk '{ticks[$1] += $2 + $3 + $4 + $5; memory[$1] += $6} END {for (u in ticks) print u, ticks[u], memory[u]}'
"""
OWN = ("session-", "ssh.", "user@", "user-")  # units of who looks
Taken = dict[tuple[str, str], tuple[float, float]]  # by host and unit: seconds of a processor, and MB


def shell(hosts: str, command: str) -> dict[str, str]:
    """Return what a command printed as root on each host."""
    words = ["ansible", hosts, "-b", "-m", "ansible.builtin.shell", "-a", command, "-e", "ansible_python_interpreter=/usr/bin/python3"]
    said = subprocess.run([*words, "--one-line"], capture_output=True, text=True, check=True).stdout
    return {line.split(" |")[0]: line.partition("(stdout) ")[2].replace("\\n", "\n") for line in said.splitlines() if " | " in line}


def asked() -> tuple[float, int]:
    """Return how many requests a second were answered, and how many in all; all have to be."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", f"https://{BALANCER}{PATH}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(re.findall(r"Requests/sec: +([\d.]+)", said)[0]), int(re.findall(r"(\d+) requests in", said)[0])


def watched(yes: bool) -> None:
    """Have all that watches run, or none of it."""
    verb = "start" if yes else "stop"
    shell("web,balancer", f"systemctl {verb} {' '.join(TELLS)}")
    shell("monitor", f"systemctl {verb} {' '.join(WATCHES)}")
    time.sleep(3)


def taken() -> Taken:
    """Return what each unit has taken since it began, and its memory."""
    found: Taken = {}
    for host, text in shell("all", LOOK).items():
        for unit, ticks, memory in map(str.split, text.splitlines()):
            if not unit.startswith(OWN):
                found[host, unit] = (int(ticks) / 100, int(memory) / 1024)
    return found


def between(before: Taken, after: Taken) -> dict[tuple[str, str], float]:
    """Return the seconds that each unit took between two looks."""
    return {unit: seconds - before.get(unit, (0, 0))[0] for unit, (seconds, _) in after.items()}


def load() -> None:
    """Print requests a second and their ratio, and processor time a request by host and unit."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    times: dict[bool, dict[tuple[str, str], float]] = {False: defaultdict(float), True: defaultdict(float)}
    counts = {False: 0, True: 0}
    asked()  # the first is about what is cold
    for _ in range(RUNS):
        for yes in rates:
            watched(yes)
            before = taken()
            rate, count = asked()
            for where, seconds in between(before, taken()).items():
                times[yes][where] += seconds
            rates[yes].append(rate)
            counts[yes] += count
    for yes, label in ((False, "unwatched"), (True, "watched")):
        print(f"{label:9} {statistics.median(rates[yes]):7.0f} requests/s   ({' '.join(f'{one:.0f}' for one in rates[yes])})")
    print(f"watched : unwatched = {statistics.median(rates[True]) / statistics.median(rates[False]):.3f}, all on one machine")
    print("\nProcessor time a request, us                  unwatched  watched")
    sums: dict[bool, dict[str, float]] = {False: defaultdict(float), True: defaultdict(float)}
    for host, unit in sorted({*times[False], *times[True]}):
        cost = {yes: times[yes][host, unit] / counts[yes] * 1e6 for yes in rates}
        if max(cost.values()) >= 1:
            print(f"{host:10} {unit:34} {cost[False]:9.1f} {cost[True]:8.1f}")
        for yes in rates:
            sums[yes][SERVES.get(host, "")] += cost[yes]
    for kind in dict.fromkeys(SERVES.values()):
        print(f"{kind:45} {sums[False][kind]:9.1f} {sums[True][kind]:8.1f}   of its own: {sums[False][kind] / sums[True][kind]:.3f}")


def rest() -> None:
    """Print what each unit that watches takes of each host while nobody asks."""
    print(f"\nAt rest, {REST} s                                 % of a core  MB")
    before = taken()
    time.sleep(REST)
    after = taken()
    seconds = between(before, after)
    for host in sorted({host for host, _ in after}):
        share = memory = 0.0
        for unit in (f"{name}.service" for name in (*TELLS, *(["hostler-requests"] if host in SERVES else WATCHES))):
            if (host, unit) in after:
                takes, megabytes = seconds[host, unit] / REST * 100, after[host, unit][1]
                share, memory = share + takes, memory + megabytes
                print(f"{host:10} {unit:38} {takes:7.2f} {megabytes:8.1f}")
        print(f"{host:10} {'in all':38} {share:7.2f} {memory:8.1f}")


def main() -> None:
    """Measure, and print."""
    limits = json.dumps({"balancer_limit_allow": [CLIENT]})
    subprocess.run(["ansible-playbook", "site.yml", "--tags", "balancer", "-e", limits], check=True, stdout=subprocess.DEVNULL)
    try:
        load()
    finally:
        watched(True)
        subprocess.run(["ansible-playbook", "site.yml", "--tags", "balancer"], check=True, stdout=subprocess.DEVNULL)
    sys.stdout.flush()
    rest()


if __name__ == "__main__":
    main()
