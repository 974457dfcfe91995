"""Packages: the right wheels for a host that is not asked, or a sentence that says what is wrong with the lock."""

import tarfile
from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build import bundle, locks, packages
from tests.shared.index import Index

HOST = packages.Target("3.13", "x86_64", "2.41")


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
    packages._install(locks.Ready(lock), lock, packages.Target("3.13", "aarch64", f"2.{minor}"), tmp_path / "target")


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
    with pytest.raises(
        ValueError, match="^'gunicorn==27.0.1' has no hash; lock it with 'uv pip compile --universal --python-version 3.13 "
    ):
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
    packages._check_gunicorn(tmp_path, "")


@pytest.mark.parametrize(("name", "said"), [("gunicorn", "gunicorn 23.0.0"), ("gunicorn_like", "no gunicorn")])
def test_a_lock_without_a_gunicorn_of_today_is_refused(name: str, said: str, index: Index, tmp_path: Path) -> None:
    lock = index.lock(index.add(name, "23.0.0"))
    with pytest.raises(ValueError, match=f"it has {said}; add 'gunicorn>=27.0.1' to what it is made from"):
        packages.build(lock, HOST, tmp_path / "packages.tar.gz")
