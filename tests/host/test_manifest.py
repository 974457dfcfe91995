"""A later change of a release by hand is seen."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle
from ansible_collections.hostler.fleet.plugins.module_utils.digest import digest
from ansible_collections.hostler.fleet.plugins.module_utils.host import assets, manifest, units
from ansible_collections.hostler.fleet.plugins.module_utils.host import stage as host_stage
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import App
from tests.shared.rendered import MAIL, units_of
from tests.shared.samples import write

RELEASE = "aaaaaaaaaaaa"


def test_a_unit_that_was_changed_by_hand_is_a_part_of_the_release_that_was(tmp_path: Path) -> None:
    write(tmp_path, {"app/app.py": "", "environment": "", "gunicorn.conf.py": ""})
    units.lay_out(tmp_path, units_of(workers=(MAIL,)), "1f0c3a5e7b9d")
    manifest.write(tmp_path)
    assert manifest.changed(tmp_path) == []
    (tmp_path / "units/every/hello.mail.service").unlink()
    assert manifest.changed(tmp_path) == ["units"]


class TestFiles:
    """Files held against what they were."""

    @pytest.fixture
    def release(self, tmp_path: Path) -> Path:
        """Return a release's folder, laid out."""
        files = {"app/app.py": "app = 1\n", "app/hello/page.html": "hello\n", "environment": 'A="1"\n', "gunicorn.conf.py": "workers = 2\n"}
        manifest.write(write(tmp_path / "release", files))
        return tmp_path / "release"

    def test_what_nobody_touched_is_as_it_was(self, release: Path) -> None:
        write(release, {"app/__pycache__/app.cpython-313.pyc": "compiled", "app/hello/__pycache__/x.pyc": "compiled"})
        assert manifest.changed(release) == []

    def test_what_it_was_lent_by_another_release_is_no_change(self, release: Path) -> None:
        write(release, {"app/static/page.1.css": "one", assets.NOTE: '["static/page.1.css"]'})
        assert manifest.changed(release) == []

    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            ({"app/hello/page.html": "bye\n"}, ["app"]),
            ({"app/new.py": ""}, ["app"]),
            ({"environment": 'A="2"\n'}, ["environment"]),
            ({"gunicorn.conf.py": "", "app/app.py": ""}, ["app", "gunicorn.conf.py"]),
            ({"release.json": "{"}, ["release.json"]),
        ],
        ids=["edited", "added", "environment", "two parts", "the list itself"],
    )
    def test_a_change_is_told_by_its_part(self, release: Path, change: dict[str, str], parts: list[str]) -> None:
        write(release, change)
        assert manifest.changed(release) == parts

    def test_what_was_removed_is_told(self, release: Path) -> None:
        (release / "environment").unlink()
        (release / "app/app.py").unlink()
        assert manifest.changed(release) == ["app", "environment"]

    def test_a_release_is_laid_out_with_it(self, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(App, "home", tmp_path / "srv")
        for step in ("_hand_over", "check_import"):
            monkeypatch.setattr(host_stage, step, lambda *_: None)
        bundle.pack(release / "app", [Path("app.py"), Path("hello/page.html")], tmp_path / "bundle.tar.gz")
        params = {
            "release": RELEASE,
            "bundle": str(tmp_path / "bundle.tar.gz"),
            "env": "{}",
            "settings": "workers = 2\n",
            "generation": "",
            "units": {},
            "adds": {},
            "writable": [],
            "seconds": 1,
        }
        host_stage.make_release(App("hello"), params, tmp_path / "venv")
        laid_out = App("hello").release(RELEASE)
        assert (laid_out / "app/__pycache__").is_dir()
        assert manifest.changed(laid_out) == []
        assert (laid_out / manifest.NAME).stat().st_mode & 0o777 == 0o640
        assert manifest.digests(laid_out)["app"] == manifest.digests(release)["app"]

    def test_of_a_release_without_a_list_nothing_is_known(self, release: Path) -> None:
        (release / manifest.NAME).unlink()
        assert manifest.changed(release) is None

    def test_the_digest_is_the_one_that_the_id_is_made_of(self, release: Path) -> None:
        assert manifest.digests(release)["app"] == digest(release / "app", [Path("app.py"), Path("hello/page.html")])

    def test_no_value_of_the_environment_is_in_the_list(self, release: Path) -> None:
        write(release, {"environment": 'SECRET="swordfish"\n'})
        manifest.write(release)
        assert "swordfish" not in (release / manifest.NAME).read_text()
