"""What pgBackRest says of a repository, and what is made of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.backup import repository
from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.programs import Programs

WAL = "stanza: main\nstatus: error\n  archiveId: 17-1, total WAL checked: 6, total valid WAL: 5\n    checksum invalid: 1\n"
GOOD_BACKUP = "  backup: 20261128-101500F, status: valid, total files checked: 1268, total valid files: 1268\n"
FILES = "total files checked: 1270, total valid files: 1269"
BACKUP = f"  backup: 20261128-112459F, status: invalid, {FILES}\n    checksum invalid: 1\n"
LOG = """\
2026-11-28 11:24:59.123 P00   INFO: restore command begin 2.55: --exec-id=1
2026-11-28 11:25:00.001 P00  ERROR: [055]: unable to load info file '/var/lib/pgbackrest/backup/main/backup.info':
       FileMissingError: unable to open missing file
       HINT: backup.info cannot be opened and is required to perform a backup.
       HINT: has a stanza-create been performed?
2026-11-28 11:25:00.002 P00   INFO: restore command end: aborted with exception [055]
"""


def info(code: int, *backups: dict[str, Any]) -> str:
    """Return what ``info --output=json`` says of one stanza."""
    return json.dumps([{"name": "main", "status": {"code": code, "message": "x"}, "backup": list(backups)}])


def backup(label: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return a backup as ``info`` has it."""
    return {"label": label, "type": kind, "timestamp": {"start": 1, "stop": 1796000000}, "info": {"size": 31, "delta": 7}, **more}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return the host's programs; nobody else's user is taken."""
    programs = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{programs.folder}:/usr/bin:/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return programs


class TestVerify:
    """Whether it is whole: pgBackRest ends with 0 either way."""

    @pytest.mark.parametrize("said", ["", "\n", "stanza: main\nstatus: ok\n", f"stanza: main\nstatus: ok\n{GOOD_BACKUP}"])
    def test_whole_is_whole(self, said: str) -> None:
        assert repository.damage(said) == ""

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            (WAL, "archiveId: 17-1, total WAL checked: 6, total valid WAL: 5, checksum invalid: 1"),
            (f"stanza: main\nstatus: error\n{BACKUP}", f"backup: 20261128-112459F, status: invalid, {FILES}, checksum invalid: 1"),
            (BACKUP, f"backup: 20261128-112459F, status: invalid, {FILES}, checksum invalid: 1"),
            ("stanza: main\nstatus: error\n", "it says 'error'"),
        ],
        ids=["WAL", "a backup", "a backup alone", "no more than that"],
    )
    def test_damage_is_told_in_one_line(self, said: str, told: str) -> None:
        assert repository.damage(said) == told

    @pytest.mark.parametrize("said", [WAL + GOOD_BACKUP + BACKUP, WAL + BACKUP + GOOD_BACKUP])
    def test_one_damaged_backup_among_good_ones_is_told(self, said: str) -> None:
        assert "20261128-112459F, status: invalid" in repository.damage(said)

    def test_it_is_asked_as_text_without_its_log(self, programs: Programs) -> None:
        programs.add(
            "pgbackrest", {f"--config={repository.SETTINGS} --stanza=main --log-level-console=off --repo=1 --output=text verify": WAL}
        )
        assert "17-1" in repository.verify()

    def test_one_that_cannot_be_read_is_no_whole_one(self, programs: Programs) -> None:
        programs.add("pgbackrest", body=f"cat <<'END'\n{LOG}END\nexit 55")
        with pytest.raises(Failed, match="^pgBackRest: ERROR: .*unable to load info file"):
            repository.verify()


class TestErrors:
    """What an operator reads of what pgBackRest logs."""

    def test_they_come_with_their_hints_and_without_times(self) -> None:
        assert repository.errors(LOG) == (
            "ERROR: [055]: unable to load info file '/var/lib/pgbackrest/backup/main/backup.info': FileMissingError: unable to open "
            "missing file HINT: backup.info cannot be opened and is required to perform a backup. HINT: has a stanza-create been performed?"
        )

    @pytest.mark.parametrize("said", ["setpriv: failed to execute pgbackrest: No such file or directory\n", "Killed"])
    def test_where_none_is_marked_all_is_told(self, said: str) -> None:
        assert repository.errors(said) == said.strip()

    def test_a_long_one_is_cut(self) -> None:
        assert len(repository.errors("P00  ERROR: " + "x" * 10000)) == 1500

    def test_of_nothing_there_is_nothing(self) -> None:
        assert repository.errors("") == ""


class TestKnown:
    """What backups there are."""

    @pytest.mark.parametrize(
        ("said", "known"),
        [
            ("[]", (repository.MISSING, [])),
            (info(1), (repository.MISSING, [])),
            (info(2), (repository.EMPTY, [])),
            ('[{"name": "main", "status": {"code": 2}}]', (repository.EMPTY, [])),
            (
                info(0, backup("F", "full", error=False), backup("F_D", "diff", error=True)),
                (0, [Backup("F", "full", 1796000000, 31, False), Backup("F_D", "diff", 1796000000, 31, True)]),
            ),
        ],
        ids=["none", "no stanza", "no backup", "no list of them", "two"],
    )
    def test_what_info_says_is_known(self, said: str, known: tuple[int, list[Backup]], programs: Programs) -> None:
        programs.add("pgbackrest", {"": said})
        assert repository.known() == known
        assert programs.calls == [["pgbackrest", "--config=/etc/pgbackrest/pgbackrest.conf", "--stanza=main", *programs.calls[0][3:]]]
        assert programs.calls[0][-3:] == ["--repo=1", "--output=json", "info"]
        programs.noted.unlink()
        assert repository.known(repository.S3) == known
        assert programs.calls[0][-3:] == ["--repo=2", "--output=json", "info"]

    def test_those_of_a_former_version_of_postgresql_are_none(self, programs: Programs) -> None:
        """The server that there is now cannot read them."""
        said = json.loads(info(0, backup("F", "full", database={"id": 1, "repo-key": 1}), backup("G", "full", database={"id": 2})))
        said[0]["db"] = [{"id": 1, "version": "15"}, {"id": 2, "version": "17"}]
        programs.add("pgbackrest", {"": json.dumps(said)})
        assert [one.label for one in repository.known()[1]] == ["G"]
        assert repository.stanza()[2] == "17"

    @pytest.mark.parametrize("said", ["[]", info(1)], ids=["none", "no stanza"])
    def test_what_is_not_there_is_of_no_version(self, said: str, programs: Programs) -> None:
        programs.add("pgbackrest", {"": said})
        assert repository.stanza()[2] == ""

    @pytest.mark.parametrize("said", [LOG, "7", '[{"db": [{}]}]', '[{"db": 5}]'])
    def test_a_version_that_is_not_understood_is_a_failure(self, said: str, programs: Programs) -> None:
        programs.add("pgbackrest", body=f"cat <<'END'\n{said}\nEND\nexit 0")
        with pytest.raises(Failed, match="^pgBackRest: "):
            repository.stanza()[2]

    @pytest.mark.parametrize(
        "said", [LOG, "", "[{", '[{"name": "main"}]', '{"name": 1}', "7", '[{"status": {"code": 0}, "backup": [{"label": "F"}]}]']
    )
    def test_what_is_not_understood_is_a_failure(self, said: str, programs: Programs) -> None:
        programs.add("pgbackrest", body=f"cat <<'END'\n{said}\nEND\nexit 0")
        with pytest.raises(Failed, match="^pgBackRest: "):
            repository.known()

    def test_one_that_cannot_be_read_is_not_one_without_backups(self, programs: Programs) -> None:
        """As with another passphrase: site.yml would begin an empty database beside them."""
        said = json.loads(info(repository.UNREADABLE))
        said[0]["repo"] = [{"key": 1, "status": {"code": 99, "message": "[CryptoError] unable to flush\n  HINT: is it encrypted?"}}]
        programs.add("pgbackrest", {"": json.dumps(said)})
        with pytest.raises(
            Failed, match="^pgBackRest: the repository cannot be read: .CryptoError. unable to flush HINT: is it encrypted.$"
        ):
            repository.known()

    def test_of_what_a_bucket_answers_its_code_is_told(self, programs: Programs) -> None:
        said = json.loads(info(repository.UNREADABLE))
        answer = "*** Path/Query ***: GET /x *** Request Headers ***: authorization: <redacted> *** Response Content ***: <?xml?><Error>"
        message = (
            f"[ProtocolError] HTTP request failed with 404 (NOT FOUND):\n{answer}<Code>NoSuchBucket</Code><Message>x</Message></Error>"
        )
        said[0]["repo"] = [{"key": 2, "status": {"code": 99, "message": message}}]
        programs.add("pgbackrest", {"": json.dumps(said)})
        with pytest.raises(Failed) as failed:
            repository.known(repository.S3)
        assert str(failed.value).endswith("cannot be read: [ProtocolError] HTTP request failed with 404 (NOT FOUND): NoSuchBucket")


class TestPassphrase:
    """By what it is encrypted."""

    @pytest.fixture(autouse=True)
    def _places(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, "SETTINGS", tmp_path / "pgbackrest.conf")
        monkeypatch.setattr(repository, "PASSPHRASE", tmp_path / "passphrase")

    @pytest.mark.parametrize(
        ("settings", "kept", "known"),
        [
            (None, None, ""),
            ("[global]\nrepo1-cipher-pass=s3cr=et+/\nrepo1-path=/x\n", None, "s3cr=et+/"),
            ("[global]\n# repo1-cipher-pass=no\n", "kept\n", "kept"),
            ("[global]\n", None, ""),
            ("[global]\nrepo1-cipher-pass=a\n", "b\n", "a"),
            (None, "", ""),
        ],
        ids=["nowhere", "with the backups", "with the data", "settings without", "both", "an empty file"],
    )
    def test_a_host_knows_it_by_either_file(self, settings: str | None, kept: str | None, known: str) -> None:
        for path, text in ((repository.SETTINGS, settings), (repository.PASSPHRASE, kept)):
            if text is not None:
                path.write_text(text)
        assert repository.passphrase() == known

    def test_a_fresh_one_is_long_and_never_the_same(self) -> None:
        made = {environment.new_value() for _ in range(20)}
        assert (len(made), {len(one) for one in made}) == (20, {64})
