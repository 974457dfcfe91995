"""Certificates that the balancers get by themselves, from the first to the last; Debian's pebble gives them."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pebble
import pytest
from fleet import ADDRESS, BALANCERS, LAB, Run, get, on, play, runtime, site
from load import Load, Secure

pytestmark = pytest.mark.long
SITE, MORE, FORBIDDEN = "ledger.example.org", "www.ledger.example.org", "forbidden.example.org"
ACME: dict[str, object] = {"ledger_tls": "acme", "balancer_acme_directory": pebble.DIRECTORY, "ledger_domains": [SITE, MORE]}
ACME |= {"firewall_open": [{"port": port, "proto": "tcp"} for port in (14000, pebble.NAMES)]}
STATES = "/var/lib/hostler/acme"
NOBODY = "127.0.0.9"


def shown(balancer: str, domain: str, authority: str) -> str:
    """Return the number of the certificate that a visitor is shown, who holds it against the domain."""
    connection = Secure(ADDRESS[balancer], domain, authority)
    try:
        connection.connect()
        found = connection.sock.getpeercert()
        assert found
        return str(found["serialNumber"])
    finally:
        connection.close()


def process(balancer: str) -> str:
    """Return the number of the process of HAProxy that serves."""
    return next(line.split()[1] for line in runtime(balancer, "show info").splitlines() if line.startswith("Pid: "))


def state(balancer: str, domain: str) -> dict[str, object]:
    """Return what a balancer knows of a domain's certificate."""
    return dict(json.loads(on(balancer, f"cat {STATES}/{domain}.json")))


def is_due(balancer: str, domain: str) -> None:
    """Have a certificate be due, as it is with a third of its time left."""
    on(balancer, f'sed -i \'s/"due": [0-9]*/"due": 1/\' {STATES}/{domain}.json')


def renews(balancer: str) -> bool:
    """Do what the timer does; tell whether there was nothing that failed."""
    return on(balancer, "systemctl start hostler-certificates.service 2>/dev/null; echo $?").strip() == "0"


def balancers(**variables: object) -> Run:
    """Have the balancers be as they are to be, and nothing else."""
    return site("--tags", "balancer", **variables)


def problems(**variables: object) -> list[str]:
    """Return the problems of which status tells."""
    run = play("status", **{**ACME, **variables})
    return [line for line in run.output.splitlines() if "PROBLEM: " in line]


@pytest.fixture(scope="module", autouse=True)
def run() -> Iterator[Run]:
    """Have the ledger's certificates come from pebble; and be served by HTTP alone in the end, as the inventory says."""
    pebble.begins(FORBIDDEN)
    for host in BALANCERS:
        assert on(host, f"ls {STATES} 2>/dev/null || true") == ""
    yield site(**ACME).well()
    site("--tags", "firewall,balancer").well()
    pebble.ends()
    for balancer in BALANCERS:
        assert on(balancer, f"ls -A /etc/haproxy/tls; ls -A /etc/hostler/acme/private {STATES} | grep -v ':$' || true").split() == ["list"]


