"""An app is closed for maintenance: what may be asked for, the lines that say so, and what else depends on them."""

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.hostler_balancer.runtime import Runtime

from roles.balancer.action_plugins import check_slots
from roles.balancer.library import read_slots, set_slots
from roles.fleet.action_plugins import check_maintenance
from roles.release.action_plugins import plan_releases
from tests.samples import app

APPS = [{"name": "hello"}, {"name": "ledger"}]


class TestAsked:
    """What an operator asks for."""

    def test_what_is_asked_for_comes_out_as_it_is_meant(self) -> None:
        found = check_maintenance.asked(APPS, "ledger", "on", "203.0.113.7,198.51.100.9")
        assert found == {"app": {"name": "ledger"}, "state": "on", "allow": ["198.51.100.9", "203.0.113.7"]}

    def test_the_only_app_needs_no_name(self) -> None:
        assert check_maintenance.asked(APPS[:1], "", "off", "") == {"app": {"name": "hello"}, "state": "off", "allow": []}

    @pytest.mark.parametrize(("given", "meant"), [(True, "on"), (False, "off"), ("on", "on"), ("off", "off")])
    def test_a_state_that_yaml_took_for_a_boolean_is_meant_as_it_was_written(self, given: object, meant: str) -> None:
        assert check_maintenance.switch(given) == meant

    @pytest.mark.parametrize(
        ("given", "written"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::ffff:cb00:7107", "203.0.113.7"),
            ("::cb00:7107", "::203.0.113.7"),
            ("::1", "::1"),
        ],
    )
    def test_an_address_is_written_as_haproxy_writes_it(self, given: str, written: str) -> None:
        assert check_maintenance.address(given) == written

    @pytest.mark.parametrize("given", ["203.0.113.7, 198.51.100.9,,203.0.113.7", ["198.51.100.9", "203.0.113.7"]])
    def test_addresses_are_a_list_or_text_with_commas(self, given: str | list[str]) -> None:
        assert check_maintenance.addresses(given) == ["198.51.100.9", "203.0.113.7"]

    @pytest.mark.parametrize(
        ("name", "state", "allow", "said"),
        [
            ("", "on", "", "app: which one? Name it, such as -e app=hello; there is hello, ledger."),
            ("shop", "on", "", "app: there is no app 'shop'; there is hello, ledger."),
            ("hello", "", "", "state: say whether to close the app or to open it again; such as -e state=on."),
            ("hello", "closed", "", "state: 'closed' is neither on nor off; such as -e state=on."),
            ("hello", "on", "203.0.113.0/24", "allow: '203.0.113.0/24' is no IP address; name them with commas between, such as -e allow="),
            ("hello", "on", "www.example.org", "allow: 'www.example.org' is no IP address"),
            ("hello", "off", "203.0.113.7", "allow: with state=off everybody gets the app; addresses go with state=on."),
        ],
    )
    def test_what_cannot_be_meant_is_refused_in_one_sentence(self, name: str, state: str, allow: str, said: str) -> None:
        with pytest.raises(ValueError, match="^") as refused:
            check_maintenance.asked(APPS, name, state, allow)
        assert str(refused.value).startswith(said)
        assert "\n" not in str(refused.value)


class TestLines:
    """The lines that are taken out with what they stand below."""

    def test_only_the_key_itself_and_what_is_below_it_is_meant(self) -> None:
        keys = ["hello", "hello/blue", "hello/maintenance", "hello/maintenance/192.0.2.7", "hello/maintenance2", "hello-2/maintenance"]
        assert set_slots.below(keys, ["hello/maintenance"]) == ["hello/maintenance", "hello/maintenance/192.0.2.7"]
        assert set_slots.below(keys, ["hello"]) == keys[:5]
        assert set_slots.below(keys, []) == []

    def test_a_haproxy_that_is_down_has_no_lines(self, tmp_path: Path) -> None:
        assert set_slots.running(Path("slots.map"), Runtime(str(tmp_path / "none.sock"))) == {}


def known(entries: dict[str, str]) -> dict[str, Any]:
    """Return what ``read_slots`` says of a balancer."""
    return {"entries": entries, "live": read_slots.live(entries), "ports": {}, "names": {}, "behind": False}


OPEN = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d", "hello/turn": "4"}
CLOSED = {**OPEN, "hello/turn": "5", "hello/maintenance": "on"}


class TestAway:
    """A balancer that was away while an app was closed or opened."""

    @pytest.mark.parametrize(("older", "newer"), [(OPEN, CLOSED), (CLOSED, {**OPEN, "hello/turn": "6"})], ids=["closed", "opened"])
    def test_the_one_that_was_told_last_is_right(self, older: dict[str, str], newer: dict[str, str]) -> None:
        balancers = {"balancer1": known(older), "balancer2": known(newer)}
        assert list(check_slots.problems([app()], balancers)) == []
        lines = check_slots.start([app()], balancers)
        assert lines == newer
        assert check_slots.behind(lines, balancers) == ["balancer1"]


FAILED = {"app": "hello", "event": "failed", "verb": "deploy", "release": "b" * 12, "at": "2"}
MAINTENANCE = {"app": "hello", "event": "maintenance", "state": "on", "at": "3"}


def switched(verb: str, release: str, former: str, turn: int) -> dict[str, Any]:
    """Return the event of a switch."""
    check = {"path": "/status", "host": "localhost"}
    return {"app": "hello", "event": "switched", "verb": verb, "release": release, "from": former, "turn": turn, "check": check}


def plan(*events: dict[str, Any]) -> plan_releases.Plan:
    """Return what is known after these events, with a release in each slot."""
    entries = {"hello": "blue", "hello/turn": "2"}
    for slot, release in (("blue", "a" * 12), ("green", "c" * 12)):
        entries |= {f"hello/{slot}": release, f"hello/{slot}/path": "/status", f"hello/{slot}/host": "localhost"}
    backends = {"hello_blue": {"web1": ""}, "hello_green": {"web1": ""}}
    of_fleet = {"entries": entries, "history": list(events), "servers": {"balancer1": backends}, "run": "", "by": ""}
    return plan_releases.Plan(app(), {"known": of_fleet, "web": ["web1"], "hosts": {}})


class TestHistory:
    """Events of maintenance and of removal between those of releases."""

    def test_maintenance_does_not_hide_that_the_last_deploy_failed(self) -> None:
        with pytest.raises(plan_releases.Refused, match="hello: the last deploy failed and changed nothing"):
            plan_releases.rollback(plan(switched("deploy", "a" * 12, "c" * 12, 2), FAILED, MAINTENANCE))

    def test_maintenance_after_a_good_deploy_is_no_matter(self) -> None:
        step = plan_releases.rollback(plan(switched("deploy", "a" * 12, "c" * 12, 2), MAINTENANCE))
        assert (step["release"], step["warm"]) == ("c" * 12, True)

    def test_maintenance_alone_does_not_hide_the_release_in_the_standby(self) -> None:
        assert plan_releases.rollback(plan(MAINTENANCE))["release"] == "c" * 12

    def test_what_was_before_a_removal_was_another_app_s(self) -> None:
        former = [switched("deploy", "d" * 12, "", 7), switched("rollback", "a" * 12, "d" * 12, 8), {"app": "hello", "event": "removed"}]
        later = [switched("deploy", "d" * 12, "", 1), switched("deploy", "a" * 12, "d" * 12, 2)]
        assert plan(*former).events == []
        assert plan_releases.bad(plan(*former, *later).events, "hello") == set()
        assert plan_releases.rollback(plan(*former, *later))["release"] == "d" * 12
