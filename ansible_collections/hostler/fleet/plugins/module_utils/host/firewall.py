"""A firewall that locks nobody out: rules that let no new connection in are taken back, by the host itself if need be.

They are one table of nftables, of our own; what lies beside it is left alone. The host has them on its disk only once somebody has come in
through them, so a reboot on the way is no lock-out either.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File, put_all, unapplied
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import SYSTEM
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import COMMANDS, Pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import must, run
from ansible_collections.hostler.fleet.plugins.module_utils.host.trial import Trial
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

RULES = Path("/etc/hostler/firewall.nft")
UNIT = SYSTEM / "hostler-firewall.service"
ENABLED = SYSTEM / "sysinit.target.wants" / UNIT.name
TRIED = Path("/run/hostler-firewall.nft")
TABLE = "table inet hostler"
LIST = ("nft", "--stateless", "list", *TABLE.split())
NONE = f"{TABLE}; delete {TABLE}"  # which it takes where there is none too
BACK_SECONDS = 25  # to come in again
KNOWN = TABLE + " { chain known { type filter hook prerouting priority filter; ct state established; }; }"
KNOWN_SECONDS = 3


def files(rules: str, unit: str) -> list[File]:
    """Return our files; to be no more where there are no rules."""
    return [
        File(RULES, rules, ("nft", "--check", "--file", "%s"), absent=not rules),
        File(UNIT, unit, unit=True, absent=not rules, apply=("systemctl", "daemon-reload")),
    ]


def found() -> Json:
    """Return the texts of our `rules` and of their `unit`, empty for none, and whether that `holds`, now and at the next boot."""
    rules = File(RULES).before()
    return {"rules": rules, "unit": File(UNIT).before(), "holds": _holds(rules)}


def differ(rules: str, unit: str) -> list[File]:
    """Return those of our files that the host has not so; and the rules, where they are what it has and do not hold."""
    due = [file for file in files(rules, unit) if file.differs()]
    return due or ([] if _holds(rules) else files(rules, unit)[:1])


def begin(rules: str, unit: str) -> None:
    """Have the kernel take the rules, for `BACK_SECONDS` if nobody says `keep`; Failed, with all as it was, if it does not accept them."""
    for file in files(rules, unit):
        file.check()
    if run(*LIST).returncode:
        _know_connections()
    tried = File(TRIED, rules)

    def load() -> None:
        tried.put()
        must("nft", "--file", str(TRIED))

    try:
        trial().begin(load)
    finally:
        TRIED.unlink(missing_ok=True)


def keep(rules: str, unit: str) -> None:
    """Keep the rules, from boot on: who says so has come in by them."""
    trial().keep()
    put_all(files(rules, unit))
    must("systemctl", "enable", "--now", "--quiet", UNIT.name)


def take_back() -> None:
    """Put back what was there before."""
    trial().take_back()


def remove() -> None:
    """Take our table off the host, and what loads it. Nobody is locked out by that."""
    if UNIT.exists():
        must("systemctl", "disable", "--now", "--quiet", UNIT.name)
    if shutil.which("nft"):
        must("nft", NONE)
    ours = files("", "")
    put_all([*(file for file in ours if file.differs()), *unapplied(ours)])


def trial() -> Trial:
    """Return how the rules are tried: on the disk are those before, if there were any."""
    return Trial("firewall", f"if [ -e {RULES} ]; then nft --file {RULES}; else nft '{NONE}'; fi", BACK_SECONDS)


def _holds(rules: str) -> bool:
    """Tell whether the kernel has these rules and no other, and will after a boot; with none, whether it has no table of ours."""
    # Whether systemd knows of the unit as it is
    if str(UNIT) in Pending(COMMANDS).read():
        return False
    if not shutil.which("nft"):
        return not rules
    kernel = run(*LIST)
    if not rules or kernel.returncode or not ENABLED.exists():
        return not rules and bool(kernel.returncode)
    # What nft makes of them, where nobody else is
    meant = run("unshare", "--net", "/bin/sh", "-c", f"nft --file {RULES} && {' '.join(LIST)}")
    return kernel.stdout == meant.stdout


def _know_connections() -> None:
    """Have the kernel note which connections are open, as it does once it is asked; what comes on others would be a stranger's."""
    must("nft", KNOWN)
    time.sleep(KNOWN_SECONDS)
