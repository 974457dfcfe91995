"""What is built for the web hosts is refused where it cannot be on them, before anything is sent."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.action import build_release
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from tests.plan.test_room import built, host
from tests.shared.samples import ROOT, action, app

ADDRESS = "192.0.2.21"


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the build be done by a stand-in."""
    monkeypatch.setattr(build_release, "build", lambda *_, **__: built())


def decide(balancer: str = "192.0.2.11", **room: Any) -> dict[str, Any]:
    """Return what is built for an app on one web host."""
    args: dict[str, Any] = {
        "apps": [app().json()],
        "only": "",
        "environments": {"hello": {}},
        "secrets": {"hello": {}},
        "matched": [],
        "renew": "",
        "hosts": {"web1": {**host(**room), "address": ADDRESS, "left": ["shop"]}},
        "balancers": {"balancer1": balancer},
        "templates": str(ROOT / "roles/web/templates"),
        "cache": "/nowhere",
    }
    return action(build_release.ActionModule, **args).decide(args)


def test_what_fits_is_built_and_what_was_left_is_told() -> None:
    done = decide()
    assert done["apps"]["hello"]["release"] == "new"
    assert [text.partition(" ")[0] for text in done["warnings"]] == ["shop"]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused, match="web1: /srv has 1 MB free, and what is new needs 121 MB there"):
        decide(srv=1)


def test_what_may_not_fit_is_told() -> None:
    assert "may come to" in decide(srv=200)["warnings"][0]


def test_hosts_of_two_kinds_of_addresses_are_refused() -> None:
    with pytest.raises(Refused, match=r"web1 has an IPv4 address among the hosts, 192\.0\.2\.21, and balancer1 an IPv6 one"):
        decide(balancer="2001:db8::11")
