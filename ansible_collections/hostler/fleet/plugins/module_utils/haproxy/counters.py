"""Requests and failures of two backends held against each other, by HAProxy's own counters."""

from __future__ import annotations

from ansible_collections.hostler.fleet.plugins.module_utils.said import Count

FEWEST = 3  # failures; fewer say nothing, as an app may answer 500 now and then
SHARE = 0.01  # of the requests, beside twice the share that failed elsewhere or before


def since(now: Count, then: Count) -> Count:
    """Return what was counted in between; a reload in between began anew, so what it counted is all there is."""
    fresh = now["requests"] < then["requests"]
    return {key: now[key] if fresh else max(0, now[key] - then[key]) for key in ("requests", "failed")}


def plus(count: Count, more: Count) -> Count:
    """Return both together."""
    return {key: count[key] + more[key] for key in count}


def worse(count: Count, than: Count) -> bool:
    """Tell whether clearly more fail: three at least, and more than twice the other's share and 1 % of the requests."""
    share = than["failed"] / max(1, than["requests"])
    return count["failed"] >= FEWEST and count["failed"] / max(1, count["requests"]) > 2 * share + SHARE


def words(count: Count) -> str:
    """Return a count for people, such as '7 of 1200 requests failed'."""
    return f"{count['failed']} of {count['requests']} requests failed"
