"""What cannot fit on a web host is refused before anything is sent, and what may not is told."""

from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import App, Build
from ansible_collections.hostler.fleet.plugins.module_utils.plan.room import MB, held, limit
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.planned import Fleet
from tests.shared.samples import app

PLATFORM = "p"  # of the packages of a planned fleet


def built(release: str = "new", bundle: int = 10, packages: int = 100) -> Build:
    """Return what was built, with so many MB unpacked; a tenth of that is sent."""
    sizes = {"/cache/bundle": [bundle * MB // 10, bundle * MB], "/cache/packages": [packages * MB // 10, packages * MB]}
    return Build.of({**Fleet().built(release).json(), "sizes": sizes})


def host(srv: int = 10_000, sent: int | None = None, memory: int = 4_000, available: int = 2_000, **parts: Any) -> dict[str, Any]:
    """Return what a web host says, with so many MB; `sent` is a disk of its own where it is given."""
    disks = {
        "srv": {"path": "/srv", "device": 1, "free": srv * MB},
        "sent": {"path": "/home/ops", "device": 1 if sent is None else 2, "free": (srv if sent is None else sent) * MB},
    }
    return {
        "platform": PLATFORM,
        "room": {"memory": {"total": memory * MB, "available": available * MB}, **disks},
        "apps": {"hello": Parts(**parts).json()} if parts else {},
    }


def said(one: dict[str, Any], *apps: App, build: Build | None = None) -> tuple[list[str], list[str]]:
    """Return what is refused and what is told where ``hello``, or these apps, come to one web host."""
    given = list(apps) or [app()]
    return held(given, {one.name: build or built() for one in given}, {"web1": one})


def test_what_fits_is_not_spoken_of() -> None:
    assert said(host()) == ([], [])


class TestDisk:
    """What comes to a disk, against what is free there."""

    def test_what_is_sent_counts_with_what_is_unpacked_where_both_are_on_one_disk(self) -> None:
        [wrong], told = said(host(srv=120))
        assert wrong.startswith("web1: /srv has 120 MB free, and what is new needs 121 MB there (hello 110 MB and archives); make room")
        assert "keep_releases" in wrong
        assert told == []
        assert said(host(srv=121))[0] == []

    def test_what_is_sent_has_a_disk_of_its_own_where_that_is_so(self) -> None:
        assert said(host(srv=110, sent=11))[0] == []
        [wrong] = said(host(srv=1_000, sent=10))[0]
        assert wrong.startswith("web1: /home/ops has 10 MB free, and the archives of hello need 11 MB there until they are unpacked")
        assert "ansible_remote_tmp" in wrong

    def test_several_apps_need_room_for_all_and_for_the_archives_of_one_at_a_time(self) -> None:
        two = [app(), app(name="shop", default=False, domains=["shop.example.org"], ports={"blue": 5011, "green": 5012})]
        assert said(host(srv=231), *two)[0] == []
        assert "needs 231 MB there (hello 110 MB, shop 110 MB and archives)" in said(host(srv=230), *two)[0][0]

    @pytest.mark.parametrize(
        ("parts", "free"),
        [
            ({"whole": ["new"], "venvs": ["l0c4-python3.13"]}, 0),
            ({"whole": ["old"], "venvs": ["l0c4-python3.13"]}, 11),
            ({"whole": ["old"], "venvs": ["other-python3.13"]}, 121),
        ],
        ids=["nothing", "bundle", "both"],
    )
    def test_only_what_a_host_lacks_is_counted(self, parts: dict[str, Any], free: int) -> None:
        assert said(host(srv=free, **parts))[0] == []
        assert free == 0 or len(said(host(srv=free - 1, **parts))[0]) == 1

    def test_where_older_releases_go_first_it_may_fit(self) -> None:
        wrong, [told] = said(host(srv=1, whole=["a", "b", "c"]), app(keep_releases=2))
        assert wrong == []
        assert told.startswith("web1: /srv has 1 MB free")

    def test_releases_that_are_kept_from_then_on_are_told_of_where_they_would_not_fit(self) -> None:
        """Packages are shared by releases; each has a bundle of its own."""
        needs = int(110 * 2.5) + 8 * 10
        assert said(host(srv=needs, whole=["a"]), app(keep_releases=10)) == ([], [])
        wrong, [told] = said(host(srv=needs - 1, whole=["a"]), app(keep_releases=10))
        assert wrong == []
        assert f"(hello 10), may come to {needs} MB. Lower 'keep_releases'" in told

    def test_a_run_that_brings_nothing_speaks_of_nothing(self) -> None:
        assert said(host(srv=0, available=1, whole=["new"], venvs=["l0c4-python3.13"])) == ([], [])


class TestMemory:
    """What an app's slots may take, against what a host has."""

    @pytest.mark.parametrize(
        ("memory", "size"), [("50%", 0), ("100%", 0), ("1024", 1024), ("64K", 65536), ("512M", 512 * MB), ("2G", 2048 * MB), ("1T", 2**40)]
    )
    def test_a_limit_is_read_as_systemd_does(self, memory: str, size: int) -> None:
        assert limit(memory) == size

    def test_more_for_a_slot_than_the_host_has_is_refused(self) -> None:
        [wrong], _ = said(host(memory=961), app(memory="2G"))
        assert wrong.startswith("web1: apps.hello.memory: 2G for a slot is more than there is, 961 MB, and so no limit; write '40%'")

    def test_a_machine_of_that_size_is_not_held_to_what_its_kernel_keeps(self) -> None:
        assert said(host(memory=961), app(memory="1G"))[0] == []

    def test_both_slots_of_all_apps_together_are_told_of_where_they_may_take_more(self) -> None:
        one, other = app(memory="256M"), app(name="shop", default=False, domains=["shop.example.org"], memory="192M")
        assert said(host(memory=961), one, other) == ([], [])
        wrong, [told] = said(host(memory=700), one, other)
        assert wrong == []
        assert "both slots of its apps may take 896 MB (hello twice 256 MB, shop twice 192 MB)" in told

    def test_a_share_of_the_host_s_memory_is_never_too_much(self) -> None:
        assert said(host(memory=256), app(memory="100%")) == ([], [])

    def test_a_host_with_nothing_left_is_told_of(self) -> None:
        wrong, [told] = said(host(available=60))
        assert wrong == []
        assert told.startswith("web1: there are 60 MB of memory left, too little to start hello beside what runs")

    def test_what_is_true_of_several_hosts_is_said_once(self) -> None:
        wrong, _ = held([app(memory="9G")], {"hello": built()}, {"web1": host(), "web2": host(), "web3": host(memory=1_000)})
        assert [text.partition(": apps.")[0] for text in wrong] == ["web1, web2", "web3"]
