"""What tests of a balancer begin with: a HAProxy of few words, and its files in the test's own folder."""

import itertools
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import lock, place, record
from ansible_collections.hostler.fleet.plugins.module_utils.host import ledger as host_ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host import pending as host_pending
from tests.shared import postgres
from tests.shared.fakes import HAProxy
from tests.shared.postgres import Server

NUMBERS = itertools.count()  # of tests
# What a shell without job control begins in the background ignores these, and so does all that it begins: tests would wait for what they
# have told to end
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# Time is not what is tested
settings.register_profile("hostler", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hostler")


@pytest.fixture
def haproxy(files: Path) -> Iterator[HAProxy]:
    """Return a HAProxy that runs, where modules look for it."""
    server = HAProxy(files)
    server.start()
    yield server
    if server.is_alive():
        server.end()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have what modules know of a balancer lie in the test's own folder, which is returned: HAProxy's parts, the lock, the history."""
    for name in ("CONFIG", "MAP", "SOCKET", "CHECKED", "PEERS", "HEARD", "GONE"):
        monkeypatch.setattr(place, name, tmp_path / getattr(place, name).name)
    for module, names in ((lock, ("holder", "peek", "take", "release", "held")), (record, ("append", "recent"))):
        for name in names:
            monkeypatch.setattr(module, name, partial(getattr(module, name), path=tmp_path / module.PATH.name))
    return tmp_path


@pytest.fixture(autouse=True)
def ledger(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have what tests put on this machine be noted apart from what the machine has, and from the test's own folder; return the file."""
    path = tmp_path_factory.getbasetemp() / f"ledger-{next(NUMBERS)}/files.json"
    monkeypatch.setattr(host_ledger, "PATH", path)
    monkeypatch.setattr(host_pending, "FOLDER", path.with_name("pending"))
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return a PostgreSQL that runs, one for all tests."""
    postgres.needed()
    with postgres.running() as one:
        yield one


@pytest.fixture
def fresh(server: Server) -> Iterator[Server]:
    """Return the same; what a test makes in it is gone after it."""
    yield server
    server.clear()
