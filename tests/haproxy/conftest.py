"""What tests of a balancer's modules begin with."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import canary, gate, lock
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import map as slots_map
from ansible_collections.hostler.fleet.plugins.modules import watch_slot
from tests.shared.fakes import HAProxy
from tests.shared.traffic import ENTRIES


@pytest.fixture
def balancer(haproxy: HAProxy, files: Path, monkeypatch: pytest.MonkeyPatch) -> HAProxy:
    """Return a HAProxy that has blue live, in memory and in the file, and whose lock the run `one` holds."""
    haproxy.entries = dict(ENTRIES)
    slots_map.write(haproxy.map, ENTRIES)
    lock.take({"id": "one", "who": "ann@desk", "what": "deploy", "since": "now"})
    for module in (gate, watch_slot, canary):
        monkeypatch.setattr(module, "PAUSE", 0)
    return haproxy
