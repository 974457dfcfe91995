"""Hold requests a second by HTTPS against those by HTTP, on connections that are kept: the lab's app, asked by wrk.

Prints the median of RUNS of each, taken in turn in one run, and their ratio. By HTTP, this machine says that it has ended TLS itself, so
that it is served and not sent to HTTPS: the same work but for the encryption.
"""

import json
import re
import statistics
import subprocess

RUNS, SECONDS = 5, 4
BALANCER, CLIENT = "10.76.13.11", "10.76.13.1"
PATH = "/status"


def rate(url: str) -> float:
    """Return how many requests a second were answered; all have to be."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}s", "-H", "X-Forwarded-Proto: https", "-H", f"X-Forwarded-For: {CLIENT}", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])


def site(**variables: object) -> None:
    """Bring the lab to this."""
    said = json.dumps(variables)
    subprocess.run(["ansible-playbook", "site.yml", "--tags", "balancer", "-e", said], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure, and print."""
    site(balancer_trusted_proxies=[{"from": CLIENT, "kind": "forwarded"}], balancer_limit_allow=[CLIENT])
    try:
        found: dict[str, list[float]] = {"http": [], "https": []}
        for _ in range(RUNS):
            for scheme, rates in found.items():
                rates.append(rate(f"{scheme}://{BALANCER}{PATH}"))
    finally:
        site()
    medians = {scheme: statistics.median(rates) for scheme, rates in found.items()}
    for scheme, rates in found.items():
        print(f"{scheme:6} {medians[scheme]:7.0f} requests/s   ({' '.join(f'{one:.0f}' for one in rates)})")
    print(f"https : http = {medians['https'] / medians['http']:.3f}")


if __name__ == "__main__":
    main()
