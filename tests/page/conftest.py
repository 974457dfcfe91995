"""A browser for the tests of the page: the distribution's Chromium, which Playwright drives."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.served import Served
from tests.page.world import NOW, World

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
Shown = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a browser; where there is none, say how to get one. CI has one, and fails without."""
    if not CHROMIUM:
        assert not os.environ.get("CI"), "Chromium is not installed here; .ci/run does that"
        pytest.skip("Chromium is not installed here; on Debian: apt-get install chromium")
    # Its own sandbox needs what containers do not have; it sees pages of ours alone
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as launched:
        yield launched


@pytest.fixture
def show(browser: Browser) -> Iterator[Shown]:
    """Return how a test looks at a fleet; afterwards, nothing may have been wrong with the page itself."""
    wrong: list[str] = []
    opened: list[Any] = []

    def shown(world: World, at: str = "", width: int = 1400, **options: Any) -> Page:
        served = Served(world)
        context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Asia/Tokyo", **options)
        opened.extend([context, served])
        context.set_default_timeout(5000)
        page = context.new_page()
        page.clock.install(time="2026-11-28T02:03:05Z")
        page.clock.pause_at(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW)))
        # A violation of the policy is an error of the console; that an answer is an error is what some tests are about
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "status of 503" not in said.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(served.url) else None)
        page.goto(served.url + at)
        page.locator("body:not([data-level=waiting])").wait_for()
        return page

    yield shown
    for one in opened:
        one.close()
    assert wrong == []
