"""An operator's certificate, key and issuers, held against each other and the app's domains."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from ansible_collections.hostler.fleet.plugins.module_utils.build import authority
from ansible_collections.hostler.fleet.plugins.module_utils.build.certificate import problems
from tests.shared.certificates import DAY, NOW, signed


class Files:
    """A certificate with its issuer, and its key, which a test spoils."""

    def __init__(self, folder: Path) -> None:
        """Begin with what is good."""
        self.folder = folder
        self.pair = signed(folder, "shop.example", "*.shop.example")
        self.issuer = authority.authority(folder, "tests", NOW, keep=True).text()
        self.text, self.key = self.pair.text() + self.issuer, self.pair.key_text()
        self.domains, self.now = ["shop.example", "www.shop.example"], NOW

    def problems(self) -> list[str]:
        """Return what is wrong with them."""
        return list(problems(self.text, self.key, self.domains, self.now))

    def other(self) -> authority.Pair:
        """Return a certificate of another authority."""
        return signed(self.folder / "other", "other.example", name="other", issuer="somebody")

    def secured(self) -> str:
        """Return the key with a passphrase."""
        return self.pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


SPOILT: dict[str, tuple[Callable[[Files], dict[str, object]], list[str]]] = {
    "nothing": (lambda _: {}, []),
    "without its issuer, as one of its own": (lambda files: {"text": files.pair.text()}, []),
    "no PEM": (lambda _: {"text": "x"}, ["certificate: it has no certificate in PEM, which begins with '-----BEGIN CERTIFICATE-----'."]),
    "the key in its place": (lambda files: {"text": files.key}, ["certificate: it has no certificate in PEM, which begins with"]),
    "no key": (lambda files: {"key": files.text}, ["key: it has no private key in PEM, which begins with"]),
    "a key with a passphrase": (
        lambda files: {"key": files.secured()},
        ["key: it has a passphrase, which nobody could type on a balancer;"],
    ),
    "the key of another": (lambda files: {"key": files.other().key_text()}, ["key: it is not the key of CN=shop."]),
    "the issuer of another": (
        lambda files: {"text": files.pair.text() + files.other().text()},
        ["certificate: CN=other comes after CN=shop, and is not its issuer; write the app's own first, then each one's issuer."],
    ),
    "the wrong way round": (
        lambda files: {"text": files.issuer + files.pair.text()},
        [
            "key: it is not the key of CN=Hostler's authority of tests.",
            "certificate: CN=shop comes after CN=Hostler's authority of tests, and is not its issuer;",
            "certificate: it is for no name, not for shop.example, www.shop.example of 'domains'.",
        ],
    ),
    "too late": (lambda _: {"now": NOW + 400 * DAY}, ["certificate: CN=shop is no longer valid since 2027-12-24 16:00 UTC; renew it."]),
    "too early": (
        lambda _: {"now": NOW - DAY},
        ["certificate: CN=shop is not valid before 2026-11-22 16:00 UTC.", "certificate: CN=Hostler"],
    ),
    "another name": (
        lambda _: {"domains": ["shop.example", "a.b.shop.example", "other.example"]},
        ["certificate: it is for *.shop.example, shop.example, not for a.b.shop.example, other.example of 'domains'."],
    ),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT)
def test_what_is_wrong_is_told_in_one_sentence_each(tmp_path: Path, spoil: Callable[[Files], dict[str, object]], said: list[str]) -> None:
    files = Files(tmp_path)
    vars(files).update(spoil(files))
    found = files.problems()
    assert len(found) == len(said), found
    assert all(one.startswith(beginning) for one, beginning in zip(found, said, strict=True)), found


def test_no_sentence_has_a_part_of_the_key(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.key = files.key.replace("BEGIN PRIVATE KEY", "BEGIN SOMETHING")
    assert all(line not in " ".join(files.problems()) for line in files.key.splitlines()[1:-1])
