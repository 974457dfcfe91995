"""The page's files: what they weigh, where they come from, and that all of them are given out."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.page.served import FILES, PAGE
from tests.shared.samples import ROOT

RECORD = json.loads((ROOT / ".config/vendored.json").read_text(encoding="utf-8"))
VENDORED = {ROOT / path: file["sha256"] for package in RECORD.values() for path, file in package["files"].items()}
OURS = sorted(path for path in PAGE.iterdir() if path not in VENDORED)


def test_the_proxy_gives_out_what_there_is_and_no_more() -> None:
    assert set(FILES) == {path.name for path in PAGE.iterdir()}


def test_it_is_small() -> None:
    """Of what a browser fetches; over a tunnel of 1 Mbit/s that is a second, and what has not changed is not fetched again."""
    assert sum(path.stat().st_size for path in PAGE.iterdir() if path.suffix != ".LICENSE") <= 120_000
    # What the proxy gives out at once has to fit in its buffer, with room for headers
    assert max(path.stat().st_size for path in PAGE.iterdir()) < 65536 - 4096


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_file_of_ours_says_who_manages_it(path: Path) -> None:
    assert "Managed by Hostler, role:monitor" in "".join(path.read_text(encoding="utf-8").splitlines()[:2])


def test_what_comes_from_elsewhere_is_what_is_on_record() -> None:
    """And its licence is there. `make lock` renews both."""
    assert VENDORED
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED} == VENDORED
    for package in RECORD.values():
        assert "MIT License" in next((ROOT / path).read_text(encoding="utf-8") for path in package["files"] if path.endswith("LICENSE"))
        assert package["version"] in next(
            (ROOT / path).read_text(encoding="utf-8")[:200] for path in package["files"] if path.endswith(".js")
        )


def test_every_series_is_named_in_one_file() -> None:
    """Who renames a rule has one place to look at."""
    own = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js") if path not in VENDORED}
    recorded = re.compile(r"\b(?:app|host|instance):\w+")
    assert [name for name, text in own.items() if recorded.search(text)] == ["queries.js"]
