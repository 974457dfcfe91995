"""Who is who among the hosts of a fleet: a certificate for each, by which they know each other, signed by an authority of the fleet's own.

The authority is kept on the hosts that others know by it, the one that monitors the fleet and those with its database, so whoever runs a
playbook has it; where all of them are built anew, so is it, and all certificates with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ansible_collections.hostler.fleet.plugins.module_utils.build.authority import Pair, begun, good, pair, signed
from ansible_collections.hostler.fleet.plugins.module_utils.build.certificate import read

SPAN = timedelta(days=730)  # of a host's certificate; a run renews one with a third of that left
# What reads metrics is a client, what is read a server; and hosts send their journals
USES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


@dataclass(frozen=True)
class Identities:
    """The `ca`, the authority's certificate, and the `authority`, with its key beside it; and what each host is to get whose own is not
    good any more: a certificate and its key. All as PEM.
    """

    ca: str
    authority: str = field(repr=False)
    made: dict[str, str] = field(repr=False)


def identities(kept: str, fleet: str, hosts: Mapping[str, tuple[set[str], str]], now: datetime) -> Identities:
    """Return them: `kept` is the authority that is there, empty for none, `fleet` a name for a new one; of each host by its name the
    addresses by which others come to it, and the certificate that it has.

    ValueError for what is kept and cannot be read.
    """
    authority = pair(kept, kept, "the fleet's authority") if kept else begun(fleet, now)
    if authority.certificate.not_valid_after_utc - now < SPAN:
        authority = begun(fleet, now)
    wanted = {name: {name.lower(), *addresses} for name, (addresses, _) in hosts.items()}
    due = [name for name, (_, has) in hosts.items() if not _good(has, authority, wanted[name], now)]
    made = {name: signed(authority, common(name), wanted[name], now, SPAN, USES, named=True) for name in due}
    return Identities(authority.text(), _whole(authority), {name: _whole(one) for name, one in made.items()})


def common(name: str) -> str:
    """Return the common name of a host's certificate. Source: RFC 5280, Appendix A.1, for how long one may be."""
    return name[:64]


def _good(has: str, authority: Pair, wanted: set[str], now: datetime) -> bool:
    """Tell whether the certificate that a host has may stay; what a hand has spoilt may not."""
    try:
        found = read(has)
    except ValueError:
        return False
    # pgBackRest of Debian 12 looks for an address among the names alone
    return bool(found) and good(found[0], authority, wanted, now, SPAN) and _names(found[0]) >= wanted


def _names(certificate: x509.Certificate) -> set[str]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(extension.value.get_values_for_type(x509.DNSName))


def _whole(one: Pair) -> str:
    return one.text() + one.key_text()
