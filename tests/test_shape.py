"""Keys and values of the wrong kind, each named by app, key and value, with what was meant; nothing is turned into something else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json
from ansible_collections.hostler.fleet.plugins.module_utils.shape import CALLED, PRIVATE, problems
from tests.shared.samples import SPEC, complete

OPTIONS: Json = SPEC["options"]
JOB = {"name": "report", "command": "x", "schedule": "hourly"}
NO_VALUE = "it has no value; give it one, or take the line out."


def said(**change: object) -> list[str]:
    """Return what is wrong with an app that is good but for this."""
    return problems({"name": "hello", "source": "app", **change}, 1, SPEC)


def test_a_good_app_has_no_problems() -> None:
    more = {"jobs": [JOB], "workers": [{"name": "mail", "command": "x", "once": "no"}], "hooks": {"after": "true"}, "env": {"A": "1"}}
    assert said(**more, ports={"blue": 5011, "green": "5012"}, timeout="30", preload="False", sticky=True, domains=["a.example"]) == []


def test_what_yaml_takes_for_false_is_off_where_there_is_such_a_choice() -> None:
    """Not every reader of YAML does, nor does who quotes it."""
    assert [app.tls for value in (False, "off", "selfsigned") for app in complete([{"name": "hello", "source": "app", "tls": value}])] == [
        "off",
        "off",
        "selfsigned",
    ]
    assert said(tls=True) == ["apps.hello.tls: true is no string to YAML; quote what you wrote."]
    assert said(standby=False) == ["apps.hello.standby: false is no string to YAML; quote what you wrote."]


def test_every_default_of_the_manual_is_of_the_kind_that_the_manual_says() -> None:
    assert said(**{key: option["default"] for key, option in OPTIONS.items() if "default" in option}) == []


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("helth", "did you mean health?"),
        ("Health", "did you mean health?"),
        ("start-seconds", "did you mean start_seconds?"),
        ("domain", "did you mean domains?"),
        ("release_comand", "did you mean release_command?"),
        ("hosts", "it is called domains."),
        ("environment", "it is called env."),
        ("colour", f"there is {', '.join(sorted(OPTIONS))}."),
        (True, f"there is {', '.join(sorted(OPTIONS))}."),
    ],
)
def test_a_key_that_there_is_not_names_the_one_that_was_meant(key: object, instead: str) -> None:
    assert problems({"name": "hello", key: "hunter2"}, 1, SPEC) == [f"apps.hello.{key}: there is no such key; {instead}"]


def test_what_a_key_is_called_is_a_key() -> None:
    assert set(CALLED.values()) <= set(OPTIONS)
    assert set(CALLED) & set(OPTIONS) == set()


@given(st.sampled_from(sorted(OPTIONS)), st.data())
def test_a_key_with_one_letter_left_out_is_recognised(key: str, data: st.DataObject) -> None:
    """But for keys so short that this is another word."""
    at = data.draw(st.integers(0, len(key) - 1))
    wrong = key[:at] + key[at + 1 :]
    assert len(key) < 5 or wrong in OPTIONS or meant(wrong, OPTIONS) == key


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        # A string or number where a list is wanted
        ({"domains": "a.example"}, "domains: it is 'a.example', and a list is wanted; write 'domains: [a.example]'."),
        ({"static": {"a": "b"}}, "static: it is a mapping, and a list is wanted; begin each item with '- ...'."),
        ({"jobs": JOB}, "jobs: it is a mapping, and a list is wanted; begin each item with '- name: ...'."),
        ({"jobs": "flask x"}, "jobs: it is 'flask x', and a list is wanted; begin each item with '- name: ...'."),
        (
            {"workers": 4},
            "workers: it is 4, and a list is wanted; begin each item with '- name: ...'. The number of Gunicorn's processes is",
        ),
        # A list or another thing where a mapping is wanted
        ({"hooks": ["date"]}, "hooks: it is a list, and a mapping is wanted, such as 'before: ...'."),
        ({"ports": [5001, 5002]}, "ports: it is a list, and a mapping is wanted, such as 'blue: ..., green: ...'."),
        ({"ports": 5001}, "ports: it is 5001, and a mapping is wanted, such as 'blue: ..., green: ...'."),
        ({"jobs": ["x"]}, "jobs.#1: it is 'x', and a mapping is wanted, such as 'name: ..., command: ..., schedule: ...'."),
        # What YAML has made of a string
        *[
            ({"callable": value}, f"callable: {shown} is no string to YAML; quote what you wrote.")
            for value, shown in ((True, "true"), (1.10, "1.1"), (8, "8"), (date(2025, 1, 31), "2025-01-31"))
        ],
        ({"memory": 512}, "memory: 512 is no string to YAML; quote what you wrote."),
        ({"domains": ["a.example", 10.5]}, "domains.#2: 10.5 is no string to YAML; quote what you wrote."),
        ({"hooks": {"before": False}}, "hooks.before: false is no string to YAML; quote what you wrote."),
        ({"jobs": [{**JOB, "schedule": 750}]}, "jobs.report.schedule: 750 is no string to YAML; quote what you wrote."),
        # One value where another kind is wanted
        ({"health": ["/status"]}, "health: it is a list, and a single value is wanted, such as 'health: /status'."),
        ({"callable": {"app": "app"}}, "callable: it is a mapping, and a single value is wanted, such as 'callable: app:app'."),
        ({"timeout": "soon"}, "timeout: 'soon' is no whole number, such as 'timeout: 10'."),
        ({"timeout": 1.5}, "timeout: 1.5 is no whole number, such as 'timeout: 10'."),
        ({"timeout": True}, "timeout: true is no whole number, such as 'timeout: 10'."),
        ({"ports": {"blue": 5001, "green": "x"}}, "ports.green: 'x' is no whole number."),
        ({"preload": "maybe"}, "preload: 'maybe' is neither true nor false."),
        ({"sticky": 2}, "sticky: 2 is neither true nor false."),
        ({"workers": [{"name": "mail", "command": "x", "once": "all"}]}, "workers.mail.once: 'all' is neither true nor false."),
        ({"interface": "agsi"}, "interface: 'agsi' is none of wsgi, asgi; did you mean asgi?"),
        ({"balance": "fair"}, "balance: 'fair' is none of roundrobin, leastconn, random."),
        # Nothing
        *[({key: None}, f"{key}: {NO_VALUE}") for key in OPTIONS if key not in ("name", *PRIVATE)],
        ({"domains": ["a.example", None]}, f"domains.#2: {NO_VALUE}"),
        ({"jobs": [None]}, f"jobs.#1: {NO_VALUE}"),
        ({"hooks": {"after": None}}, f"hooks.after: {NO_VALUE}"),
        ({"ports": {"blue": 5001}}, "ports.green: there is none, and one is needed."),
        ({"jobs": [{"name": "report", "command": "x"}]}, "jobs.report.schedule: there is none, and one is needed."),
        ({"jobs": [JOB, {**JOB, "name": None}]}, f"jobs.#2.name: {NO_VALUE}"),
        # Keys further in
        ({"hooks": {"befor": "date"}}, "hooks.befor: there is no such key; did you mean before?"),
        ({"jobs": [{**JOB, "second": 5}]}, "jobs.report.second: there is no such key; did you mean seconds?"),
        ({"ports": {"blue": 5001, "green": 5002, "red": 5003}}, "ports.red: there is no such key; there is blue, green."),
        # The environment, whose values are shown nowhere
        ({"env": {"LIMIT": 80}}, 'env: LIMIT is not a string but of the type int; quote it, such as LIMIT: "1".'),
        (
            {"env": {True: "hunter2"}},
            "env: True is no name of an environment variable; use letters, digits and '_', no digit first, such as",
        ),
        *[
            ({key: value}, f"{key} is not a mapping; write a line for each name, such as '{such}'.")
            for key, such in PRIVATE.items()
            for value in ("KEY=hunter2", None, ["KEY"])
        ],
    ],
    ids=lambda value: ascii(value)[:60] if isinstance(value, dict) else "",
)
def test_a_value_of_the_wrong_kind_is_one_sentence(change: Json, sentence: str) -> None:
    [problem] = said(**change)
    assert problem.startswith(f"apps.hello.{sentence}")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("app", "sentence"),
    [
        (None, "apps.#3: it has no value, and a mapping is wanted, such as 'name: ...'."),
        ("hello", "apps.#3: it is 'hello', and a mapping is wanted, such as 'name: ...'."),
        (["hello"], "apps.#3: it is a list, and a mapping is wanted, such as 'name: ...'."),
        ({"source": "app"}, "apps.#3.name: there is none, and one is needed."),
        ({"name": 404}, "apps.#3.name: 404 is no string to YAML; quote what you wrote."),
        ({"name": None}, f"apps.#3.name: {NO_VALUE}"),
    ],
    ids=str,
)
def test_an_app_without_a_name_is_called_by_its_number(app: object, sentence: str) -> None:
    assert problems(app, 3, SPEC) == [sentence]


def test_a_long_value_is_cut() -> None:
    [problem] = said(timeout="x" * 1000)
    assert len(problem) < 150


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(sorted(OPTIONS)), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(OPTIONS)) | st.text(max_size=5), values, max_size=5))
def test_whatever_an_app_has_it_is_completed_or_refused_by_its_key(app: Json) -> None:
    """Ansible's own check of types is left nothing to say, and nothing to change the meaning of."""
    wrong = problems(app, 1, SPEC)
    if not wrong:
        assert complete([app])
    assert all(problem.startswith("apps.") and "\n" not in problem for problem in wrong)
