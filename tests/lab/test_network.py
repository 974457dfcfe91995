"""The network of a lab: which addresses can be had, and whose lab it is."""

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab.network import checked, due
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
from ansible_collections.hostler.fleet.plugins.modules import lab_network
from tests.shared.programs import Programs
from tests.shared.samples import run_module

SUBNET = IPv4Network("10.76.13.0/24")
MINE = "/home/me/my checkout/.cache/lab"


def podman(name: str, subnet: str = "10.76.13.0/24", folder: str = "", bridge: str = "podman1") -> dict[str, Any]:
    """Return a network as podman lists it."""
    labels = {"labels": {"hostler.lab": name, "hostler.dir": folder}} if folder else {}
    return {"name": name, "network_interface": bridge, "subnets": [{"subnet": subnet}, {"subnet": "fd00::/64"}], **labels}


def test_addresses_of_their_own_in_the_subnet_are_good() -> None:
    assert checked("10.76.13.0/24", {"web1": "10.76.13.21", "web2": "10.76.13.22"}) == SUBNET


@pytest.mark.parametrize(
    ("subnet", "address", "said"),
    [
        ("10.76.13.1/24", "10.76.13.21", "lab_subnet '10.76.13.1/24' is not an IPv4 network"),
        ("10.76.13.0/28", "10.76.13.2", "lab_subnet 10.76.13.0/28 is too small, /27 is the smallest allowed"),
        ("10.76.13.0/24", "web1.example.org", "web1: ansible_host is 'web1.example.org', but a lab host needs an address"),
        ("10.76.13.0/24", "10.76.14.21", "web1: ansible_host 10.76.14.21 is no host's address in lab_subnet 10.76.13.0/24"),
        ("10.76.13.0/24", "10.76.13.0", "web1: ansible_host 10.76.13.0 is no host's address"),
        ("10.76.13.0/24", "10.76.13.255", "web1: ansible_host 10.76.13.255 is no host's address"),
        ("10.76.13.0/24", "10.76.13.1", "web1: ansible_host 10.76.13.1 already belongs to the network's gateway"),
        ("10.76.13.0/24", "10.76.13.11", "web1: ansible_host 10.76.13.11 already belongs to balancer1"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_before_anything_is_made(subnet: str, address: str, said: str) -> None:
    with pytest.raises(Failed) as failed:
        checked(subnet, {"balancer1": "10.76.13.11", "web1": address})
    assert str(failed.value).startswith(said)


@pytest.mark.parametrize("there", [[], [podman("podman", "10.88.0.0/16")]], ids=["no network", "another one"])
def test_a_network_that_is_not_there_is_due(there: list[Any]) -> None:
    assert due("hostler-lab", SUBNET, MINE, there, [{"dst": "default", "dev": "eth0"}, {"dst": "192.0.2.0/24", "dev": "eth0"}])


@pytest.mark.parametrize("owner", [MINE, ""], ids=["with its mark", "of an older version"])
def test_a_lab_s_own_network_is_there_with_its_route(owner: str) -> None:
    there = [podman("hostler-lab", folder=owner)]
    assert not due("hostler-lab", SUBNET, MINE, there, [{"dst": "10.76.13.0/24", "dev": "podman1"}])


def test_the_lab_of_another_checkout_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed:
        due("hostler-lab", SUBNET, MINE, [podman("hostler-lab", folder=str(tmp_path))], [])
    assert str(failed.value) == (
        f"The lab hostler-lab belongs to the checkout whose folder is {tmp_path}, not to {MINE}: remove it there (make down), or give "
        "this one a lab_network, a lab_subnet and addresses of its own."
    )


def test_what_a_checkout_has_left_that_is_no_more_can_be_removed_here(tmp_path: Path) -> None:
    gone = tmp_path / "deleted/.cache/lab"
    with pytest.raises(Failed) as failed:
        due("hostler-lab", SUBNET, MINE, [podman("hostler-lab", folder=str(gone))], [])
    assert str(failed.value) == (
        f"The lab hostler-lab was left by a checkout that is no more, whose folder was {gone}: remove it (make down)."
    )


@pytest.mark.parametrize(
    ("networks", "routes", "said"),
    [
        ([podman("hostler-lab", "10.76.14.0/24", MINE)], [], "The podman network hostler-lab has the subnet 10.76.14.0/24, not lab_subnet"),
        (
            [podman("hostler-other", "10.76.0.0/16")],
            [{"dst": "10.76.0.0/16", "dev": "podman1"}],
            "is used on this machine by the podman network hostler-other:",
        ),
        ([], [{"dst": "10.76.13.128/25", "dev": "tun0"}], "is used on this machine by the interface tun0:"),
        ([], [{"dst": "10.76.13.7", "dev": "wg0"}], "is used on this machine by the interface wg0:"),
    ],
    ids=["its own", "podman's", "an interface's", "one address"],
)
def test_a_subnet_that_is_taken_is_refused_with_who_has_it(networks: list[Any], routes: list[Any], said: str) -> None:
    with pytest.raises(Failed, match=said):
        due("hostler-lab", SUBNET, MINE, networks, routes)


class TestModule:
    """``lab_network`` on a machine without a lab."""

    @pytest.fixture
    def made(self, machine: Programs, tmp_path: Path) -> Programs:
        """Return a machine whose podman notes whether the lock was free."""
        free = f"flock --nonblock '{tmp_path}' touch '{tmp_path}/free'"
        machine.add("podman", {"network ls": json.dumps([podman("podman", "10.88.0.0/16")])}, free)
        machine.add("ip", {"-json -4 route show": "[]"})
        return machine

    def run(self, folder: Path, monkeypatch: pytest.MonkeyPatch, check: bool = False) -> dict[str, Any]:
        options = {"name": "hostler-lab", "subnet": "10.76.13.0/24", "dir": str(folder), "addresses": {"web1": "10.76.13.21"}}
        return run_module(lab_network, monkeypatch, check, **options)

    def test_the_network_is_made_with_the_mark_of_its_checkout_and_while_no_other_lab_looks(
        self, made: Programs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # By which the way to the folder does not count
        (tmp_path / "link").symlink_to(folder)
        assert self.run(tmp_path / "link", monkeypatch) == {"failed": False, "changed": True}
        labels = ["--label=hostler.lab=hostler-lab", f"--label=hostler.dir={folder}"]
        assert made.calls[-1] == ["podman", "network", "create", "--subnet=10.76.13.0/24", *labels, "hostler-lab"]
        assert not (tmp_path / "free").exists()

    def test_check_mode_only_tells(self, made: Programs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.run(folder, monkeypatch, check=True)["changed"]
        assert made.verbs() == ["ip -json -4", "podman network ls"]

    def test_what_podman_says_of_a_failure_is_told(self, made: Programs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made.add("podman", body="echo Error: no such thing >&2; exit 125")
        assert self.run(folder, monkeypatch) == {"failed": True, "msg": "podman failed: Error: no such thing"}
