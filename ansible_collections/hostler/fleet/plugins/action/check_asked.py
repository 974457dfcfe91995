"""Check what an operator says by ``-e``: options that the verb takes, with good values, and none that was misspelt."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.lookup.asked import said
from ansible_collections.hostler.fleet.plugins.module_utils.asked import misspelt, mistakes, unused
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused

FOLDERS = ("group_vars", "host_vars")  # where an inventory has variables, beside its own files
LONGEST = 1_000_000  # bytes of a file that is looked into


def texts(inventory: Path) -> Iterator[str]:
    """Yield the text of each file in which the inventory in this folder may have or use a variable."""
    files = [*inventory.glob("*"), *(path for folder in FOLDERS for path in (inventory / folder).rglob("*"))]
    for file in files:
        if file.is_file() and os.access(file, os.R_OK) and file.stat().st_size < LONGEST:
            yield file.read_text(encoding="utf-8", errors="replace")


class ActionModule(Decision):
    """``check_asked``: takes ``verb``; ``asked``, the values of all options; ``inventory``, its folder, empty where there is none."""

    def decide(self, args: Json) -> Json:
        """Refuse what is no good, and warn of what is passed over."""
        extra, verb, folder = said(self._loader), args["verb"], args["inventory"]

        def own(name: str) -> bool:
            word = re.compile(rf"\b{re.escape(name)}\b")
            others = (str(value) for key, value in extra.items() if key != name)
            return any(word.search(text) for text in (*others, *(texts(Path(folder)) if folder else ())))

        if found := [*mistakes(args["asked"]), *misspelt(verb, extra, own)]:
            raise Refused("\n".join(found))
        warnings = list(unused(verb, extra, own))
        return {"said": "", **({"warnings": warnings} if warnings else {})}
