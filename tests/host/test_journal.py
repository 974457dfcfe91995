"""What a host tells of a failure, without the secrets in it."""

import subprocess
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.generations import OLD, ONE, give


def test_what_a_host_tells_of_a_failure_has_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(home, "a", OLD, ONE)
    done = subprocess.CompletedProcess((), 1, " no hunter2 here\n", "")
    monkeypatch.setattr(journal, "run", lambda *_: done)
    assert journal.output(done, home / "releases/a") == "no ******** here"
    assert str(journal.unhealthy(App("hello"), "blue", "a", "GET / answered 500, not 200", 0)) == (
        "hello: the release a is not healthy in the slot blue: GET / answered 500, not 200. The journal's last lines:\nno ******** here"
    )


def test_what_is_cut_off_is_cut_after_it_was_masked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(home, "a", OLD, {"KEY": "hunter2hunter2"})
    said = subprocess.CompletedProcess((), 1, "hunter2hunter2" + "." * (journal.CHARACTERS - 4), "")
    assert "hunter" not in journal.output(said, home / "releases/a")
    said.stdout = "hunter2\n" * 99
    monkeypatch.setattr(journal, "run", lambda *_: said)
    assert journal.lines(App("hello"), "hello@blue.service", "a", 0).count("\n") == journal.LINES
