"""Renew the pictures of the page in the docs: python -m tests.page.pictures. It takes pngquant, and the fonts of this machine."""

import subprocess

from playwright.sync_api import sync_playwright

from tests.page.conftest import CHROMIUM
from tests.page.served import Served
from tests.page.world import broken, deploying, healthy
from tests.shared.samples import ROOT

PICTURES = {"page-healthy": (healthy, "light"), "page-deploy": (deploying, "light"), "page-broken": (broken, "dark")}


def main() -> None:
    """Make each."""
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser:
        for name, (world, scheme) in PICTURES.items():
            served = Served(world())
            page = browser.new_context(
                viewport={"width": 1280, "height": 1000}, color_scheme="dark" if scheme == "dark" else "light"
            ).new_page()
            page.clock.set_fixed_time("2026-11-28T03:03:05Z")
            page.goto(served.url)
            page.locator("#deploys tbody tr").first.wait_for()
            page.locator("canvas").last.wait_for()
            path = ROOT / f"docs/images/{name}.png"
            page.screenshot(path=path, full_page=True)
            subprocess.run(["pngquant", "--force", "--strip", "--output", path, "128", path], check=True)
            served.close()


if __name__ == "__main__":
    main()
