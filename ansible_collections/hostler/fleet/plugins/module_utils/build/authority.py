"""A small certificate authority of the inventory's own, in a folder of the control node, and the certificates that it signs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ansible_collections.hostler.fleet.plugins.module_utils.build.certificate import names, read
from ansible_collections.hostler.fleet.plugins.module_utils.named import write

YEARS = timedelta(days=3650)  # of the authority
DAYS = timedelta(days=397)  # of a certificate; browsers take none that is valid for longer
EARLY = timedelta(hours=1)  # clocks differ
NAME, KEY = "ca.crt", "ca.key"


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def text(self) -> str:
        """Return the certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_text(self) -> str:
        """Return the private key as PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def authority(folder: Path, name: str, now: datetime, keep: bool) -> Pair:
    """Return the authority of a folder; where none is, or it ends before what it would sign, one is made, and kept if that is said."""
    if (folder / NAME).exists() and (folder / KEY).exists():
        found = read_pair(folder, NAME, KEY)
        if found.certificate.not_valid_after_utc - now > DAYS:
            return found
    made = begun(name, now)
    if keep:
        _keep(folder, made, NAME, KEY)
    return made


def begun(name: str, now: datetime) -> Pair:
    """Return a new authority, of the fleet or inventory of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hostler's authority of {name}")])
    return Pair(
        _builder(subject, subject, key, now, YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256()),
        key,
    )


def certificate(folder: Path, ca: Pair, app: str, wanted: Iterable[str], now: datetime, keep: bool) -> bool:
    """Have a folder keep a certificate of an app for host names and addresses; tell whether one was made, or would be.

    It is made anew where a third of its time is left, its names have changed, or the authority has.
    """
    wanted, files = set(wanted), (f"{app}.crt", f"{app}.key")
    if all((folder / file).exists() for file in files) and good(read_pair(folder, *files).certificate, ca, wanted, now, DAYS):
        return False
    made = signed(ca, app, wanted, now, DAYS, [ExtendedKeyUsageOID.SERVER_AUTH])
    if keep:
        _keep(folder, made, *files)
    return True


def signed(
    ca: Pair, name: str, wanted: set[str], now: datetime, span: timedelta, uses: list[x509.ObjectIdentifier], named: bool = False
) -> Pair:
    """Return a new key and a certificate for it: of this common name, for host names and addresses, for as long and for these uses.

    With `named`, addresses stand among the names too, for programs that look for them there alone.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return Pair(
        _builder(subject, ca.certificate.subject, key, now, span)
        .add_extension(x509.SubjectAlternativeName(_all_general(wanted, named)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .sign(ca.key, SHA256()),
        key,
    )


def good(certificate: x509.Certificate, ca: Pair, wanted: set[str], now: datetime, span: timedelta) -> bool:
    """Tell whether a certificate is this authority's, for these names and addresses, with a third left of how long such are valid."""
    try:
        certificate.verify_directly_issued_by(ca.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return names(certificate) == wanted and certificate.not_valid_after_utc - now > span / 3


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, span: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now - EARLY).not_valid_after(now + span - EARLY)


def _usage(sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign,
        key_cert_sign=sign,
        crl_sign=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _all_general(wanted: set[str], named: bool) -> list[x509.GeneralName]:
    found = [_general(one) for one in sorted(wanted)]
    return [*found, *(x509.DNSName(str(one.value)) for one in found if named and isinstance(one, x509.IPAddress))]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def read_pair(folder: Path, certificate: str, key: str) -> Pair:
    """Return a pair of files; ValueError where a hand has spoilt them."""
    return pair((folder / certificate).read_text(encoding="utf-8"), (folder / key).read_text(encoding="utf-8"), str(folder / key))


def pair(certificate: str, key: str, place: str) -> Pair:
    """Return a pair from PEM; ValueError, which names the `place`, where the key is none of ours."""
    found = load_pem_private_key(key.encode(), None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{place} is no key of ours")
    return Pair(read(certificate)[0], found)


def _keep(folder: Path, pair: Pair, certificate: str, key: str) -> None:
    """Keep a pair, the key first: a run that is killed between the two is followed by one that makes both anew."""
    (folder / certificate).unlink(missing_ok=True)
    keep_private(folder, {key: pair.key_text(), certificate: pair.text()})


def keep_private(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files of a folder, by their names and in this order, each in one step and for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Wherever an inventory is kept, its private keys are not
    write(folder / ".gitignore", "*\n")
    for name, text in texts.items():
        part = folder / f".{name}.part"
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        write(part, text)
        part.replace(folder / name)
