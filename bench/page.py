"""The fleet's page with fifty hosts and a week of figures: how long it takes to be there, and what that takes of Prometheus.

Runs on a machine that has Debian's prometheus, haproxy and chromium, on loopback alone. It makes up a week as it would be recorded, a value
a minute, and has Prometheus read that; the page comes by the role's own HAProxy. The week takes some minutes to make.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.page.served import PAGE, proxy
from tests.page.world import DAY, NEW, OLD, App, Deploy, Series, World
from tests.shared.ports import free

WEB, APPS, DAYS, RUNS = 47, 3, 7, 5
MINUTE, SECONDS = 60, 15  # between values that are recorded, and of those of now
RECENT = 600  # seconds for which there are values of now
RANGES = ("6h", "24h", "7d")
READY = "body:not([data-level=waiting])"


def world(now: float) -> World:
    """Return a fleet of fifty hosts, with a deploy every six hours."""
    apps = [App(f"app{number}", releases={"blue": OLD, "green": NEW}) for number in range(APPS)]
    deploys = [Deploy(6 * 3600 * turn + 60, apps[turn % APPS].name, 1000 - turn, NEW) for turn in range(4 * DAYS)]
    return World(apps=apps, web=[f"web{number}" for number in range(WEB)], balancers=["balancer1", "balancer2"], deploys=deploys)


def more(fleet: World, at: float) -> Iterator[tuple[str, float]]:
    """Yield what is recorded by host beside what `World` has."""
    for host in fleet.web:
        for app in fleet.apps:
            yield f'host:hostler_requests:rate5m{{app="{app.name}",host="{host}"}}', 14 + math.sin(at / 1100)
        yield f'host:hostler_places_used:ratio5m{{host="{host}"}}', 0.3 + 0.1 * math.sin(at / 3000)


def written(series: Series) -> tuple[str, float]:
    """Return a series as OpenMetrics has it, and its value."""
    labels = ",".join(f'{name}="{value}"' for name, value in series["metric"].items() if name != "__name__")
    return f"{series['metric']['__name__']}{{{labels}}}", float(series["value"][1])


def is_recorded(name: str) -> bool:
    """Tell whether a series is one that is worked out each minute."""
    return ":" in name.partition("{")[0]


def week(fleet: World, folder: Path, now: int) -> None:
    """Make Prometheus' blocks of a week."""
    for day in range(DAYS):
        begin, values = now - (DAYS - day) * DAY, dict[str, list[str]]()
        for at in range(begin, begin + DAY, MINUTE):
            found = [*map(written, [*fleet.of_hosts(at), *fleet.of_apps(at)]), *more(fleet, at)]
            for name, value in found:
                if is_recorded(name):
                    values.setdefault(name, []).append(f"{name} {value:.6g} {at}\n")
        for at in range(max(begin, now - RECENT), begin + DAY, SECONDS) if day == DAYS - 1 else ():
            for name, value in map(written, fleet.now(at)):
                if not is_recorded(name):
                    values.setdefault(name, []).append(f"{name} {value:.12g} {at}\n")
        text = folder / "day.om"
        with text.open("w", encoding="utf-8") as file:
            last = ""
            for name in sorted(values, key=lambda name: name.partition("{")[0]):
                if (family := name.partition("{")[0]) != last:
                    file.write(f"# TYPE {family} gauge\n")
                last = family
                file.writelines(values[name])
            file.write("# EOF\n")
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"day {day + 1} of {DAYS}: {len(values)} series", flush=True)


class Alertmanager(BaseHTTPRequestHandler):
    """Has nothing to tell."""

    def do_GET(self) -> None:
        """Answer."""
        body = b"[]"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # who checks whether it is there does not wait for the answer
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def until_ready(url: str) -> None:
    """Wait for an answer of 200."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def taken(process: int) -> float:
    """Return the seconds of a processor that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shown(page: Page, url: str, over: str) -> float:
    """Return after how many seconds the page has drawn all its charts."""
    began = time.monotonic()
    page.goto(f"{url}#range={over}")
    page.reload()
    page.locator(READY).wait_for()
    page.locator(".uplot canvas").first.wait_for()
    return time.monotonic() - began


def main() -> None:
    """Make the week, ask for it, and print."""
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    if not haproxy or not shutil.which("prometheus") or not shutil.which("chromium"):
        raise SystemExit("This takes Debian's prometheus, haproxy and chromium: apt-get install prometheus haproxy chromium")
    now = int(time.time()) // MINUTE * MINUTE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        week(world(now), folder, now)
        (folder / "prometheus.yml").write_text("")
        asked, alerts, own = free(), ThreadingHTTPServer(("127.0.0.1", 0), Alertmanager), free()
        Thread(target=alerts.serve_forever, daemon=True).start()
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--storage.tsdb.retention.time=90d"]
        options += [f"--web.listen-address=127.0.0.1:{asked}", "--query.lookback-delta=15m", "--log.level=error"]
        prometheus = stack.enter_context(subprocess.Popen(["prometheus", *options]))
        stack.callback(prometheus.terminate)
        text = proxy(
            __monitor_page_port=own,
            __monitor_prometheus=f"127.0.0.1:{asked}",
            __monitor_alertmanager=f"127.0.0.1:{alerts.server_address[1]}",
            __monitor_page_folder=str(PAGE),
        )
        (folder / "haproxy.cfg").write_text(text)
        served = stack.enter_context(subprocess.Popen([haproxy, "-f", str(folder / "haproxy.cfg")], stderr=subprocess.DEVNULL))
        stack.callback(served.terminate)
        until_ready(f"http://127.0.0.1:{asked}/-/ready")
        until_ready(f"http://127.0.0.1:{own}/health")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        for over in RANGES:
            before = taken(prometheus.pid)
            times = [shown(page, f"http://127.0.0.1:{own}/", over) for _ in range(RUNS)]
            cost = (taken(prometheus.pid) - before) / RUNS / 2  # each time is asked for twice
            each = " ".join(f"{one:.2f}" for one in times)
            print(f"{over:4} {statistics.median(times):5.2f} s until it is drawn ({each}), {cost:.2f} s of Prometheus' processor")
        browser.close()


if __name__ == "__main__":
    main()
