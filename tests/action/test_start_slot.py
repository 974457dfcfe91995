"""What is brought over to a web host for a release: what it lacks, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.hostler.fleet.plugins.action import start_slot
from ansible_collections.hostler.fleet.plugins.action.start_slot import ActionModule
from ansible_collections.hostler.fleet.plugins.module_utils.said import Parts
from tests.shared.samples import STAGE, action

HERE = Parts(whole=["a"], venvs=["l-python3.11"])


class Host:
    """A web host that says what it has, answers as it is told, and notes what it is sent and asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, has: Parts, *answers: dict[str, Any]) -> None:
        """Take what it has of the app, and its answers."""
        self.has, self.answers = has, list(answers) or [{"changed": True}]
        self.asked: list[dict[str, Any]] = []
        self.made: list[str] = []
        self.removed: list[str] = []
        self.sent: list[tuple[str, str]] = []

        def make(task: ActionBase) -> None:
            self.made.append(f"/tmp/{len(self.made)}")
            task._connection._shell.tmpdir = self.made[-1]

        def send(_: ActionBase, local: str, path: str) -> str:
            self.sent.append((local, path))
            return path

        def execute(_: ActionBase, __: str, args: dict[str, Any], **___: object) -> dict[str, Any]:
            self.asked.append(args)
            return dict(self.answers.pop(0))

        monkeypatch.setattr(start_slot, "clock", lambda: 1200)
        monkeypatch.setattr(ActionModule, "_make_tmp_path", make)
        monkeypatch.setattr(ActionModule, "_remove_tmp_path", lambda _, path: self.removed.append(path))
        monkeypatch.setattr(ActionModule, "_transfer_file", send)
        monkeypatch.setattr(ActionModule, "_execute_module", execute)

    def start(self, check: bool = False, **changes: Any) -> dict[str, Any]:
        """Return the action's result."""
        host = {"platform": "here", "apps": {"hello": self.has.json()}}
        return dict(action(ActionModule, check, **{**STAGE, "host": host, **changes}).run())


@pytest.mark.parametrize(
    ("has", "sent"),
    [
        (Parts(), {"bundle": "/cache/bundle", "packages": "/cache/here"}),
        (replace(HERE, whole=[]), {"bundle": "/cache/bundle"}),
        (replace(HERE, venvs=["m-python3.11"]), {"packages": "/cache/here"}),
        (HERE, {}),
    ],
    ids=["nothing", "packages alone", "the bundle alone", "all"],
)
def test_a_host_is_sent_what_it_lacks_for_its_own_platform(has: Parts, sent: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, has)
    assert host.start() == {"changed": True}
    assert [local for local, _ in host.sent] == list(sent.values())
    [args] = host.asked
    assert {key: args[key] for key in ("bundle", "packages") if key in args} == dict(
        zip(sent, (path for _, path in host.sent), strict=True)
    )
    assert "host" not in args


def test_what_is_sent_goes_into_one_folder_that_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, Parts())
    host.start()
    assert host.made == host.removed == ["/tmp/0"]
    assert [path for _, path in host.sent] == ["/tmp/0/bundle", "/tmp/0/here"]


def test_where_the_host_has_lost_it_since_it_is_sent_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, HERE, {"changed": True, "needs": ["packages"]}, {"changed": True, "needs": []})
    assert host.start() == {"changed": True, "needs": []}
    assert host.sent == [("/cache/here", "/tmp/0/here")]
    assert [args.get("packages") for args in host.asked] == [None, "/tmp/0/here"]


def test_what_fails_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, HERE, {"failed": True, "msg": "no", "needs": ["packages"]})
    assert host.start()["failed"]
    assert len(host.asked) == 1


def test_a_host_without_room_for_what_is_sent_is_not_called_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible does not tell one from the other; a host that is lost has no word on its disk."""

    def fail(_: ActionBase) -> None:
        raise AnsibleConnectionFailure(said)

    host = Host(monkeypatch, Parts())
    monkeypatch.setattr(ActionModule, "_make_tmp_path", fail)
    said = "mkdir: cannot create directory '/home/ops/.ansible/tmp/ansible-tmp-1.5-2-3': No space left on device"
    assert host.start() == {"failed": True, "msg": said}
    said = "ssh: connect to host web1: Connection refused"
    assert host.start()["msg"] == f"The host cannot be reached: {said}"


def test_check_mode_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, Parts(), {"changed": True, "needs": ["bundle", "packages"]})
    host.start(check=True)
    assert (host.sent, host.made, len(host.asked)) == ([], [], 1)


def test_a_release_from_disk_needs_nothing_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, Parts())
    host.start(stage={}, host={})
    assert (host.sent, len(host.asked)) == ([], 1)


def test_paths_and_clock_of_the_control_node_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, HERE)
    host.start()
    assert host.asked[0]["stage"] == {"lock": "l", "keep": 5, "age": 201}


@pytest.mark.parametrize(("given", "sent"), [({"A": "{{ 1"}, '{"A": "{{ 1"}'), ({}, "")])
def test_values_go_as_one_text_which_is_empty_for_none(given: dict[str, str], sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not to be shown is masked wherever it stands in a result; and two braces may stand in a command."""
    host = Host(monkeypatch, HERE)
    host.start(env=given, secrets=given)
    assert host.asked[0]["env"] == host.asked[0]["secrets"] == sent
    assert not sent or json.loads(sent) == given
