"""What a web host says of its jobs and workers."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import jobs, units
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.samples import write

FORMER, RELEASE = "1f0c3a5e7b9d", "aaaaaaaaaaaa"


def test_jobs_and_workers_are_told_whether_they_are_here_or_should_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "home", tmp_path / "srv")
    text = "# Managed by Hostler, role:web\nEnvironment=RELEASE={}\n[Install]\n"
    places = {f"every/hello.{name}.service": text.format(RELEASE) for name in ("mail", "new")}
    write(App("hello").release(RELEASE), {f"units/{place}": unit for place, unit in {**places, "once/hello.report.timer": text}.items()})
    here = {"hello.mail.service": text.format(RELEASE) + "# by hand\n", "hello.old.service": text.format(FORMER)}
    monkeypatch.setattr(units, "installed", lambda _: here)

    state = {"ActiveState": "active", "Result": "success", "ExecMainStartTimestamp": ""}
    monkeypatch.setattr(jobs, "show", lambda names, *_: dict.fromkeys(names, state))
    told = {row.name: row for row in jobs.see(App("hello"), RELEASE)}
    assert {name: [row.kind, row.once, row.wanted, row.release, row.changed] for name, row in told.items()} == {
        "mail": ["worker", False, True, RELEASE, True],
        "new": ["worker", False, True, "", False],
        "old": ["worker", False, False, FORMER, False],
        "report": ["job", True, True, "", False],
    }
