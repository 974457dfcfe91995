"""What nobody could make anew: what is taken from each host, and how long it is kept."""

import base64
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.backup import keeping, repository, sealed
from ansible_collections.hostler.fleet.plugins.module_utils.host import keepsakes
from ansible_collections.hostler.fleet.plugins.modules import keep_keepsakes, keepsakes_info
from tests.shared.samples import run_module, write

SECRET = "s3cr=et#;+/x" * 2
DAY = 86400
HOST = {
    "srv/shop/secrets/2026-a": "KEY=old",
    "srv/shop/secrets/2026-b": "KEY=new",
    "srv/shop/secrets/.2026-c.part": "half",
    "srv/shop/releases/x/app.py": "made anew",
    "srv/shop/history.jsonl": "{}",
    "var/lib/hostler/history.jsonl": "{}",
    "var/lib/shop/photo": "the app's",
    "etc/haproxy/slots.map": "shop blue",
    "etc/haproxy/haproxy.cfg": "made anew",
    "etc/hostler/acme/private/key.pem": "account",
    "etc/ssl/hostler/authority.pem": "signs",
    "etc/ssl/hostler/host.pem": "made anew",
}


def inside(content: bytes) -> dict[str, str]:
    """Return the files of a tar."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert {member.mode for member in tar} <= {0o600}
        return {name: tar.extractfile(name).read().decode() for name in tar.getnames()}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (["web"], {"srv/shop/secrets/2026-a", "srv/shop/secrets/2026-b", "srv/shop/history.jsonl"}),
        (["balancer"], {"var/lib/hostler/history.jsonl", "etc/haproxy/slots.map", "etc/hostler/acme/private/key.pem"}),
        (["authority"], {"etc/ssl/hostler/authority.pem"}),
    ],
)
def test_of_each_kind_of_host_that_is_taken_which_no_run_would_write(kinds: list[str], names: set[str], tmp_path: Path) -> None:
    write(tmp_path, HOST)
    (tmp_path / "srv/shop/secrets/2026-d").symlink_to("/etc/passwd")
    found = inside(base64.b64decode(keepsakes.packed(kinds, tmp_path)))
    assert found == {name: HOST[name] for name in names}


def test_a_host_that_has_nothing_tells_nothing(tmp_path: Path) -> None:
    assert keepsakes.packed(["web", "balancer", "authority"], tmp_path) == ""


def test_the_same_files_are_the_same_whatever_their_dates_and_order(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a", HOST), write(tmp_path / "b", dict(reversed(HOST.items())))
    os.utime(one / "srv/shop/secrets/2026-a", (1, 1))
    packed = keepsakes.packed(["web"], one)
    assert packed == keepsakes.packed(["web"], other)
    assert keepsakes.joined({"web1": packed, "web2": ""}) == keepsakes.joined({"web2": "", "web1": packed})


class Keeper:
    """A host with backups, and hosts whose state is one value."""

    def __init__(self, folder: Path) -> None:
        """Have it keep in a folder, from day 0 on."""
        self.folder, self.hosts = folder / "kept", folder / "hosts"

    def keeps(self, value: str, day: float, check: bool = False) -> bool:
        """Keep, on a day, what a web host has; return whether that is new."""
        write(self.hosts, {"srv/shop/secrets/x": value})
        now = 1_796_000_000 + day * DAY
        return keeping.keep({"web1": keepsakes.packed(["web"], self.hosts)}, 14, check, self.folder, lambda: now)

    def values(self) -> list[str]:
        """Return what is kept, the newest last."""
        return [inside(sealed.opened(path, SECRET))["web1/srv/shop/secrets/x"] for path in keeping.known(self.folder)]


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """Return one that knows its passphrase."""
    monkeypatch.setattr(repository, "passphrase", lambda: SECRET)
    return Keeper(tmp_path)


def test_each_state_is_kept_once(keeper: Keeper) -> None:
    assert [keeper.keeps(value, day) for day, value in enumerate("aabba")] == [True, False, True, False, True]
    assert keeper.values() == ["a", "b", "a"]


def test_one_is_kept_for_as_long_after_another_took_its_place(keeper: Keeper) -> None:
    """However old it is itself: until then it was what hosts had."""
    keeper.keeps("a", 0)
    keeper.keeps("b", 100)
    assert keeper.values() == ["a", "b"]
    keeper.keeps("c", 113)
    assert keeper.values() == ["a", "b", "c"]
    keeper.keeps("d", 115)
    assert keeper.values() == ["b", "c", "d"]
    keeper.keeps("e", 1000)
    assert keeper.values() == ["d", "e"]


def test_check_mode_says_it_and_keeps_nothing(keeper: Keeper) -> None:
    assert keeper.keeps("a", 0, check=True)
    assert keeper.values() == []
    keeper.keeps("a", 0)
    assert not keeper.keeps("a", 1, check=True)


def test_what_cannot_be_read_is_no_state_that_is_kept(keeper: Keeper) -> None:
    keeper.keeps("a", 0)
    [path] = keeping.known(keeper.folder)
    path.write_bytes(b"damaged")
    assert keeper.keeps("a", 1)


class TestModules:
    """What they tell, and that nothing secret is in it."""

    def test_without_a_passphrase_nothing_is_written_in_the_clear(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(repository, "passphrase", lambda: "")
        monkeypatch.setattr(keeping, "FOLDER", tmp_path / "kept")
        packed = keepsakes.packed(["web"], write(tmp_path / "host", HOST))
        options: dict[str, Any] = {"hosts": json.dumps({"web1": packed}), "days": 14}
        result = run_module(keep_keepsakes, monkeypatch, **options)
        assert (result["changed"], result["wrong"]) == (False, "this host knows no passphrase to encrypt it by; run site.yml")
        assert run_module(keep_keepsakes, monkeypatch, check=True, **options)["changed"]
        assert not (tmp_path / "kept").exists()

    def test_what_cannot_be_read_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: list[str]) -> str:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(keepsakes_info, "packed", broken)
        result = run_module(keepsakes_info, monkeypatch, kinds=["web"])
        assert (result["failed"], result["packed"], result["wrong"]) == (False, "", "[Errno 5] Input/output error")
