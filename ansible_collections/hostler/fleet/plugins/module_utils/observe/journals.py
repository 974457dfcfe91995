"""When the host last wrote to its journal.

The dates of its files do not say: journald marks one as complete minutes after the last line, and that is a change as well.
"""

from __future__ import annotations

import struct
from pathlib import Path

SIGNATURE = b"LPKSHHRH"
# Where the time of a file's last entry stands, in microseconds since 1970. Source: systemd.io/JOURNAL_FILE_FORMAT, tail_entry_realtime
TAIL = struct.Struct(f"<{len(SIGNATURE)}s184xQ")


def newest(folder: Path) -> float:
    """Return when the last line of the journal below a folder was written, in seconds since 1970; 0 where there is none.

    By the files that are written to: one that was put aside, as when the clock was set back, may end in the future. The folder of
    another namespace than the host's own has a dot in its name, and is not sent.
    """
    files = (file for file in folder.glob("*/*.journal") if "@" not in file.name and "." not in file.parent.name)
    return max((_last(file) for file in files), default=0) / 1_000_000


def _last(file: Path) -> int:
    try:
        with file.open("rb") as opened:
            head = opened.read(TAIL.size)
    except FileNotFoundError:  # it was put aside just now
        return 0
    if len(head) < TAIL.size:
        return 0
    signature, last = TAIL.unpack(head)
    return int(last) if signature == SIGNATURE else 0
