"""Until when certificates are valid, as the running HAProxy says it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Refused

SHOP = """\
Filename: /etc/haproxy/tls/shop.pem
Status: Used
notBefore: Nov 27 18:15:25 2026 GMT
notAfter: Jan  5 18:15:25 2027 GMT
Subject Alternative Name: DNS:shop.example
"""


def test_each_is_told_by_its_app_and_one_that_is_empty_is_not() -> None:
    """Nor is one that visitors are not shown."""
    said = {
        "show ssl cert": "# filename\n/etc/haproxy/tls/api.pem\n/etc/haproxy/fleet/host.pem\n/etc/haproxy/tls/shop.pem\n",
        "show ssl cert /etc/haproxy/tls/api.pem": "Filename: /etc/haproxy/tls/api.pem\nStatus: Empty\n",
        "show ssl cert /etc/haproxy/tls/shop.pem": SHOP,
    }
    runtime: Any = SimpleNamespace(ask=said.__getitem__)
    assert certificates.ends(runtime) == {"shop": 1_799_172_925}


def test_a_haproxy_without_certificates_has_none() -> None:
    runtime: Any = SimpleNamespace(ask=lambda _: "Unknown command: 'ssl'\n")
    assert certificates.ends(runtime) == {}


@pytest.mark.parametrize("refuses", ["", "set", "commit"])
def test_another_certificate_is_taken_whole_or_not_at_all(refuses: str) -> None:
    """An empty line would end it; and what HAProxy does not take is not left half done."""
    asked: list[str] = []

    def ask(command: str) -> str:
        asked.append(command)
        verb = command.split()[0]
        if verb == refuses:
            return "unable to load certificate\n\n"
        return {"set": "Transaction created for certificate shop.pem!\n\n", "commit": "Committing shop.pem\nSuccess!\n\n"}.get(verb, "")

    runtime: Any = SimpleNamespace(ask=ask)
    if not refuses:
        certificates.take(runtime, Path("shop.pem"), "one\n\ntwo\n")
        assert asked == ["set ssl cert shop.pem <<\none\ntwo\n", "commit ssl cert shop.pem"]
    else:
        with pytest.raises(Refused, match="HAProxy does not take shop.pem: unable to load certificate"):
            certificates.take(runtime, Path("shop.pem"), "one\n")
        assert asked[-1] == "abort ssl cert shop.pem"
