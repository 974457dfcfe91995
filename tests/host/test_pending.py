"""Changes stay pending until they were brought in, wherever a run was killed; what was brought in, or put back, is pending no more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import files as host_files
from ansible_collections.hostler.fleet.plugins.module_utils.host import pending as host_pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import Pending, pending
from ansible_collections.hostler.fleet.plugins.modules import brought_in, put_files
from tests.host.test_files import given
from tests.shared.samples import run_module, write

Put = Callable[..., dict[str, Any]]


class Killed(BaseException):
    """The end of a run that nobody catches."""


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Put:
    """Return the module, as a role with handlers has it."""

    def put(*files: dict[str, Any], check: bool = False, role: str = "balancer", folders: tuple[Path, ...] = ()) -> dict[str, Any]:
        return run_module(put_files, monkeypatch, check, files=list(files), folders=list(map(str, folders)), kept=[], pending=role)

    return put


@pytest.fixture
def bring_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Return the role's last handler."""
    return lambda check=False: run_module(brought_in, monkeypatch, check, role="balancer")


def noted(name: str = "balancer") -> list[str] | None:
    """Return the names of the files that are pending; none where there is no note."""
    path = host_pending.FOLDER / name
    return [Path(file).name for file in json.loads(path.read_text())] if path.exists() else None


