"""Which of some words was meant by one that is none of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` that is most like `word`, whatever its case and its hyphens; empty where none is."""
    by_plain = {_plain(one): one for one in words}
    found = get_close_matches(_plain(word), by_plain, n=1, cutoff=0.75)
    return by_plain[found[0]] if found else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").strip()
