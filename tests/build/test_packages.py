"""Packages: the right wheels for a host that is not asked, or a sentence that says what is wrong with the lock."""

import base64
import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle, packages

HOST = packages.Target("3.13", "x86_64", "2.41")


class Index:
    """A folder of tiny wheels that stands in for the package index."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder."""
        self.folder = folder

    def add(self, name: str, version: str, tag: str = "py3-none-any") -> str:
        """Make a wheel; return the line that locks it."""
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}/__init__.py": b"",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
            f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n".encode(),
        }
        sums = {path: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() for path, data in files.items()}
        record = "".join(f"{path},sha256={digest},{len(files[path])}\n" for path, digest in sums.items())
        return self._write(f"{name}-{version}-{tag}.whl", {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()})

    def add_source(self, name: str, version: str) -> str:
        """Make a source distribution; return the line that locks it."""
        path = self.folder / f"{name}-{version}.tar.gz"
        metadata = self.folder / "PKG-INFO"
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        with tarfile.open(path, "w:gz") as tar:
            tar.add(metadata, f"{name}-{version}/PKG-INFO")
        return self._line(path)

    def _write(self, name: str, files: dict[str, bytes]) -> str:
        with zipfile.ZipFile(self.folder / name, "w") as wheel:
            for path, data in files.items():
                wheel.writestr(path, data)
        return self._line(self.folder / name)

    def _line(self, path: Path) -> str:
        name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"

    def lock(self, *lines: str) -> Path:
        """Write the lock."""
        path = self.folder / "requirements.txt"
        path.write_text("".join(lines))
        return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return an index that uv takes for the only one."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return Index(folder)


@pytest.mark.parametrize(
    ("glibc", "platform"),
    [
        ("2.17", "x86_64-manylinux_2_17"),
        ("2.31", "x86_64-manylinux_2_31"),
        ("2.36", "x86_64-manylinux_2_36"),
        ("2.41", "x86_64-manylinux_2_40"),
        ("2.45", "x86_64-manylinux_2_40"),
    ],
)
def test_the_platform_is_the_newest_that_the_host_can_run(glibc: str, platform: str) -> None:
    assert packages.Target("3.13", "x86_64", glibc).platform == platform


@pytest.mark.parametrize(("machine", "glibc"), [("x86_64", "2.10"), ("x86_64", ""), ("armv7l", "2.41")])
def test_a_host_for_which_nobody_makes_wheels_is_refused(machine: str, glibc: str) -> None:
    with pytest.raises(ValueError, match=f"no wheels are made for {machine} with glibc {glibc}; use x86_64 or aarch64"):
        _ = packages.Target("3.13", machine, glibc).platform


@pytest.mark.parametrize("minor", packages.GLIBC_MINORS)
def test_uv_knows_every_platform(minor: int, index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add("gunicorn", "27.0.1"))
    packages._install(lock, packages.Target("3.13", "aarch64", f"2.{minor}"), tmp_path / "target")


def test_the_archive_has_the_wheels_that_fit_the_host(index: Index, tmp_path: Path) -> None:
    lines = [index.add("gunicorn", "27.0.1"), index.add("fast", "1.0", "cp313-cp313-manylinux_2_28_x86_64")]
    packages.build(index.lock(*lines), HOST, tmp_path / "packages.tar.gz")
    with tarfile.open(tmp_path / "packages.tar.gz") as tar:
        names, dates = set(tar.getnames()), [member.mtime for member in tar]
    assert {"gunicorn/__init__.py", "fast/__init__.py", "bin/gunicorn", "bin/fast"} < names
    assert min(dates) >= bundle.FIRST_DATE
    assert not [name for name in names if "__pycache__" in name or name == ".lock"]


def test_the_same_lock_gives_the_same_archive(index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add("gunicorn", "27.0.1"))
    archives = [tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"]
    for archive in archives:
        packages.build(lock, HOST, archive)
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_a_lock_without_hashes_is_refused(index: Index, tmp_path: Path) -> None:
    index.add("gunicorn", "27.0.1")
    with pytest.raises(ValueError, match="(?s)cannot be installed for Python 3.13 on x86_64: .*hash.*gunicorn==27.0.1"):
        packages.build(index.lock("gunicorn==27.0.1\n"), HOST, tmp_path / "packages.tar.gz")


def test_a_package_without_a_wheel_is_refused(index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add("gunicorn", "27.0.1"), index.add_source("slow", "1.0"))
    with pytest.raises(ValueError, match="(?s)cannot be installed for Python 3.13 on x86_64: .*slow==1.0 has no usable wheels"):
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")


@pytest.mark.parametrize("tag", ["cp312-cp312-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_aarch64"])
def test_a_wheel_for_another_host_is_refused(tag: str, index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add("gunicorn", "27.0.1"), index.add("fast", "1.0", tag))
    with pytest.raises(ValueError, match="(?s)cannot be installed for Python 3.13 on x86_64: .*fast"):
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")


def test_a_wheel_that_is_not_the_locked_one_is_refused(index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add("gunicorn", "27.0.1"))
    index.add("gunicorn", "27.0.1", "py3-none-manylinux_2_28_x86_64")
    (index.folder / "gunicorn-27.0.1-py3-none-any.whl").unlink()
    with pytest.raises(ValueError, match="(?s)cannot be installed .*gunicorn"):
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")


@pytest.mark.parametrize("version", ["27.0.1", "27.1.0", "28.0", "100.0.0"])
def test_a_gunicorn_of_today_is_taken(version: str, tmp_path: Path) -> None:
    (tmp_path / f"gunicorn-{version}.dist-info").mkdir()
    packages._check_gunicorn(tmp_path)


@pytest.mark.parametrize(("name", "said"), [("gunicorn", "gunicorn 23.0.0"), ("gunicorn_like", "no gunicorn")])
def test_a_lock_without_a_gunicorn_of_today_is_refused(name: str, said: str, index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add(name, "23.0.0"))
    with pytest.raises(ValueError, match=f"it has {said}; add 'gunicorn>=27.0.1' to what it is made from"):
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")
