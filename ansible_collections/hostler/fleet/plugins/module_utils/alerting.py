"""What an operator says of how a fleet is watched: is it meant, and would an alert come through. Secrets are never told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.hostler.fleet.plugins.module_utils.meant import meant
from ansible_collections.hostler.fleet.plugins.module_utils.receivers import KINDS, SEVERITIES, has

RECEIVERS = "monitor_receivers"
KEYS = ("to", "url", "token", "chat", "key")
ADDRESS = re.compile(r"[^\s@\"']+@[^\s@\"']+")
URL = re.compile(r"https?://[^\s/\"']+(/[^\s\"']*)?")
SMARTHOST = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")
SMTP = "{host: 'smtp.example.org:587', from: alerts@example.org, user: alerts, password: \"{{ vault_smtp_password }}\"}"
# Whole numbers, the least and the most
BOUNDS = {"monitor_retention_days": (1, 3650), "monitor_retention_gigabytes": (1, 10_000)}


def of_receivers(given: object, smtp: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each receiver that nothing would reach, naming what is wrong and a line that is right."""
    if not isinstance(given, list):
        yield f"{RECEIVERS}: it is no list; such as [{KINDS['email'].line}]."
        return
    for number, one in enumerate(given, 1):
        place = f"{RECEIVERS}.#{number}"
        if not isinstance(one, dict) or one.get("kind") not in KINDS:
            named = repr(one.get("kind")) if isinstance(one, dict) else "what stands there"
            yield f"{place}.kind: {named} is none of {', '.join(KINDS)}; such as {KINDS['webhook'].line}."
            continue
        yield from _of_one(place, one)
        if one["kind"] == "email" and not smtp.get("host"):
            yield f"{place}: mail goes nowhere without a host that takes it; such as monitor_smtp: {SMTP}."


def _of_one(place: str, one: Mapping[str, object]) -> Iterator[str]:
    kind = KINDS[str(one["kind"])]
    for key in KEYS:
        if key in kind.needs and not has(one, key):
            yield f"{place}.{key}: {one['kind']} needs it; such as {kind.line}."
        elif key not in kind.needs + kind.may and has(one, key):
            yield f"{place}.{key}: {one['kind']} has no such key; such as {kind.line}."
    if has(one, "url") and not URL.fullmatch(str(one["url"])):
        # It is secret
        yield f"{place}.url: it is no URL that begins with https:// or http://; such as {kind.line}."
    if has(one, "to") and not ADDRESS.fullmatch(str(one["to"])):
        yield f"{place}.to: {one['to']!r} is no address; such as {kind.line}."
    if has(one, "chat") and not re.fullmatch("-?[0-9]+", str(one["chat"])):
        yield f"{place}.chat: {one['chat']!r} is no number of a chat; such as {kind.line}."
    severities = one.get("severities")
    if severities is not None and (not isinstance(severities, list) or not severities):
        yield f"{place}.severities: it is no list of {', '.join(SEVERITIES)}; such as [page]."
        return
    for severity in severities or ():
        if severity not in SEVERITIES:
            near = meant(str(severity), SEVERITIES)
            yield f"{place}.severities: {severity!r} is none of {', '.join(SEVERITIES)}{f'; did you mean {near}?' if near else '.'}"


def of_smtp(smtp: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each part of how mail is sent that could not be used."""
    if not any(smtp.values()):
        return
    if not SMARTHOST.fullmatch(str(smtp.get("host") or "")):
        yield f"monitor_smtp.host: {smtp.get('host')!r} is no host with its port; such as 'smtp.example.org:587'."
    if not ADDRESS.fullmatch(str(smtp.get("from") or "")):
        yield f"monitor_smtp.from: {smtp.get('from')!r} is no address; such as 'alerts@example.org'."
    if bool(smtp.get("user")) != bool(smtp.get("password")):
        yield f"monitor_smtp: user and password go together; such as {SMTP}."


def of_urls(urls: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each variable, by its name, that is neither empty nor a URL; it may be secret."""
    for name, given in urls.items():
        if given and not URL.fullmatch(str(given)):
            yield f"{name}: it is no URL that begins with https:// or http://; such as 'https://hc-ping.com/...', or '' for none."


def of_numbers(numbers: Mapping[str, object]) -> Iterator[str]:
    """Yield one sentence for each variable that is no whole number in its bounds."""
    for name, given in numbers.items():
        least, most = BOUNDS[name]
        if isinstance(given, bool) or not str(given).isdecimal() or not least <= int(str(given)) <= most:
            yield f"{name}: {given!r} is no whole number from {least} to {most}."


def of_objectives(available: object, slow_seconds: object, objectives: object, apps: Iterable[str]) -> Iterator[str]:
    """Yield one sentence for each thing that is said of what is good enough, and cannot be."""
    yield from _of_objective("monitor_available", available, "monitor_slow_seconds", slow_seconds)
    if not isinstance(objectives, dict):
        yield "monitor_objectives: it is no dictionary; such as {shop: {available: 99.5}}."
        return
    known = sorted(apps)
    for name, own in objectives.items():
        place = f"monitor_objectives.{name}"
        if name not in known:
            near = meant(str(name), known)
            yield f"{place}: there is no such app{f'; did you mean {near}?' if near else '; there are ' + ', '.join(known) + '.'}"
        elif not isinstance(own, dict) or not own or set(own) - {"available", "slow_seconds"}:
            yield f"{place}: it says 'available', 'slow_seconds' or both, and no more; such as {{available: 99.5}}."
        else:
            yield from _of_objective(
                f"{place}.available", own.get("available", available), f"{place}.slow_seconds", own.get("slow_seconds", slow_seconds)
            )


def _of_objective(name: str, available: object, slow: str, seconds: object) -> Iterator[str]:
    share, limit = _number(available), _number(seconds)
    if share is None or not 50 <= share <= 99.999:
        yield f"{name}: {available!r} is no percentage from 50 to 99.999; of 100, the first failed request is too much. Such as 99.9."
    if limit is None or not 0.01 <= limit <= 600:
        yield f"{slow}: {seconds!r} is no number of seconds from 0.01 to 600; such as 1."


def _number(given: object) -> float | None:
    try:
        return None if isinstance(given, bool) else float(str(given))
    except ValueError:
        return None
