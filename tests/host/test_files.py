"""``put_files``: a file reaches its place only once its own program has accepted it."""

import grp
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.modules import put_files
from tests.shared.analyze import BAD, GOOD, UNIT, Analyze
from tests.shared.samples import run_module, write


def given(path: Path, text: str, validate: tuple[str, ...] = (), part_of: str = "", **more: Any) -> dict[str, Any]:
    """Return a file as the module takes it."""
    rest = {"unit": False, "initial": False, "absent": False, "apply": [], "group": "", "secret": ""}
    return {"path": str(path), "text": text, "validate": list(validate), "part_of": part_of, **rest, **more}


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module."""

    def put(*files: dict[str, Any], check: bool = False, folders: tuple[Path, ...] = (), kept: tuple[Path, ...] = ()) -> dict[str, Any]:
        whole = [{**given(file["path"], ""), **file} for file in files]
        return run_module(put_files, monkeypatch, check, files=whole, folders=list(map(str, folders)), kept=list(map(str, kept)))

    return put


KEYS = [f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n" for text in ("MIGHAgEA", "MHcCAQEE")]


def test_a_secret_that_is_no_key_is_hidden_whole(tmp_path: Path, put: Any) -> None:
    """Nor is the one before it shown."""
    path = tmp_path / "eab"
    found = [put({"path": str(path), "secret": text}) for text in ("kid:one", "kid:two")]
    assert path.read_text() == "kid:two"
    [diff] = found[1]["diff"]
    assert diff["before"] != diff["after"]
    assert "kid" not in str(found)


class TestSecret:
    """A file with a private key, for root and one group to read."""

    GROUP = grp.getgrgid(os.getgid()).gr_name

    def test_it_is_kept_from_others_and_its_key_from_the_diff(self, tmp_path: Path, put: Any) -> None:
        path = tmp_path / "tls/shop.pem"
        found = [put({"path": str(path), "group": self.GROUP, "secret": f"certificate\n{key}"}) for key in (*KEYS, KEYS[1])]
        assert (path.read_text(), oct(path.stat().st_mode & 0o777)) == (f"certificate\n{KEYS[1]}", "0o640")
        assert [one["changed"] for one in found] == [True, True, False]
        [diff] = found[1]["diff"]
        assert diff["before"] != diff["after"]
        assert all(text.startswith("certificate\n-----BEGIN PRIVATE KEY----- sha256:") for text in (diff["before"], diff["after"]))
        assert "MI" not in str(found)
        assert "MHc" not in str(found)
        path.chmod(0o644)
        assert put({"path": str(path), "group": self.GROUP, "secret": f"certificate\n{KEYS[1]}"})["changed"]

    def test_what_else_lies_in_its_folder_goes_and_is_back_where_one_is_refused(self, tmp_path: Path, put: Any) -> None:
        folder = write(tmp_path / "tls", {"old.pem": KEYS[0], "shop.pem": "text"})
        (folder / "old.pem").chmod(0o600)
        shop, config = {"path": str(folder / "shop.pem"), "group": self.GROUP, "secret": "text"}, tmp_path / "config"
        told = put(shop, check=True, folders=(folder,))
        assert told["differ"] == [str(folder / "old.pem"), str(folder / "shop.pem")]
        assert put(shop, given(config, "wrong", TestFile.ACCEPTS), folders=(folder,))["failed"]
        assert {path.name: (path.read_text(), path.stat().st_mode & 0o777) for path in folder.iterdir()} == {
            "old.pem": (KEYS[0], 0o600),
            "shop.pem": ("text", 0o640),
        }
        assert not put(shop, folders=(folder,), kept=(folder / "old.pem", folder / "none.pem"), check=True)["differ"][1:]
        put(shop, folders=(folder,))
        assert [path.name for path in folder.iterdir()] == ["shop.pem"]
        assert not put(shop, folders=(folder, tmp_path / "none"))["changed"]


class TestFile:
    """A file, with a program that reads it or without."""

    ACCEPTS = ("/bin/sh", "-c", 'echo "$0 says no to $(cat "$1")"; ! grep -q wrong "$1"', "judge", "%s")

    def test_it_is_put_in_place_for_root_to_write_and_all_to_read(self, tmp_path: Path, put: Any) -> None:
        path = tmp_path / "etc/one.conf"
        result = put(given(path, "text\n"))
        assert (result["changed"], result["differ"], path.read_text()) == (True, [str(path)], "text\n")
        assert path.stat().st_mode & 0o777 == 0o644
        assert result["diff"] == [{"before": "", "after": "text\n", "before_header": str(path), "after_header": str(path)}]
        assert [part.name for part in path.parent.iterdir()] == ["one.conf"]
        assert put(given(path, "text\n")) == {"failed": False, "changed": False, "differ": [], "pending": [], "diff": []}

    def test_it_differs_if_its_text_does_or_it_is_missing(self, tmp_path: Path, put: Any) -> None:
        write(tmp_path, {"same": "text", "other": "text", "empty": ""})
        files = [given(tmp_path / name, text) for name, text in (("same", "text"), ("other", "more"), ("none", ""), ("empty", ""))]
        assert put(*files, check=True)["differ"] == [str(tmp_path / "none"), str(tmp_path / "other")]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "other", "same"]

    def test_one_that_others_may_write_or_not_read_is_put_right(self, tmp_path: Path, put: Any) -> None:
        path = write(tmp_path, {"one.conf": "text"}) / "one.conf"
        for mode in (0o666, 0o600):
            path.chmod(mode)
            assert put(given(path, "text"))["changed"]
            assert path.stat().st_mode & 0o777 == 0o644

    def test_where_one_is_refused_those_before_it_are_as_they_were(self, tmp_path: Path, put: Any) -> None:
        """Else the next run would find them right, and nobody would reload what has read the old ones."""
        page = write(tmp_path, {"page.html": "old"}) / "page.html"
        config, new = tmp_path / "config", tmp_path / "new"
        assert put(given(page, "better"), given(new, "text"), given(config, "wrong", self.ACCEPTS))["failed"]
        assert (page.read_text(), new.exists(), config.exists()) == ("old", False, False)

    def test_what_its_program_does_not_accept_is_told_with_what_that_says(self, tmp_path: Path, put: Any) -> None:
        path = write(tmp_path, {"one.conf": "good\n"}) / "one.conf"
        result = put(given(path, "wrong\n", self.ACCEPTS))
        assert result["msg"] == f"/bin/sh does not accept {path}:\njudge says no to wrong"
        assert (path.read_text(), [part.name for part in tmp_path.iterdir()]) == ("good\n", ["one.conf"])
        assert put(given(path, "better\n", self.ACCEPTS))["changed"]
        assert path.read_text() == "better\n"

    def test_each_finds_those_before_it_in_place_and_what_follows_a_refusal_stays(self, tmp_path: Path, put: Any) -> None:
        page, config, last = (tmp_path / name for name in ("page.html", "config", "last"))
        needs = ("/bin/sh", "-c", f"test -e {page} && ! grep -q wrong $0", "%s")
        assert put(given(page, "page"), given(config, f"file {page}", needs))["changed"]
        assert put(given(config, "wrong", needs), given(last, "text"))["failed"]
        assert not last.exists()

    def test_a_program_that_is_not_there_yet_says_nothing(self, tmp_path: Path, put: Any) -> None:
        assert put(given(tmp_path / "one.conf", "text", ("no-such-program", "%s")))["changed"]

    def test_one_that_is_to_be_no_more_is_taken_away(self, tmp_path: Path, put: Any) -> None:
        path = write(tmp_path, {"one.conf": "text"}) / "one.conf"
        gone = given(path, "text", ("/bin/false", "%s"), absent=True)
        assert (put(gone, check=True)["differ"], path.exists()) == ([str(path)], True)
        result = put(gone)
        assert (result["changed"], result["diff"][0]["before"], result["diff"][0]["after"], path.exists()) == (True, "text", "", False)
        assert not put(gone)["changed"]

    def test_what_takes_effect_does_so_once_when_all_are_in_place(self, tmp_path: Path, put: Any) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        apply = ["/bin/sh", "-c", f"cat {one} {two} >>{tmp_path}/said"]
        files = (given(one, "1", apply=apply), given(two, "2", apply=apply))
        put(*files, check=True)
        assert not (tmp_path / "said").exists()
        assert put(*files)["changed"]
        assert not put(*files)["changed"]
        assert (tmp_path / "said").read_text() == "12"

    def test_where_that_fails_all_are_as_they_were_and_take_effect_again(self, tmp_path: Path, put: Any) -> None:
        one, gone, new = write(tmp_path, {"one": "good", "gone": "text"}) / "one", tmp_path / "gone", tmp_path / "new"
        apply = ["/bin/sh", "-c", f"cat {one} >>{tmp_path}/said; echo no; ! grep -q wrong {one}"]
        result = put(given(gone, "", absent=True), given(new, "text"), given(one, "wrong", apply=apply))
        assert result["msg"].endswith("failed: no")
        assert (one.read_text(), gone.read_text(), new.exists()) == ("good", "text", False)
        assert (tmp_path / "said").read_text() == "wronggood"

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path, put: Any) -> None:
        write(tmp_path, {"file": ""})
        assert "Not a directory" in put(given(tmp_path / "file/one.conf", "text"))["msg"]


class TestPart:
    """A part of a unit of the distribution's."""

    @pytest.fixture
    def add(self, analyze: Analyze, put: Any) -> Any:
        """Return the module, which adds a part to HAProxy's unit."""

        def add(text: str, check: bool = False) -> dict[str, Any]:
            file = given(self.part(analyze), text, part_of="haproxy.service")
            return dict(put(file, check=check))

        return add

    def part(self, analyze: Analyze) -> Path:
        """Return where the part lies."""
        return analyze.system / "haproxy.service.d/hostler.conf"

    def test_both_are_read_together_and_it_is_installed(self, analyze: Analyze, add: Any) -> None:
        result = add(GOOD)
        assert (result["failed"], result["changed"], result["diff"][0]["before"], result["diff"][0]["after"]) == (False, True, "", GOOD)
        assert analyze.asked().splitlines()[0].startswith("verify ")
        assert analyze.asked().partition("\n")[2] == f"== haproxy.service\n{UNIT}== hostler.conf\n{GOOD}"
        assert self.part(analyze).read_text() == GOOD
        assert self.part(analyze).stat().st_mode & 0o777 == 0o644
        assert [path.name for path in self.part(analyze).parent.iterdir()] == ["hostler.conf"]
        assert not add(GOOD)["changed"]

    def test_what_systemd_has_against_it_is_told_and_nothing_is_installed(self, analyze: Analyze, add: Any) -> None:
        add(GOOD)
        said = add(BAD)["msg"]
        assert said.startswith(f"systemd does not accept {self.part(analyze)}:\n")
        assert said.endswith("hostler.conf:2:wrong=1")  # nothing of what it says of others
        assert self.part(analyze).read_text() == GOOD

    def test_what_it_says_of_the_unit_itself_is_no_hindrance(self, analyze: Analyze, add: Any) -> None:
        write(analyze.distribution, {"haproxy.service": BAD})
        assert add(GOOD)["changed"]

    def test_where_it_fails_without_naming_the_part_all_is_told(self, analyze: Analyze, add: Any) -> None:
        analyze.ends_with(1)
        assert "another.service: something else is wrong" in add(GOOD)["msg"]

    def test_check_mode_installs_nothing(self, analyze: Analyze, add: Any) -> None:
        assert add(GOOD, check=True)["changed"]
        assert list(analyze.system.iterdir()) == []

    def test_where_the_unit_is_not_there_yet_nobody_is_asked(self, analyze: Analyze, add: Any) -> None:
        """As in check mode on a virgin analyze."""
        (analyze.distribution / "haproxy.service").unlink()
        assert add(GOOD, check=True)["changed"]
        assert analyze.asked() == ""

    def test_what_is_the_same_is_not_asked_about(self, analyze: Analyze, add: Any) -> None:
        add(GOOD)
        (analyze.folder / "asked").unlink()
        assert not add(GOOD)["changed"]
        assert analyze.asked() == ""
