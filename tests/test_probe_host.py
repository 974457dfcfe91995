"""What a host is asked, and what on it an app may not take."""

from pathlib import Path

import pytest

from roles.fleet.library import probe_host


@pytest.mark.parametrize("given", ["192.0.2.21", "10.0.0.1"])
def test_an_address_is_taken_as_it_is(given: str) -> None:
    assert probe_host.own_address(given) == given


@pytest.mark.parametrize("given", ["web1.example.org", "2001:db8::21"])
def test_where_it_is_no_ipv4_address_the_host_s_own_is_found(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Socket:
        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> "Socket":
            return self

        def __exit__(self, *_: object) -> None: ...
        def connect(self, _: object) -> None: ...
        def getsockname(self) -> tuple[str, int]:
            return "192.0.2.99", 1

    monkeypatch.setattr("socket.socket", Socket)
    assert probe_host.own_address(given) == "192.0.2.99"


def test_a_name_that_belongs_to_a_user_of_the_system_is_taken() -> None:
    assert probe_host.owner_of("daemon").startswith("the user daemon with the home ")


def test_a_name_that_belongs_to_a_unit_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello@.service").touch()
    monkeypatch.setattr(probe_host, "UNIT_FOLDERS", (str(tmp_path),))
    assert probe_host.owner_of("hello") == f"the unit {tmp_path}/hello@.service"


def test_a_folder_that_is_no_app_s_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_host, "HOMES", tmp_path)
    (tmp_path / "hello").mkdir()
    assert probe_host.owner_of("hello") == f"the folder {tmp_path}/hello"
    assert probe_host.owner_of("another") == ""
