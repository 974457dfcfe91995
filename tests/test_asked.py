"""What an operator says by ``-e``: which options there are, for which verb, and what becomes of a wrong one."""

import re
from collections.abc import Iterable

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.asked import OPTIONS, VERBS, misspelt, mistakes, of_verb, unused, values
from tests.shared.samples import ROOT

NOBODYS = frozenset[str]()


def wrong(verb: str, names: Iterable[str], own: frozenset[str] = NOBODYS) -> dict[str, str]:
    """Return the option that was meant by each name that is refused."""
    said = list(misspelt(verb, names, own.__contains__))
    return {sentence.split(":")[0]: sentence.split("-e ")[1].split("=")[0] for sentence in said}


def test_every_option_is_for_some_verb_and_every_verb_has_a_playbook() -> None:
    assert {verb for option in OPTIONS.values() for verb in option.verbs} <= set(VERBS)
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert set(VERBS) == playbooks


def test_what_is_not_said_has_its_default_and_that_is_no_mistake() -> None:
    asked = values({})
    assert asked == {name: option.default for name, option in OPTIONS.items()}
    assert list(mistakes(asked)) == []


@pytest.mark.parametrize("said", ["true", "True", "yes", "1", 1, True])
def test_a_flag_is_true_however_it_is_said(said: object) -> None:
    assert values({"break_lock": said})["break_lock"] is True


@pytest.mark.parametrize("said", ["false", "no", "0", 0, False])
def test_a_flag_is_false_however_it_is_said(said: object) -> None:
    assert values({"break_lock": said})["break_lock"] is False


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ({"canary_percent": "10", "canary_seconds": "1", "watch_seconds": 0}, []),
        ({"canary_percent": "ten"}, ["canary_percent: 'ten' is not a whole number from 0 to 99."]),
        (
            {"watch_seconds": "-1", "canary_percent": "101"},
            ["canary_percent: '101' is not a whole number from 0 to 99.", "watch_seconds: '-1' is not a whole number from 0 to 3600."],
        ),
        ({"count": "all"}, ["count: 'all' is not a whole number from 1 to 100000."]),
        ({"break_lock": "maybe"}, ["break_lock: 'maybe' is neither true nor false; such as -e break_lock=true."]),
        ({"anyway": ""}, ["anyway: '' is neither true nor false; such as -e anyway=true."]),
    ],
    ids=str,
)
def test_a_value_of_another_kind_is_refused(said: dict[str, object], sentences: list[str]) -> None:
    assert list(mistakes(values(said))) == sentences


@pytest.mark.parametrize(
    ("verb", "name", "like"),
    [
        ("deploy", "canary_precent", "canary_percent"),
        ("deploy", "canary-percent", "canary_percent"),
        ("deploy", "canary", "canary_percent"),
        ("deploy", "watch", "watch_seconds"),
        ("deploy", "ap", "app"),
        ("deploy", "App", "app"),
        ("rollback", "relase", "release"),
        ("rollback", "current_secret", "current_secrets"),
        ("remove", "confrim", "confirm"),
        ("patch", "balancer", "balancers"),
        ("maintenance", "breaklock", "break_lock"),
        ("status", "fromat", "format"),
    ],
)
def test_an_option_that_is_misspelt_is_refused_with_the_right_name(verb: str, name: str, like: str) -> None:
    assert wrong(verb, [name, "app"]) == {name: like}


def test_a_variable_of_the_inventory_is_no_option_however_it_is_called() -> None:
    assert wrong("maintenance", ["stage", "ap"]) == {"stage": "state", "ap": "app"}
    assert wrong("maintenance", ["stage", "ap"], frozenset(["stage"])) == {"ap": "app"}


@pytest.mark.parametrize("verb", VERBS)
def test_what_operators_say_of_their_own_is_let_through(verb: str) -> None:
    names = [
        "--app",
        "_raw_params",
        "message",
        "tricky",
        "apps",
        "ansible_user",
        "lab_dir",
        "fleet_source_root",
        "ledger_command",
        "shop_ref",
        "x",
        "environment",
    ]
    assert wrong(verb, names) == {}


def test_an_option_of_another_verb_is_told_of_unless_the_inventory_has_one_of_its_own() -> None:
    names = ["canary_percent", "app", "message", "count"]
    assert list(unused("rollback", names, frozenset(["count"]).__contains__)) == [
        f"canary_percent is no option of rollback, and is passed over; there is {', '.join(of_verb('rollback'))}."
    ]


def test_the_manual_has_each_option_with_the_verbs_that_take_it() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8").split("\n## Options of a run\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*`) \| ([a-z, ]+) \|", text, re.MULTILINE)
    stated = {name: verbs.split(", ") for said, verbs in rows for name in re.findall(r"`(\w+)=", said)}
    assert {name: sorted(verbs) for name, verbs in stated.items()} == {name: sorted(option.verbs) for name, option in OPTIONS.items()}
