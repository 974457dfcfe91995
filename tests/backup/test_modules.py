"""Modules about backups: what they ask, and what becomes of what fails."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.backup import drill, repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.drill import Drill
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.modules import archive_cluster, backup_info, look_backup, settle_backup
from tests.shared.samples import run_module

ONE = Backup("F", "full", 5, 7, False)


def failing(*_: object, **__: object) -> Any:
    """Fail."""
    raise Failed("it broke")


class TestInfo:
    """``backup_info``."""

    @pytest.fixture(autouse=True)
    def _host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a host with one backup and a drill."""
        monkeypatch.setattr(drill, "FOLDER", tmp_path)
        (tmp_path / "drill.json").write_text(json.dumps(Drill(1, 2, "", 1, "F", {}, 1).json()))
        for name, value in {"here": True, "has_bucket": False, "passphrase": "kept"}.items():
            monkeypatch.setattr(repository, name, lambda value=value: value)
        monkeypatch.setattr(repository, "known", lambda _: (0, [ONE]))
        monkeypatch.setattr(environment, "new_value", lambda: "made")

    def test_who_keeps_backups_tells_them_and_no_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = run_module(backup_info, monkeypatch, keeps=True)
        assert (result["here"], result["status"], result["backups"], result["wrong"]) == (True, 0, [ONE.json()], "")
        assert result["drill"]["succeeded"] == 1
        assert {"passphrase", "fresh"} & set(result) == set()

    def test_secrets_are_told_where_they_are_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = run_module(backup_info, monkeypatch, keeps=False, secret=True)
        assert (result["here"], result["backups"], result["passphrase"], result["fresh"]) == (False, [], "kept", "made")

    def test_a_bucket_is_told_beside_and_one_that_is_away_hides_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert run_module(backup_info, monkeypatch, keeps=True)["s3"] is None
        monkeypatch.setattr(repository, "has_bucket", lambda: True)
        result = run_module(backup_info, monkeypatch, keeps=True)
        assert result["s3"] == {"status": 0, "backups": [ONE.json()], "drill": None, "wrong": ""}
        monkeypatch.setattr(repository, "known", lambda number: failing() if number == repository.S3 else (0, [ONE]))
        result = run_module(backup_info, monkeypatch, keeps=True)
        assert (result["s3"]["wrong"], result["wrong"], result["backups"]) == ("it broke", "", [ONE.json()])

    @pytest.mark.parametrize("name", ["known", "passphrase"])
    def test_what_fails_is_told_and_is_no_failure(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, name, failing)
        result = run_module(backup_info, monkeypatch, keeps=True, secret=True)
        assert (result["failed"], result["wrong"]) == (False, "it broke")


