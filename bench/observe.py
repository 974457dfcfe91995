"""What it costs to be watched: requests a second with all that watches and without it, in turns, and what each part takes of a host at
rest.

On the lab that `make up` made, asked by wrk. Prints medians and their ratio; then by host and unit its share of a core and its memory, over
REST seconds, and their sums.
"""

import json
import re
import statistics
import subprocess
import time

RUNS, SECONDS, REST = 5, 6, 120
BALANCER, CLIENT = "10.76.13.11", "10.76.13.1"
PATH = "/status"
TELLS = ["hostler-facts", "prometheus-node-exporter", "systemd-journal-upload"]  # on each host
READS = ["hostler-requests"]  # on balancers
WATCHES = ["prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "systemd-journal-remote", "haproxy"]


def shell(hosts: str, command: str) -> dict[str, str]:
    """Return what a command printed as root on each host."""
    words = ["ansible", hosts, "-b", "-m", "ansible.builtin.shell", "-a", command, "-e", "ansible_python_interpreter=/usr/bin/python3"]
    said = subprocess.run([*words, "--one-line"], capture_output=True, text=True, check=True).stdout
    return {line.split(" |")[0]: line.partition("(stdout) ")[2].replace("\\n", "\n") for line in said.splitlines() if " | " in line}


def rate() -> float:
    """Return how many requests a second were answered; all have to be."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", f"https://{BALANCER}{PATH}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])


def watched(yes: bool) -> None:
    """Have all that watches run, or none of it."""
    verb = "start" if yes else "stop"
    shell("web,balancer", f"systemctl {verb} {' '.join(TELLS)}")
    # While its socket is held, lines would wait there
    shell("balancer", f"systemctl {verb} {' '.join(f'{one}.socket {one}.service' for one in READS)}")
    shell("monitor", f"systemctl {verb} {' '.join(WATCHES)}")
    time.sleep(3)


def taken() -> dict[tuple[str, str], tuple[float, int]]:
    """Return by host and unit the seconds of a processor that it took since it began, and its memory in bytes."""
    found = {}
    for hosts, units in (("web,balancer", TELLS), ("balancer", READS), ("monitor", [*WATCHES, *TELLS[:2]])):
        for host, text in shell(hosts, f"systemctl show --property=Id,CPUUsageNSec,MemoryCurrent {' '.join(units)}").items():
            for block in text.strip().split("\n\n"):
                values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
                if all(values.get(key, "").isdigit() for key in ("MemoryCurrent", "CPUUsageNSec")):
                    found[host, values["Id"]] = (int(values["CPUUsageNSec"]) / 1e9, int(values["MemoryCurrent"]))
    return found


def main() -> None:
    """Measure, and print."""
    limits = json.dumps({"balancer_limit_allow": [CLIENT]})
    subprocess.run(["ansible-playbook", "site.yml", "--tags", "balancer", "-e", limits], check=True, stdout=subprocess.DEVNULL)
    rates: dict[bool, list[float]] = {True: [], False: []}
    try:
        rate()  # the first is about what is cold
        for _ in range(RUNS):
            for yes in (False, True):
                watched(yes)
                rates[yes].append(rate())
    finally:
        watched(True)
        subprocess.run(["ansible-playbook", "site.yml", "--tags", "balancer"], check=True, stdout=subprocess.DEVNULL)
    for yes, label in ((False, "unwatched"), (True, "watched")):
        print(f"{label:9} {statistics.median(rates[yes]):7.0f} requests/s   ({' '.join(f'{one:.0f}' for one in rates[yes])})")
    print(f"watched : unwatched = {statistics.median(rates[True]) / statistics.median(rates[False]):.3f}")
    before = taken()
    time.sleep(REST)
    after = taken()
    sums: dict[str, list[float]] = {}
    for (host, unit), (seconds, memory) in sorted(after.items()):
        share = (seconds - before[host, unit][0]) / REST * 100
        print(f"{host:10} {unit:38} {share:6.2f} % of a core  {memory / 2**20:6.1f} MB")
        total = sums.setdefault(host, [0, 0])
        total[0] += share
        total[1] += memory / 2**20
    for host, total in sums.items():
        print(f"{host:10} {'in all':38} {total[0]:6.2f} % of a core  {total[1]:6.1f} MB")


if __name__ == "__main__":
    main()
