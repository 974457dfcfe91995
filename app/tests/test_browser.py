"""The guestbook in a browser: it is signed there, and everybody can read and use it."""

import os
import shutil
from collections.abc import Iterator
from importlib import resources
from threading import Thread
from typing import TYPE_CHECKING, Literal

import pytest
from postgres import sql
from werkzeug.serving import make_server

from hello import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Scheme = Literal["light", "dark"]
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed here")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Return a browser. CI has one, and fails without."""
    if not CHROMIUM:
        assert not os.environ.get("CI"), "Chromium is not installed here; .ci/run does that"
        pytest.skip("Chromium is not installed here; on Debian: apt-get install chromium")
    # Its own sandbox needs what containers do not have; it sees pages of ours alone
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def site(database: str) -> Iterator[str]:
    """Return the URL of a site with a guestbook in which somebody was before."""
    sql(database, "insert into entries (name, text) values ('Ann', 'It was warm.')")
    app = create_app({"DATABASE_URL": database, "SLOT": "blue"})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["engine"].dispose()


def test_a_visitor_signs(browser: "Browser", site: str) -> None:
    wrong: list[str] = []
    # The sign at the door swings, which a program takes for a link that is not there yet
    page = browser.new_page(reduced_motion="reduce")
    page.on("console", lambda said: wrong.append(said.text))
    page.goto(site)
    page.get_by_role("link", name="Sign the guestbook").click()
    # Nothing is sent before it is filled in
    page.get_by_role("button", name="Sign").click()
    page.get_by_label("Your name").fill("Zoe")
    page.get_by_label("Your line").fill("<b>Two</b> blue nights.")
    page.get_by_role("button", name="Sign").click()
    page.wait_for_url("**/guestbook#entry-2")
    assert page.locator("article").all_inner_texts()[0].startswith("<b>Two</b> blue nights.")
    page.reload()
    assert page.locator("article").count() == 2
    assert wrong == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("path", ["/", "/guestbook"])
def test_everybody_can_read_and_use_it(browser: "Browser", site: str, scheme: Scheme, width: int, path: str) -> None:
    """By the rules of WCAG 2.2 AA that a program can tell; and nothing is wider than the window."""
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    levels = {"values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "type": "tag"}
    context = browser.new_context(
        color_scheme=scheme, bypass_csp=True, reduced_motion="reduce", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.goto(site + path)
    page.evaluate(axe)
    found = page.evaluate("levels => axe.run({runOnly: levels})", levels)["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
