"""Who is told: what of a receiver comes into which file, and what of it may be seen."""

from ansible_collections.hostler.fleet.plugins.filter.delivery import FilterModule
from ansible_collections.hostler.fleet.plugins.module_utils.receivers import KINDS, SECRETS

delivery = FilterModule().filters()["delivery"]
# As Ansible fills in what an inventory leaves out
ONE = {"kind": "telegram", "token": "hunter2", "chat": "-100", "url": None, "to": None, "key": None, "severities": None}


def test_each_secret_lies_in_a_file_of_its_own_that_a_receiver_names() -> None:
    told = delivery([ONE, {"kind": "webhook", "url": "https://a.example/x", "severities": ["page"]}], {}, "")
    first, second = told["receivers"]
    assert (first["name"], first["severities"], first["chat"], first["files"]) == (
        "1-telegram",
        ["page", "ticket"],
        -100,
        {"token": f"{SECRETS}/1-telegram.token"},
    )
    assert second["files"] == {"url": f"{SECRETS}/2-webhook.url"}
    assert told["secrets"] == [
        {"path": f"{SECRETS}/1-telegram.token", "secret": "hunter2", "group": "prometheus"},
        {"path": f"{SECRETS}/2-webhook.url", "secret": "https://a.example/x", "group": "prometheus"},
    ]
    assert (told["password"], told["deadman"]) == ("", "")
    assert "hunter2" not in str(told["receivers"])


def test_the_password_of_mail_and_the_dead_man_s_switch_are_secrets_too() -> None:
    told = delivery([], {"host": "a:25", "from": "a@b", "password": "hunter2"}, "https://hc.example/1")
    assert {one["path"]: one["secret"] for one in told["secrets"]} == {told["password"]: "hunter2", told["deadman"]: "https://hc.example/1"}


def test_nothing_said_is_nothing_told() -> None:
    assert delivery([], {}, "") == {"receivers": [], "password": "", "deadman": "", "secrets": []}


def test_what_is_secret_of_a_kind_is_a_key_of_it() -> None:
    for kind in KINDS.values():
        assert set(kind.secret) <= {*kind.needs, *kind.may}
