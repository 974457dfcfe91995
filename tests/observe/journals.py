"""Files of a journal, as far as it is looked at when that was last written to."""

import struct
from pathlib import Path


def journal(file: Path, last: float) -> None:
    """Write the head of one whose last line was written then, in seconds since 1970."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"LPKSHHRH".ljust(192, b"\x01") + struct.pack("<Q", round(last * 1_000_000)) + bytes(72))
