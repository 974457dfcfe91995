"""What is told, for tests to look at."""

from collections.abc import Iterable

from ansible_collections.hostler.fleet.plugins.module_utils.observe.metrics import Sample, render


def told(samples: Iterable[Sample]) -> dict[str, float]:
    """Return the value of each line, by what stands before it."""
    lines = [line for line in render(samples).splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}
