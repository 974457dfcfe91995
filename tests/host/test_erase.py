"""``erase_secrets``: former ones go, and the standby that still holds them."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import secrets
from ansible_collections.hostler.fleet.plugins.modules import erase_secrets
from tests.shared.generations import NEW, OLD, ONE, TWO, give
from tests.shared.samples import run_module, write


class TestErase:
    """``erase_secrets``."""

    @pytest.fixture
    def stopped(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return the units that were stopped."""
        stopped: list[str] = []
        monkeypatch.setattr(erase_secrets, "must", lambda *command, **_: stopped.append(command[-1]))
        return stopped

    def erase(self, monkeypatch: pytest.MonkeyPatch, generation: str, check: bool = False) -> dict[str, Any]:
        return run_module(erase_secrets, monkeypatch, check, name="hello", slot="blue", generation=generation)

    def test_the_standby_is_stopped_and_only_what_is_live_stays(
        self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give(home, "a", OLD, ONE)
        give(home, "b", NEW, TWO)
        write(home, {"secrets/.half.part": "half"})
        (home / "slots/blue").symlink_to("../releases/a")
        (home / "slots/green").symlink_to("../releases/b")
        assert self.erase(monkeypatch, NEW, check=True)["changed"]
        assert stopped == []
        assert self.erase(monkeypatch, NEW)["changed"]
        assert stopped == ["hello@blue.service"]
        assert [path.name for path in (home / "secrets").iterdir()] == [NEW]
        assert [path.name for path in (home / "slots").iterdir()] == ["green"]
        assert secrets.erased(home / "releases/a")
        assert not secrets.erased(home / "releases/b")
        assert not self.erase(monkeypatch, NEW)["changed"]

    @pytest.mark.parametrize("had", ["same", "none"])
    def test_a_standby_without_former_secrets_stays_warm(
        self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch, had: str
    ) -> None:
        secrets.write(home, ONE, OLD)
        if had == "same":
            give(home, "a", NEW, TWO)
        (home / "slots/blue").symlink_to("../releases/a")
        assert self.erase(monkeypatch, NEW)["changed"]
        assert stopped == []
        assert (home / "slots/blue").is_symlink()
        assert not (home / "secrets" / OLD).exists()

    def test_an_app_without_secrets_any_more_keeps_none(self, home: Path, stopped: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        give(home, "a", OLD, ONE)
        (home / "slots/blue").symlink_to("../releases/a")
        self.erase(monkeypatch, "")
        assert list((home / "secrets").iterdir()) == []
        assert stopped == ["hello@blue.service"]
