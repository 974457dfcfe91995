"""Whose journals are asked for what."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.asked import values
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.logs import moment, questions
from tests.shared.samples import app

NOW = 1_795_833_900.0  # 2026-11-28 02:45:00
APPS = [app(jobs=[{"name": "report", "command": "x", "schedule": "daily"}]), app(name="shop", default=False, domains=["shop.example"])]
ID = "de358ab1-2ccd-4e8a-b318-07695af4f62d"


DATA = {"db1": ["postgresql@*.service"], "backup1": ["pgbackrest*"]}


def ask(data: dict[str, list[str]] | None = None, /, **asked: Any) -> dict[str, Json]:
    """Return what each host is asked."""
    return questions(APPS, ["web1", "web2"], ["balancer1"], values(asked), NOW, data)


def of(name: str, /, **asked: Any) -> tuple[list[str], list[str]]:
    """Return the units and the fields that a host is asked for."""
    question = ask(**asked)[name]
    return question["units"], question["matches"]


def test_by_default_all_that_the_apps_and_haproxy_say() -> None:
    assert list(ask()) == ["balancer1", "web1", "web2"]
    assert of("balancer1") == ([], ["SYSLOG_IDENTIFIER=haproxy"])
    units = [f"{unit}.service" for unit in ("hello@blue", "hello@green", "shop@blue", "shop@green", "hello.report")]
    assert of("web1") == (units, [])
    assert (ask()["web1"]["lines"], ask()["web1"].get("since")) == (200, None)


def test_an_app_and_a_slot() -> None:
    """A slot is no job's: which release one runs is another question."""
    assert of("web1", app="hello")[0] == ["hello@blue.service", "hello@green.service", "hello.report.service"]
    assert of("web1", app="hello", slot="green") == (["hello@green.service"], [])
    assert of("balancer1", app="hello", slot="green")[1][1:] == ["APP=hello", "SLOT=green"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"request": ID}, f"REQUEST_ID={ID}"), ({"release": "7c1bb6d5bf21"}, "RELEASE=7c1bb6d5bf21"), ({"status": "503"}, "STATUS=503")],
)
def test_what_only_a_request_has_is_asked_for_by_its_field(asked: Json, field: str) -> None:
    assert of("web1", **asked) == ([], [field])
    assert of("web1", app="hello", **asked) == ([], ["APP=hello", field])
    assert of("balancer1", **asked) == ([], ["SYSLOG_IDENTIFIER=haproxy", field])


def test_a_class_of_statuses_is_each_of_them() -> None:
    _, matches = of("web1", status="5xx")
    assert (len(matches), matches[0], matches[3], matches[-1]) == (100, "STATUS=500", "STATUS=503", "STATUS=599")


def test_of_a_web_host_are_its_lines_and_the_balancers_of_what_went_there() -> None:
    assert list(ask(host="web2")) == ["balancer1", "web2"]
    assert of("balancer1", host="web2", app="hello")[1][1:] == ["HOST=web2", "APP=hello"]
    assert list(ask(host="balancer1")) == ["balancer1"]
    assert of("balancer1", host="balancer1")[1] == ["SYSLOG_IDENTIFIER=haproxy"]


def test_a_unit_is_asked_for_where_it_may_be() -> None:
    assert list(ask(unit="ssh")) == ["balancer1", "web1", "web2"]
    assert list(ask(unit="hello@blue", host="web1")) == ["web1"]
    assert of("web1", unit="hello@blue") == (["hello@blue"], [])


def test_hosts_with_the_data_and_its_backups_are_asked_for_what_is_theirs() -> None:
    asked = ask(DATA)
    assert list(asked) == ["balancer1", "web1", "web2", "db1", "backup1"]
    assert {name: (asked[name]["units"], asked[name]["matches"]) for name in DATA} == {name: (units, []) for name, units in DATA.items()}
    assert list(ask(DATA, host="db1", since="-1h")) == ["db1"]
    assert ask(DATA, host="db1", unit="ssh")["db1"]["units"] == ["ssh"]
    assert [one["units"] for one in ask(DATA, unit="ssh").values()] == [["ssh"]] * 5


@pytest.mark.parametrize("asked", [{"app": "hello"}, {"slot": "blue"}, {"release": "7c1bb6d5bf21"}, {"request": ID}, {"status": "5xx"}])
def test_of_apps_and_requests_these_have_no_lines(asked: Json) -> None:
    assert not set(ask(DATA, **asked)) & set(DATA)
    assert not set(ask(DATA, host="web1")) & set(DATA)
    with pytest.raises(Refused, match=f"host: db1 has no lines of an app or a request; leave {next(iter(asked))} out."):
        ask(DATA, host="db1", **asked)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-1h", NOW - 3600),
        ("90s", NOW - 90),
        ("-5m", NOW - 300),
        ("5min", NOW - 300),
        ("2d", NOW - 172_800),
        ("02:30", NOW - 900),
        ("2:30", NOW - 900),
        ("02:30:30", NOW - 870),
        ("02:46", NOW + 60 - 86_400),
        ("2026-11-28", NOW - 2.75 * 3600),
        ("2026-11-28 02:44", NOW - 60),
        ("2026-11-28T02:44:30Z", NOW - 30),
        ("2026-11-28T03:44:00+01:00", NOW - 60),
        ("yesterday", None),
        ("25:00", None),
        ("2026-13-01", None),
        ("", None),
        ("-1 h", None),
    ],
)
def test_times_are_utc_and_of_the_past(text: str, seconds: float | None) -> None:
    assert moment(text, NOW) == seconds


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"app": "nope"}, "app: there is no app 'nope'; there is hello, shop."),
        ({"host": "web9"}, "host: there is no host 'web9'; there is balancer1, web1, web2."),
        ({"slot": "red"}, "slot: 'red' is none; there is blue and green."),
        ({"status": "200\nUSER=0"}, "status: '200\\nUSER=0' is none; such as 503, or 5xx for all of them."),
        ({"unit": "--all"}, ""),
        ({"unit": "a b"}, "unit: 'a b' is none; such as hello@blue, ssh or hostler-peers.service."),
        ({"unit": "ssh", "app": "hello", "status": "503"}, "unit: a unit's lines have no app or status to look for; say one or the other."),
        ({"since": "soon"}, "since: 'soon' is no time; such as -1h, 14:30, 2026-11-28 or '2026-11-28 14:30', in UTC."),
        ({"since": "-1h", "until": "-2h"}, "since: -1h is not before -2h."),
        ({"follow": "true", "until": "-2h"}, "follow: it goes on until Ctrl-C; leave until out."),
        ({"request": ID.upper()}, f"request: '{ID.upper()}' is none; it is as in X-Request-ID, such as {ID}."),
    ],
)
def test_what_is_no_good_is_said_in_a_sentence(asked: Json, sentence: str) -> None:
    if not sentence:
        # It is one argument with its option, --unit=--all
        assert ask(**asked)
        return
    with pytest.raises(Refused) as refused:
        ask(**asked)
    assert str(refused.value) == sentence


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(Refused) as refused:
        ask(slot="red", status="9")
    assert str(refused.value).count("\n") == 1
