"""What tests of several scenarios do, and look at, while they deploy."""

from __future__ import annotations

import json
import time

from fleet import BALANCERS, ROOT, Run, on, play, slots

LEDGER = ROOT / "molecule" / "shared" / "ledger"
OTHER = {"blue": "green", "green": "blue"}
BEGAN = int(time.time())


def named(value: str) -> str:
    """Return a value that no earlier run of these tests has had: its release may have been left by going back."""
    return f"{value} {BEGAN}"


def deploy(value: str, *options: str, **variables: object) -> Run:
    """Deploy the ledger with another value of its environment, and so another release."""
    return play("deploy", *options, app="ledger", tricky=named(value), **variables)


def live() -> str:
    """Return the release that is live; all balancers have to agree."""
    [release] = {releases[slot] for slot, releases in (slots("ledger", balancer) for balancer in BALANCERS)}
    return release


def locks() -> set[str]:
    """Return what the balancers' locks say; an empty text where nobody holds one."""
    return {on(balancer, "cat /run/hostler.lock 2>/dev/null || true") for balancer in BALANCERS}


def events(balancer: str, app: str = "") -> list[dict[str, object]]:
    """Return a balancer's history, or an app's part of it."""
    lines = on(balancer, "cat /var/lib/hostler/history.jsonl").splitlines()
    return [event for event in map(json.loads, lines) if app in ("", event["app"])]
