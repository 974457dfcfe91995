"""An app is closed for maintenance: what may be asked for, and the lines that say so."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils import slots
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan import maintenance
from ansible_collections.hostler.fleet.plugins.module_utils.plan.maintenance import Asked
from tests.shared.planned import agree_on
from tests.shared.samples import app

APPS = [app(), app(name="ledger")]


class TestAsked:
    """What an operator asks for."""

    def test_what_is_asked_for_comes_out_as_it_is_meant(self) -> None:
        found = maintenance.asked(APPS, "ledger", "on", "203.0.113.7,198.51.100.9")
        assert found == Asked("ledger", "on", ["198.51.100.9", "203.0.113.7"])

    def test_the_only_app_needs_no_name(self) -> None:
        assert maintenance.asked(APPS[:1], "", "off", "") == Asked("hello", "off", [])

    @pytest.mark.parametrize(("given", "meant"), [(True, "on"), (False, "off"), ("on", "on"), ("off", "off")])
    def test_a_state_that_yaml_took_for_a_boolean_is_meant_as_it_was_written(self, given: object, meant: str) -> None:
        assert maintenance.switch(given) == meant

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
        assert maintenance.address(given) == written

    @pytest.mark.parametrize("given", ["203.0.113.7, 198.51.100.9,,203.0.113.7", ["198.51.100.9", "203.0.113.7"]])
    def test_addresses_are_a_list_or_text_with_commas(self, given: str | list[str]) -> None:
        assert maintenance.addresses(given) == ["198.51.100.9", "203.0.113.7"]

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
        with pytest.raises(Refused) as refused:
            maintenance.asked(APPS, name, state, allow)
        assert str(refused.value).startswith(said)
        assert "\n" not in str(refused.value)


OPEN = {"hello": "blue", "hello/blue": "1f0c3a5e7b9d", "hello/turn": "4", "ledger": "green", "ledger/maintenance": "on"}
CLOSED = {**OPEN, "hello/turn": "5", "hello/maintenance": "on", "hello/maintenance/192.0.2.7": "pass"}


class TestChange:
    """The lines that say it."""

    def change(self, state: str, entries: dict[str, str], *allow: str) -> dict[str, Any]:
        """Return what is to be done for the app hello where balancers have these lines."""
        return maintenance.change(Asked("hello", state, list(allow)), agree_on(entries), "now", 0)

    def after(self, change: dict[str, Any], entries: dict[str, str]) -> dict[str, str]:
        """Return the lines after it, as ``set_slots`` makes them."""
        options = change["options"]
        gone = dict.fromkeys(slots.below(entries, options["instead_of"]), "")
        return slots.merge(entries, {**gone, **options["entries"]})

    def test_closing_sets_its_lines_at_another_turn(self) -> None:
        change = self.change("on", OPEN, "192.0.2.7")
        assert change["due"]
        assert self.after(change, OPEN) == CLOSED

    def test_opening_takes_out_every_line_of_it_and_no_other_app_s(self) -> None:
        change = self.change("off", CLOSED)
        assert change["due"]
        assert self.after(change, CLOSED) == {**OPEN, "hello/turn": "6"}

    def test_other_addresses_come_in_place_of_the_former(self) -> None:
        change = self.change("on", CLOSED, "192.0.2.9")
        assert change["due"]
        after = self.after(change, CLOSED)
        assert ("hello/maintenance/192.0.2.7" in after, after["hello/maintenance/192.0.2.9"]) == (False, "pass")

    @pytest.mark.parametrize(("state", "entries", "allow"), [("off", OPEN, []), ("on", CLOSED, ["192.0.2.7"])])
    def test_what_is_so_already_is_not_due(self, state: str, entries: dict[str, str], allow: list[str]) -> None:
        assert not self.change(state, entries, *allow)["due"]

    def test_a_balancer_that_is_down_gets_it_and_the_history_too(self) -> None:
        options = self.change("on", OPEN, "192.0.2.7")["options"]
        assert (options["offline"], options["run"]) == (True, "run1")
        event = {"run": "run1", "by": "ann@desk", "at": "now", "app": "hello", "event": "maintenance", "state": "on"}
        assert options["events"] == [{**event, "allow": ["192.0.2.7"]}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("hello", "on", []), "hello is closed for maintenance."),
        (Asked("hello", "on", ["192.0.2.7", "::1"]), "hello is closed for maintenance, but for 192.0.2.7, ::1."),
        (Asked("hello", "off", []), "hello is open."),
    ],
)
def test_what_visitors_get_is_told(asked: Asked, said: str) -> None:
    assert maintenance.told(asked) == said
