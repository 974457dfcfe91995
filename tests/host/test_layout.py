"""Where an app's parts lie on a web host."""

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import layout
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App


def test_the_parts_of_an_app_lie_below_srv() -> None:
    app = App("hello")
    assert (app.home, app.release("1f0c"), app.slot("blue")) == (
        Path("/srv/hello"),
        Path("/srv/hello/releases/1f0c"),
        Path("/srv/hello/slots/blue"),
    )
    assert app.unit("blue") == "hello@blue.service"


class TestLink:
    """A link that is replaced in one step."""

    def test_it_is_made_and_replaced(self, tmp_path: Path) -> None:
        for target in ("../releases/one", "../releases/two"):
            layout.link(tmp_path / "blue", target)
            assert os.readlink(tmp_path / "blue") == target

    def test_there_is_no_moment_without_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise OSError("Interrupted")

        layout.link(tmp_path / "blue", "one")
        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="Interrupted"):
            layout.link(tmp_path / "blue", "two")
        assert os.readlink(tmp_path / "blue") == "one"

    def test_what_an_interrupted_run_left_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / f".blue.{os.getpid()}").symlink_to("half")
        layout.link(tmp_path / "blue", "one")
        assert [path.name for path in tmp_path.iterdir()] == ["blue"]
