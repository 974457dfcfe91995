"""``app_units``: a unit is installed only where systemd itself has nothing to say against it."""

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import verify
from ansible_collections.hostler.fleet.plugins.modules import app_units
from tests.shared import samples
from tests.shared.analyze import BAD, Analyze
from tests.shared.rendered import TEXTS
from tests.shared.samples import app, run_module, write

Told = list[list[str]]


@pytest.fixture
def told(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what the module has run, on a host whose folders are the test's own."""
    told: Told = []
    monkeypatch.setattr(app_units, "SYSTEM", analyze.system)
    monkeypatch.setattr(app_units, "WANTS", analyze.system / "multi-user.target.wants")
    # What Ansible gives to modules besides
    more = {"atomic_move": os.replace, "run_command": lambda command, **_: told.append(command)}
    monkeypatch.setattr(samples, "SimpleNamespace", partial(SimpleNamespace, **more))
    return told


class TestSlots:
    """``app_units``."""

    @pytest.fixture
    def install(self, told: Told, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module."""

        def install(units: dict[str, str], check: bool = False) -> dict[str, Any]:
            return run_module(app_units, monkeypatch, check, units=units)

        return install

    def test_a_good_unit_is_installed_and_both_slots_start_with_the_host(self, analyze: Analyze, told: Told, install: Any) -> None:
        text = TEXTS.slots(app())
        result = install({"hello": text})
        path = analyze.system / "hello@.service"
        assert (result["changed"], path.read_text()) == (True, text)
        slots = ["hello@blue.service", "hello@green.service"]
        assert result["differ"] == [str(path), *slots]
        assert told == [["systemctl", "daemon-reload"], ["systemctl", "--quiet", "enable", *slots]]

    def test_the_program_of_a_release_that_is_not_there_yet_is_no_hindrance(self, analyze: Analyze, told: Told, install: Any) -> None:
        text = TEXTS.slots(app())
        install({"hello": text})
        read = [line for line in analyze.asked().splitlines() if line.startswith("ExecStart=")]
        assert read == ["ExecStart=/bin/true"]

    @pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])
    def test_one_that_systemd_does_not_accept_keeps_all_others_out(self, check: bool, analyze: Analyze, told: Told, install: Any) -> None:
        said = install({"hello": TEXTS.slots(app()), "shop": BAD}, check)["msg"]
        assert said.startswith(f"systemd does not accept {analyze.system}/shop@.service:\n")
        assert said.endswith("shop@.service:2:wrong=1")
        assert (list(analyze.system.iterdir()), told) == ([], [])

    def test_check_mode_installs_nothing(self, analyze: Analyze, told: Told, install: Any) -> None:
        assert install({"hello": TEXTS.slots(app())}, check=True)["changed"]
        assert (list(analyze.system.iterdir()), told) == ([], [])


def test_systemd_itself_accepts_the_unit_of_an_app() -> None:
    assert verify.complaints("hello", TEXTS.slots(app())) == ""


def test_systemd_itself_refuses_one_with_a_wrong_value() -> None:
    assert "'lots'" in verify.complaints("hello", TEXTS.slots(app(memory="lots")))


def test_systemd_itself_reads_a_part_with_its_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "DISTRIBUTION", (write(tmp_path, {"hostler-test.service": "[Service]\nExecStart=/bin/true\n"}),))
    assert verify.complaints_of_part("hostler-test.service", "hostler.conf", "[Service]\nExecReload=/bin/true\n") == ""
    assert "'lots'" in verify.complaints_of_part("hostler-test.service", "hostler.conf", "[Service]\nMemoryMax=lots\n")
