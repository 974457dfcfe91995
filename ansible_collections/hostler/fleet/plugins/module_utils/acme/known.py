"""What a balancer knows of its domains' certificates, a file each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.acme import place
from ansible_collections.hostler.fleet.plugins.module_utils.named import write
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal
from ansible_collections.hostler.fleet.plugins.module_utils.shown import named


def _file(domain: str) -> Path:
    return place.STATES / f"{named(domain)}.json"


def read(domain: str) -> Renewal:
    """Return what is known of a domain; a file that a hand has spoilt says nothing."""
    try:
        return Renewal.of(json.loads(_file(domain).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Renewal()


def read_all() -> dict[str, Renewal]:
    """Return what is known of each domain that was ever asked for, and not forgotten, by what its files are called."""
    return {path.stem: read(path.stem) for path in place.STATES.glob("*.json")}


def keep(domain: str, known: Renewal) -> None:
    """Keep what is known of a domain, in one step."""
    part = _file(domain).with_suffix(".part")
    write(part, json.dumps(known.json(), indent=1, sort_keys=True) + "\n")
    part.replace(_file(domain))


def forget_others(domains: Iterable[str]) -> None:
    """Take away what is kept of domains that are none of these."""
    files = {_file(domain) for domain in domains}
    for path in place.STATES.glob("*.json"):
        if path not in files:
            path.unlink()
            (place.STATES / f"{path.stem}-cert.pem").unlink(missing_ok=True)


def again(domains: Iterable[str]) -> None:
    """Have what has failed be tried at once, however often that was."""
    for domain in domains:
        if (known := read(domain)).failed:
            keep(domain, replace(known, tried=0))
