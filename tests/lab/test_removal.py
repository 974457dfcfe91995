"""The removal of a lab: what goes with a host, what with the last one, and what never."""

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.lab.removal import foreign, shared
from ansible_collections.hostler.fleet.plugins.modules import lab_removal
from tests.shared.programs import Programs
from tests.shared.samples import run_module

IMAGES = [{"Names": ["localhost/hostler-lab:trixie-1"], "Containers": 2}, {"Names": ["localhost/hostler-lab:bookworm-1"]}]
LOOKS = ("podman network ls", "podman ps --all", "podman images --filter=reference=localhost/hostler-lab")


def network(name: str, folder: str | None = None) -> dict[str, Any]:
    """Return a lab's network as podman lists it; one of an older version does not say its folder."""
    return {"name": name, "labels": {"hostler.lab": name} | ({"hostler.dir": folder} if folder else {})}


@pytest.mark.parametrize(
    ("there", "is_foreign"),
    [
        ([], False),
        ([network("hostler-lab")], False),
        ([network("hostler-lab", "/my checkout")], False),
        ([network("hostler-lab", "/usr")], True),
        ([network("hostler-lab", "/")], True),
        # Of a checkout that was deleted
        ([network("hostler-lab", "/theirs/.cache/lab")], False),
        # podman's filter finds what carries the lab's mark, whatever it is called
        ([network("other", "/usr")], False),
    ],
)
def test_a_lab_is_another_checkout_s_if_its_network_says_so_and_it_is_there(there: list[Any], is_foreign: bool) -> None:
    assert foreign(there, "hostler-lab", "/my checkout") is is_foreign


def test_the_last_lab_of_a_machine_takes_the_unused_images_with_it() -> None:
    assert shared([network("hostler-lab")], IMAGES, "hostler-lab") == [
        ("network", "hostler-lab"),
        ("image", "localhost/hostler-lab:bookworm-1"),
    ]


def test_another_lab_keeps_its_network_and_all_images() -> None:
    assert shared([network("hostler-lab"), network("hostler-molecule")], IMAGES, "hostler-lab") == [("network", "hostler-lab")]


class TestModule:
    """``lab_removal`` on a machine with a lab of two hosts."""

    @staticmethod
    def lab(machine: Programs, owner: Path | None) -> None:
        """Have podman list a lab of that folder."""
        containers = [{"Names": ["hostler-lab-web1"]}, {"Names": ["hostler-lab-web2"]}]
        networks = [network("hostler-lab", str(owner))] if owner else []
        images = [{"Names": ["localhost/hostler-lab:trixie-1"], "Containers": 0}] if owner else []
        answers = {"network ls": networks, "ps": containers if owner else [], "images": images}
        # A container that has stopped by itself makes kill fail; what labs share is removed while no other lab looks
        free = f"flock --nonblock '{machine.folder.parent}' touch '{machine.folder.parent}/free'"
        body = f'case "$1 $2" in kill*) exit 1 ;; "network rm" | rmi*) {free} ;; esac'
        machine.add("podman", {verb: json.dumps(listed) for verb, listed in answers.items()}, body)

    def test_the_lab_of_another_checkout_and_its_own_folder_are_left_alone(
        self, machine: Programs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        owner = tmp_path / "first checkout/.cache/lab"
        owner.mkdir(parents=True)
        self.lab(machine, owner)
        result = run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder))
        assert result == {"failed": False, "changed": False, "removed": []}
        assert machine.verbs(*LOOKS) == []
        assert len(list(folder.iterdir())) == 3

    def test_all_of_a_lab_goes_with_its_last_host(self, machine: Programs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab(machine, folder)
        result = run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder))
        parts = ["container hostler-lab-web1", "container hostler-lab-web2", "network hostler-lab", "image localhost/hostler-lab:trixie-1"]
        assert result["removed"] == parts + [str(folder / name) for name in ("id_ed25519", "id_ed25519.pub", "known_hosts")]
        assert [call[1:] for call in machine.calls if " ".join(call[:3]) not in LOOKS] == [
            ["kill", "hostler-lab-web1", "hostler-lab-web2"],
            ["rm", "--force", "--time=0", "--volumes", "hostler-lab-web1", "hostler-lab-web2"],
            ["network", "rm", "hostler-lab"],
            ["rmi", "localhost/hostler-lab:trixie-1"],
        ]
        assert not folder.exists()
        assert not (machine.folder.parent / "free").exists()

    def test_what_a_checkout_has_left_that_is_no_more_goes(
        self, machine: Programs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lab(machine, tmp_path / "deleted checkout/.cache/lab")
        result = run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder))
        assert result["removed"][:3] == ["container hostler-lab-web1", "container hostler-lab-web2", "network hostler-lab"]

    def test_check_mode_only_tells_whatever_the_way_to_the_folder(
        self, machine: Programs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.lab(machine, folder)
        (tmp_path / "link").symlink_to(folder)
        assert len(run_module(lab_removal, monkeypatch, check=True, network="hostler-lab", dir=str(tmp_path / "link"))["removed"]) == 7
        assert machine.verbs(*LOOKS) == []
        assert len(list(folder.iterdir())) == 3

    def test_one_host_of_several_goes_alone(self, machine: Programs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab(machine, folder)
        result = run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder), hosts=["web2", "web9"])
        assert result["removed"] == ["container hostler-lab-web2"]
        assert machine.verbs(*LOOKS) == ["podman kill hostler-lab-web2", "podman rm --force"]
        assert len(list(folder.iterdir())) == 3

    def test_what_an_operator_keeps_in_the_folder_stays(self, machine: Programs, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab(machine, None)
        (folder / "notes").touch()
        assert run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder))["changed"]
        assert [path.name for path in folder.iterdir()] == ["notes"]

    def test_without_podman_there_are_only_files(self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert len(run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder))["removed"]) == 3
        assert run_module(lab_removal, monkeypatch, network="hostler-lab", dir=str(folder)) == {
            "failed": False,
            "changed": False,
            "removed": [],
        }
