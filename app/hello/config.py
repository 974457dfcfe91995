"""What the environment decides, read once and checked at the start."""

from collections.abc import Mapping


class ConfigError(ValueError):
    """A variable has a value that the app cannot work with; the text says which, and what is allowed."""


def read(environ: Mapping[str, str]) -> dict[str, str | int | bool | None]:
    """Return the app's Flask configuration: MESSAGE, SLOT, RELEASE (None if unset), DEBUG and PROXY_COUNT.

    Raises ConfigError when PROXY_COUNT is not a whole number of 0 or more.
    """
    return {
        "MESSAGE": environ.get("MESSAGE", "default"),
        "SLOT": environ.get("SLOT") or None,
        "RELEASE": environ.get("RELEASE") or None,
        "DEBUG": environ.get("ENV", "development") == "development",
        "PROXY_COUNT": _whole_number("PROXY_COUNT", environ.get("PROXY_COUNT", "0")),
    }


def _whole_number(name: str, value: str) -> int:
    # int() alone would also take "-1", "1_0" and digits of other scripts
    if not (value.isascii() and value.isdigit()):
        raise ConfigError(f"{name} is {value!r}, but must be a whole number, 0 or more: for example {name}=1")
    return int(value)
