"""Hold the apps of an inventory against their manual: keys that there are, with values of the kind that each wants.

What Ansible's own check of types would turn into something else is refused here, or named by the key that the operator wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.hostler.fleet.plugins.module_utils import environment
from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

PRIVATE = {"env": 'MESSAGE: "Hello"', "secrets": 'DATABASE_URL: "{{ vault_database_url }}"'}  # values of these are shown nowhere
# What is a mapping, or true for one that says nothing
OR_TRUE = {"database"}
# What a key was called once, or is called elsewhere, where the spelling does not tell
CALLED = {
    "branch": "ref",
    "cron": "jobs",
    "db": "database",
    "environment": "env",
    "git": "repository",
    "healthcheck": "health",
    "hosts": "domains",
    "keep": "keep_releases",
    "migrate": "release_command",
    "path": "source",
    "postgres": "database",
    "postgresql": "database",
    "requirements": "lock",
    "url": "repository",
    "vars": "env",
}
TRUE_OR_FALSE = {"true", "false", "yes", "no", "on", "off", "1", "0"}
LONGEST = 60  # characters of a value that are shown


def problems(app: object, number: int, spec: Json) -> list[str]:
    """Return one sentence for each key or value of an app, the `number`-th, that its manual `spec` does not allow."""
    return list(_mapping(_place("apps", number, app), app, spec))


def _place(path: str, number: int, item: object) -> str:
    """Return how an item of a list is called: by its name, or by its number, from 1."""
    name = item.get("name") if isinstance(item, dict) else None
    return f"{path}.{_plain(name)}" if isinstance(name, str) and name else f"{path}.#{number}"


def _mapping(place: str, value: object, spec: Json) -> Iterator[str]:
    """Yield what is wrong with a mapping whose keys are those of ``spec["options"]``."""
    options: Json = spec["options"]
    if not isinstance(value, dict):
        such = ", ".join(f"{key}: ..." for key, option in options.items() if option.get("required")) or f"{next(iter(options))}: ..."
        yield f"{place}: {_is(value)}, and a mapping is wanted, such as '{such}'."
        return
    for key in value:
        if key not in options:
            yield f"{place}.{_plain(key)}: {_instead(str(key), list(options))}"
    for key, option in options.items():
        if key in value:
            yield from _value(f"{place}.{key}", key, value[key], option)
        elif option.get("required"):
            yield f"{place}.{key}: there is none, and one is needed."


def _plain(key: object) -> str:
    """Return a key or name as a part of a sentence, which is one line."""
    return str(key) if str(key).isprintable() else repr(key)


def _instead(key: str, keys: list[str]) -> str:
    """Return what to write in place of a key that there is not."""
    if (now := CALLED.get(key.lower(), "")) in keys:
        return f"there is no such key; it is called {now}."
    if like := meant(key, keys):
        return f"there is no such key; did you mean {like}?"
    return f"there is no such key; there is {', '.join(sorted(keys))}."


def _value(place: str, key: str, value: object, option: Json) -> Iterator[str]:
    """Yield what is wrong with the value of a key."""
    kind = option.get("type", "str")
    if key in PRIVATE:
        if not isinstance(value, dict):
            yield f"{place} is not a mapping; write a line for each name, such as '{PRIVATE[key]}'."
        else:
            yield from (f"{place}: {problem}" for problem in environment.problems(value))
    elif value is None:
        yield f"{place}: it has no value; give it one, or take the line out."
    elif kind == "dict" and key in OR_TRUE and not isinstance(value, dict):
        # Not shown: it may be where a database is, with a password
        if not isinstance(value, bool):
            such = f"'{key}: true', or with more to say '{key}: {{{next(iter(option['options']))}: ...}}'"
            yield f"{place}: it is neither true nor false nor a mapping; write {such}."
    elif kind == "dict":
        yield from _mapping(place, value, option)
    elif kind == "list":
        yield from _list(place, key, value, option)
    else:
        yield from _scalar(place, key, value, option, kind)


def _list(place: str, key: str, value: object, option: Json) -> Iterator[str]:
    if not isinstance(value, list):
        bare = option.get("elements") == "str" and isinstance(value, str)
        such = f"write '{key}: [{value}]'" if bare else f"begin each item with '- {_first(option)}'"
        more = " The number of Gunicorn's processes is 'processes'." if key == "workers" and isinstance(value, int) else ""
        yield f"{place}: {_is(value)}, and a list is wanted; {such}.{more}"
        return
    for number, item in enumerate(value, 1):
        if item is None:
            yield f"{place}.#{number}: it has no value; give it one, or take the line out."
        elif option.get("elements") == "dict":
            yield from _mapping(_place(place, number, item), item, option)
        else:
            yield from _scalar(f"{place}.#{number}", "", item, option, "str")


def _first(option: Json) -> str:
    return next((f"{key}: ..." for key in option.get("options", {})), "...")


def _scalar(place: str, key: str, value: object, option: Json, kind: str) -> Iterator[str]:
    """Yield what is wrong with a value that is neither a list nor a mapping."""
    default = _written(option.get("default", ""))
    such = f", such as '{key}: {default}'" if default else ""
    if isinstance(value, (dict, list)):
        yield f"{place}: {_is(value)}, and a single value is wanted{such}."
    elif kind == "int":
        # A template may make a string of a number
        if isinstance(value, bool) or not str(value).strip().removeprefix("-").isdecimal():
            yield f"{place}: {_shown(value)} is no whole number{such}."
    elif kind == "bool":
        if not (isinstance(value, bool) or str(value).lower() in TRUE_OR_FALSE):
            yield f"{place}: {_shown(value)} is neither true nor false."
    elif value is False and "off" in option.get("choices", []):  # as YAML has it without quotes
        return
    elif not isinstance(value, str):  # 1.10 is 1.1 by now, and 2025-01-31 a date
        yield f"{place}: {_shown(value)} is no string to YAML; quote what you wrote."
    elif (choices := option.get("choices")) and value not in choices:
        like = meant(value, choices)
        yield f"{place}: {_shown(value)} is none of {', '.join(choices)}{f'; did you mean {like}?' if like else '.'}"


def _written(value: object) -> str:
    """Return a value as YAML has it, but without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is(value: object) -> str:
    """Return what a value is that should have been something else."""
    if value is None:
        return "it has no value"
    if isinstance(value, dict):
        return "it is a mapping"
    if isinstance(value, list):
        return "it is a list"
    return f"it is {_shown(value)}"


def _shown(value: object) -> str:
    text = repr(str(value)) if isinstance(value, str) else _written(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
