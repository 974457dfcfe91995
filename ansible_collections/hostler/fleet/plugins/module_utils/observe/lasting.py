"""Problems that last: hosts tell at different moments, and while one changes, no two of them fit."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.hostler.fleet.plugins.module_utils.observe import catalogue
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, sample

COUNT = re.compile(r"(?<![\w.-])\d+(?![\w.-])")  # how much or how long: of tomorrow, or of a moment later, the sentence is the same one
SECONDS = 60  # twice what two hosts can be apart in what is known of them: each tells, and each is asked, every 15 seconds


class Lasting:
    """Tells sentences that were true each time for a minute, whatever the numbers in them; names have theirs within a word."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what tells seconds."""
        self.clock = clock
        self._since: dict[tuple[str, str], float] = {}

    def told(self, problems: Iterable[str], warnings: Iterable[str] = ()) -> Iterator[Sample]:
        """Tell those of now that last."""
        now = self.clock()
        found = [*(("problem", text) for text in problems), *(("warning", text) for text in warnings)]
        of = {(kind, text): (kind, COUNT.sub("", text)) for kind, text in found}
        self._since = {one: self._since.get(one, now) for one in of.values()}
        for (kind, text), one in of.items():
            if now - self._since[one] >= SECONDS:
                yield sample(catalogue.PROBLEM, 1, kind=kind, text=text)
