"""What a host gets of the distribution before its roles begin, as Ansible makes it of the role's variables."""

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from tests.shared.samples import ROOT

FLEET = {
    "databases": ["db1", "db2"],
    "backups": ["backup1"],
    "balancers": ["balancer1"],
    "monitors": ["monitor1"],
    "keepers": ["monitor1", "db1", "db2"],
    "primary": "db1",
    "served": [{"tls": "off"}],
}
OWN = {"firewall_enabled": True, "hardening_upgrades": "04:00-05:00", "hardening_time": True}
COMMON = {"nftables", "unattended-upgrades", "systemd-timesyncd"}
POSTGRES = {"postgresql-17", "pgbackrest"}
LISTENING = {"prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "prometheus-node-exporter"}


def variables(host: str, fleet: dict[str, Any] | None = None, has: tuple[str, ...] = (), **own: Any) -> Templar:
    """Return what the role's variables are for a host that `has` these packages, in a fleet that differs by `fleet`."""
    loader = DataLoader()
    base = loader.load_from_file(str(ROOT / "roles/base/vars/main.yml"), trusted_as_template=True)
    given = {
        "inventory_hostname": host,
        "fleet": FLEET | (fleet or {}),
        "ansible_facts": {"hostler": {"packages": [*has]}},
        "hostvars": {"db1": {"database_found": {"version": 17}}},
        "database_found": {"version": 17, "ours": False},
        "backup_checked": {"s3": {}},
    }
    return Templar(loader, {**base, **given, **OWN, **own})


def packages(host: str, fleet: dict[str, Any] | None = None, **own: Any) -> set[str]:
    """Return what is installed on a bare host."""
    return set(variables(host, fleet, **own).template(trust_as_template("{{ __base_packages }}")))


def of(name: str, templar: Templar) -> bool:
    """Return whether a condition of the role holds."""
    return bool(templar.evaluate_conditional(trust_as_template(name)))


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("web1", set()),
        ("balancer1", {"haproxy", "socat"}),
        # Before the page is there, the group that reads its key
        ("monitor1", {"haproxy"}),
        ("db1", POSTGRES),
        ("backup1", POSTGRES),
    ],
)
def test_each_host_gets_what_its_roles_need_and_nothing_that_listens_by_itself(host: str, more: set[str]) -> None:
    assert packages(host) == COMMON | {"openssl"} | more
    assert not packages(host) & LISTENING


def test_a_fleet_where_nobody_asks_who_a_host_is_has_nothing_for_that() -> None:
    alone: dict[str, Any] = {"databases": [], "backups": [], "monitors": [], "keepers": []}
    assert packages("web1", alone) == COMMON
    assert packages("balancer1", alone) == COMMON | {"haproxy", "socat"}


def test_what_is_turned_off_is_not_installed() -> None:
    off: dict[str, Any] = {"firewall_enabled": "false", "hardening_upgrades": "", "hardening_time": False}
    assert packages("web1", **off) == {"openssl"}


def test_a_clock_that_is_kept_by_another_program_is_left_to_it() -> None:
    assert "systemd-timesyncd" not in variables("web1", has=("chrony", "time-daemon")).template(trust_as_template("{{ __base_packages }}"))


def test_certificates_are_got_by_balancers_alone() -> None:
    acme = {"served": [{"tls": "off"}, {"tls": "acme"}]}
    assert packages("balancer1", acme) - packages("balancer1") == {"uacme", "ca-certificates"}
    assert packages("web1", acme) == packages("web1")


def test_the_host_that_asks_a_bucket_knows_whom_the_world_trusts() -> None:
    bucket = {"backup_checked": {"s3": {"bucket": "inn"}}}
    assert packages("backup1", **bucket) - packages("backup1") == {"ca-certificates"}
    assert packages("db1", **bucket) == packages("db1")


def test_one_role_is_served_alone_where_no_other_is_there() -> None:
    """As on a bare host of which ``restore.yml`` asks what a bucket has: nothing is said of the others' variables."""
    templar = variables("backup1", __base_roles=["backup"])
    for name in OWN:
        del templar.available_variables[name]
    assert set(templar.template(trust_as_template("{{ __base_packages }}"))) == POSTGRES


@pytest.mark.parametrize("host", ["web1", "balancer1", "monitor1", "db1", "backup1"])
def test_a_host_that_has_all_is_not_asked(host: str) -> None:
    has = tuple(packages(host))
    assert of("__base_lacks", variables(host, has=has[:-1]))
    assert not of("__base_lacks", variables(host, has=(*has, "bash")))


@pytest.mark.parametrize(
    ("host", "ours", "has", "makes"),
    [
        ("db1", False, (), True),
        # An upgrade of the distribution brings another PostgreSQL before there is a cluster of ours
        ("db1", False, tuple(POSTGRES), True),
        ("db1", True, tuple(POSTGRES), False),
        ("backup1", False, (), True),
        ("backup1", False, tuple(POSTGRES), False),
        ("web1", False, (), False),
    ],
)
def test_a_package_that_makes_a_cluster_finds_that_it_is_not_to(host: str, ours: bool, has: tuple[str, ...], makes: bool) -> None:
    said = {"database_found": {"version": 17, "ours": ours}} if host == "db1" else {"database_found": None}
    assert of("__base_makes", variables(host, has=has, **said)) is makes


def test_it_finds_that_before_it_is_installed() -> None:
    tasks = DataLoader().load_from_file(str(ROOT / "roles/base/tasks/packages.yml"))
    names = [next(key for key in task if "." in key) for task in tasks]
    assert names == ["ansible.builtin.apt", "hostler.fleet.put_files", "ansible.builtin.apt"]
