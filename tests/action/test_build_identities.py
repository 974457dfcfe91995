"""Hosts get what they show each other; what keeps that from being is told where nothing hides it."""

from ansible_collections.hostler.fleet.plugins.action.build_identities import ActionModule
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

FACTS: Json = {"web1": {"address": "192.0.2.21", "sources": ["198.51.100.21"], "certificate": ""}}


def decided(kept: Json) -> Json:
    """Return what comes of it."""
    return ActionModule.decide(
        ActionModule.__new__(ActionModule), {"kept": {"monitor1": {"authority": ""}, "db1": kept}, "name": "tests", "hosts": FACTS}
    )


def test_each_host_gets_one() -> None:
    found = decided({"authority": ""})
    assert found["wrong"] == ""
    assert list(found["made"]) == ["web1"]


def test_one_that_keeps_it_is_enough() -> None:
    """As where the other one was built anew."""
    begun = decided({"authority": ""})["authority"]
    assert decided({"authority": begun})["authority"] == begun


def test_what_cannot_be_read_is_told() -> None:
    for kept in ({"authority": "spoilt"}, {"authority": "", "wrong": "Permission denied"}):
        wrong = decided(kept)["wrong"]
        assert wrong.startswith("What signs for the fleet's hosts cannot be used: ")
        assert "/etc/ssl/hostler/authority.pem of db1" in wrong
        assert decided(kept).keys() == {"wrong"}
