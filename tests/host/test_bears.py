"""Whether what is live, and what is to be, bears what a release command did: both slots are asked on their own host."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import journal
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from ansible_collections.hostler.fleet.plugins.modules import check_live
from tests.shared.samples import run_module
from tests.shared.served import Server

Answer = tuple[int, str]


@pytest.fixture(autouse=True)
def _said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "lines", lambda app, unit, release, since: f"The journal of {unit}, {release}.")


class Slots:
    """The slots of a host: green, live with the release a, and blue with e, each with a server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take how the module is run."""
        self.monkeypatch = monkeypatch
        self.servers: list[Server] = []

    def check(
        self, live: list[Answer], standby: list[Answer], releases: tuple[str, str] = ("a", "e"), check: bool = False
    ) -> dict[str, Any]:
        """Return the module's result; `releases` are those that the slots are meant to run."""
        asked = {}
        with Server(*live) as of_live, Server(*standby) as of_standby:
            self.servers = [of_live, of_standby]
            slots = (("live", "green"), ("standby", "blue"))
            for (key, slot), server, release in zip(slots, self.servers, releases, strict=True):
                path = {"path": f"/{key}", "host": "www.example.org"}
                asked[key] = {"slot": slot, "release": release, "port": server.server_port, "check": path}
            return run_module(check_live, self.monkeypatch, check, name="hello", seconds=0.1, **asked)

    @property
    def seen(self) -> list[list[str]]:
        """The paths that each slot was asked for."""
        return [[path for path, _, _ in server.seen] for server in self.servers]


@pytest.fixture
def slots(app: App, monkeypatch: pytest.MonkeyPatch) -> Slots:
    """Return the slots of a host."""
    assert (app.in_slot("green"), app.in_slot("blue")) == ("a", "e")
    return Slots(monkeypatch)


def test_both_are_asked_several_times_in_a_row_by_their_own_checks(slots: Slots) -> None:
    assert slots.check([(200, "a")], [(200, "e")]) == {"failed": False, "changed": False, "said": "still healthy"}
    assert slots.seen == [["/live"] * 3, ["/standby"] * 3]


def test_what_is_live_and_does_not_bear_it_is_told_with_its_journal(slots: Slots) -> None:
    result = slots.check([(500, "a")], [(200, "e")])
    assert (result["failed"], result["borne"]) == (True, False)
    assert result["msg"] == (
        "hello: the release a, which is live, does not bear what the release command did: GET /live answered 500, not 200. "
        "The journal of hello@green.service, a."
    )


def test_one_error_at_first_is_not_taken_for_it(slots: Slots) -> None:
    """As of a connection whose prepared statements have just become invalid."""
    assert not slots.check([(500, "a"), (200, "a")], [(200, "e")])["failed"]


def test_that_the_new_one_is_not_healthy_any_more_says_nothing_of_what_is_live(slots: Slots) -> None:
    result = slots.check([(200, "a")], [(503, "e")])
    assert (result["failed"], result["borne"]) == (True, True)
    assert result["msg"].startswith("hello: the release e is not healthy in the slot blue: GET /standby answered 503, not 200.")


def test_where_neither_is_healthy_that_is_said(slots: Slots) -> None:
    """Then it may be the database that is away."""
    said = slots.check([(500, "a")], [(503, "e")])["msg"]
    assert "Nor is the new one healthy, so it may be the database itself: GET /standby answered 503, not 200." in said


@pytest.mark.parametrize(("releases", "asked"), [(("b", "e"), [0, 3]), (("a", "b"), [3, 0])])
def test_a_slot_that_is_to_run_another_release_is_not_asked(slots: Slots, releases: tuple[str, str], asked: list[int]) -> None:
    """As on a host that was away during a deploy: nobody is sent there."""
    assert not slots.check([(200, "a")], [(200, "e")], releases)["failed"]
    assert [len(paths) for paths in slots.seen] == asked


def test_check_mode_asks_nobody(slots: Slots) -> None:
    assert slots.check([(500, "a")], [(500, "e")], check=True) == {"failed": False, "changed": False, "said": ""}
    assert slots.seen == [[], []]
