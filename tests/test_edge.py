"""What is said of the edge: what is refused before anything is touched."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.edge import of_headers, of_ports, of_proxies


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
