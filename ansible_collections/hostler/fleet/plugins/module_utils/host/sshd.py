"""Settings of sshd that lock nobody out: what lets no new connection in is taken back, by the host itself if need be."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File, note
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.host.trial import Trial
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json

MAIN = Path("/etc/ssh/sshd_config")
PART = Path("/etc/ssh/sshd_config.d/00-hostler.conf")
FORMER = PART.with_name(f"{PART.name}.former")  # what the host goes back to; sshd reads names that end in .conf alone
INCLUDED = re.compile(r"^\s*Include\s.*/etc/ssh/sshd_config\.d/\*\.conf", re.MULTILINE | re.IGNORECASE)
RUNTIME = Path("/run/sshd")
PROC = Path("/proc")
BACK_SECONDS = 60  # to come in again; a host that is slow to answer needs most of them
# Where it runs by a socket, each new connection is a new process that reads its settings
RELOAD = ("systemctl", "try-reload-or-restart", "ssh.service")


def file(text: str) -> File:
    """Return the file; to be no more where its text is empty."""
    return File(PART, text, ("sshd", "-t", "-f", "%s"), absent=not text)


def ours() -> str:
    """Return the settings of ours that sshd has; empty for none."""
    return File(PART).before()


def login() -> str:
    """Return the user who came in, also where that became root."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def reached() -> Json:
    """Return `came_from`, the address from which who runs this has come in, empty where not by sshd, and the `ports` that sshd has."""
    came_from, ours = _connection()
    RUNTIME.mkdir(mode=0o755, exist_ok=True)
    said = run("sshd", "-T").stdout if shutil.which("sshd") else ""
    # One that says nothing, for its settings are wrong, runs on as it was
    ports = {int(line.rpartition(":")[2]) for line in said.splitlines() if line.startswith("listenaddress ")}
    return {"came_from": came_from, "ports": sorted(ports | ({ours} if ours else set()) or {22})}


def _connection() -> tuple[str, int]:
    """Return the address of who has come in, and our port. sudo hides it, so what began this is asked. Source: ssh(1)."""
    pid = os.getpid()
    # Nobody began this any more where one of them has ended
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while pid > 1:
            own = (PROC / f"{pid}/environ").read_bytes().decode(errors="replace").split("\0")
            if said := [value.removeprefix("SSH_CONNECTION=").split() for value in own if value.startswith("SSH_CONNECTION=")]:
                return said[0][0].partition("%")[0], int(said[0][3])
            pid = int((PROC / f"{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    return "", 0


def refusal(user: str) -> str:
    """Return what is to be said against taking keys alone from `user`, or an empty string."""
    if not INCLUDED.search(MAIN.read_text(encoding="utf-8", errors="replace")):
        return (
            f"hardening_ssh: {MAIN} reads nothing of {PART.parent}, so nothing of ours would hold; "
            f"have it begin with 'Include {PART.parent}/*.conf', or say 'hardening_ssh: false'."
        )
    said = _said(user)
    # Who has keys checked by a program, or by a signature, has them elsewhere
    if any(said.get(option, "none") != "none" for option in ("authorizedkeyscommand", "trustedusercakeys")):
        return ""
    places = list(_places(user, said.get("authorizedkeysfile", "")))
    if said.get("pubkeyauthentication") == "yes" and any(map(_has_key, places)):
        return ""
    return (
        f"hardening_ssh: {user} has no key on this host that sshd would take, and could not log in once it takes keys alone; "
        f"give it one ('ssh-copy-id {user}@<host>' writes {places[0] if places else 'its authorized_keys'}), or say 'hardening_ssh: false'."
    )


def trial() -> Trial:
    """Return how our settings are tried; an empty former file is none."""
    back = f"if [ -s {FORMER} ]; then mv {FORMER} {PART}; elif [ -e {FORMER} ]; then rm -f {PART} {FORMER}; fi; {' '.join(RELOAD)}"
    return Trial("sshd", back, BACK_SECONDS)


def begin(due: File) -> None:
    """Put the settings in place, for `BACK_SECONDS` if nobody says `keep`; Failed if sshd does not accept them or they do not hold."""
    RUNTIME.mkdir(mode=0o755, exist_ok=True)
    due.check()
    FORMER.write_bytes(PART.read_bytes() if PART.exists() else b"")

    def put() -> None:
        due.put()
        must("sshd", "-t")
        if not due.absent and (held := _said("root")).get("passwordauthentication") != "no":
            raise Failed(f"{PART} says that no password is taken, and sshd still has {held.get('passwordauthentication')!r}; see {MAIN}")
        must(*RELOAD)

    trial().begin(put)


def keep() -> None:
    """Keep the settings: who says so has come in by them."""
    trial().keep()
    FORMER.unlink(missing_ok=True)
    note([File(PART, ours(), absent=not PART.exists())])


def take_back() -> None:
    """Put back what was there before."""
    trial().take_back()


def _said(user: str) -> dict[str, str]:
    """Return what sshd would do for a user. Source: sshd(8), -T."""
    RUNTIME.mkdir(mode=0o755, exist_ok=True)
    lines = must("sshd", "-T", "-C", f"user={user},host=localhost,addr=127.0.0.1").splitlines()
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}


def _places(user: str, words: str) -> Iterator[Path]:
    """Yield the files that a user's keys may be in. Source: sshd_config(5), TOKENS."""
    home = pwd.getpwnam(user).pw_dir
    for word in words.split():
        yield Path(home, word.replace("%h", home).replace("%u", user).replace("%%", "%"))


def _has_key(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)
