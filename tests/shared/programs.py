"""Programs of few words, for what runs a machine's own."""

import shlex
from collections.abc import Mapping
from pathlib import Path

END, NEXT = "\x1e", "\x1f"


class Programs:
    """Programs in a folder that is to be in PATH; each notes how it is called."""

    def __init__(self, folder: Path, name: str = "bin") -> None:
        """Make the folder of that name there."""
        self.folder, self.noted = folder / name, folder / "calls"
        self.folder.mkdir(parents=True)

    def add(self, name: str, answers: Mapping[str, str] | None = None, body: str = "") -> None:
        """Add a program: it runs `body`, in sh, then prints the answer to what it is called with, by how that begins."""
        cases = "".join(f"{shlex.quote(begin)}*) printf %s {shlex.quote(text)} ;;\n" for begin, text in (answers or {}).items())
        note = f"{{ printf '%s{NEXT}' {name} \"$@\"; printf '{END}'; }} >>{shlex.quote(str(self.noted))}"
        file = self.folder / name
        file.write_text(f'#!/bin/sh\n{note}\n{body}\ncase "$*" in\n{cases}esac\n', encoding="utf-8")
        file.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        """All calls so far, each as the program's name and its arguments."""
        text = self.noted.read_text(encoding="utf-8") if self.noted.exists() else ""
        return [call.split(NEXT)[:-1] for call in text.split(END)[:-1]]

    def verbs(self, *looks: str) -> list[str]:
        """Return how the calls begin, program and two words, without those that are `looks`."""
        return [verb for call in self.calls if (verb := " ".join(call[:3])) not in looks]
