"""A Django project and a FastAPI app, changed while visitors come, and one framework put in another's place."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fleet
import pytest
import underway
from load import Load, Tally

HERE = Path(__file__).parent
HOSTS = {"shop": "shop.example.org", "api": "api.example.org"}


def site(**variables: object) -> fleet.Run:
    """Run the shipped playbook with this scenario's apps."""
    return fleet.site("-e", f"@{HERE / 'vars/apps.yml'}", **variables)


@contextmanager
def visitors() -> Iterator[dict[str, Tally]]:
    """Have both apps be visited through both balancers while the block runs."""
    assert fleet.until(lambda: all(map(fleet.whole, HOSTS))), fleet.journals()
    addresses = [fleet.ADDRESS[balancer] for balancer in fleet.BALANCERS]
    with ExitStack() as stack:
        yield {app: stack.enter_context(Load(addresses, host, threads=12, long=False).running()) for app, host in HOSTS.items()}


def unharmed(tally: Tally, app: str) -> None:
    """Hold that no request failed, and that each entry that was acknowledged is in the ledger, once."""
    print(f"{app}: {tally.sent} requests, {len(tally.failed)} failed, slowest {tally.slowest:.2f} s", *tally.failed[:9], sep="\n  ")
    assert tally.failed == [], fleet.journals()
    assert tally.sent > 60
    entries = fleet.recorded(app)
    assert [entry for entry in tally.entries if entry not in entries] == [], "acknowledged requests are missing from the ledger"
    assert [entry for entry, count in entries.items() if count > 1] == [], "requests were executed twice"


def stylesheet() -> str:
    """Return the path of the stylesheet that Django's page names."""
    found = re.search(r'href="(/static/page\.[0-9a-f]{12}\.css)"', fleet.get(HOSTS["shop"]).body)
    assert found
    return found[1]


@dataclass
class Change:
    """What came of one run under load: live releases before and after, visitors, and what was under way, by app."""

    before: dict[str, str]
    after: dict[str, str]
    visitors: dict[str, Tally]
    downloads: dict[str, Future[dict[str, int]]]
    uploads: dict[str, Future[tuple[dict[str, Any], str]]]
    talk: Future[set[str]]
    fetched: Future[list[int]]
    old: str
    new: str


def live() -> dict[str, str]:
    """Return the live release of each app."""
    return {app: releases[slot] for app in HOSTS for slot, releases in [fleet.slots(app)]}


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Change a value of both apps, and Django's stylesheet, with all under way that may span a switch."""
    source = tmp_path_factory.mktemp("shop") / "django"
    shutil.copytree(HERE / "django", source)
    (source / "ledger/static/page.css").write_text("body { background: #eee; }\n")

    over, before, old = threading.Event(), live(), stylesheet()
    with visitors() as tallies, ThreadPoolExecutor() as pool:

        def begin(what: Callable[..., Any], *given: str) -> Future[Any]:
            return pool.submit(what, *given, over)

        try:
            downloads = {app: begin(underway.download, host) for app, host in HOSTS.items()}
            uploads = {app: begin(underway.upload, host) for app, host in HOSTS.items()}
            talk, fetched = begin(underway.talk, HOSTS["api"]), begin(underway.fetch, HOSTS["shop"], old)
            site(shop_source=str(source), greeting="Good morning").well()
            new = stylesheet()
        finally:
            over.set()
    return Change(before, live(), tallies, downloads, uploads, talk, fetched, old, new)


@pytest.mark.parametrize("app", HOSTS)
def test_a_changed_value_goes_live_and_no_visitor_notices(change: Change, app: str) -> None:
    assert {fleet.get(HOSTS[app], "/tell", balancer).json["greeting"] for balancer in fleet.BALANCERS * 4} == {"Good morning"}
    assert change.before[app] != change.after[app]
    unharmed(change.visitors[app], app)


