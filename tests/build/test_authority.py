"""The inventory's own authority, and what it signs."""

import ssl
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority
from ansible_collections.hostler.fleet.plugins.module_utils.build.certificate import names
from tests.shared.certificates import DAY, NOW, signed
from tests.shared.samples import git


def made(folder: Path, *wanted: str, now: datetime = NOW, keep: bool = True) -> bool:
    """Have the certificate of shop be there; tell whether it was made."""
    ca = authority.authority(folder, "tests", now, keep)
    return authority.certificate(folder, ca, "shop", wanted, now, keep)


def test_a_certificate_is_made_once_and_again_for_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    assert made(folder, "shop.example")
    assert not made(folder, "shop.example")
    assert made(folder, "shop.example", "192.0.2.11", "2001:db8::11")
    assert names(authority.read_pair(folder, "shop.crt", "shop.key").certificate) == {"shop.example", "192.0.2.11", "2001:db8::11"}
    assert not made(folder, "2001:db8::11", "192.0.2.11", "shop.example")
    assert made(folder, "shop.example")
    assert not made(folder, "shop.example", now=NOW + 260 * DAY)
    assert made(folder, "shop.example", now=NOW + 270 * DAY), "less than a third of its time is left"
    (folder / "ca.key").unlink()
    assert made(folder, "shop.example", now=NOW + 270 * DAY), "another authority"


def test_an_authority_that_ends_before_what_it_would_sign_is_made_anew(tmp_path: Path) -> None:
    first = authority.authority(tmp_path, "tests", NOW, keep=True).text()
    assert authority.authority(tmp_path, "tests", NOW + 3000 * DAY, keep=True).text() == first
    assert authority.authority(tmp_path, "tests", NOW + 3300 * DAY, keep=True).text() != first


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    made(folder, "shop.example")
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.glob("*.*")) if path.name != ".gitignore"} == {
        "authority": "0o700",
        **dict.fromkeys(("ca.crt", "ca.key", "shop.crt", "shop.key"), "0o600"),
    }


def test_git_passes_it_over_wherever_it_lies(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    made(tmp_path / "inventories/own/authority", "shop.example")
    assert git(tmp_path, "status", "--porcelain", "--untracked-files=all") == ""


def test_check_mode_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    assert made(tmp_path / "authority", "shop.example", keep=False)
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_trusts_the_authority_is_satisfied(tmp_path: Path) -> None:
    """By the rules of OpenSSL at its strictest, as browsers are."""
    signed(tmp_path, "localhost", "127.0.0.1", now=datetime.now().astimezone())
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=tmp_path / "ca.crt")
    server.load_cert_chain(tmp_path / "shop.crt", tmp_path / "shop.key")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in ("localhost", "127.0.0.1"):
        one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
        served, asked = server.wrap_bio(one, other, server_side=True), client.wrap_bio(other, one, server_hostname=name)
        for _ in range(4):
            for side in (asked, served):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
        assert asked.version() == "TLSv1.3"


def test_what_a_hand_has_spoilt_is_told(tmp_path: Path) -> None:
    made(tmp_path, "shop.example")
    (tmp_path / "ca.crt").write_text("nothing")
    with pytest.raises(ValueError, match="PEM"):
        made(tmp_path, "shop.example")


def test_it_signs_for_servers_alone(tmp_path: Path) -> None:
    pair = signed(tmp_path, "shop.example")
    ca = authority.authority(tmp_path, "tests", NOW, keep=True).certificate
    assert pair.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)
    assert (pair.certificate.not_valid_after_utc - pair.certificate.not_valid_before_utc).days <= 397
