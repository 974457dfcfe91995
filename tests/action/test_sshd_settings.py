"""The action ``sshd_settings``: nobody is locked out by what it does."""

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.hostler.fleet.plugins.action import sshd_settings, trial
from tests.shared.samples import action

PERSIST = "-o ControlMaster=auto -o ControlPersist=10m"
ANEW = "-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=10 "
ASKS = {"changed": True, "asks": True}
LOST = AnsibleConnectionFailure("Permission denied (publickey)")
BEFORE = "No new connection comes in with sshd's new settings, so those before are back"


class Asked(sshd_settings.ActionModule):
    """The action, with a host that gives these answers."""

    answers: list[dict[str, Any] | Exception]
    asked: list[tuple[str, str]]

    def _execute_module(self, module_name: str = "", module_args: dict[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        """Note what becomes of the settings, and by which connection that is said; return the next answer."""
        assert module_args is not None
        self.asked.append((module_args.get("then", "ask"), self._connection.options["ssh_args"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def ask(
    *answers: dict[str, Any] | Exception, text: str = "X", transport: str = "ssh", password: str = ""
) -> tuple[Any, list[tuple[str, str]]]:
    """Return the action's result, and what the host was asked, by which arguments of ssh."""
    made = action(Asked, text=text)
    options: dict[str, Any] = {"ssh_args": PERSIST, "password": password}
    made._connection = SimpleNamespace(
        transport=transport, options=options, get_option=options.get, set_option=options.__setitem__, _shell=SimpleNamespace(tmpdir=None)
    )
    made.answers, made.asked = list(answers), []
    result = made.run()
    assert made.answers == []
    assert options["ssh_args"] == PERSIST
    return result, made.asked


def test_what_holds_is_kept_by_a_connection_of_its_own() -> None:
    """One that is open already would hide that none can be opened."""
    result, asked = ask(ASKS, {"changed": True})
    assert result == {"changed": True}
    assert asked == [("ask", PERSIST), ("keep", f"{ANEW}{PERSIST}")]


def test_where_nothing_is_changed_nobody_comes_in_anew() -> None:
    assert ask({"changed": False, "asks": False}) == ({"changed": False}, [("ask", PERSIST)])
    refused = {"failed": True, "msg": "no"}
    assert ask(refused) == (refused, [("ask", PERSIST)])


@pytest.mark.parametrize("wrong", [LOST, {"failed": True, "msg": "Permission denied (publickey)"}])
def test_what_lets_nobody_in_is_taken_back_by_the_connection_that_is_open(wrong: dict[str, Any] | Exception) -> None:
    result, asked = ask(ASKS, wrong, {"changed": True})
    assert result == {"failed": True, "msg": f"{BEFORE}: Permission denied (publickey)"}
    assert asked[2:] == [("take_back", PERSIST)]


@pytest.mark.parametrize("back", [AnsibleConnectionFailure("gone"), {"failed": True, "msg": "gone"}])
def test_where_that_cannot_be_the_host_does_it(back: dict[str, Any] | Exception) -> None:
    result, _ = ask(ASKS, LOST, back)
    assert result["msg"] == f"{BEFORE} within a minute, by the host itself: Permission denied (publickey)"


def test_who_comes_with_a_password_is_told_before_the_host_is_asked() -> None:
    result, asked = ask(password="secret")
    assert result["msg"].startswith("hardening_ssh: you come in with a password")
    assert asked == []
    # Nothing of ours is nothing to be locked out by
    assert ask({"changed": False}, text="", password="secret")[1] == [("ask", PERSIST)]


def test_who_does_not_come_by_ssh_is_not_locked_out_by_it() -> None:
    result, asked = ask(ASKS, {"changed": True}, transport="podman")
    assert (result, [then for then, _ in asked]) == ({"changed": True}, ["ask", "keep"])


@pytest.mark.parametrize(("refusals", "keeps"), [(1, True), (trial.TRIES - 1, True), (trial.TRIES, False)])
def test_sshd_may_take_a_moment_to_listen_again(monkeypatch: pytest.MonkeyPatch, refusals: int, keeps: bool) -> None:
    """It closes its socket and opens it anew; that is no reason to take anything back."""
    monkeypatch.setattr(trial, "PAUSE", 0)
    refused = AnsibleConnectionFailure("ssh: connect to host 192.0.2.21 port 22: Connection refused")
    result, asked = ask(ASKS, *[refused] * refusals, {"changed": True})
    assert ("failed" in result) != keeps
    assert [then for then, _ in asked] == ["ask", *["keep"] * (refusals + keeps), *([] if keeps else ["take_back"])]
