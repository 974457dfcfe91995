"""What a host is asked, and what on it an app may not take."""

import contextlib
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import facts as host_facts
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import Pending
from ansible_collections.hostler.fleet.plugins.modules import host_facts as host_facts_module
from tests.shared.samples import run_module, write


@pytest.mark.parametrize(
    ("given", "address"), [("192.0.2.21", "192.0.2.21"), ("10.0.0.1", "10.0.0.1"), ("2001:DB8:0:0::21", "2001:db8::21")]
)
def test_an_address_is_taken_as_it_is(given: str, address: str) -> None:
    assert host_facts.own_address(given) == address


@pytest.mark.parametrize(("ipv4", "address"), [(True, "192.0.2.99"), (False, "2001:db8::99")])
def test_where_it_is_a_name_the_host_s_own_is_found(ipv4: bool, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Socket:
        def __init__(self, family: int, *_: object) -> None:
            self.family = family

        def __enter__(self) -> "Socket":
            return self

        def __exit__(self, *_: object) -> None: ...
        def connect(self, _: object) -> None:
            if self.family == socket.AF_INET and not ipv4:
                raise OSError(101, "Network is unreachable")

        def getsockname(self) -> tuple[str, int]:
            return "192.0.2.99" if self.family == socket.AF_INET else "2001:db8::99", 1

    monkeypatch.setattr("socket.socket", Socket)
    assert host_facts.own_address("web1.example.org") == address


def test_a_host_with_several_addresses_comes_to_others_by_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its routes say; nothing is sent."""
    ways = {"192.0.2.21": "192.0.2.11", "192.0.2.22": "192.0.2.11", "198.51.100.21": "198.51.100.11", "2001:db8::21": "2001:db8::11"}

    def reaching(family: int, other: str) -> str:
        assert family == (socket.AF_INET6 if ":" in other else socket.AF_INET)
        if other not in ways:
            raise OSError(101, "Network is unreachable")
        return ways[other]

    monkeypatch.setattr(host_facts, "_reaching", reaching)
    assert host_facts.sources([*ways, "203.0.113.1"]) == ["192.0.2.11", "198.51.100.11", "2001:db8::11"]
    assert host_facts.sources([]) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_kernel_without_ipv6_is_seen(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Socket(contextlib.nullcontext[None]):
        def __enter__(self) -> "Socket":  # type: ignore[override]
            return self

        def bind(self, at: tuple[str, int]) -> None:
            assert at == ("::", 0)
            if not there:
                raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr("socket.socket", lambda _: Socket())
    assert host_facts.has_ipv6() == there


def test_a_host_without_a_folder_that_an_app_is_to_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"os": "debian", "os_version": "13", "platform": {"python": "3.13"}}
    monkeypatch.setattr(host_facts_module, "facts", lambda *_: dict(told))
    monkeypatch.setattr(host_facts_module, "left", lambda _: [])
    paths = [str(write(tmp_path, {"there/x": ""}) / "there"), "/mnt/none"]
    common: dict[str, Any] = {"name": "web1", "address": "192.0.2.1", "apps": []}
    assert not run_module(host_facts_module, monkeypatch, **common, writable={"shop": paths[:1], "hello": []})["failed"]
    refused = run_module(host_facts_module, monkeypatch, **common, writable={"shop": paths})["msg"]
    assert refused.startswith("apps.shop.writable: this host has no folder /mnt/none; make or mount it here, and give it to the user shop")


def test_what_was_not_brought_in_is_told_by_who_was_to_do_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"os": "debian", "os_version": "13", "platform": {"python": "3.13"}}
    monkeypatch.setattr(host_facts_module, "facts", lambda *_: dict(told))
    monkeypatch.setattr(host_facts_module, "left", lambda _: [])
    Pending("observe").add(["/etc/hostler/facts.json"])
    found = run_module(host_facts_module, monkeypatch, name="web1", address="192.0.2.1", apps=[])
    assert found["ansible_facts"]["hostler"]["pending"] == {"observe": ["/etc/hostler/facts.json"]}


def test_a_name_that_belongs_to_a_user_of_the_system_is_taken() -> None:
    assert host_facts.owner_of("daemon").startswith("the user daemon with the home ")


def test_a_name_that_belongs_to_a_unit_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello@.service").touch()
    monkeypatch.setattr(host_facts, "UNIT_FOLDERS", (str(tmp_path),))
    assert host_facts.owner_of("hello") == f"the unit {tmp_path}/hello@.service"


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (("secrets/2026-a",), False),
        (("secrets/2026-a", "history.jsonl"), False),
        (("history.jsonl",), True),
        (("secrets/2026-a", "releases/x/app.py"), True),
        (("secrets/2026-a", "index.html"), True),
    ],
)
def test_secrets_that_were_brought_back_are_in_nobody_s_way(
    files: tuple[str, ...], taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is built anew has nothing else of the app; and what is anybody's is taken."""
    monkeypatch.setattr(host_facts, "SRV", tmp_path)
    write(tmp_path / "no-such-user", dict.fromkeys(files, ""))
    assert bool(host_facts.owner_of("no-such-user")) is taken


def test_a_folder_that_is_no_app_s_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_facts, "SRV", tmp_path)
    (tmp_path / "hello").mkdir()
    assert host_facts.owner_of("hello") == f"the folder {tmp_path}/hello"
    assert host_facts.owner_of("another") == ""


