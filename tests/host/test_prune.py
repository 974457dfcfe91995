"""What of an app may go from a web host."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import prune
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.generations import NEW, OLD, ONE, TWO, give
from tests.shared.samples import write


def surplus(app: App, keep: int) -> list[str]:
    return [path.name for path in prune.surplus(app, keep)]


class TestSurplus:
    """Which releases and venvs may go."""

    @pytest.mark.parametrize(("keep", "gone"), [(5, []), (4, ["c"]), (3, ["c", "b", "v2"]), (2, ["c", "b", "d", "v2", "v3"])])
    def test_the_oldest_go_first_and_venvs_with_their_last_release(self, app: App, keep: int, gone: list[str]) -> None:
        found = surplus(app, keep)
        assert [*(name for name in found if len(name) == 1), *sorted(name for name in found if len(name) > 1)] == gone

    def test_what_is_in_a_slot_stays(self, app: App) -> None:
        assert not {"a", "e", "v1", "v4"} & set(surplus(app, 0))

    def test_what_is_about_to_be_used_stays(self, app: App) -> None:
        assert not {"c", "v1"} & {path.name for path in prune.surplus(app, 0, spared=["c"])}

    def test_what_killed_runs_left_half_done_is_found_and_nothing_else(self, app: App) -> None:
        parts = {app.home / "releases/.f.part", app.home / "venvs/.v5.part"}
        for part in parts:
            (part / "inner").mkdir(parents=True)
        assert set(prune.half_done(app)) == parts
        prune.remove(prune.half_done(app))
        assert prune.half_done(app) == []
        assert app.release("a").is_dir()

    def test_a_release_that_is_removed_only_in_part_is_none_any_more(self, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.rmtree", lambda _: None)  # as a run that is killed here
        prune.remove([app.release("c")])
        assert not app.release("c").exists()
        assert prune.half_done(app) == [app.home / "releases/.c.part"]

    def test_an_empty_slot_keeps_nothing(self, app: App) -> None:
        app.slot("blue").unlink()
        assert sorted(surplus(app, 1)) == ["b", "c", "d", "e", "v1", "v2", "v3"]

    def test_a_venv_without_a_release_goes(self, app: App) -> None:
        (app.home / "venvs" / "v0").mkdir()
        assert surplus(app, 5) == ["v0"]

    def test_what_is_being_made_stays(self, app: App) -> None:
        for part in ("releases/.f.part", "venvs/.v5.part"):
            (app.home / part).mkdir()
        assert surplus(app, 5) == []

    def test_srv_may_be_a_link_to_another_disk(self, app: App, tmp_path: Path) -> None:
        (tmp_path / "srv").rename(tmp_path / "disk")
        (tmp_path / "srv").symlink_to("disk")
        assert surplus(app, 5) == []

    def test_a_host_without_the_app_has_none(self, app: App) -> None:
        assert surplus(App("other"), 2) == []


class TestSecrets:
    """What of secrets goes with the releases."""

    def test_a_generation_that_no_release_uses_any_more_goes(self, home: Path) -> None:
        give(home, "a", OLD, ONE)
        give(home, "b", NEW, TWO)
        (home / "slots/blue").symlink_to("../releases/b")
        assert prune.surplus(App("hello"), 2) == []
        old = prune.surplus(App("hello"), 1)
        assert [path.name for path in old] == ["a", OLD]
        prune.remove(old)
        assert [path.name for path in (home / "secrets").iterdir()] == [NEW]

    def test_what_a_killed_run_left_goes(self, home: Path) -> None:
        write(home, {f"secrets/.{OLD}.part": "half"})
        prune.remove(prune.half_done(App("hello")))
        assert list((home / "secrets").iterdir()) == []
