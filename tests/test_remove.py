"""An app is removed: which one may be meant, and what of it there is on a host."""

from pathlib import Path

import pytest

from roles.fleet.action_plugins import check_removal
from roles.fleet.library import probe_host
from roles.web.library import remove_app
from tests.samples import ROOT, write

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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "app: which one? Name it, such as -e app=shop."),
        ("../x", "app: '../x' is no name of an app."),
        ("shop\n", "app: 'shop\\n' is no name of an app."),
        ("*", "app: '*' is no name of an app."),
        ("hello", "app: hello is still in apps; take it out of the inventory first, then run this again."),
        ("shop", ""),
    ],
)
def test_only_an_app_that_was_taken_out_may_be_meant(name: str, said: str) -> None:
    assert check_removal.refusal(name, ["hello"]) == said


def test_the_name_of_every_app_may_be_meant() -> None:
    """The rule is the one that the inventory is held against."""
    text = (ROOT / "roles/fleet/action_plugins/check_fleet.py").read_text()
    assert f'NAME = re.compile(r"{check_removal.NAME.pattern}")' in text


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a host that has the app and others; users as on this machine, but for the app's."""
    monkeypatch.setattr(remove_app, "home_of", lambda name: f"/srv/{name}")
    monkeypatch.setattr(remove_app, "has_group", lambda _: True)
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
    assert remove_app.App("shop", host).parts() == [*told, "the user shop", "the group shop", str(host / UNITS / "shop@.service")]


def test_the_rest_of_a_removal_that_was_killed_is_told(host: Path) -> None:
    for name in ("srv/shop/slots/blue", "var/lib/shop/entries"):
        (host / name).unlink()
    assert str(host / "srv/shop") in remove_app.App("shop", host).parts()


@pytest.mark.parametrize("name", ["root", "getty", "never-was"])
def test_what_does_not_bear_our_mark_is_not_ours(host: Path, name: str) -> None:
    assert remove_app.App(name, host).parts() == []


def test_an_app_whose_user_has_another_home_is_not_ours(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remove_app, "home_of", lambda _: "/home/shop")
    assert remove_app.App("shop", host).parts() == []


def test_the_mark_goes_last_and_nothing_of_another_app_goes(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def run(*command: str, **_: object) -> None:
        commands.append(command)
        assert (host / UNITS / "shop@.service").exists() == (command[1] != "daemon-reload")

    monkeypatch.setattr(remove_app, "run", run)
    remove_app.App("shop", host).remove()
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
    monkeypatch.setattr(remove_app, "run", lambda *_, **__: pytest.fail("nothing is to be touched"))
    (host / "var/lib/shop").rename(host / "elsewhere")
    (host / "var/lib/shop").symlink_to(host / "elsewhere")
    with pytest.raises(remove_app.Failed, match=r"var/lib/shop: a link, or mounted; its content may be wanted."):
        remove_app.App("shop", host).remove()
    assert (host / "elsewhere/entries").exists()


def test_data_on_a_disk_of_its_own_is_left_alone(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = f"/dev/vda / ext4 rw 0 0\n/dev/vdb {host}/var/lib/shop/big ext4 rw 0 0\n/dev/vdc {host}/srv/shop-admin ext4 rw 0 0\n"
    monkeypatch.setattr(remove_app, "mounts", lambda: [line.split()[1] for line in mounts.splitlines()])
    assert remove_app.App("shop", host).foreign() == [f"{host}/var/lib/shop"]


def test_a_command_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(remove_app.Failed, match="'ls /nowhere' failed: ls: .*/nowhere"):
        remove_app.run("ls", "/nowhere")


def test_apps_that_a_host_has_a_unit_for_but_the_inventory_not_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_host, "UNITS", write(tmp_path, {**SHOP, **OTHERS}) / UNITS)
    assert probe_host.left(["hello"]) == ["shop", "shop-admin"]
    assert probe_host.left(["hello", "shop"]) == ["shop-admin"]


def test_both_modules_know_the_mark_by_which_the_unit_begins() -> None:
    unit = (ROOT / "roles/web/templates/etc/systemd/system/app@.service.j2").read_text()
    assert {probe_host.MARK, remove_app.MARK.decode()} == {unit.splitlines()[0]}
