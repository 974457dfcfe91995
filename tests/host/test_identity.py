"""By what a host shows who it is: the certificate is told, the key never."""

from pathlib import Path

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.build.identities import identities
from ansible_collections.hostler.fleet.plugins.module_utils.host import identity
from tests.shared.certificates import NOW


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where it lies."""
    for name in ("OWN", "AUTHORITY"):
        monkeypatch.setattr(identity, name, tmp_path / getattr(identity, name).name)
    return tmp_path


def test_a_host_without_one_says_so(folder: Path) -> None:
    assert (identity.certificate(), identity.authority()) == ("", "")


def test_the_certificate_is_told_without_its_key(folder: Path) -> None:
    made = identities("", "tests", {"web1": ({"192.0.2.21"}, "")}, NOW)
    (folder / "host.pem").write_text(made.made["web1"])
    (folder / "authority.pem").write_text(made.authority)
    assert identity.certificate() == made.made["web1"].partition("-----BEGIN PRIVATE")[0]
    assert identity.authority() == made.authority


def test_one_that_a_hand_has_spoilt_is_none(folder: Path) -> None:
    (folder / "host.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    assert identity.certificate() == ""
