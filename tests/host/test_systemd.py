"""How a host's own programs and systemd are asked."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import systemd
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.samples import write


class TestCommand:
    """Commands of the host."""

    def test_a_command_that_has_to_succeed_gives_its_output(self) -> None:
        assert systemd.must("echo", "fine") == "fine\n"

    def test_a_command_that_fails_is_told_with_what_it_said(self) -> None:
        with pytest.raises(Failed, match="'ls /no/such/folder' failed: .*No such file or directory"):
            systemd.must("ls", "/no/such/folder")


class TestUnits:
    """What systemd tells of units."""

    def test_each_is_told_by_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = "Id=hello@blue.service\nMainPID=7\nMemoryCurrent=[not set]\n\nId=hello@green.service\nMainPID=0\nMemoryCurrent=a=b\n"
        asked: list[tuple[str, ...]] = []

        def must(*command: str) -> str:
            asked.append(command)
            return said

        monkeypatch.setattr(systemd, "must", must)
        assert systemd.show(["hello@blue.service", "hello@green.service"], "MainPID", "MemoryCurrent") == {
            "hello@blue.service": {"Id": "hello@blue.service", "MainPID": "7", "MemoryCurrent": "[not set]"},
            "hello@green.service": {"Id": "hello@green.service", "MainPID": "0", "MemoryCurrent": "a=b"},
        }
        assert "--property=Id,MainPID,MemoryCurrent" in asked[0]

    def test_nobody_is_asked_of_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(systemd, "must", lambda *_: pytest.fail("without a name systemd tells of all that is loaded"))
        assert systemd.show([], "MainPID") == {}


def test_what_systemd_does_not_know_is_none() -> None:
    assert (systemd.number("[not set]"), systemd.number("9")) == (0, 9)


@pytest.mark.parametrize("file", ["g/memory.events", "memory/g/memory.oom_control"], ids=["one hierarchy", "several"])
def test_what_the_kernel_ended_for_want_of_memory_is_counted(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "CGROUPS", tmp_path)
    assert systemd.killed("/g") == 0
    write(tmp_path, {file: "oom 7\noom_kill 2\noom_group_kill 1\n"})
    assert systemd.killed("/g") == 2


def test_a_moment_is_told_in_utc() -> None:
    assert systemd.moment("Sun 2026-11-22 16:57:02 UTC") == "2026-11-22T16:57:02Z"
    assert systemd.moment("") == systemd.moment("n/a") == ""
