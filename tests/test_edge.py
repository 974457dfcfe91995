"""What is said of the edge: what is refused before anything is touched."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.edge import (
    of_acme,
    of_headers,
    of_kinds,
    of_networks,
    of_numbers,
    of_ports,
    of_proxies,
)
from tests.shared.samples import app


def one(source: object, kind: object = "forwarded") -> dict[str, object]:
    """Return a proxy as an inventory has it."""
    return {"from": source, "kind": kind}


def test_networks_and_addresses_of_both_kinds_are_taken() -> None:
    given = [one("192.0.2.0/24"), one("192.0.2.7"), one("2001:db8::/64", "proxy"), one("198.51.100.7/32", "proxy")]
    assert list(of_proxies(given)) == []
    assert list(of_proxies([])) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("192.0.2.0/24", "balancer_trusted_proxies: it is no list; begin each proxy with '- {from: 192.0.2.0/24, kind: forwarded}'."),
        (["192.0.2.0/24"], "balancer_trusted_proxies.#1: it has to say 'from' and 'kind' and no more"),
        ([{"from": "192.0.2.7"}], "balancer_trusted_proxies.#1: it has to say 'from' and 'kind' and no more"),
        ([one("192.0.2.7", "http")], "balancer_trusted_proxies.#1.kind: 'http' is neither forwarded, "),
        ([one("192.0.2.7/24")], "balancer_trusted_proxies.#1.from: '192.0.2.7/24' has more than its mask covers; write '192.0.2.0/24'"),
        ([one("cdn.example.org")], "balancer_trusted_proxies.#1.from: 'cdn.example.org' is no address and no network; "),
        ([one("0.0.0.0/0")], "balancer_trusted_proxies.#1.from: 0.0.0.0/0 is everybody"),
        ([one("::/0", "proxy")], "balancer_trusted_proxies.#1.from: ::/0 is everybody"),
        (
            [one("192.0.2.0/24"), one("192.0.2.7", "proxy")],
            "balancer_trusted_proxies.#2.from: 192.0.2.7/32 and 192.0.2.0/24 have addresses",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(given: object, said: str) -> None:
    [problem] = of_proxies(given)
    assert problem.startswith(said)


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ({"balancer_port": 80, "balancer_tls_port": "443"}, []),
        ({"balancer_port": 443, "balancer_tls_port": "443"}, ["balancer_tls_port: 443 is balancer_port too; each needs its own."]),
        (
            {"balancer_port": 0, "balancer_tls_port": 65536},
            ["balancer_port: 0 is no port from 1 to 65535.", "balancer_tls_port: 65536 is no port"],
        ),
        ({"balancer_port": "http"}, ["balancer_port: 'http' is no port from 1 to 65535."]),
    ],
)
def test_a_port_is_one_and_no_other_s(ports: dict[str, object], said: list[str]) -> None:
    found = list(of_ports(ports))
    assert len(found) == len(said)
    assert all(one.startswith(beginning) for one, beginning in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["192.0.2.0/24", "192.0.2.7", "2001:db8::/64"], ""),
        ([], ""),
        ("192.0.2.7", "it is no list; such as ['192.0.2.0/24', '2001:db8::/64']."),
        (["192.0.2.7/24"], "'192.0.2.7/24' has more than its mask covers; write '192.0.2.0/24', or the address alone."),
        (["office"], "'office' is no address and no network; such as "),
        (["::/0"], "::/0 is everybody; such as '192.0.2.0/24'."),
    ],
)
def test_who_has_no_limit_is_told_by_addresses(given: object, said: str) -> None:
    found = list(of_networks({"balancer_limit_allow": given}))
    assert len(found) == bool(said)
    assert all(one.startswith(f"balancer_limit_allow: {said}") for one in found)


@pytest.mark.parametrize("given", [-1, "-1", 1.5, True, None, "many", "", 101, "1000"])
def test_a_share_is_a_whole_number_of_a_hundred(given: object) -> None:
    name = "balancer_limit_transfers"
    assert list(of_numbers({name: given})) == [f"{name}: {given!r} is no whole number from 0 to 100."]
    assert list(of_numbers({name: 0, "balancer_body_seconds": "1000"})) == []


@pytest.mark.parametrize("kind", ["text", "*", "text/*", "text/css; charset=utf-8", "text/css image/png", "TEXT/CSS", "", None, 1])
def test_what_is_compressed_is_a_kind_of_answer(kind: object) -> None:
    assert list(of_kinds([kind])) == [f"balancer_compress: {kind!r} is no kind of an answer, such as 'text/css'."]
    assert list(of_kinds(["text/css", "image/svg+xml"])) == []
    assert list(of_kinds("text/css")) == ["balancer_compress: it is no list; such as ['text/css', 'image/svg+xml']."]


def test_headers_are_given_the_room_that_pages_of_the_balancer_need() -> None:
    name = "balancer_header_kilobytes"
    for given in (0, 15, 1025):
        assert list(of_numbers({name: given})) == [f"{name}: {given!r} is no whole number from 16 to 1024."]
    assert list(of_numbers({name: "64"})) == []


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'self'; img-src *"}, ""),
        ({"X Frame": "DENY"}, "balancer_headers: 'X Frame' is no name of a header"),
        ({1: "DENY"}, "balancer_headers: 1 is no name of a header"),
        *[
            ({"A": value}, "balancer_headers.A: ")
            for value in ('say "x"', "a\\b", "100%", "$HOME", "a\nb", "", None, True, ["a"], "\u00e9", "\u2028")
        ],
    ],
)
def test_a_header_is_one_that_haproxy_can_be_told(headers: dict[str, object], said: str) -> None:
    found = list(of_headers(headers))
    assert len(found) == bool(said)
    assert all(one.startswith(said) for one in found)


ACME = {
    "balancer_acme_directory": "letsencrypt",
    "balancer_acme_email": "",
    "balancer_acme_eab": "",
    "balancer_acme_dns_hook": "",
}
WILD = app(domains=["*.example.org", "example.org"], tls="acme")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"balancer_acme_directory": "letsencrypt-staging", "balancer_acme_email": "ops@example.org"},
        {"balancer_acme_directory": "https://ca.example.org:14000/dir", "balancer_acme_eab": "kid-1:zWND_-abc="},
    ],
)
def test_an_authority_is_one_of_two_or_any_by_its_url(given: dict[str, str]) -> None:
    assert list(of_acme({**ACME, **given}, [app(domains=["example.org"], tls="acme")])) == []
    assert list(of_acme({**ACME, **given, "balancer_acme_dns_hook": "/usr/share/uacme/nsupdate.sh"}, [WILD])) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"balancer_acme_directory": "zerossl"},
            "balancer_acme_directory: 'zerossl' is none of letsencrypt, letsencrypt-staging, and no URL",
        ),
        ({"balancer_acme_directory": "http://ca.example.org/dir"}, "balancer_acme_directory: 'http://ca.example.org/dir' is none of"),
        ({"balancer_acme_email": "ops"}, "balancer_acme_email: 'ops' is no address, such as"),
        ({"balancer_acme_eab": "a secret"}, "balancer_acme_eab: it is not 'KEYID:KEY'"),
        ({"balancer_acme_dns_hook": "hook.sh"}, "balancer_acme_dns_hook: 'hook.sh' is no path of a program on the balancers"),
        ({"balancer_acme_dns_hook": "/bin/sh -c x"}, "balancer_acme_dns_hook: '/bin/sh -c x' is no path"),
    ],
)
def test_what_no_authority_can_be_asked_with_is_one_sentence(given: dict[str, str], said: str) -> None:
    """None of what is secret is told."""
    [problem] = of_acme({**ACME, **given}, [])
    assert problem.startswith(said)
    assert "a secret" not in problem


def test_a_wildcard_needs_a_way_into_its_dns() -> None:
    [problem] = of_acme(ACME, [WILD])
    assert problem.startswith("apps.hello.domains: an authority gives a certificate for '*.example.org' to who changes its DNS alone")
    assert list(of_acme(ACME, [app(domains=["*.example.org"], tls="selfsigned")])) == []
