"""A host's journal, asked: what journalctl is told, and what becomes of what it says."""

import json
from fnmatch import fnmatch
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.observe import journal, kept
from tests.shared.programs import Programs

QUESTION: Json = {"host": "", "matches": ["APP=hello"], "units": [], "since": None, "until": None, "lines": 2}


def entry(number: int, **fields: Any) -> str:
    return json.dumps({"__CURSOR": f"c{number}", "__REALTIME_TIMESTAMP": str(number), "MESSAGE": f"m{number}", **fields}) + "\n"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Return programs that are found before the machine's own."""
    made = Programs(tmp_path)
    monkeypatch.setenv("PATH", f"{made.folder}:/usr/bin:/bin")
    return made


def test_the_last_are_told_and_whether_there_are_more(programs: Programs) -> None:
    programs.add("journalctl", {"": entry(1) + entry(2) + entry(3)})
    found = journal.ask({**QUESTION, "since": 5.5, "units": ["hello@blue"]})
    assert ([one["message"] for one in found["entries"]], found["more"], found["cursor"]) == (["m2", "m3"], True, "c3")
    [call] = programs.calls
    assert {"--since=@5.5", "--unit=hello@blue", "--lines=3", "APP=hello", "--all", "--no-pager"} <= set(call)
    assert not any(word.startswith("--until") for word in call)


def test_one_that_is_kept_of_another_host_is_read_by_its_files_and_what_came_twice_is_told_once(programs: Programs) -> None:
    """After a break some lines are sent again."""
    twice = [entry(number, __CURSOR=f"s=f{at};i={at};b=b1;m={number};t={number};x=9") for at, number in enumerate((1, 2, 1, 2, 3))]
    programs.add("journalctl", {"": "".join(twice)})
    found = journal.ask({**QUESTION, "host": "web2", "lines": 9})
    assert [one["message"] for one in found["entries"]] == ["m1", "m2", "m3"]
    [call] = programs.calls
    assert f"--file={kept.files('web2')}" in call
    assert fnmatch(f"/var/log/journal/remote/remote-{kept.source('web2')}.journal", kept.files("web2"))
    assert fnmatch(f"/var/log/journal/remote/remote-{kept.source('web2')}@c35a-0001-0006.journal", kept.files("web2"))
    # What a host that died was writing
    assert fnmatch(f"/var/log/journal/remote/remote-{kept.source('web2')}@0006-4845.journal~", kept.files("web2"))
    assert not fnmatch(f"/var/log/journal/remote/remote-{kept.source('web2')}5.journal", kept.files("web2"))


def test_what_came_twice_hides_neither_lines_nor_that_there_are_more(programs: Programs, tmp_path: Path) -> None:
    """Of six lines, the last two came twice."""
    lines = [entry(number, __CURSOR=f"s=f{at};i={at};b=b1;m={number};t={number};x=9") for at, number in enumerate((1, 2, 3, 4, 5, 6, 5, 6))]
    (tmp_path / "said").write_text("".join(lines))
    programs.add("journalctl", body=f'for o; do case $o in --lines=*) tail -n "${{o#*=}}" {tmp_path}/said;; esac; done')
    for wanted, told, more in ((3, ["m4", "m5", "m6"], True), (6, ["m1", "m2", "m3", "m4", "m5", "m6"], False)):
        found = journal.ask({**QUESTION, "host": "web2", "lines": wanted})
        assert ([one["message"] for one in found["entries"]], found["more"]) == (told, more)


def test_hosts_have_addresses_of_their_own() -> None:
    """All of them are of loopback, and no network's or everybody's."""
    found = {kept.source(f"web{number}") for number in range(50)}
    assert len(found) == 50
    assert all(ip_address(one).is_loopback and one.split(".")[1] != "0" and not one.endswith((".0", ".255")) for one in found)


def test_one_that_has_nothing_says_so(programs: Programs) -> None:
    """journalctl ends with 1 then, and says nothing."""
    programs.add("journalctl", body="exit 1")
    assert journal.ask(QUESTION) == {"entries": [], "more": False, "cursor": ""}


def test_one_that_has_no_such_unit_has_nothing(programs: Programs) -> None:
    """Of a unit by its name journalctl says nothing then, and of a pattern this."""
    programs.add("journalctl", body='[ "$LC_ALL" = C.UTF-8 ] && echo "Failed to add filter for units: No data available" >&2; exit 1')
    assert journal.ask({**QUESTION, "units": ["postgresql@*.service"]}) == {"entries": [], "more": False, "cursor": ""}


def test_one_that_cannot_be_read_is_a_failure(programs: Programs) -> None:
    programs.add("journalctl", body="echo 'Failed to parse timestamp' >&2; exit 1")
    with pytest.raises(Failed, match="The journal cannot be read: Failed to parse timestamp"):
        journal.ask(QUESTION)


@pytest.mark.parametrize(
    ("message", "text"),
    [([228, 0, 65], "\ufffd\x00A"), (None, ""), (["one", "two"], "one"), ([[65], "two"], "A"), ("x" * 9000, "x" * 4096)],
)
def test_a_message_may_be_many_things(message: Any, text: str) -> None:
    assert journal.entry(json.loads(entry(1, MESSAGE=message)))["message"] == text


def test_what_systemd_says_of_a_unit_is_the_unit_s() -> None:
    said = entry(1, UNIT="hello@blue.service", _SYSTEMD_UNIT="init.scope", REQUEST_ID="f00", HOST="web1")
    assert journal.entry(json.loads(said)) == {"at": 1, "unit": "hello@blue", "message": "m1", "request": "f00", "to": "web1"}


def test_what_comes_after_is_waited_for(programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAUSE", 0.01)
    (tmp_path / "said").write_text(entry(1) + entry(2) + entry(3))
    programs.add("journalctl", body=f"[ -e {tmp_path}/once ] && cat {tmp_path}/said; touch {tmp_path}/once")
    found = journal.after(QUESTION, "c0", 20)
    # The first ones: the rest come with the next question
    assert ([one["message"] for one in found["entries"]], found["cursor"]) == (["m1", "m2"], "c2")
    assert len(programs.calls) == 2
    assert "--after-cursor=c0" in programs.calls[0]


def test_who_waits_for_nothing_keeps_his_place(programs: Programs) -> None:
    programs.add("journalctl")
    assert journal.after(QUESTION, "c7", 0) == {"entries": [], "more": False, "cursor": "c7"}
