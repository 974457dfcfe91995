"""An app is removed from a web host: what of it there is, and nothing of another."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.host import facts as host_facts
from ansible_collections.hostler.fleet.plugins.module_utils.host import layout
from ansible_collections.hostler.fleet.plugins.module_utils.host import remove as host_remove
from ansible_collections.hostler.fleet.plugins.module_utils.host.layout import MARK
from ansible_collections.hostler.fleet.plugins.module_utils.host.ledger import Ledger
from ansible_collections.hostler.fleet.plugins.module_utils.host.pending import COMMANDS, Pending, pending
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.shared.rendered import MAIL, REPORT, TEXTS, units_of
from tests.shared.samples import app, write

HEADER = "# Managed by Hostler, role:web\n"
UNITS = "etc/systemd/system"
SHOP = {
    f"{UNITS}/shop@.service": HEADER,
    f"{UNITS}/shop@blue.service.d/override.conf": "[Service]\n",
    "srv/shop/slots/blue": "",
    "var/lib/shop/entries": "data",
    "run/shop-blue/socket": "",
    f"{UNITS}/shop.mail.service": "# Managed by Hostler, role:release\n",
    f"{UNITS}/shop.report.timer": "# Managed by Hostler, role:release\n",
    "var/lib/systemd/timers/stamp-shop.report.timer": "",
}
OTHERS = {
    f"{UNITS}/shop-admin@.service": HEADER,
    f"{UNITS}/getty@.service": "[Unit]\n",
    f"{UNITS}/shop.foreign.service": "[Unit]\n",
    f"{UNITS}/shop-admin.mail.service": "# Managed by Hostler, role:release\n",
    "var/lib/systemd/timers/stamp-shop.foreign.timer": "",
    "srv/shop-admin/slots/blue": "",
    "run/shop-admin-blue/socket": "",
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a host that has the app and others; users as on this machine, but for the app's."""
    monkeypatch.setattr(host_remove, "home_of", lambda name: f"/srv/{name}")
    monkeypatch.setattr(host_remove, "has_group", lambda _: True)
    write(tmp_path, {**SHOP, **OTHERS})
    wants = tmp_path / UNITS / "multi-user.target.wants"
    wants.mkdir()
    for name in ("shop@blue", "shop-admin@blue", "shop.mail", "shop-admin.mail", "shop.foreign"):
        (wants / f"{name}.service").symlink_to(f"../{name.partition('@')[0]}@.service")
    return tmp_path


def test_what_there_is_of_an_app_is_told_and_nothing_of_another(host: Path) -> None:
    paths = [
        f"{UNITS}/multi-user.target.wants/shop.mail.service",
        f"{UNITS}/multi-user.target.wants/shop@blue.service",
        "var/lib/systemd/timers/stamp-shop.report.timer",
        f"{UNITS}/shop.mail.service",
        f"{UNITS}/shop.report.timer",
        f"{UNITS}/shop@blue.service.d",
        "srv/shop",
        "var/lib/shop",
        "run/shop-blue",
    ]
    told = [str(host / path) for path in paths]
    assert host_remove.App("shop", host).parts() == [*told, "the user shop", "the group shop", str(host / UNITS / "shop@.service")]


def test_the_rest_of_a_removal_that_was_killed_is_told(host: Path) -> None:
    for name in ("srv/shop/slots/blue", "var/lib/shop/entries"):
        (host / name).unlink()
    assert str(host / "srv/shop") in host_remove.App("shop", host).parts()


@pytest.mark.parametrize("name", ["root", "getty", "never-was"])
def test_what_does_not_bear_our_mark_is_not_ours(host: Path, name: str) -> None:
    assert host_remove.App(name, host).parts() == []


def test_an_app_whose_user_has_another_home_is_not_ours(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_remove, "home_of", lambda _: "/home/shop")
    assert host_remove.App("shop", host).parts() == []


def test_the_mark_goes_last_and_nothing_of_another_app_goes(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def must(*command: str, **_: object) -> None:
        commands.append(command)
        assert (host / UNITS / "shop@.service").exists() == (command[1] != "daemon-reload")

    monkeypatch.setattr(host_remove, "must", must)
    Ledger().note([(host / UNITS / "shop@.service", HEADER)])
    Pending(COMMANDS).add([host / UNITS / "shop@.service"])
    host_remove.App("shop", host).remove()
    assert (Ledger().drift(), pending()) == ([], {})
    assert {"shop.mail.service", "shop.report.timer"} < set(commands[0])
    assert [command[:2] for command in commands] == [
        ("systemctl", "stop"),
        ("userdel", "shop"),
        ("groupdel", "shop"),
        ("systemctl", "reset-failed"),
        ("systemctl", "daemon-reload"),
    ]
    left = {str(path.relative_to(host)) for path in host.rglob("*") if path.is_file() or path.is_symlink()}
    assert left == {
        *OTHERS,
        *(f"{UNITS}/multi-user.target.wants/{name}.service" for name in ("shop-admin@blue", "shop-admin.mail", "shop.foreign")),
    }


def test_data_behind_a_link_is_left_alone(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_remove, "must", lambda *_, **__: pytest.fail("nothing is to be touched"))
    (host / "var/lib/shop").rename(host / "elsewhere")
    (host / "var/lib/shop").symlink_to(host / "elsewhere")
    with pytest.raises(Failed, match=r"var/lib/shop: a link, or mounted; its content may be wanted."):
        host_remove.App("shop", host).remove()
    assert (host / "elsewhere/entries").exists()


def test_data_on_a_disk_of_its_own_is_left_alone(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"/dev/vda / ext4 rw 0 0\n/dev/vdb {host}/var/lib/shop/big ext4 rw 0 0\n/dev/vdc {host}/srv/shop-admin ext4 rw 0 0\n"
    monkeypatch.setattr(host_remove, "mounts", lambda: [line.split()[1] for line in mounts.splitlines()])
    assert host_remove.App("shop", host).foreign() == [f"{host}/var/lib/shop"]


def test_apps_that_a_host_has_a_unit_for_but_the_inventory_not_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SYSTEM", write(tmp_path, {**SHOP, **OTHERS}) / UNITS)
    assert host_facts.left(["hello"]) == ["shop", "shop-admin"]
    assert host_facts.left(["hello", "shop"]) == ["shop-admin"]


def test_every_unit_of_ours_begins_with_the_mark_that_is_looked_for() -> None:
    units = [TEXTS.slots(app()), *units_of(jobs=(REPORT,), workers=(MAIL,)).values()]
    assert len(units) == 4
    assert all(unit.startswith(MARK) for unit in units)
