"""One judge: what is wrong with the fleet stands on the host that watches in the words of status.yml, and is gone once it is mended."""

from __future__ import annotations

import json

import pytest
from fleet import MONITORS, on, play, slots, until

[MONITOR] = MONITORS
LASTS = 150  # seconds: a minute until it is told, and the rounds of who tells and who asks, on a machine that is busy
MAP = "/etc/haproxy/slots.map"
SETTINGS = "/etc/sysctl.d/90-hostler.conf"


def told() -> set[str]:
    """Return the problems that Prometheus knows."""
    found = json.loads(on(MONITOR, "promtool query instant --format=json http://127.0.0.1:9090 hostler_problem"))
    return {one["metric"]["text"] for one in found if one["metric"]["kind"] == "problem"}


def status() -> set[str]:
    """Return the problems that status.yml finds."""
    run = play("status", format="json")
    return set(json.loads(next(line for line in run.output.splitlines() if line.startswith("{")))["problems"])


@pytest.mark.long
def test_the_page_and_status_say_the_same() -> None:
    assert until(lambda: told() == set(), LASTS), told()
    live = slots("hello")[0]
    on("web1", f"systemctl stop hello@{live}")
    on("balancer2", "systemctl stop haproxy")
    on("web2", f"echo '# by hand' >>{SETTINGS}")
    # Of nobody, as long as the app is not closed
    on("balancer1", f"cp -p {MAP} /run/kept; echo hello/maintenance/192.0.2.9 pass >>{MAP}")
    try:
        found = status()
        assert {one.split()[0] for one in found} == {"web1:", "web2:", "balancer1:", "balancer2:"}
        assert until(lambda: told() == found, LASTS), (told(), found)
    finally:
        on("balancer1", f"mv /run/kept {MAP}")
        on("balancer2", "systemctl start haproxy")
        on("web2", f"sed -i '/# by hand/d' {SETTINGS}")
        on("web1", f"systemctl start hello@{live}")
    assert until(lambda: told() == set(), LASTS), told()