@pytest.fixture(scope="module")
def root(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of who has signed."""
    return pebble.root(tmp_path_factory.mktemp("root"))


@pytest.mark.parametrize("balancer", BALANCERS)
def test_each_balancer_has_one_for_each_domain(balancer: str, root: str) -> None:
    """From the very run that asked for them, though one of five answers of the authority is that it should be asked again."""
    numbers = {shown(balancer, domain, root) for domain in (SITE, MORE)}
    assert len(numbers) == 2
    assert on(balancer, f"stat -c '%U:%G %a' /etc/haproxy/tls/{SITE}.pem").strip() == "root:haproxy 640"
    assert on(balancer, "stat -c '%U:%G %a' /etc/hostler/acme/private/key.pem").strip() == "root:root 640"
    assert get(f"{SITE}:80", "/tell", balancer).status == 308
    # By whatever name, nobody but the authority learns more than that somebody is at home
    answer = get(SITE, "/.well-known/acme-challenge/any_token-1", balancer)
    assert answer.status == 200
    assert answer.body.startswith("any_token-1.")
    assert get(SITE, "/.well-known/acme-challenge/any/other", balancer).status == 308
    assert get("hello.example.org", "/.well-known/acme-challenge/any_token-1", balancer).status == 404


def test_who_changes_dns_has_one_for_a_wildcard(root: str) -> None:
    """By a program of the operator's; without it, it is refused before anything is touched."""
    wild: dict[str, object] = {**ACME, "ledger_domains": [SITE, MORE, f"*.{SITE}"]}
    refused = balancers(**wild)
    assert refused.code != 0
    assert "say how in 'balancer_acme_dns_hook'" in refused.output
    balancers(**wild, balancer_acme_dns_hook=pebble.DNS_HOOK).well()
    assert all(shown(balancer, f"any.{SITE}", root) != shown(balancer, SITE, root) for balancer in BALANCERS)
    balancers(**ACME).well()


def test_a_second_run_asks_nobody_and_all_is_well() -> None:
    assert set(balancers(**ACME).well().changed.values()) == {0}
    assert problems() == []


def test_ten_renewals_are_noticed_by_nobody(root: str) -> None:
    """HAProxy goes on as it was: no reload."""
    before = {balancer: (shown(balancer, SITE, root), process(balancer)) for balancer in BALANCERS}
    load = Load([ADDRESS[balancer] for balancer in BALANCERS], authority=root)
    with load.running() as tally:
        for _ in range(5):
            for balancer in BALANCERS:
                is_due(balancer, SITE)
                assert renews(balancer)
    print(f"{tally.sent} requests")
    assert tally.failed == []
    assert tally.sent > 100
    for balancer in BALANCERS:
        assert shown(balancer, SITE, root) != before[balancer][0]
        assert process(balancer) == before[balancer][1]


def test_a_domain_that_waits_keeps_no_other_from_its_own(root: str) -> None:
    """Why is told by the run, and by status, which ends badly; once the domain leads here, it gets its own."""
    late = "late.example.org"
    pebble.leads(late, NOBODY)
    more = {**ACME, "ledger_domains": [SITE, late, FORBIDDEN, "other.example.org"]}
    told = balancers(**more).well().output
    assert f"{late}: it has no certificate yet: " in told
    assert f"{FORBIDDEN}: it has no certificate yet: Order included an identifier for which issuance is forbidden by policy" in told
    for balancer in BALANCERS:
        assert shown(balancer, "other.example.org", root)
        # Not one that anybody trusts, but the site is there
        with pytest.raises(ssl.SSLCertVerificationError):
            shown(balancer, late, root)
        assert shown(balancer, late, str(LAB / "authority/ca.crt"))
        # Who is no more has left nothing
        assert on(balancer, f"ls /etc/haproxy/tls {STATES} | grep -c {MORE} || true").strip() == "0"
    found = problems(ledger_domains=more["ledger_domains"])
    assert len(found) == 4
    assert all(f"{domain} has no certificate: " in "".join(found) for domain in (late, FORBIDDEN))
    pebble.leads(late, ADDRESS["balancer2"])
    # It is not asked for all the time, but by a run at once
    assert not renews("balancer1")
    with pytest.raises(ssl.SSLCertVerificationError):
        shown("balancer1", late, root)
    del more["ledger_domains"]
    balancers(**more, ledger_domains=[SITE, late]).well()
    for balancer in BALANCERS:
        assert shown(balancer, late, root)


def test_while_the_authority_is_silent_visitors_see_what_was_there(root: str) -> None:
    """And status tells of it; when it is back, knowing nobody any more, all goes on."""
    before = shown("balancer1", SITE, root)
    is_due("balancer1", SITE)
    pebble.is_silent()
    assert not renews("balancer1")
    assert shown("balancer1", SITE, root) == before
    [problem] = problems(ledger_domains=[SITE, "late.example.org"])
    assert f"balancer1: the certificate of {SITE}, valid for " in problem
    assert "is not renewed: https://" in problem
    assert "does not answer" in problem
    pebble.answers()
    assert set(balancers(**{**ACME, "ledger_domains": [SITE, "late.example.org"]}).well().changed.values()) == {0, 1}
    assert problems(ledger_domains=[SITE, "late.example.org"]) == []


def test_a_balancer_that_is_built_anew_gets_its_own(tmp_path: Path) -> None:
    """The account's key too; as does one that has lost it, which says so."""
    root = pebble.root(tmp_path)  # It has begun anew, too
    on("balancer1", f"rm -r {STATES} /etc/hostler/acme /etc/haproxy/tls/*.pem /etc/haproxy/tls/account.map")
    on("balancer2", "rm /etc/hostler/acme/private/key.pem")
    is_due("balancer2", SITE)
    assert not renews("balancer2")
    assert "key.pem" in str(state("balancer2", SITE)["why"])
    balancers(**{**ACME, "ledger_domains": [SITE, MORE]}).well()
    for balancer in BALANCERS:
        assert shown(balancer, SITE, root)
        assert shown(balancer, MORE, root)
    assert problems() == []