class TestSettle:
    """``settle_backup``."""

    @pytest.fixture
    def did(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return what is done on a host whose first backup failed."""
        done: list[str] = []

        def must(*command: str) -> str:
            done.append(" ".join(command[1:3]))
            return "auto-restart\n" if command[1] == "show" else ""

        monkeypatch.setattr(settle_backup, "must", must)
        monkeypatch.setattr(time, "sleep", lambda _: None)
        monkeypatch.setattr(repository, "here", lambda: True)
        monkeypatch.setattr(repository, "has_bucket", lambda: False)
        monkeypatch.setattr(repository, "must", done.append)
        # Of this version where it is there
        monkeypatch.setattr(repository, "stanza", lambda number: (*repository.known(number), "15"))
        return done

    @pytest.mark.parametrize(
        ("known", "changed", "done"),
        [
            ((1, []), True, ["stanza-create", "show --property=SubState", "stop hostler-backup@full.service", "start --no-block"]),
            ((2, []), True, ["show --property=SubState", "stop hostler-backup@full.service", "start --no-block"]),
            ((0, [ONE]), False, []),
        ],
        ids=["nothing", "no backup", "all is there"],
    )
    def test_what_is_missing_is_made_or_begun(
        self, known: Any, changed: bool, done: list[str], did: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(repository, "known", lambda _: known)
        assert run_module(settle_backup, monkeypatch, version="15", check=True) == {"failed": False, "changed": changed, "begun": False}
        assert did == []
        assert run_module(settle_backup, monkeypatch, version="15") == {"failed": False, "changed": changed, "begun": changed}
        assert did == done

    @pytest.mark.parametrize(
        ("bucket", "done"),
        [
            ((1, []), ["stanza-create", "show --property=SubState", "stop hostler-backup-s3@full.service", "start --no-block"]),
            ((2, []), ["show --property=SubState", "stop hostler-backup-s3@full.service", "start --no-block"]),
            ((0, [ONE]), []),
        ],
        ids=["nothing", "no backup", "all is there"],
    )
    def test_the_bucket_gets_what_it_lacks(self, bucket: Any, done: list[str], did: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, "has_bucket", lambda: True)
        monkeypatch.setattr(repository, "known", lambda number: bucket if number == repository.S3 else (0, [ONE]))
        assert run_module(settle_backup, monkeypatch, version="15")["begun"] is bool(done)
        assert did == done

    def test_of_both_the_host_s_own_comes_first_and_the_bucket_s_follows_by_itself(
        self, did: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(repository, "has_bucket", lambda: True)
        monkeypatch.setattr(repository, "known", lambda _: (1, []))
        assert run_module(settle_backup, monkeypatch, version="15")["begun"]
        assert did == ["stanza-create", "show --property=SubState", "stop hostler-backup@full.service", "start --no-block"]

    def test_a_bucket_that_cannot_be_asked_is_a_failure_and_begins_nothing(self, did: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, "has_bucket", lambda: True)
        monkeypatch.setattr(repository, "known", lambda number: failing() if number == repository.S3 else (2, []))
        assert run_module(settle_backup, monkeypatch, version="15")["failed"]
        assert did == []

    def test_on_a_virgin_host_check_mode_asks_no_pgbackrest(self, did: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, "here", lambda: False)
        monkeypatch.setattr(repository, "known", failing)
        assert run_module(settle_backup, monkeypatch, version="15", check=True) == {"failed": False, "changed": True, "begun": False}
        assert did == []

    def test_the_host_with_the_data_is_waited_for_and_not_for_ever(self, did: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        tries = iter([True, True, False])
        monkeypatch.setattr(repository, "known", lambda _: (1, []))
        monkeypatch.setattr(repository, "must", lambda _: failing() if next(tries) else "")
        assert run_module(settle_backup, monkeypatch, version="15")["begun"]
        did.clear()
        monkeypatch.setattr(repository, "must", failing)
        result = run_module(settle_backup, monkeypatch, version="15", seconds=-1)
        assert (result["failed"], result["msg"], did) == (True, "it broke", [])

    @pytest.mark.parametrize("bucket", ["15", "17"])
    def test_after_a_major_upgrade_each_goes_on_with_the_new_version_and_gets_a_backup_of_it(
        self, bucket: str, did: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(repository, "has_bucket", lambda: True)
        monkeypatch.setattr(repository, "stanza", lambda number: (0, [ONE], bucket if number == repository.S3 else "15"))
        assert run_module(settle_backup, monkeypatch, check=True, version="17")["changed"]
        assert did == []
        assert run_module(settle_backup, monkeypatch, version="17") == {"failed": False, "changed": True, "begun": True}
        assert did == ["stanza-upgrade", "show --property=SubState", "stop hostler-backup@full.service", "start --no-block"]


class TestLook:
    """``look_backup``."""

    def look(self, monkeypatch: pytest.MonkeyPatch, said: str, code: int = 0) -> dict[str, Any]:
        """Return what is told where the part says that."""
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr(look_backup, "run", lambda *_, **__: subprocess.CompletedProcess([], code, said))
        return run_module(look_backup, monkeypatch, version="17", target={"options": []}, library="/lib", program="a.b")

    def test_what_is_found_is_told_whatever_was_said_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = {"databases": {}, "newest": 5, "options": ["--x"], "wrong": ""}
        result = self.look(monkeypatch, f"a warning\n{json.dumps(found)}\n")
        assert result == {"failed": False, "changed": False, "databases": {}, "newest": 5, "options": ["--x"]}

    def test_a_target_that_is_not_reached_fails_with_why(self, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.look(monkeypatch, json.dumps({"wrong": "it ends before that."}))
        assert (result["failed"], result["msg"]) == (True, "The backup does not lead there: it ends before that.")

    @pytest.mark.parametrize(("said", "code"), [("", 0), ("Traceback: x", 1), ("no JSON", 0)])
    def test_a_part_that_breaks_is_a_failure(self, said: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.look(monkeypatch, said, code)
        assert result["failed"]
        assert result["msg"].startswith("The backup cannot be looked at: ")


class TestArchive:
    """``archive_cluster``."""

    def test_all_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive_cluster, "archive", lambda _: "")
        assert run_module(archive_cluster, monkeypatch, version="17") == {"failed": False, "changed": False, "whole": True}

    @pytest.mark.parametrize("archive", [lambda _: "it broke", failing], ids=["it says so", "it fails"])
    def test_what_is_not_is_a_warning(self, archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is brought back is what there is: a host that is lost cannot be asked for more."""
        monkeypatch.setattr(archive_cluster, "archive", archive)
        result = run_module(archive_cluster, monkeypatch, version="17")
        assert (result["failed"], result["whole"]) == (False, False)
        assert result["warnings"] == ["What was written last may not be in the archive: it broke."]

    def test_check_mode_writes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive_cluster, "archive", failing)
        assert run_module(archive_cluster, monkeypatch, check=True, version="17") == {"failed": False, "changed": False}
