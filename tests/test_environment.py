"""The environment file: what systemd reads from it is what the inventory says, or the inventory is refused."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from tests.shared.variables import NAMES, VALUES

REFUSED = ["\0", *map(chr, [0xD800, 0xDFFF, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF])]


def as_systemd_reads(text: str) -> dict[str, str]:
    """Return what a file of double-quoted values says. Source: ``parse_env_file_internal`` in systemd's src/basic/env-file.c."""
    found: dict[str, str] = {}
    chars = iter(text)
    for char in chars:
        if char in "#;":
            while next(chars) != "\n":
                pass
            continue
        name = char
        while (char := next(chars)) != "=":
            name += char
        assert next(chars) == '"'
        value = ""
        while (char := next(chars)) != '"':
            if char == "\\":
                char = next(chars)
                if char == "\n":  # a line that goes on
                    continue
                value += char if char in '"\\`$' else "\\" + char
            else:
                value += char
        assert next(chars) == "\n"
        found[name] = value
    return found


@given(st.dictionaries(NAMES, VALUES))
def test_every_value_comes_back_unchanged(env: dict[str, str]) -> None:
    assert as_systemd_reads(environment.render(env)) == {**environment.DEFAULTS, **env}


@pytest.mark.parametrize("char", [*map(chr, [*range(1, 0x20), 0x7F, 0x85, 0xFFFD])], ids=ascii)
def test_a_control_character_comes_back_unchanged(char: str) -> None:
    assert as_systemd_reads(environment.render({"KEY": f"a{char}b"}))["KEY"] == f"a{char}b"


@given(st.dictionaries(NAMES, VALUES), st.randoms(use_true_random=False))
def test_the_order_of_the_inventory_does_not_matter(env: dict[str, str], random: Any) -> None:
    names = list(env)
    random.shuffle(names)
    assert environment.render({name: env[name] for name in names}) == environment.render(env)


def test_an_app_is_in_production_unless_told_otherwise() -> None:
    assert as_systemd_reads(environment.render({})) == {"ENV": "production", "FLASK_ENV": "production"}
    assert as_systemd_reads(environment.render({"ENV": "staging"})) == {"ENV": "staging", "FLASK_ENV": "production"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "A\n", "\u00c4", "a.b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of an environment variable"):
        environment.render({name: "x"})


@pytest.mark.parametrize("name", ["RELEASE", "SLOT"])
def test_a_name_that_hostler_sets_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is set by Hostler"):
        environment.render({name: "x"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GUNICORN_CMD_ARGS", "would overrule the release's settings; use the app's keys, such as 'processes', 'threads' and 'timeout'."),
        ("WEB_CONCURRENCY", "would be the number of workers; use 'processes'."),
        ("PORT", "is each slot's own; use 'ports', or take another name for what the app itself reads."),
        ("FORWARDED_ALLOW_IPS", "is of no use, for the balancers' addresses are believed and no others; leave it out."),
        ("LISTEN_FDS", "is systemd's own; leave it out."),
    ],
)
def test_a_name_that_gunicorn_heeds_is_refused_with_the_key_to_use(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{name} {said}')}$"):
        environment.render({name: "4"})


@pytest.mark.parametrize("value", [1, 1.5, True, None, ["x"], {"x": "y"}])
def test_a_value_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=f"^PIN is not a string but of the type {type(value).__name__}; quote it"):
        environment.render({"PIN": value})


@pytest.mark.parametrize("char", REFUSED, ids=ascii)
def test_a_character_that_systemd_drops_is_refused(char: str) -> None:
    with pytest.raises(ValueError, match=f"^KEY has the character U\\+{ord(char):04X}"):
        environment.render({"KEY": f"a{char}b"})


@pytest.mark.parametrize("char", ["x", "\u20ac"])
def test_a_value_is_as_long_as_the_kernel_allows_and_no_longer(char: str) -> None:
    room = (128 * 1024 - 1 - len("KEY=")) // len(char.encode())
    environment.render({"KEY": char * room})
    with pytest.raises(ValueError, match="^KEY is longer than 131071 bytes"):
        environment.render({"KEY": char * (room + 1)})


@pytest.mark.parametrize("value", ["hunter2\0", "hunter2\ud800", "hunter2" * 20_000, ["hunter2"]])
@pytest.mark.parametrize("name", ["KEY", "SLOT", "no name"])
def test_a_refusal_does_not_show_the_value(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name) as refusal:
        environment.render({name: value})
    assert "hunter2" not in str(refusal.value)


def test_a_refusal_names_everything_that_is_wrong() -> None:
    env: dict[str, Any] = {"A": 1, "B": "\0", "SLOT": "x"}
    with pytest.raises(ValueError, match="^A is .*\nB has .*\nSLOT is "):
        environment.render(env)
