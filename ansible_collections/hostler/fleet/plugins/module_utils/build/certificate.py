"""Certificates that an operator has, held against the app that is to show them. Source: RFC 5280 and RFC 6125."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtensionOID


def read(text: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM file, in its order; ValueError where there is none, or one that cannot be read."""
    return x509.load_pem_x509_certificates(text.encode())


def names(certificate: x509.Certificate) -> set[str]:
    """Return the host names that a certificate is for, in lower case, some with a wildcard, and the addresses."""
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return set()
    assert isinstance(found, x509.SubjectAlternativeName)
    hosts = found.get_values_for_type(x509.DNSName)
    return {host.lower() for host in hosts} | {str(address) for address in found.get_values_for_type(x509.IPAddress)}


def covers(certificate: x509.Certificate, domain: str) -> bool:
    """Tell whether a certificate is for a host name; a wildcard stands for one label."""
    return bool(names(certificate) & {domain, f"*.{domain.partition('.')[2]}"})


def problems(text: str, key: str, domains: list[str], now: datetime) -> Iterator[str]:
    """Yield what is wrong with a PEM file of a certificate and its issuers, and with that of its key, for an app of these domains."""
    try:
        chain = read(text)
    except ValueError:
        yield "certificate: it has no certificate in PEM, which begins with '-----BEGIN CERTIFICATE-----'."
        return
    own = chain[0]
    yield from (f"key: {problem}" for problem in _of_key(key, own))
    for one, issuer in pairwise(chain):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield (
                f"certificate: {_subject(issuer)} comes after {_subject(one)}, and is not its issuer; "
                "write the app's own first, then each one's issuer."
            )
    for one in chain:
        if now > one.not_valid_after_utc:
            yield f"certificate: {_subject(one)} is no longer valid since {_day(one.not_valid_after_utc)}; renew it."
        elif now < one.not_valid_before_utc:
            yield f"certificate: {_subject(one)} is not valid before {_day(one.not_valid_before_utc)}."
    if missing := [domain for domain in domains if not covers(own, domain)]:
        yield f"certificate: it is for {', '.join(sorted(names(own))) or 'no name'}, not for {', '.join(missing)} of 'domains'."


def _of_key(text: str, certificate: x509.Certificate) -> Iterator[str]:
    try:
        key = load_pem_private_key(text.encode(), None)
    except TypeError:
        yield (
            "it has a passphrase, which nobody could type on a balancer; take it off, by 'openssl pkey -in FILE -out NEW', and have "
            "Ansible Vault encrypt the file."
        )
        return
    except ValueError:
        yield "it has no private key in PEM, which begins with '-----BEGIN PRIVATE KEY-----' or the like."
        return
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        yield f"it is not the key of {_subject(certificate)}."


def _subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"the certificate {certificate.serial_number:x}"


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
