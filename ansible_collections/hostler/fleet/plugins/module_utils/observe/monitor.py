"""What the host that watches tells: what is wrong with the fleet, by what all hosts have told."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from ansible_collections.hostler.fleet.plugins.module_utils.observe import judged, place
from ansible_collections.hostler.fleet.plugins.module_utils.observe.judged import Series, Watched
from ansible_collections.hostler.fleet.plugins.module_utils.observe.lasting import Lasting
from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample

SECONDS = 5  # that Prometheus is waited for


class Monitor:
    """The host that watches, and what it remembers from one time to the next."""

    def __init__(self, watched: Watched, address: str = place.PROMETHEUS) -> None:
        """Take what it watches, and where Prometheus answers, a URL."""
        self.watched, self.address = watched, address
        self._lasting = Lasting()

    def parts(self) -> dict[str, Callable[[], Iterator[Sample]]]:
        """Return what tells each part."""
        return {"problems": self.of_problems}

    def of_problems(self) -> Iterator[Sample]:
        """Tell what is wrong between hosts, as status.yml would."""
        problems, warnings = judged.judged(self._asked(judged.QUESTION), self.watched, time.time())
        yield from self._lasting.told(problems, warnings)

    def _asked(self, question: str) -> list[Series]:
        """Return the series of now that a question is for. Source: prometheus.io/docs/prometheus/latest/querying/api"""
        body = urlencode({"query": question}).encode()
        with urllib.request.urlopen(f"{self.address}/api/v1/query", body, timeout=SECONDS) as answer:
            found = json.load(answer)["data"]["result"]
        return [Series(one["metric"], float(one["value"][1])) for one in found]
