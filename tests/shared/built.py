"""A release, built as the control node builds it, of an app that is good but for what a test says."""

from pathlib import Path
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.build import release
from ansible_collections.hostler.fleet.plugins.module_utils.generated import Chosen
from ansible_collections.hostler.fleet.plugins.module_utils.model import Build
from tests.shared.samples import app

PLATFORM = {"python": "3.13", "machine": "x86_64", "glibc": "2.41"}
ENV = {"MESSAGE": "Hello", "KEY": "secret"}


def build(
    cache: Path,
    env: dict[str, Any] = ENV,
    secrets: dict[str, Any] | None = None,
    generations: list[str] | None = None,
    settings: str = "workers = 2\n",
    units: dict[str, str] | None = None,
    platforms: list[dict[str, str]] | None = None,
    sends: bool = True,
    **changes: Any,
) -> Build:
    """Return what was built; `generations` are those that web hosts know the secrets as, `changes` are of the app."""
    given = (env, secrets or {}, Chosen(max(generations or [""])), settings, units or {}, platforms or [PLATFORM], cache)
    return release.build(app(**changes), *given, sends=sends)
