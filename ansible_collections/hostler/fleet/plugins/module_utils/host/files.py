"""Configuration files of a host, put in place only once their own program has accepted them."""

from __future__ import annotations

import grp
import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import COMMANDS, Pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed, must, run
from ansible_collections.hostler.fleet.plugins.module_utils.host.verify import complaints, complaints_of_part
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

# A private key in PEM, of which a diff shows that it is another one
KEY = re.compile(r"(?<=-----BEGIN )((?:\w+ )?PRIVATE KEY-----).*?(?=-----END )", re.DOTALL)


@dataclass(frozen=True)
class File:
    """A file's `path` and `text`; `validate`, a command in which ``%s`` stands for a file with that text, or `part_of`, a unit of the
    distribution's to which it is added, or `unit`, whether it is a unit itself. With none of them, any text is good.
    `initial`, whether any text is good that the host has. `absent`, whether it is to be no more. `apply`, a command by which it takes
    effect, once all files are in place. `group`, the one group that may read it beside root; empty where everybody may. `hidden`, whether a
    diff shows nothing of it but that it is another one.
    """

    path: Path
    text: str = ""
    validate: tuple[str, ...] = ()
    part_of: str = ""
    unit: bool = False
    initial: bool = False
    absent: bool = False
    apply: tuple[str, ...] = ()
    group: str = ""
    hidden: bool = False

    @property
    def mode(self) -> int:
        """Its mode."""
        return 0o640 if self.group else 0o644

    def before(self) -> str:
        """Return the text that the host has; empty where there is no such file."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def differs(self) -> bool:
        """Tell whether the host has another text, or not root's to write and for who is to read it, or one that is to be no more."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return not self.absent
        if self.absent:
            return True
        if self.initial:
            return False
        if self.group and found.st_gid != grp.getgrnam(self.group).gr_gid:
            return True
        return self.before() != self.text or (found.st_mode & 0o7777, found.st_uid) != (self.mode, os.geteuid())

    def diff(self) -> dict[str, str]:
        """Return what ``--diff`` shows of putting it in place."""
        texts = {"before": self.before(), "after": "" if self.absent else self.text}
        shown = {when: _named(text) if self.hidden and text else KEY.sub(_named_key, text) for when, text in texts.items()}
        return {**shown, "before_header": str(self.path), "after_header": str(self.path)}

    def check(self) -> None:
        """Have the file's program read it; Failed has what that says. A program that is not there yet, as in check mode, says nothing."""
        if self.absent:
            return
        said = complaints_of_part(self.part_of, self.path.name, self.text) if self.part_of else ""
        if said := said or (complaints(self.path.name, self.text) if self.unit else ""):
            raise Failed(f"systemd does not accept {self.path}:\n{said}")
        if self.validate and shutil.which(self.validate[0]):
            part = self._written()
            try:
                done = run(*(word.replace("%s", str(part)) for word in self.validate))
            finally:
                part.unlink(missing_ok=True)
            if done.returncode:
                raise Failed(f"{self.validate[0]} does not accept {self.path}:\n{done.stdout.strip()[-3000:]}")

    def put(self) -> None:
        """Put it in place, in one step, for root to write and all to read, or its group alone; or take it away."""
        if self.absent:
            self.path.unlink(missing_ok=True)
        else:
            self._written().replace(self.path)

    def _written(self) -> Path:
        for folder in [one for one in reversed(self.path.parents) if not one.exists()]:
            folder.mkdir()
            folder.chmod(0o755)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        part.touch(mode=0o600)
        write(part, self.text)
        if self.group:
            shutil.chown(part, group=self.group)
        part.chmod(self.mode)
        return part


def _named(text: str) -> str:
    """Return what stands in a diff for a text that is secret: by which it can be told from another one, and not be found."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:12]}\n"


def _named_key(key: re.Match[str]) -> str:
    return f"{key[1]} {_named(key[0]).strip()} "


def others(folders: Iterable[Path], known: set[Path]) -> list[File]:
    """Return what lies in folders and is not known, to be no more; where it has to come back, for its group alone to read."""
    found = sorted(path for folder in folders if folder.is_dir() for path in folder.iterdir() if path not in known)
    return [File(path, absent=True, group=path.group()) for path in found]


def unapplied(files: Iterable[File]) -> list[File]:
    """Return those that are as they should be, and whose command did not end since they became so, as in a run that was killed."""
    waiting = Pending(COMMANDS).read()
    return [file for file in files if str(file.path) in waiting and not file.differs()]


def put_all(files: list[File], role: str = "") -> None:
    """Put files in place in their order, and have them take effect; or leave all as they were where a program does not accept that.

    Where a `role` has handlers that bring them in, they are pending until these have; and those with a command, until that has ended.
    """
    former: list[File] = []
    noted: list[tuple[Pending, set[str]]] = []
    marks = [(Pending(COMMANDS), [file.path for file in files if file.apply])]
    marks += [(Pending(role), [file.path for file in files])] if role else []
    # One command does for all files that name it
    commands = list(dict.fromkeys(file.apply for file in files if file.apply))
    begun = 0
    try:
        for mark, paths in marks:
            noted.append((mark, mark.add(paths)))
        for file in files:
            file.check()
            former.append(replace(file, text=file.before(), absent=not file.path.exists()))
            file.put()
        for command in commands:
            begun += 1
            must(*command)
    except (Failed, OSError):
        for file in reversed(former):
            file.put()
        for command in commands[:begun]:
            run(*command)
        # What was pending before still is
        for mark, new in noted:
            mark.remove(new)
        raise
    # Of those without a command too: one may have had it when it was noted
    Pending(COMMANDS).remove(file.path for file in files)
    note(files)


def note(files: Iterable[File]) -> None:
    """Note in the host's ledger files that are as they should be, so that it is seen when another hand changes one."""
    known = list(files)
    put = [(file.path, file.text) for file in known if not (file.absent or file.initial)]
    Ledger().note(put, [file.path for file in known if file.absent])
