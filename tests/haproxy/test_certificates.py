"""Until when certificates are valid, as the running HAProxy says it."""

from types import SimpleNamespace
from typing import Any

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates

SHOP = """\
Filename: /etc/haproxy/tls/shop.pem
Status: Used
notBefore: Nov 27 18:15:25 2026 GMT
notAfter: Jan  5 18:15:25 2027 GMT
Subject Alternative Name: DNS:shop.example
"""


def test_each_is_told_by_its_app_and_one_that_is_empty_is_not() -> None:
    said = {
        "show ssl cert": "# filename\n/etc/haproxy/tls/api.pem\n/etc/haproxy/tls/shop.pem\n",
        "show ssl cert /etc/haproxy/tls/api.pem": "Filename: /etc/haproxy/tls/api.pem\nStatus: Empty\n",
        "show ssl cert /etc/haproxy/tls/shop.pem": SHOP,
    }
    runtime: Any = SimpleNamespace(ask=said.__getitem__)
    assert certificates.ends(runtime) == {"shop": 1_799_172_925}


def test_a_haproxy_without_certificates_has_none() -> None:
    runtime: Any = SimpleNamespace(ask=lambda _: "Unknown command: 'ssl'\n")
    assert certificates.ends(runtime) == {}
