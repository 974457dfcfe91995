"""Lets tests import the roles' own Python under the names that modules import it by, and gives them a balancer's parts."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import ansible.module_utils
import pytest
from hypothesis import HealthCheck, settings

from tests.haproxy import HAProxy
from tests.samples import ROOT

ansible.module_utils.__path__.extend(str(folder) for folder in sorted(ROOT.glob("roles/*/module_utils")))

# Time is not what is tested
settings.register_profile("hostler", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hostler")


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[HAProxy]:
    """Return a HAProxy that runs."""
    server = HAProxy(tmp_path)
    server.start()
    yield server
    if server.is_alive():
        server.end()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the lock and the history of modules lie in the test's own folder, which is returned."""
    from ansible.module_utils.hostler_balancer import history, lock

    for module, names in ((lock, ("holder", "take", "release", "held")), (history, ("append", "recent"))):
        for name in names:
            monkeypatch.setattr(module, name, partial(getattr(module, name), path=tmp_path / module.PATH.name))
    return tmp_path
