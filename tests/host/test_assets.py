"""Static files that a release is lent, so that pages of an earlier one still find theirs."""

import os
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import assets
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.samples import write


@pytest.fixture
def hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return an app whose home is a folder of the test."""
    monkeypatch.setattr(App, "home", property(lambda app: tmp_path / app.name))
    return App("hello")


def released(app: App, release: str, *names: str) -> Path:
    """Lay out a release with these files, each of which names the release; return its app's folder."""
    return write(app.release(release) / "app", dict.fromkeys(names, release))


def started(app: App, slot: str, release: str) -> None:
    """Start a release in a slot, as ``start_slot`` does."""
    assets.carry(app, release, ["static"])
    link = app.slot(slot)
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(f"../releases/{release}")


def served(app: App, release: str) -> dict[str, str]:
    """Return the static files of a release, and whose they are."""
    static = app.release(release) / "app" / "static"
    return {str(path.relative_to(static)): path.read_text() for path in static.rglob("*") if path.is_file()}


def test_a_release_is_lent_what_it_lacks_and_keeps_what_it_has(hello: App) -> None:
    released(hello, "one", "static/page.1.css", "static/manifest.json", "static/deep/er/logo.1.svg", "app.py", "old.py")
    released(hello, "two", "static/page.2.css", "static/manifest.json", "app.py")
    started(hello, "blue", "one")
    started(hello, "green", "two")
    assert served(hello, "two") == {"page.2.css": "two", "manifest.json": "two", "page.1.css": "one", "deep/er/logo.1.svg": "one"}
    assert served(hello, "one") == {"page.1.css": "one", "manifest.json": "one", "deep/er/logo.1.svg": "one"}
    assert not (hello.release("two") / "app" / "old.py").exists()


def test_what_was_lent_is_not_lent_on_so_it_is_gone_two_releases_after_its_own(hello: App) -> None:
    slots = ["blue", "green"] * 2
    for number, slot in enumerate(slots):
        released(hello, str(number), f"static/page.{number}.css")
        started(hello, slot, str(number))
    assert [sorted(served(hello, str(number))) for number in range(4)] == [
        ["page.0.css"],
        ["page.0.css", "page.1.css"],
        ["page.0.css", "page.1.css", "page.2.css"],
        ["page.1.css", "page.2.css", "page.3.css"],
    ]


def test_an_earlier_release_that_is_started_again_is_lent_what_is_newer(hello: App) -> None:
    released(hello, "one", "static/page.1.css")
    released(hello, "two", "static/page.2.css")
    for slot, release in (("blue", "one"), ("green", "two"), ("blue", "one")):
        started(hello, slot, release)
    assert served(hello, "one") == {"page.1.css": "one", "page.2.css": "two"}


def test_it_takes_no_room_and_stays_when_the_earlier_release_is_removed(hello: App) -> None:
    one = released(hello, "one", "static/page.1.css")
    released(hello, "two", "static/page.2.css")
    started(hello, "blue", "one")
    started(hello, "green", "two")
    file = hello.release("two") / "app/static/page.1.css"
    assert file.samefile(one / "static/page.1.css")
    (one / "static/page.1.css").unlink()
    assert file.read_text() == "one"


def test_an_interrupted_start_is_made_good_and_nothing_lent_becomes_the_release_s_own(hello: App, monkeypatch: pytest.MonkeyPatch) -> None:
    released(hello, "one", "static/page.1.css", "static/page.11.css")
    released(hello, "two", "static/page.2.css")
    started(hello, "blue", "one")
    with monkeypatch.context() as broken, pytest.raises(OSError, match="full"):
        broken.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("full")))
        assets.carry(hello, "two", ["static"])
    started(hello, "green", "two")
    assert set(served(hello, "two")) == {"page.1.css", "page.11.css", "page.2.css"}
    released(hello, "three", "static/page.3.css")
    hello.slot("blue").unlink()
    started(hello, "blue", "three")
    assert set(served(hello, "three")) == {"page.2.css", "page.3.css"}


def test_nothing_is_put_outside_of_the_release(hello: App, tmp_path: Path) -> None:
    released(hello, "one", "static/deep/page.css", "static/page.1.css")
    two = released(hello, "two", "static/page.2.css")
    (tmp_path / "elsewhere").mkdir()
    (two / "static/deep").symlink_to(tmp_path / "elsewhere")
    started(hello, "blue", "one")
    started(hello, "green", "two")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (two / "static/page.1.css").exists()


def test_without_an_earlier_release_or_folders_nothing_is_lent(hello: App) -> None:
    released(hello, "one", "static/page.1.css")
    started(hello, "blue", "one")
    released(hello, "two", "static/page.2.css")
    assets.carry(hello, "two", [])
    assets.carry(hello, "two", ["gone"])
    assert served(hello, "two") == {"page.2.css": "two"}