@pytest.mark.parametrize("app", HOSTS)
def test_a_download_that_spans_the_switch_comes_whole_from_the_old_release(change: Change, app: str) -> None:
    assert change.downloads[app].result() == {change.before[app]: underway.PIECES * 4096}


@pytest.mark.parametrize("app", HOSTS)
def test_an_upload_that_spans_the_switch_reaches_the_old_release_whole(change: Change, app: str) -> None:
    told, sent = change.uploads[app].result()
    assert (told["status"], told["release"], told["sha256"]) == (200, change.before[app], sent)


def test_an_open_websocket_stays_on_the_old_release_also_when_it_is_silent_for_long(change: Change) -> None:
    assert change.talk.result() == {change.before["api"]}


def test_a_page_from_before_the_switch_still_finds_its_stylesheet(change: Change) -> None:
    assert change.old != change.new
    assert set(change.fetched.result()) == {200}
    for path, text in ((change.old, "background: #fff"), (change.new, "background: #eee")):
        assert all(text in fleet.get(HOSTS["shop"], path, balancer).body for balancer in fleet.BALANCERS * 4)


@pytest.mark.parametrize("app", HOSTS)
def test_what_the_visitor_used_reaches_the_app(app: str) -> None:
    """Scheme and address are those that the balancer saw; forged ones are not believed. Cookies and a long query pass."""
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7", "Cookie": f"c={'y' * 9000}"}
    told = fleet.get(HOSTS[app], f"/tell?q={'x' * 8000}", headers=said).json
    headers = {name.lower(): value for name, value in dict(told["headers"]).items()}  # type: ignore[call-overload]
    assert (told["scheme"], headers["x-forwarded-for"], headers["cookie"]) == ("http", fleet.CLIENT, said["Cookie"])


def test_requests_of_both_are_logged_with_their_ids() -> None:
    for app, host in HOSTS.items():
        number = fleet.get(host, "/tell").headers["x-request-id"]
        read = f"journalctl -u '{app}@*' --since -5min --output cat"
        assert fleet.until(lambda: any(number in fleet.on(web, read) for web in fleet.WEB))  # noqa: B023


def test_the_values_come_back_by_the_switch_alone() -> None:
    """The old release is still warm: nothing is started for it."""
    running = {(app, slot): fleet.pids(app, slot) for app in HOSTS for slot in ("blue", "green")}
    with visitors() as tallies:
        site().well()
    assert {fleet.get(host, "/tell").json["greeting"] for host in HOSTS.values()} == {"Hello"}
    assert {(app, slot): fleet.pids(app, slot) for app, slot in running} == running
    for app, tally in tallies.items():
        unharmed(tally, app)


def test_an_asgi_app_that_does_not_import_stays_off(tmp_path: Path) -> None:
    """Its traceback is shown; what serves is untouched."""
    shutil.copytree(HERE / "fastapi", tmp_path / "fastapi")
    with (tmp_path / "fastapi/main.py").open("a") as module:
        module.write("\nimport no_such_module\n")
    before = live()
    with visitors() as tallies:
        run = site(api_source=str(tmp_path / "fastapi"))
    assert run.code != 0
    said = " ".join(run.output.split())
    assert "api does not import" in said
    assert "Traceback" in said
    assert "No module named 'no_such_module'" in said
    assert live() == before
    for app, tally in tallies.items():
        unharmed(tally, app)


def test_a_framework_takes_another_s_place_and_gives_it_back() -> None:
    """Another source, interface and callable of the same app: from FastAPI to Flask, and back."""
    seen = []
    with visitors() as tallies:
        for change in ({"api_source": str(HERE / "flask"), "api_interface": "wsgi", "api_callable": "ledger:app"}, {}):
            site(**change).well()
            seen.append(fleet.get(HOSTS["api"], "/tell").json["framework"])
    assert seen == ["Flask", "FastAPI"]
    for app, tally in tallies.items():
        unharmed(tally, app)
