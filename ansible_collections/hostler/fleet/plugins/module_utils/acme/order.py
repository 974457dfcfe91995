"""A certificate, asked of an authority by uacme, and what it says where there is none. Source: uacme(1)."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.acme import place
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import Data
from ansible_collections.hostler.fleet.plugins.module_utils.named import write
from ansible_collections.hostler.fleet.plugins.module_utils.shown import named

ANSWER_SECONDS = 10  # for an authority to say anything; uacme itself would wait for minutes
SECONDS = 300  # for one order; an authority may take its time
RUNS = 3
UNKNOWN = "no account associated"
ISSUED, NOT_DUE = 0, 1  # as uacme ends
# uacme asks it of each way to show who has a domain. By HTTP, HAProxy answers; in DNS, a program of the operator's may
HOOK = """#!/bin/sh
case $2 in
    http-01) exit 0 ;;
    dns-01) exec {dns_hook} "$@" ;;
esac
exit 1
"""


class NoAnswer(Failed):
    """The authority cannot be reached; it makes no difference for which domain."""


@dataclass(frozen=True)
class Settings(Data):
    """What the role balancer says: the authority's `directory`, a URL; an `email` for its account and a `dns_hook`, empty for none; the
    balancer's own `name`; and the `domains`.
    """

    directory: str
    email: str
    dns_hook: str
    name: str
    domains: list[str]


@dataclass(frozen=True)
class Issued:
    """A certificate with its issuers and a key of its own, as PEM, and from when until when it is valid, in seconds since 1970."""

    text: str
    begins: int
    ends: int


def order(settings: Settings, domain: str, only_if_due: bool) -> Issued | None:
    """Return a certificate; nothing where the authority has the present one last longer.

    Failed, with what the authority or uacme says, where there is none; NoAnswer where no domain would get one.
    """
    _reach(settings.directory)
    stem = place.STATES / named(domain)
    key, request, found = (Path(f"{stem}{end}") for end in (".key", ".csr", "-cert.pem"))
    if not only_if_due:
        found.unlink(missing_ok=True)
    must("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key))
    must("openssl", "req", "-new", "-key", str(key), "-subj", "/", "-addext", f"subjectAltName=DNS:{domain}", "-out", str(request))
    try:
        if not _issued(settings, request):
            return None
        return Issued(found.read_text(encoding="utf-8") + key.read_text(encoding="utf-8"), *_span(found))
    finally:
        for path in (key, request, *stem.parent.glob(f"{stem.name}-cert-*.pem")):
            path.unlink(missing_ok=True)


def _reach(directory: str) -> None:
    """See that the authority answers, whatever that is; NoAnswer where nobody does, as where a firewall drops what is sent there."""
    try:
        with urllib.request.urlopen(directory, timeout=ANSWER_SECONDS):
            return
    except urllib.error.HTTPError:
        return
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"{directory} does not answer: {getattr(error, 'reason', error) or type(error).__name__}") from error


def _issued(settings: Settings, request: Path) -> bool:
    """Have uacme ask, with an account that is made for the first; tell whether there is a certificate."""
    hook = place.STATES / "hook"
    write(hook, HOOK.format(dns_hook=settings.dns_hook or "false"))
    hook.chmod(0o700)
    words = ("uacme", "--confdir", str(place.ACCOUNT), "--acme-url", settings.directory)
    issue = (*words, "--hook", str(hook), "--days", "1", "issue", str(request))
    code, said = _said(*issue)
    if code not in (ISSUED, NOT_DUE) and UNKNOWN in said:
        eab = ("--eab", place.EAB.read_text(encoding="utf-8").strip()) if place.EAB.exists() else ()
        _, why = _said(*words, *eab, "--yes", "new", *([settings.email] if settings.email else []))
        # Whatever came of that: it is one account, and another balancer may make it at this very moment
        code, said = _said(*issue)
        said = why if UNKNOWN in said else said
    if code not in (ISSUED, NOT_DUE):
        raise (NoAnswer if "failed to fetch directory" in said else Failed)(reason(said))
    return code == ISSUED


def _said(*command: str) -> tuple[int, str]:
    """Run uacme; return how it ended, and what it wrote. Its words may be secret: an error has none of them.

    It is run anew where an authority takes its numbers for used ones more often than uacme itself tries again.
    """
    try:
        runs = (run(*command, timeout=SECONDS) for _ in range(RUNS))
        done = next(filter(lambda done: "error:badNonce" not in done.stdout, runs), None) or run(*command, timeout=SECONDS)
    except Failed:
        # Another domain would wait as long
        raise NoAnswer(f"the authority was not done within {SECONDS} s") from None
    return done.returncode, done.stdout


def _span(file: Path) -> tuple[int, int]:
    said = must("openssl", "x509", "-in", str(file), "-noout", "-startdate", "-enddate")
    dates = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    try:
        return ssl.cert_time_to_seconds(dates["notBefore"]), ssl.cert_time_to_seconds(dates["notAfter"])
    except (KeyError, ValueError) as error:
        raise Failed(f"what came has no dates that can be read: {said.strip()[-300:]}") from error


def reason(said: str) -> str:
    """Return why there is no certificate, from what uacme wrote: the authority's own words, or the first of uacme's."""
    details = re.findall(r'"detail": "((?:[^"\\]|\\.)*)"', said)
    lines = [line.removeprefix("uacme: ") for line in said.splitlines() if line.startswith("uacme: ") and "autoaccepted" not in line]
    found = details[:1] or lines or said.strip().splitlines() or ["uacme said nothing"]
    return re.sub(r"\\(.)", r"\1", found[0]).strip()[:500]
