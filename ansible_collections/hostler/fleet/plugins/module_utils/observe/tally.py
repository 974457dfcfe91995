"""Count requests, and how long they took, by app, slot and host; and tell it in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.observe.line import Place, Request

# Milliseconds; HAProxy counts whole ones, and cuts: what it calls 5 took less than 6
BOUNDS = (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)
MOST = 20_000  # kinds of requests that are told apart, however many lines somebody makes up
FAILED = "5xx"
UPGRADED = b"101"  # such a one lasts as long as the visitor stays
HELP = {
    "hostler_request_duration_seconds": (
        "histogram",
        "From the first byte of a request to the last of its answer, at the balancer; of those that were sent to a web host.",
    ),
    "hostler_requests_total": ("counter", "Requests by the class of their status; none for those whose visitor left before an answer."),
    "hostler_request_lines_total": ("counter", "Lines that HAProxy wrote."),
    "hostler_request_lines_unread_total": ("counter", "Lines that could not be read: cut, or not of HAProxy."),
    "hostler_request_lines_unwritten_total": ("counter", "Lines that the journal did not take."),
    "hostler_request_lines_dropped_total": ("counter", "Lines for which the kernel had no room."),
}


class Tally:
    """What was counted since this program started."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines = self.unread = 0
        self._requests: Counter[tuple[Place, str]] = Counter()
        self._times: dict[Place, list[int]] = {}  # in each bucket, then the sum of all

    def count(self, request: Request) -> None:
        """Count a request; one more kind than there may be is counted as unread."""
        place, status = request.place, request.status
        kind = (place, f"{status[:1].decode()}xx" if len(status) == 3 else "none")
        if len(self._requests) >= MOST and kind not in self._requests:
            self.unread += 1
            return
        self._requests[kind] += 1
        if place.host and status != UPGRADED:
            times = self._times.get(place)
            if times is None:
                times = self._times[place] = [0] * (len(BOUNDS) + 2)
            times[bisect_left(BOUNDS, request.milliseconds)] += 1
            times[-1] += request.milliseconds

    def text(self, unwritten: int = 0, dropped: int = 0) -> str:
        """Return all that was counted; `unwritten` and `dropped` are those of the journal and of the kernel."""
        single = {"": self.lines, "_unread": self.unread, "_unwritten": unwritten, "_dropped": dropped}
        groups = {
            "hostler_request_duration_seconds": self._durations(),
            "hostler_requests_total": self._codes(),
            **{f"hostler_request_lines{name}_total": iter([f"hostler_request_lines{name}_total {n}"]) for name, n in single.items()},
        }
        parts = [[f"# HELP {name} {HELP[name][1]}", f"# TYPE {name} {HELP[name][0]}", *lines] for name, lines in groups.items()]
        return "".join(f"{line}\n" for lines in parts for line in lines)

    def _codes(self) -> Iterator[str]:
        # A copy: another thread goes on counting
        counts = self._requests.copy()
        # Failures begin with 0: what Prometheus sees first of a count, it takes for what was there before
        for (place, code), count in sorted((dict.fromkeys(((place, FAILED) for place, _ in counts), 0) | counts).items()):
            yield f'hostler_requests_total{{{_labels(place)},code="{code}"}} {count}'

    def _durations(self) -> Iterator[str]:
        name = "hostler_request_duration_seconds"
        for place, times in sorted(self._times.copy().items()):
            *counts, milliseconds = times
            labels, total = _labels(place), 0
            for bound, count in zip((*(f"{bound / 1000:g}" for bound in BOUNDS), "+Inf"), counts, strict=True):
                total += count
                yield f'{name}_bucket{{{labels},le="{bound}"}} {total}'
            yield f"{name}_sum{{{labels}}} {milliseconds / 1000}"
            yield f"{name}_count{{{labels}}} {total}"


def _labels(place: Place) -> str:
    """Return labels; names have nothing in them that would need an escape."""
    return f'app="{place.app}",slot="{place.slot}",host="{place.host}"'
