"""Problems that last: hosts tell at different moments, and while one changes, no two of them fit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample

SECONDS = 60  # twice what two hosts can be apart in what is known of them: each tells, and each is asked, every 15 seconds


class Lasting:
    """Tells sentences that were true each time for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what tells seconds."""
        self.clock = clock
        self._since: dict[tuple[str, str], float] = {}

    def told(self, problems: Iterable[str], warnings: Iterable[str] = ()) -> Iterator[Sample]:
        """Tell those of now that last."""
        now = self.clock()
        found = [*(("problem", text) for text in problems), *(("warning", text) for text in warnings)]
        self._since = {one: self._since.get(one, now) for one in found}
        for (kind, text), since in self._since.items():
            if now - since >= SECONDS:
                yield sample(catalogue.PROBLEM, 1, kind=kind, text=text)
