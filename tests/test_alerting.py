"""What is said of how a fleet is watched: what is refused before anything is touched, and in which words."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.alerting import (
    of_numbers,
    of_objectives,
    of_receivers,
    of_smtp,
    of_urls,
)

SMTP = {"host": "smtp.example.org:587", "from": "alerts@example.org"}
NONE = {"to": None, "url": None, "token": None, "chat": None, "key": None}


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "email", "to": "ops@example.org"},
        {"kind": "slack", "url": "https://hooks.slack.com/services/T/B/x"},
        {"kind": "ntfy", "url": "https://ntfy.sh/topic", "token": "tk_1"},
        {"kind": "telegram", "token": "1:a", "chat": -1001234567890},
        {"kind": "pagerduty", "key": "k", "severities": ["page"]},
        {"kind": "webhook", "url": "http://10.0.0.7:9000/hook", "severities": ["page", "ticket", "info"]},
        {**NONE, "kind": "webhook", "url": "https://a.example"},
    ],
)
def test_a_receiver_of_each_kind_is_taken(given: dict[str, Any]) -> None:
    """Also one whose other keys Ansible has filled in with nothing."""
    assert list(of_receivers([given], SMTP)) == []
    assert list(of_receivers([], {})) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "email", "to": "a@b"}, "monitor_receivers: it is no list; such as [{kind: email, to: ops@example.org}]."),
        (
            ["ops@example.org"],
            "monitor_receivers.#1.kind: what stands there is none of email, slack, ntfy, telegram, pagerduty, webhook; such as ",
        ),
        ([{"kind": "sms", "to": "1"}], "monitor_receivers.#1.kind: 'sms' is none of email, "),
        ([{"url": "https://a.example"}], "monitor_receivers.#1.kind: None is none of email, "),
        ([{"kind": "webhook"}], 'monitor_receivers.#1.url: webhook needs it; such as {kind: webhook, url: "{{ vault_webhook_url }}"}.'),
        ([{"kind": "slack", "url": ""}], 'monitor_receivers.#1.url: slack needs it; such as {kind: slack, url: "{{ vault_slack_url }}"}.'),
        ([{"kind": "telegram", "token": "hunter2"}], "monitor_receivers.#1.chat: telegram needs it; such as "),
        ([{"kind": "telegram", "token": "hunter2", "chat": "ops"}], "monitor_receivers.#1.chat: 'ops' is no number of a chat; such as "),
        (
            [{"kind": "pagerduty", "key": "hunter2", "url": "https://a.example"}],
            "monitor_receivers.#1.url: pagerduty has no such key; such as ",
        ),
        ([{"kind": "webhook", "url": "hunter2"}], "monitor_receivers.#1.url: it is no URL that begins with https:// or http://; such as "),
        ([{"kind": "email", "to": "ops"}], "monitor_receivers.#1.to: 'ops' is no address; such as {kind: email, to: ops@example.org}."),
        (
            [{"kind": "email", "to": "a@b", "severities": ["pages"]}],
            "monitor_receivers.#1.severities: 'pages' is none of page, ticket, info; did you mean page?",
        ),
        ([{"kind": "email", "to": "a@b", "severities": ["x"]}], "monitor_receivers.#1.severities: 'x' is none of page, ticket, info."),
        (
            [{"kind": "email", "to": "a@b", "severities": []}],
            "monitor_receivers.#1.severities: it is no list of page, ticket, info; such as ",
        ),
        ([{"kind": "email", "to": "a@b", "severities": "page"}], "monitor_receivers.#1.severities: it is no list of page, ticket, info; "),
    ],
)
def test_one_that_nothing_would_reach_is_one_sentence(given: object, said: str) -> None:
    """None of what is secret is told."""
    [problem] = of_receivers(given, SMTP)
    assert problem.startswith(said)
    assert "hunter2" not in problem


def test_mail_needs_a_host_that_takes_it() -> None:
    [problem] = of_receivers([{"kind": "email", "to": "ops@example.org"}], {})
    assert problem.startswith("monitor_receivers.#1: mail goes nowhere without a host that takes it; such as monitor_smtp: {host: ")


@pytest.mark.parametrize(
    ("smtp", "said"),
    [
        ({}, []),
        (SMTP, []),
        ({**SMTP, "user": "a", "password": "hunter2", "tls": True}, []),
        ({**SMTP, "host": "smtp.example.org"}, ["monitor_smtp.host: 'smtp.example.org' is no host with its port; "]),
        ({"host": "smtp.example.org:587"}, ["monitor_smtp.from: None is no address; "]),
        ({**SMTP, "password": "hunter2"}, ["monitor_smtp: user and password go together; "]),
    ],
)
def test_mail_is_sent_by_a_host_as_somebody(smtp: dict[str, object], said: list[str]) -> None:
    found = list(of_smtp(smtp))
    assert len(found) == len(said)
    assert all(one.startswith(beginning) for one, beginning in zip(found, said, strict=True))
    assert "hunter2" not in "".join(found)


def test_a_url_is_one_or_none() -> None:
    name = "monitor_deadmans_url"
    assert list(of_urls({name: "", "monitor_runbooks": "https://git.example.org/hostler/"})) == []
    [problem] = of_urls({name: "hunter2"})
    assert problem.startswith(f"{name}: it is no URL that begins with https:// or http://; such as ")


@pytest.mark.parametrize("given", [0, "0", -1, 3651, 1.5, True, None, "many", ""])
def test_figures_are_kept_for_a_while(given: object) -> None:
    name = "monitor_retention_days"
    assert list(of_numbers({name: given})) == [f"{name}: {given!r} is no whole number from 1 to 3650."]
    assert list(of_numbers({name: "30", "monitor_retention_gigabytes": 8})) == []


@pytest.mark.parametrize(
    ("available", "slow", "objectives", "said"),
    [
        (99.9, 1, {}, ""),
        ("99.5", "0.25", {"shop": {"available": 99.5}, "hello": {"slow_seconds": 3, "available": 95}}, ""),
        (100, 1, {}, "monitor_available: 100 is no percentage from 50 to 99.999; "),
        (0.999, 1, {}, "monitor_available: 0.999 is no percentage "),
        (True, 1, {}, "monitor_available: True is no percentage "),
        (99.9, 0, {}, "monitor_slow_seconds: 0 is no number of seconds from 0.01 to 600; such as 1."),
        (99.9, "fast", {}, "monitor_slow_seconds: 'fast' is no number of seconds "),
        (99.9, 1, [], "monitor_objectives: it is no dictionary; "),
        (99.9, 1, {"shpo": {"available": 99}}, "monitor_objectives.shpo: there is no such app; did you mean shop?"),
        (99.9, 1, {"mail": {"available": 99}}, "monitor_objectives.mail: there is no such app; there are hello, shop."),
        (99.9, 1, {"shop": {"availabel": 99}}, "monitor_objectives.shop: it says 'available', 'slow_seconds' or both, "),
        (99.9, 1, {"shop": 99}, "monitor_objectives.shop: it says 'available', 'slow_seconds' or both, "),
        (99.9, 1, {"shop": {"available": 101}}, "monitor_objectives.shop.available: 101 is no percentage "),
        (99.9, 1, {"shop": {"slow_seconds": -1}}, "monitor_objectives.shop.slow_seconds: -1 is no number of seconds "),
    ],
)
def test_what_is_good_enough_can_be_reached_and_missed(available: object, slow: object, objectives: object, said: str) -> None:
    found = list(of_objectives(available, slow, objectives, ["shop", "hello"]))
    assert len(found) == bool(said)
    assert all(one.startswith(said) for one in found)