STATUS = """\
Package: libmagic1t64
Status: install ok installed
Provides: libmagic1 (= 1:5.46-5), magic
Version: 1:5.46-5

Package: haproxy
Status: install ok installed
Version: 2.6

Package: socat
Status: deinstall ok config-files

Package: half-done
Status: install ok half-configured
"""


def test_a_package_is_installed_where_dpkg_has_it_whole(tmp_path: Path) -> None:
    write(tmp_path, {"status": STATUS})
    assert host_facts.packages(tmp_path / "status") == ["haproxy", "libmagic1", "libmagic1t64", "magic"]


STARTED = (
    "multi-user.target.wants/haproxy.service",
    "x.wants/ssh.service",
    "timers.target.wants/own.timer",
    "timers.target.wants/apt.timer",
)


def test_a_service_that_runs_but_does_not_start_with_the_host_is_none_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "cron.service loaded active running Jobs\nhaproxy.service loaded active running HAProxy\nown.timer loaded active waiting Own\n"
    monkeypatch.setattr(host_facts, "must", lambda *_: said)
    monkeypatch.setattr(host_facts, "SYSTEM", write(tmp_path, {f"{name}": "" for name in STARTED}))
    assert host_facts.services() == ["haproxy.service", "own.timer"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an app with two releases for Python 3.13 and one for 3.11; blue runs the first."""
    monkeypatch.setattr(host_facts, "SRV", tmp_path)
    monkeypatch.setattr(host_facts, "SYSTEM", tmp_path / "system")
    home = tmp_path / "hello"
    for release, venv in (("a", "x-python3.13"), ("b", "x-python3.13"), ("c", "x-python3.11")):
        write(home, {f"releases/{release}/app/app.py": "", f"venvs/{venv}/bin/python": ""})
        (home / "releases" / release / "venv").symlink_to(f"../../venvs/{venv}")
    (home / "slots").mkdir()
    (home / "slots/blue").symlink_to("../releases/a")
    return home


class TestParts:
    """What a host has of an app."""

    def test_it_is_told(self, home: Path) -> None:
        assert host_facts.parts("hello", "3.13").json() == {
            "slots": {"blue": "a"},
            "whole": ["a", "b"],
            "venvs": ["x-python3.11", "x-python3.13"],
            "secrets": [],
            "generations": {},
            "units": {},
        }

    @pytest.mark.parametrize("files", [{}, {"app/app.py": ""}, {"venv/bin/python": ""}], ids=["empty", "an app", "a folder for the link"])
    def test_a_folder_that_is_none_of_ours_is_no_release_and_no_error(self, home: Path, files: dict[str, str]) -> None:
        """As where somebody has put something there, or a disk its ``lost+found``."""
        before = host_facts.parts("hello", "3.13")
        (home / "releases/lost+found").mkdir()
        write(home / "releases/lost+found", files)
        assert host_facts.parts("hello", "3.13") == before

    def test_a_file_among_the_releases_is_none(self, home: Path) -> None:
        before = host_facts.parts("hello", "3.13")
        write(home, {"releases/notes": "", "venvs/.x.part/y": "", "releases/.d.part/y": ""})
        assert host_facts.parts("hello", "3.13") == before

    def test_a_release_whose_secrets_were_erased_is_not_whole(self, home: Path) -> None:
        write(home, {"secrets/one": ""})
        for release, generation in (("a", "one"), ("b", "gone")):
            (home / "releases" / release / "secrets").symlink_to(f"../../secrets/{generation}")
        found = host_facts.parts("hello", "3.13")
        assert (found.whole, found.generations, found.secrets) == (["a"], {"a": "one", "b": "gone"}, ["one"])

    def test_a_release_whose_virtual_environment_is_gone_is_not_whole(self, home: Path) -> None:
        (home / "venvs/x-python3.13").rename(home / "venvs/y-python3.13")
        assert host_facts.parts("hello", "3.13").whole == []


class TestPackageLists:
    """Whether apt's lists are there and of today."""

    @pytest.fixture
    def lists(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return the folder of a list that is two days old, as all beside it."""
        lists = write(tmp_path / "lists", {"deb.example.org_Packages": "", "partial/.keep": ""})
        stamp = write(tmp_path, {"stamp": ""}) / "stamp"
        monkeypatch.setattr(host_facts, "LISTS", lists)
        monkeypatch.setattr(host_facts, "STAMP", stamp)
        for path in (*lists.iterdir(), lists, stamp):
            os.utime(path, (time.time() - 2 * host_facts.DAY,) * 2)
        return lists

    def test_old_ones_are_not(self, lists: Path) -> None:
        assert not host_facts.fresh_lists()

    @pytest.mark.parametrize("stamped", [True, False])
    def test_an_update_of_today_is_seen_though_it_found_the_list_unchanged(self, lists: Path, stamped: bool) -> None:
        if not stamped:
            host_facts.STAMP.unlink()
        os.utime(host_facts.STAMP if stamped else lists)
        assert host_facts.fresh_lists()

    def test_an_update_of_today_that_failed_is_none(self, lists: Path) -> None:
        """It has touched folders; where apt notes what succeeded, only that counts."""
        for path in (lists, lists / "partial"):
            os.utime(path)
        assert not host_facts.fresh_lists()

    def test_an_image_of_today_without_any_has_none(self, lists: Path) -> None:
        (lists / "deb.example.org_Packages").unlink()
        assert not host_facts.fresh_lists()
