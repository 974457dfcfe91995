"""The program: each part is told whatever becomes of the others, and the file is whole at any time."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import Served
from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue, facts
from ansible_collections.hostler.fleet.plugins.module_utils.observe.facts import Settings, Writer
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample
from tests.shared.brought import PACKAGE, imported, variables
from tests.shared.rendered import render


class Part:
    """A part that can be spoilt, once it has told something."""

    wrong: Exception | None = None

    def __call__(self) -> Iterator[Sample]:
        """Tell."""
        yield sample(catalogue.REBOOT_DUE, 1)
        if self.wrong:
            raise self.wrong


def lines(path: Path) -> list[str]:
    """Return the lines of a file of facts, without what says what they are."""
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


def test_a_part_that_cannot_be_told_is_left_out_and_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    bad, path = Part(), tmp_path / "hostler.prom"
    writer = Writer({"bad": bad, "good": lambda: [sample(catalogue.DRIFT_FILES, 3)]}, path, said.append)
    writer.write(7.9)
    well = ['hostler_facts_failed{part="bad"} 0', 'hostler_facts_failed{part="good"} 0', "hostler_facts_timestamp_seconds 7"]
    assert lines(path) == ["hostler_drift_files 3", *well, "hostler_reboot_due 1"]
    bad.wrong = ValueError("no such thing")
    writer.write(8)
    writer.write(9)
    assert lines(path) == ["hostler_drift_files 3", 'hostler_facts_failed{part="bad"} 1', well[1], "hostler_facts_timestamp_seconds 9"]
    bad.wrong = KeyError()
    writer.write(9)
    bad.wrong = None
    writer.write(10)
    assert said == ["bad: cannot be told: no such thing", "bad: cannot be told: KeyError", "bad: is told again"]
    assert lines(path)[-1] == "hostler_reboot_due 1"


def test_the_file_is_replaced_whole_and_all_may_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hostler.prom"
    writer = Writer({}, path)
    writer.write(1)
    assert path.stat().st_mode & 0o777 == 0o644

    def full(file: Path, text: str) -> None:
        file.write_text(text[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(facts, "write", full)
    with pytest.raises(OSError, match="No space left"):
        writer.write(2)
    assert lines(path) == ["hostler_facts_timestamp_seconds 1"]
    # Another name that ends so would be read too
    assert [name.name for name in tmp_path.glob("*.prom")] == ["hostler.prom"]


ROLES = {"web": {"apps"}, "balancer": {"slots", "problems"}, "monitor": {"problems"}, "database": set[str](), "backup": set[str]()}


@pytest.mark.parametrize(("role", "own"), ROLES.items())
def test_each_kind_of_host_has_its_parts(role: str, own: set[str]) -> None:
    names = set(facts.parts(Settings("web1", role, [], [], []), ""))
    assert not names & {"database", "backup"}
    assert {"units", "reboot", "drift", "role"} <= names
    assert names & {"apps", "slots", "problems"} == own


@pytest.mark.parametrize(
    ("role", "holds", "own"),
    [
        ("database", ["database"], {"database", "sizes"}),
        ("monitor", ["backup"], {"backup", "drill", "problems"}),
        ("database", ["database", "backup"], {"database", "sizes", "backup", "drill"}),
    ],
)
def test_what_has_the_data_or_backups_tells_of_them_whatever_else_it_is(role: str, holds: list[str], own: set[str]) -> None:
    names = set(facts.parts(Settings("db1", role, [], [], [], holds), ""))
    assert names & {"database", "sizes", "backup", "drill", "problems", "apps", "slots"} == own


def test_the_settings_are_what_the_program_reads() -> None:
    apps = [{"name": "hello", "domains": ["hello.example.org"], "default": True, "tls": "acme", "certificate": ""}]
    for role in ("web", "balancer", "monitor", "database"):
        told = apps if role in ("balancer", "monitor") else []
        own = {
            "__observe_role": role,
            "__observe_apps": told,
            "__observe_cold": ["hello"],
            "__observe_web": ["web2", "web1"],
            "__observe_holds": ["backup"],
        }
        text = render("observe", "etc/hostler/facts.json.j2", inventory_hostname='we"b1', **own)
        assert Settings.of(json.loads(text)) == Settings(
            'we"b1', role, [Served.of(app) for app in told], ["hello"], ["web2", "web1"], ["backup"]
        )


def test_what_comes_to_a_host_is_all_that_is_imported_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module more would be missed at the next start, on each host."""
    names = variables("observe")
    # Certificates are asked for only where there are some, and Prometheus on one host
    programs = [
        names["__observe_facts_module"],
        names["__observe_data_module"],
        f"{PACKAGE}.haproxy.certificates",
        f"{PACKAGE}.observe.monitor",
    ]
    assert imported(names["__observe_modules"], programs, tmp_path, monkeypatch) == set(names["__observe_modules"])
