"""What hosts of a fleet show each other, and what signs it."""

import pytest
from cryptography import x509

from ansible_collections.hostler.fleet.plugins.module_utils.build.certificate import names, read
from ansible_collections.hostler.fleet.plugins.module_utils.build.identities import SPAN, Identities, identities
from tests.shared.certificates import DAY, NOW

HOSTS = {"web1": ({"192.0.2.21"}, ""), "Balancer.1": ({"192.0.2.11", "2001:db8::11"}, "")}


def has(found: Identities) -> dict[str, tuple[set[str], str]]:
    """Return the hosts as they say what they are afterwards."""
    return {name: (addresses, found.made.get(name, was)) for name, (addresses, was) in HOSTS.items()}


def test_each_host_has_one_for_all_that_it_is_called() -> None:
    found = identities("", "tests", HOSTS, NOW)
    assert set(found.made) == set(HOSTS)
    [own] = read(found.made["Balancer.1"])
    assert names(own) == {"balancer.1", "192.0.2.11", "2001:db8::11"}
    [ca] = read(found.ca)
    own.verify_directly_issued_by(ca)
    assert own.subject.rfc4514_string() == "CN=Balancer.1"
    assert "PRIVATE KEY" in found.made["Balancer.1"]
    assert "PRIVATE KEY" not in found.ca


def test_one_that_is_good_stays_whoever_asks() -> None:
    """What is kept on the host that watches is all that the next one who runs a playbook needs."""
    first = identities("", "tests", HOSTS, NOW)
    again = identities(first.authority, "another", has(first), NOW + DAY)
    assert (again.made, again.ca, again.authority) == ({}, first.ca, first.authority)


@pytest.mark.parametrize(
    ("change", "days"),
    [(({"192.0.2.99"}, None), 1), (({"192.0.2.21"}, "spoilt"), 1), (({"192.0.2.21"}, ""), 1), (({"192.0.2.21"}, None), 500)],
    ids=["another address", "spoilt", "lost", "nearly over"],
)
def test_one_that_is_not_good_is_made_anew(change: tuple[set[str], str | None], days: int) -> None:
    first = identities("", "tests", HOSTS, NOW)
    known = has(first)
    addresses, text = change
    known["web1"] = (addresses, known["web1"][1] if text is None else text)
    again = identities(first.authority, "tests", known, NOW + days * DAY)
    assert "web1" in again.made
    assert ("Balancer.1" in again.made) == (days > 1)


def test_where_what_signs_is_lost_or_nearly_over_all_is_made_anew() -> None:
    first = identities("", "tests", HOSTS, NOW)
    lost = identities("", "tests", has(first), NOW)
    assert set(lost.made) == set(HOSTS)
    over = identities(first.authority, "tests", has(first), NOW + 3000 * DAY)
    assert over.ca != first.ca
    assert set(over.made) == set(HOSTS)
    [ca] = read(over.ca)
    assert ca.not_valid_after_utc > NOW + 3000 * DAY + SPAN


@pytest.mark.parametrize("kept", ["spoilt", "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"])
def test_what_is_kept_and_cannot_be_read_is_no_reason_for_another(kept: str) -> None:
    with pytest.raises(ValueError, match=".+"):
        identities(kept, "tests", HOSTS, NOW)


def test_a_long_name_fits() -> None:
    name = ".".join(["a" * 60, "b" * 60, "example.org"])
    [own] = read(identities("", "tests", {name: ({"192.0.2.1"}, "")}, NOW).made[name])
    assert names(own) == {name, "192.0.2.1"}
    assert own.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == name[:64]
