"""The sample's guestbook, by a browser, while releases and their hosts change under it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import fleet
import pytest
from fleet import ADDRESS, DATA
from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
HOST = "inn.example.org"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LINES = [f"{number}: <b>stay</b> & rest at {time.time():.0f}" for number in range(3)]


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a browser's page that finds the site by its name; its own sandbox needs what containers do not have."""
    assert CHROMIUM, "Chromium is not installed here; .ci/run does that"
    rules = f"--host-resolver-rules=MAP {HOST} {ADDRESS['balancer1']}"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", rules]) as browser:
        yield browser.new_context(ignore_https_errors=True).new_page()


def filled(page: Page, line: str) -> None:
    """Open the guestbook, and write a line that is not sent yet."""
    page.goto(f"https://{HOST}/guestbook")
    page.get_by_label("name").fill("A guest")
    page.locator("textarea").fill(line)


def sign(page: Page) -> None:
    """Send it."""
    page.get_by_role("button", name="Sign").click()


def test_it_is_signed_across_a_deploy_and_a_failover(page: Page) -> None:
    """A form of one release is taken by the next, and a line is there, once, whichever host has the data."""
    apps = ("-e", f"@{HERE / 'vars/apps.yml'}")
    filled(page, LINES[0])
    fleet.play("deploy", *apps, app="hello", message=f"Signed at {time.time():.0f}").well()
    sign(page)
    expect(page.get_by_text(LINES[0])).to_have_count(1)
    filled(page, LINES[1])
    fleet.play("rollback", *apps, app="hello").well()
    sign(page)
    expect(page.get_by_text(LINES[1])).to_have_count(1)
    filled(page, LINES[2])
    fleet.play("failover", *apps, to=DATA[1]).well()
    sign(page)
    for line in LINES:
        expect(page.get_by_text(line)).to_have_count(1)
