"""What the environment decides, read once and checked at the start."""

from collections.abc import Mapping

Config = dict[str, str | int | bool | list[str] | None]


class ConfigError(ValueError):
    """A variable has a value that the app cannot work with; the text says which, and what is allowed."""


def read(environ: Mapping[str, str]) -> Config:
    """Return the app's Flask configuration: MESSAGE, SLOT, RELEASE (None if unset), DEBUG and PROXY_COUNT.

    With DATABASE_URL, that as well, DATABASE_POOL, and what cookies and forms are signed with: SECRET_KEY,
    SECRET_KEY_FALLBACKS and WTF_CSRF_SECRET_KEY.

    Raises ConfigError when a number is not a whole one of 0 or more, or a key is missing that is needed.
    """
    debug = environ.get("ENV", "development") == "development"
    return {
        "MESSAGE": environ.get("MESSAGE", "default"),
        "SLOT": environ.get("SLOT") or None,
        "RELEASE": environ.get("RELEASE") or None,
        "DEBUG": debug,
        "PROXY_COUNT": _whole_number("PROXY_COUNT", environ.get("PROXY_COUNT", "0")),
        "DATABASE_URL": environ.get("DATABASE_URL") or None,
        **(_of_guestbook(environ, debug) if environ.get("DATABASE_URL") else {}),
    }


def _of_guestbook(environ: Mapping[str, str], debug: bool) -> Config:
    keys = {name: environ.get(name, "") for name in ("SECRET_KEY", "WTF_CSRF_SECRET_KEY")}
    missing = [name for name, value in keys.items() if not value]
    if missing and not debug:
        raise ConfigError(
            f"{' and '.join(missing)} must be set where DATABASE_URL is, each to a long random text, the same "
            "for all processes: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return {
        # In development, the same after each reload
        **{name: value or f"only for development: {name}" for name, value in keys.items()},
        "SECRET_KEY_FALLBACKS": environ.get("SECRET_KEY_FALLBACKS", "").split(),
        "DATABASE_POOL": max(1, _whole_number("DATABASE_POOL", environ.get("DATABASE_POOL", "4"))),
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def _whole_number(name: str, value: str) -> int:
    # int() alone would also take "-1", "1_0" and digits of other scripts
    if not (value.isascii() and value.isdigit()):
        raise ConfigError(f"{name} is {value!r}, but must be a whole number, 0 or more: for example {name}=1")
    return int(value)
