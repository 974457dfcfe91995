"""What a host keeps of the fleet's data, by what pgBackRest says of it. Source: pgBackRest's command reference, info and verify."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.backup.kept import Backup
from ansible_collections.hostler.fleet.plugins.module_utils.host.postgres import as_user
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, run
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

STANZA = "main"
HERE, S3 = 1, 2  # the repositories, as pgBackRest numbers them: on this host, and in a bucket
SETTINGS = Path("/etc/pgbackrest/pgbackrest.conf")
PASSPHRASE = Path("/etc/pgbackrest/passphrase")  # on the host with the data too, so that one lost host is not both
GIVEN = re.compile(r"^repo1-cipher-pass=(\S+)$", re.MULTILINE)
BUCKET = re.compile(rf"^repo{S3}-type=s3$", re.MULTILINE)
# What a bucket answered, whole; what counts of it is its code
ANSWER = re.compile(r"\*\*\* Path/Query.*<Code>(\w+)</Code>.*")
# What pgBackRest calls a stanza that is good, that is not there, that has no backup, and that it cannot read, of which it knows no more
GOOD, MISSING, EMPTY, UNREADABLE = 0, 1, 2, 99
SECONDS = 6 * 3600.0  # for what reads or writes all of it


def command(*words: str, config: Path = SETTINGS) -> tuple[str, ...]:
    """Return a command of pgBackRest's, as its user runs it."""
    return as_user("pgbackrest", f"--config={config}", f"--stanza={STANZA}", *words)


def must(*words: str, config: Path = SETTINGS) -> str:
    """Run a command of pgBackRest's that has to succeed; return what it said. Failed has its errors alone."""
    done = run(*command(*words, config=config), timeout=SECONDS)
    if done.returncode:
        raise Failed(f"pgBackRest: {errors(done.stdout)}")
    return done.stdout


def errors(said: str) -> str:
    """Return what pgBackRest printed as errors, with what it gives as hints, without times; all that it said where there is none."""
    lines = [re.sub(r"^.*?P\d\d +", "", line).strip() for line in said.splitlines()]
    first = next((number for number, line in enumerate(lines) if line.startswith("ERROR")), None)
    told = lines if first is None else [line for line in lines[first:] if not line.startswith("INFO")]
    return " ".join(told)[-1500:]


def here() -> bool:
    """Tell whether this host has pgBackRest and settings of ours."""
    return bool(shutil.which("pgbackrest")) and SETTINGS.exists()


def has_bucket() -> bool:
    """Tell whether this host keeps backups in a bucket too."""
    return here() and bool(BUCKET.search(SETTINGS.read_text(encoding="utf-8")))


def known(repository: int = HERE) -> tuple[int, list[Backup]]:
    """Return the code of the stanza's status in a repository, 0 for good, and its backups, as ``stanza`` has them."""
    status, backups, _ = stanza(repository)
    return status, backups


def stanza(repository: int = HERE) -> tuple[int, list[Backup], str]:
    """Return the code of the stanza's status in a repository, 0 for good; its backups, the newest last; and of which version of PostgreSQL
    it is, such as ``17``, empty where there is none.

    Backups of a former version are none: the server that there is now cannot read them.
    """
    options = ("--log-level-console=off", "--log-level-stderr=error", f"--repo={repository}", "--output=json")
    said = run(*command(*options, "info"), timeout=60)
    try:
        stanzas: list[Json] = json.loads(said.stdout)
        if not stanzas:
            return MISSING, [], ""
        one = stanzas[0]
        latest, version = (one["db"][-1]["id"], str(one["db"][-1]["version"])) if one.get("db") else (None, "")
        found = [
            Backup(each["label"], each["type"], int(each["timestamp"]["stop"]), int(each["info"]["size"]), bool(each.get("error")))
            for each in one.get("backup", [])
            if each.get("database", {}).get("id", latest) == latest
        ]
        status, whys = int(one["status"]["code"]), [each["status"]["message"] for each in one.get("repo", []) if each["status"]["code"]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Failed(f"pgBackRest: {errors(said.stdout)}") from error
    if status == UNREADABLE:
        # It ends with 0 and tells no backup; there may be many
        why = ANSWER.sub(r"\1", " ".join(" ".join(whys).split())) or one["status"].get("message", status)
        raise Failed(f"pgBackRest: the repository cannot be read: {why}")
    return status, found, version


def damage(said: str) -> str:
    """Return what is wrong with a repository, in one line, by what ``verify --output=text`` printed; empty for nothing.

    It ends with 0 all the same. Source: pgBackRest 2.45 and 2.55.
    """
    lines = [" ".join(line.split()) for line in said.splitlines()]
    if all("status: error" not in line and "status: invalid" not in line for line in lines):
        return ""
    return ", ".join(line for line in lines if line and not line.startswith("stanza:") and line != "status: error") or "it says 'error'"


def verify(repository: int = HERE) -> str:
    """Have all files of a repository read and held against their checksums; return what is wrong, empty for nothing."""
    return damage(must("--log-level-console=off", f"--repo={repository}", "--output=text", "verify"))


def passphrase() -> str:
    """Return by what the repository is encrypted, as this host knows it; empty where it does not."""
    for path, pattern in ((SETTINGS, GIVEN), (PASSPHRASE, re.compile(r"(\S+)"))):
        if path.exists() and (found := pattern.search(path.read_text(encoding="utf-8"))):
            return found[1]
    return ""
