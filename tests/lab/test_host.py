"""A host of the lab: what one that is there differs in, how it is made, and how its first boot ends."""

import json
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab import host as lab_host
from ansible_collections.hostler.fleet.plugins.module_utils.lab.host import Host, start
from ansible_collections.hostler.fleet.plugins.module_utils.lab.podman import Failed
from tests.shared.programs import Programs

WEB1 = Host("web1", "10.76.13.21", "hostler-lab", "localhost/hostler-lab:trixie-1")
LABELS = {"hostler.lab": "hostler-lab", "hostler.address": "10.76.13.21"}


def container(labels: dict[str, str] | None = LABELS, image: str = WEB1.image, running: bool = True) -> dict[str, Any]:
    """Return a container as podman inspects it."""
    return {"Config": {"Labels": labels}, "ImageName": image, "State": {"Running": running}}


def podman(machine: Programs, found: list[Any], state: str = "running") -> None:
    """Have podman know these containers, and the one that it starts boot to a state."""
    answers = {
        "container inspect hostler-lab-web1": json.dumps(found),
        "info": "v2\n",
        "exec hostler-lab-web1 systemctl is-system-running": f"{state}\n",
        "exec hostler-lab-web1 systemctl --failed": "ssh.service failed\n",
        "exec hostler-lab-web1 journalctl": "no such key\n",
        "logs": "a word of the first program\n",
    }
    # As podman and systemctl do where they find nothing, or say that not all is well
    machine.add("podman", answers, "trap 'case \"$*\" in run*|start*|info*) ;; *) exit 1 ;; esac' EXIT")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (container(), None),
        (container(None), "was not made as a part of this lab"),
        (container({**LABELS, "hostler.lab": "hostler-other"}), "was not made as a part of this lab"),
        (container(image="debian:13"), f"was made from the image debian:13, not {WEB1.image}"),
        (container({**LABELS, "hostler.address": "10.76.13.9"}), "has the address 10.76.13.9, not 10.76.13.21"),
    ],
)
def test_a_container_that_is_there_differs_or_does_not(found: dict[str, Any], said: str | None) -> None:
    assert WEB1.difference(found) == said


@pytest.mark.parametrize(("legacy", "words"), [(False, ["run"]), (True, ["--runtime", "runc", "run"])], ids=["cgroup v2", "v1"])
def test_a_host_is_made_with_what_it_is_recognised_by(legacy: bool, words: list[str]) -> None:
    command = WEB1.command(legacy)
    assert command[1 : 1 + len(words)] == words
    assert {"--name=hostler-lab-web1", "--hostname=web1", "--network=hostler-lab", "--ip=10.76.13.21"} < set(command)
    assert {"--mac-address=02:00:0a:4c:0d:15", *(f"--label={key}={value}" for key, value in LABELS.items())} < set(command)
    assert command[-2:] == [WEB1.image, "/vm-init"]


def test_one_that_runs_is_left_as_it_is(machine: Programs) -> None:
    podman(machine, [container()])
    assert not start(WEB1, check=False)
    assert machine.verbs() == ["podman container inspect"]


def test_one_that_has_stopped_is_started_whatever_its_services_do(machine: Programs) -> None:
    podman(machine, [container(running=False)], "degraded")
    assert start(WEB1, check=False)
    assert machine.verbs() == ["podman container inspect", "podman start hostler-lab-web1", "podman exec hostler-lab-web1"]


def test_one_that_is_not_there_is_made_and_has_booted(machine: Programs) -> None:
    podman(machine, [])
    assert start(WEB1, check=False)
    assert machine.calls[2] == WEB1.command(legacy=False)
    assert machine.verbs()[3:] == ["podman exec hostler-lab-web1"]


@pytest.mark.parametrize("found", [[], [container(running=False)]], ids=["none", "stopped"])
def test_check_mode_only_tells(found: list[Any], machine: Programs) -> None:
    podman(machine, found)
    assert start(WEB1, check=True)
    assert machine.verbs() == ["podman container inspect"]


@pytest.mark.parametrize("check", [True, False])
def test_one_that_differs_is_never_replaced(check: bool, machine: Programs) -> None:
    podman(machine, [container(image="debian:13", running=False)])
    with pytest.raises(
        Failed, match=r"The container hostler-lab-web1 was made from .* it is kept as it is, remove it first \(make down\)."
    ):
        start(WEB1, check)
    assert machine.verbs() == ["podman container inspect"]


@pytest.mark.parametrize(("state", "told"), [("degraded", "'degraded'"), ("", "'nothing'")])
def test_a_first_boot_that_ends_badly_is_told_with_the_journal(
    state: str, told: str, machine: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_host, "BOOT_SECONDS", 0.1)
    podman(machine, [], state)
    with pytest.raises(Failed) as failed:
        start(WEB1, check=False)
    said = "ssh.service failed\nno such key\na word of the first program\n"
    assert str(failed.value) == f"web1 has booted to {told}, not 'running'.\n{said}"


def test_one_that_ended_within_its_boot_is_not_waited_for(machine: Programs) -> None:
    podman(machine, [], "")
    inspected = 'case "$*" in "container inspect --format"*) echo false; exit ;; esac'
    machine.add("podman", {"info": "v2\n", "container inspect hostler-lab-web1": "[]", "logs": "no such file: /vm-init\n"}, inspected)
    with pytest.raises(Failed, match="web1 has booted to 'nothing'.*\nno such file: /vm-init"):
        start(WEB1, check=False)
