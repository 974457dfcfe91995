"""What visitors write, as it is kept: text of any script, and nothing that is no text."""

import re
import unicodedata

# Marks that turn what stands after them around, for other people's lines too. Source: Unicode Standard Annex 9
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def line(written: str | None) -> str | None:
    """Return one line: composed as Unicode has it (NFC), without control characters, blanks at the ends and in rows."""
    return None if written is None else " ".join(_plain(written, keep="").split())


def lines(written: str | None) -> str | None:
    """Return lines, with one empty line between two at the most."""
    if written is None:
        return None
    text = _plain(re.sub(r"\r\n?", "\n", written), keep="\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(part.strip() for part in text.split("\n"))).strip()


def _plain(text: str, keep: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(TURNS)
    # Control characters become blanks; half of a character, as a broken client sends it, is none
    return "".join(char if char in keep or unicodedata.category(char) not in ("Cc", "Cs") else " " for char in composed)
