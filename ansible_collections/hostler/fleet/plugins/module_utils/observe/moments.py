"""Moments as they are written elsewhere, in seconds since 1970."""

from __future__ import annotations

import calendar
import time


def seconds(stamp: str) -> int:
    """Return those of a moment such as 2026-11-22T16:57:02Z; ValueError for what is none."""
    return calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))