def killed(count: int, run: Callable[[], object]) -> None:
    """Have a run be killed before its file of this number, from 0 on, is put in place."""
    put, done = File.put, list[File]()

    def counted(file: File) -> None:
        if len(done) == count:
            raise Killed
        done.append(file)
        put(file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(File, "put", counted)
        with pytest.raises(Killed):
            run()


def laid_out(folder: Path) -> tuple[dict[str, Any], ...]:
    """Lay out two files that are to be others, and one that is to go; return all as they are to be, with one that is right already."""
    write(folder, {"page": "old", "config": "old", "gone": "old", "right": "text"})
    for path in folder.iterdir():
        path.chmod(0o644)
    texts = {"page": "new", "config": "new", "right": "text"}
    return (*(given(folder / name, text) for name, text in texts.items()), given(folder / "gone", "", absent=True))


CHANGED = ["config", "gone", "page"]


class TestRole:
    """Files that a role's handlers bring in."""

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_wherever_a_run_is_killed_the_next_one_tells_handlers_of_every_change(self, count: int, tmp_path: Path, put: Put) -> None:
        files = laid_out(tmp_path)
        killed(count, lambda: put(*files))
        assert noted() == CHANGED
        told = put(*files)
        assert (told["changed"], [Path(path).name for path in told["differ"]]) == (True, CHANGED)
        assert len(told["pending"]) == count
        assert (tmp_path / "page").read_text() == "new"

    def test_until_they_were_brought_in_and_not_once_more(self, tmp_path: Path, put: Put, bring_in: Any) -> None:
        files = laid_out(tmp_path)
        first = put(*files)
        assert (first["pending"], len(first["diff"])) == ([], 3)
        for check in (True, False):
            again = put(*files, check=check)
            assert (again["changed"], again["differ"], again["pending"]) == (True, first["differ"], first["differ"])
            assert again["diff"] == []  # of their texts
        assert bring_in(check=True) == {"failed": False, "changed": False}
        assert noted() == CHANGED
        bring_in()
        assert noted() is None
        assert not put(*files)["changed"]
        bring_in()

    def test_one_that_changes_once_more_meanwhile_differs_and_the_others_are_pending(self, tmp_path: Path, put: Put) -> None:
        files = laid_out(tmp_path)
        put(*files)
        (tmp_path / "page").write_text("by hand")
        told = put(*files, check=True)
        assert [Path(path).name for path in told["differ"]] == CHANGED
        assert [Path(path).name for path in told["pending"]] == ["config", "gone"]

    def test_what_lies_in_a_folder_and_goes_is_pending_too(self, tmp_path: Path, put: Put) -> None:
        write(tmp_path / "tls", {"old.pem": ""})
        killed(0, lambda: put(folders=(tmp_path / "tls",)))
        put(folders=(tmp_path / "tls",))
        assert put(folders=(tmp_path / "tls",))["differ"] == [str(tmp_path / "tls/old.pem")]

    def test_another_role_s_are_its_own_and_of_who_has_no_handlers_none_are(self, tmp_path: Path, put: Put) -> None:
        files = laid_out(tmp_path)
        put(*files)
        assert not put(*files, role="observe")["changed"]
        assert not put(*files, role="")["changed"]
        put(given(tmp_path / "more", ""), role="")
        assert pending() == {"balancer": sorted(str(tmp_path / name) for name in CHANGED)}

    def test_check_mode_notes_nothing(self, tmp_path: Path, put: Put) -> None:
        put(*laid_out(tmp_path), check=True)
        assert (pending(), host_pending.FOLDER.exists()) == ({}, False)

    @pytest.mark.parametrize("before", [[], ["page"]], ids=["nothing was pending", "one was"])
    def test_where_one_is_refused_what_is_pending_is_what_was(self, before: list[str], tmp_path: Path, put: Put) -> None:
        files = laid_out(tmp_path)
        put(*[given(tmp_path / name, "between") for name in before])
        assert put(*files, given(tmp_path / "more", "", ("/bin/false", "%s")))["failed"]
        assert (tmp_path / "page").read_text() == ("between" if before else "old")
        assert (noted() or []) == before

    def test_it_is_root_s_alone_and_on_the_disk_before_the_first_file_is(self, tmp_path: Path, put: Put) -> None:
        killed(0, lambda: put(*laid_out(tmp_path)))
        assert (tmp_path / "page").read_text() == "old"
        folder = host_pending.FOLDER
        assert [path.stat().st_mode & 0o777 for path in (folder / "balancer", folder, folder.parent)] == [0o600, 0o750, 0o750]

    @pytest.mark.parametrize("text", ["", "{", "{}", "1"])
    def test_one_that_a_hand_has_spoilt_has_all_brought_in_once(self, text: str, tmp_path: Path, put: Put, bring_in: Any) -> None:
        files = laid_out(tmp_path)
        put(*files)
        (host_pending.FOLDER / "balancer").write_text(text)
        assert put(*files)["changed"]
        bring_in()
        assert not put(*files)["changed"]

    def test_a_note_that_cannot_be_written_keeps_the_files_as_they_are(self, tmp_path: Path, put: Put) -> None:
        """As on a disk that is full."""
        files = laid_out(tmp_path)
        write(host_pending.FOLDER.parent, {"pending": ""})
        assert put(*files)["failed"]
        assert (tmp_path / "page").read_text() == "old"


class TestCommand:
    """Files that a command brings in, as those of hardening."""

    def files(self, folder: Path, status: int = 0) -> tuple[dict[str, Any], ...]:
        """Return two files, of which the command of one tells what it finds."""
        apply = ["/bin/sh", "-c", f"cat {folder}/one >>{folder}/said; exit {status}"]
        return given(folder / "one", "text\n", apply=apply), given(folder / "two", "text\n")

    def said(self, folder: Path) -> str:
        """Return what the command has found."""
        return (folder / "said").read_text() if (folder / "said").exists() else ""

    def interrupt(self, put: Put, *files: dict[str, Any]) -> None:
        """Have a run be killed before it comes to the command."""

        def kill(*_: str) -> None:
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(host_files, "must", kill)
            with pytest.raises(Killed):
                put(*files, role="")

    def test_where_a_run_was_killed_before_it_the_next_one_runs_it(self, tmp_path: Path, put: Put) -> None:
        files = self.files(tmp_path)
        self.interrupt(put, *files)
        foreseen = put(*files, check=True, role="")
        assert (foreseen["changed"], foreseen["differ"], foreseen["pending"]) == (True, [str(tmp_path / "one")], [str(tmp_path / "one")])
        assert self.said(tmp_path) == ""
        assert put(*files, role="")["changed"]
        assert self.said(tmp_path) == "text\n"
        assert (put(*files, role="")["changed"], pending()) == (False, {})

    def test_one_that_failed_leaves_nothing_pending(self, tmp_path: Path, put: Put) -> None:
        assert put(*self.files(tmp_path, status=1), role="")["failed"]
        assert ((tmp_path / "one").exists(), pending()) == (False, {})

    def test_one_that_needs_no_command_any_more_is_pending_no_more(self, tmp_path: Path, put: Put) -> None:
        """As settings of the kernel's that were turned off since."""
        self.interrupt(put, *self.files(tmp_path))
        gone = given(tmp_path / "one", "", absent=True)
        assert put(gone, role="")["changed"]
        assert (put(gone, role="")["changed"], pending()) == (False, {})

    def test_a_note_of_it_that_a_hand_has_spoilt_goes(self, tmp_path: Path, put: Put) -> None:
        write(host_pending.FOLDER, {host_pending.COMMANDS: "{"})
        assert list(pending()) == ["commands"]
        put(*self.files(tmp_path), role="")
        assert pending() == {}


def test_what_a_process_left_half_written_is_no_note() -> None:
    write(host_pending.FOLDER, {".balancer.part": "["})
    assert pending() == {}


def test_of_what_is_noted_nothing_is_written_again() -> None:
    assert Pending("web").add(["/a", "/b"]) == {"/a", "/b"}
    before = (host_pending.FOLDER / "web").stat().st_ino
    assert Pending("web").add(["/a"]) == set()
    Pending("web").remove(["/c"])
    assert (host_pending.FOLDER / "web").stat().st_ino == before
    Pending("web").remove(["/a"])
    assert pending() == {"web": ["/b"]}
