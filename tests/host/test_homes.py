"""``app_homes``: an app gets its place on a host, and its unit only where systemd itself has nothing to say against any."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import files as host_files
from ansible_collections.hostler.fleet.plugins.module_utils.host import homes
from ansible_collections.hostler.fleet.plugins.modules import app_homes
from tests.shared.analyze import BAD, Analyze
from tests.shared.rendered import TEXTS
from tests.shared.samples import app, run_module

Told = list[list[str]]
SLOTS = ["hello@blue.service", "hello@green.service"]
HOME = Path("/srv/hello")


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Path]]:
    """Return the folders that the host lacks, by app: none until a test says so."""
    missing: dict[str, list[Path]] = {}
    monkeypatch.setattr(homes, "wrong_folders", lambda name: missing.get(name, []))
    return missing


@pytest.fixture
def told(analyze: Analyze, missing: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch) -> Told:
    """Return what was made and run, on a host whose folders are the test's own."""
    told: Told = []
    monkeypatch.setattr(app_homes, "SYSTEM", analyze.system)
    monkeypatch.setattr(homes, "WANTS", analyze.system / "multi-user.target.wants")
    monkeypatch.setattr(homes, "make", lambda name: told.append(["make", name]))
    for module in (app_homes, host_files):
        monkeypatch.setattr(module, "must", lambda *command: told.append(list(command)))
    return told


@pytest.fixture
def install(told: Told, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module."""

    def install(units: dict[str, str], check: bool = False) -> dict[str, Any]:
        return run_module(app_homes, monkeypatch, check, units=units)

    return install


def enable(analyze: Analyze) -> None:
    """Have both slots start with the host."""
    folder = analyze.system / "multi-user.target.wants"
    folder.mkdir()
    for unit in SLOTS:
        (folder / unit).symlink_to("../hello@.service")


def test_a_good_unit_is_installed_and_both_slots_start_with_the_host(analyze: Analyze, told: Told, install: Any) -> None:
    text = TEXTS.slots(app())
    result = install({"hello": text})
    path = analyze.system / "hello@.service"
    assert (result["changed"], path.read_text()) == (True, text)
    assert result["differ"] == [str(path), *SLOTS]
    assert result["diff"][1] == {"before": "", "after": text, "before_header": str(path), "after_header": str(path)}
    assert told == [["systemctl", "daemon-reload"], ["systemctl", "--quiet", "enable", *SLOTS]]


def test_a_host_that_is_as_it_should_be_is_left_so(analyze: Analyze, told: Told, install: Any) -> None:
    text = TEXTS.slots(app())
    install({"hello": text})
    enable(analyze)
    told.clear()
    result = install({"hello": text})
    assert (result["changed"], result["differ"], told) == (False, [], [])
    assert result["ansible_facts"] == {"hostler_prepared": True}


@pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])
def test_folders_that_are_missing_are_told_and_made(
    check: bool, missing: dict[str, list[Path]], analyze: Analyze, told: Told, install: Any
) -> None:
    install({"hello": TEXTS.slots(app())})
    enable(analyze)
    told.clear()
    missing["hello"] = [HOME, HOME / "slots"]
    result = install({"hello": TEXTS.slots(app())}, check)
    assert (result["changed"], result["differ"]) == (True, [str(HOME), str(HOME / "slots")])
    assert result["diff"] == [{"before": "", "after": "user hello, folder /srv/hello\n"}]
    assert told == ([] if check else [["make", "hello"]])


def test_the_program_of_a_release_that_is_not_there_yet_is_no_hindrance(analyze: Analyze, install: Any) -> None:
    install({"hello": TEXTS.slots(app())})
    read = [line for line in analyze.asked().splitlines() if line.startswith("ExecStart=")]
    assert set(read) == {"ExecStart=/bin/true"}


@pytest.mark.parametrize("check", [True, False], ids=["in check mode", "for good"])
def test_one_that_systemd_does_not_accept_keeps_all_others_out(
    check: bool, missing: dict[str, list[Path]], analyze: Analyze, told: Told, install: Any
) -> None:
    missing["hello"] = [HOME]
    said = install({"hello": TEXTS.slots(app()), "shop": BAD}, check)["msg"]
    assert said.startswith(f"systemd does not accept {analyze.system}/shop@.service:\n")
    assert said.endswith("shop@.service:2:wrong=1")
    assert (list(analyze.system.iterdir()), told) == ([], [])


def test_a_unit_that_systemd_was_not_told_of_it_is_told_of_by_the_next_run(
    analyze: Analyze, told: Told, install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the run before was killed."""

    class Killed(BaseException):
        pass

    def kill(*_: str) -> None:
        raise Killed

    text = {"hello": TEXTS.slots(app())}
    with monkeypatch.context() as patch:
        patch.setattr(host_files, "must", kill)
        with pytest.raises(Killed):
            install(text)
    enable(analyze)
    unit = str(analyze.system / "hello@.service")
    for check in (True, False):
        result = install(text, check)
        assert (result["changed"], result["differ"], result["pending"], result["diff"][1:]) == (True, [unit], [unit], [])
    assert told == [["systemctl", "daemon-reload"]]
    result = install(text)
    assert (result["changed"], result["pending"]) == (False, [])


def test_check_mode_installs_nothing(analyze: Analyze, told: Told, install: Any) -> None:
    assert install({"hello": TEXTS.slots(app())}, check=True)["changed"]
    assert (list(analyze.system.iterdir()), told) == ([], [])
