"""``canary_slot``: a share of the requests for a while."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import record
from ansible_collections.hostler.fleet.plugins.modules import canary_slot
from tests.shared.fakes import HAProxy
from tests.shared.samples import run_module
from tests.shared.traffic import ENTRIES, count, stat

Result = dict[str, Any]


class TestCanary:
    """``canary_slot``: a share of the requests for a while."""

    @pytest.fixture
    def canary(self, balancer: HAProxy, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return the module, which gives green ten of a hundred requests."""

        def canary(**options: Any) -> Result:
            given: Result = {"run": "one", "balancer": "balancer1", "at": "now", "app": "hello", "slot": "green", "live": "blue"}
            return run_module(canary_slot, monkeypatch, **{**given, "percent": 10, "seconds": 0, "event": {"event": "canary"}, **options})

        return canary

    def test_the_share_is_given_and_taken_back_and_never_in_the_file(self, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0)), stat(blue=(190, 0), green=(10, 0))]
        result = canary()
        assert (result["failed"], result.get("count")) == (False, count(10))
        assert balancer.changes == [
            "add hello/canary green",
            "add hello/canary/percent 10",
            "del hello/canary",
            "del hello/canary/percent",
        ]
        assert slots_map.read(balancer.map) == balancer.entries == ENTRIES
        assert record.recent(9) == [{"event": "canary", "balancer": "balancer1", "at": "now", **count(10)}]

    def test_a_worse_one_is_told_at_once_and_gets_no_more(self, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(blue=(100, 0)), stat(blue=(190, 0), green=(10, 5))]
        result = canary(seconds=600)
        assert result["msg"] == (
            "The canary is worse than what is live: 5 of 10 requests failed, and 0 of 90 requests failed on the live slot."
        )
        assert balancer.entries == ENTRIES

    def test_a_reload_that_forgets_it_does_not_end_it(self, balancer: HAProxy, canary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """As when a certificate is renewed meanwhile: its share would be tried no more, and the release be taken for good."""
        balancer.statistics = [stat(), stat(), stat(blue=(90, 0), green=(10, 5))]
        monkeypatch.setattr("time.sleep", lambda _: balancer.entries.pop("hello/canary"))
        canary(seconds=600)
        assert balancer.changes == [
            "add hello/canary green",
            "add hello/canary/percent 10",
            "add hello/canary green",
            "del hello/canary/percent",
        ]

    def test_what_was_counted_before_a_reload_counts(self, balancer: HAProxy, canary: Any) -> None:
        """Two failures before it and two after it are more than an app may have now and then."""
        balancer.statistics = [stat(), stat(blue=(90, 0), green=(10, 2)), stat(blue=(50, 0), green=(5, 2))]
        assert "4 of 15 requests failed, and 0 of 140 requests failed on the live slot" in canary(seconds=600)["msg"]

    @pytest.mark.parametrize(("requests", "warned"), [(0, True), (1, False)])
    def test_a_canary_that_nobody_has_tried_is_told(self, requests: int, warned: bool, balancer: HAProxy, canary: Any) -> None:
        balancer.statistics = [stat(), stat(green=(requests, 0))]
        result = canary()
        assert (result["failed"], "had no request" in str(result.get("warnings"))) == (False, warned)

    def test_who_has_lost_the_lock_gives_it_nothing(self, balancer: HAProxy, canary: Any) -> None:
        assert "lost the fleet's lock" in canary(run="another")["msg"]
        assert balancer.changes == []
