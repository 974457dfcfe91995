"""The environment file of a release: every value reaches the app unchanged, or is refused.

Source of the rules: systemd.exec(5), EnvironmentFile=, and what systemd 252 and 257 were seen to carry: everything but the zero
character and Unicode's noncharacters, for which they refuse the whole file.
"""

from __future__ import annotations

import re
import secrets as chance
import time
from collections.abc import Iterator, Mapping
from typing import Any

HEADER = "# Managed by Hostler, role:deploy\n"
DEFAULTS = {"ENV": "production", "FLASK_ENV": "production"}
GENERATION = "SECRETS_GENERATION"
RESERVED = ("RELEASE", "SLOT", GENERATION)
# What Gunicorn or systemd would heed, over what a release says
INSTEAD = {
    "GUNICORN_CMD_ARGS": "would overrule the release's settings; use the app's keys, such as 'processes', 'threads' and 'timeout'",
    "WEB_CONCURRENCY": "would be the number of workers; use 'processes'",
    "PORT": "is each slot's own; use 'ports', or take another name for what the app itself reads",
    "FORWARDED_ALLOW_IPS": "is of no use, for the balancers' addresses are believed and no others; leave it out",
    **dict.fromkeys(("GUNICORN_FD", "GUNICORN_PID"), "is Gunicorn's own; leave it out"),
    **dict.fromkeys(("LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"), "is systemd's own; leave it out"),
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ESCAPED = re.compile(r'(["\\$`])')
LONGEST = 128 * 1024 - 1  # bytes of NAME=value: the kernel's MAX_ARG_STRLEN, less the closing zero


def _refused(char: str) -> bool:
    code = ord(char)
    surrogate = 0xD800 <= code <= 0xDFFF
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return code == 0 or surrogate or noncharacter


def problems(env: Mapping[Any, object]) -> Iterator[str]:
    """Yield one sentence for each name or value that systemd would not hand on unchanged. Values are never shown."""
    for name, value in env.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f"{name!r} is no name of an environment variable; use letters, digits and '_', no digit first, such as 'API_KEY'."
        elif name in RESERVED:
            yield f"{name} is set by Hostler; take another name."
        elif name in INSTEAD:
            yield f"{name} {INSTEAD[name]}."
        elif not isinstance(value, str):
            yield f'{name} is not a string but of the type {type(value).__name__}; quote it, such as {name}: "1".'
        elif bad := next(filter(_refused, value), None):
            yield f"{name} has the character U+{ord(bad):04X}, which systemd does not carry; encode the value, such as in Base64."
        elif len(name) + 1 + len(value.encode()) > LONGEST:
            yield f"{name} is longer than {LONGEST} bytes, name included; put it in a file of the app."


def render(env: Mapping[str, str]) -> str:
    """Return the text of the environment file, names sorted, ``DEFAULTS`` added where unset; raise ValueError for bad input."""
    if found := list(problems(env)):
        raise ValueError("\n".join(found))
    return HEADER + lines({**DEFAULTS, **env})


def lines(values: Mapping[str, str]) -> str:
    """Return a line for each of some good values, names sorted; a value may have line breaks of its own."""
    return "".join('{}="{}"\n'.format(name, ESCAPED.sub(r"\\\1", value)) for name, value in sorted(values.items()))


def new_generation() -> str:
    """Return a name that no generation has, such as 2026-11-22-165702-9f2c1a7b; it tells the time, in UTC, and a later one sorts last."""
    return time.strftime("%Y-%m-%d-%H%M%S", time.gmtime()) + "-" + chance.token_hex(4)


def new_value() -> str:
    """Return a value for a key that nobody chose: 64 letters, digits, ``-`` and ``_``, of 384 random bits."""
    return chance.token_urlsafe(48)
