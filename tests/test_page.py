"""The fleet's page by a domain of its own: what is refused before anything is touched, and in which words."""

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.page import Page, of_users, pages
from tests.shared.samples import app

ROOT = Path("/fleet")
APPS = [app(name="shop", domains=["shop.example", "*.example.org"], default=True, tls="off")]
GOOD: dict[str, Any] = {"domain": "fleet.example.org", "tls": "selfsigned", "allow": ["192.0.2.0/24", "2001:db8::7"]}
HASH = "$6$saltsalt$" + "a" * 86


def refused(given: object, monitors: tuple[str, ...] = ("monitor1",)) -> list[str]:
    """Return what is said against it, a sentence each."""
    with pytest.raises(Refused) as error:
        pages(given, APPS, monitors, ROOT)
    return str(error.value).splitlines()


@pytest.mark.parametrize("given", [None, {}])
@pytest.mark.parametrize("monitors", [[], ["monitor1"]])
def test_nobody_has_to_say_anything(given: object, monitors: list[str]) -> None:
    assert pages(given, APPS, monitors, ROOT) == []


def test_a_page_is_called_by_its_domain() -> None:
    """One for which an app has a wildcard, too: names come before these."""
    name = "fleet.example.org"
    assert pages(GOOD, APPS, ["monitor1"], ROOT) == [Page(name, [name], False, "selfsigned", "", "", ["192.0.2.0/24", "2001:db8::7"])]


def test_its_certificate_is_as_an_app_s() -> None:
    files = {"tls": "files", "certificate": "tls/fleet.pem", "key": "/vault/fleet.key"}
    [page] = pages({**GOOD, **files}, APPS, ["monitor1"], ROOT)
    assert (page.certificate, page.key) == ("/fleet/tls/fleet.pem", "/vault/fleet.key")
    [page] = pages({**GOOD, "domain": "flotte.bücher.de", "tls": None}, APPS, ["monitor1"], ROOT)
    assert (page.name, page.tls) == ("flotte.xn--bcher-kva.de", "acme")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"domains": ["a.de"]}, "monitor_page.domains: there is no such key; did you mean domain?"),
        ({"colour": 1}, "monitor_page.colour: there is no such key; there are domain, tls, certificate, key, allow, users."),
        ({"domain": None}, "monitor_page.domain: None is no whole host name without wildcard, port and path; such as 'fleet.example.org'."),
        ({"domain": "*.example.de"}, "monitor_page.domain: '*.example.de' is no whole host name"),
        ({"domain": "fleet"}, "monitor_page.domain: 'fleet' is no whole host name"),
        ({"domain": "fleet.de:443"}, "monitor_page.domain: 'fleet.de:443' is no whole host name"),
        ({"domain": "Fleet.de"}, "monitor_page.domain: 'Fleet.de' is no whole host name"),
        ({"domain": "shop.example"}, "monitor_page.domain: 'shop.example' is shop's; the page needs a name of its own, such as "),
        ({"tls": "off"}, "monitor_page.tls: passwords go by HTTPS alone; write 'tls: selfsigned', or 'tls: files' with "),
        ({"tls": False}, "monitor_page.tls: passwords go by HTTPS alone; "),
        ({"tls": "auto"}, "monitor_page.tls: passwords go by HTTPS alone; "),
        ({"tls": "file"}, "monitor_page.tls: 'file' is none of auto, acme, files, selfsigned."),
        ({"tls": "files"}, "monitor_page.tls: files needs 'certificate' and 'key', "),
        ({"key": "a"}, "monitor_page.key: it is of no use with 'tls: selfsigned'; "),
        ({"allow": []}, "monitor_page.allow: it says from where the page may be read; name your networks, such as ['192.0.2.0/24', "),
        ({"allow": None}, "monitor_page.allow: it says from where the page may be read; "),
        ({"allow": "192.0.2.7"}, "monitor_page.allow: it is no list; "),
        ({"allow": ["office"]}, "monitor_page.allow: 'office' is no address and no network; "),
        ({"allow": ["0.0.0.0/0"]}, "monitor_page.allow: 0.0.0.0/0 is everybody; "),
        ({"allow": ["192.0.2.7", "::/0"]}, "monitor_page.allow: ::/0 is everybody; "),
        ({"allow": ["128.0.0.0/1", "0.0.0.0/1"]}, "monitor_page.allow: together these are 0.0.0.0/0, which is everybody; "),
    ],
)
def test_what_cannot_be_meant_or_is_open_is_one_sentence(change: dict[str, Any], said: str) -> None:
    [sentence] = refused({**GOOD, **change})
    assert sentence.startswith(said)
    assert sentence[-1] in ".?"


def test_without_a_host_that_watches_there_is_no_page() -> None:
    assert refused(GOOD, ()) == ["monitor_page: no host is in the group 'monitor', so there is no page; add one, or take the variable out."]


@pytest.mark.parametrize("given", ["fleet.example.org", ["fleet.example.org"], True])
def test_it_is_a_dictionary(given: object) -> None:
    [said] = refused(given)
    assert said.startswith("monitor_page: it is no dictionary; such as {domain: fleet.example.org, ")


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [one.partition(":")[0] for one in refused({"tls": "off"}, ())] == [
        "monitor_page",
        "monitor_page.domain",
        "monitor_page.tls",
        "monitor_page.allow",
    ]


@pytest.mark.parametrize("given", [{}, None, {"users": {"ops": HASH, "ann@example.org": HASH}}])
def test_who_logs_in_does_so_by_a_hash(given: object) -> None:
    assert list(of_users(given)) == []


@pytest.mark.parametrize(
    ("users", "said"),
    [
        (None, "monitor_page.users: it says who may log in, by what hash of a password; such as {domain: "),
        ({}, "monitor_page.users: it says who may log in, "),
        (["ops"], "monitor_page.users: it says who may log in, "),
        ({"o:s": HASH}, "monitor_page.users: 'o:s' is no name to log in by; "),
        ({"ops people": HASH}, "monitor_page.users: 'ops people' is no name to log in by; "),
        *[
            (
                {"ops": one},
                "monitor_page.users.ops: it is no hash of a password by SHA-512 with 5000 rounds, which begins with '$6$'; make one by "
                "'openssl passwd -6', which asks for the password.",
            )
            for one in (
                *("hunter2", "", None, HASH[:-1], f"{HASH}a", f"{HASH}\n", HASH.replace("$6$", "$5$"), f"$y$j9T$hunter2${'a' * 43}"),
                *("$2y$05$" + "hunter2" + "a" * 46, "$6$rounds=656000$hunter2$" + "a" * 86),
            )
        ],
    ],
)
def test_anything_else_is_refused_and_not_told(users: object, said: str) -> None:
    [sentence] = of_users({"domain": "fleet.example.org", "users": users})
    assert sentence.startswith(said)
    assert "hunter2" not in sentence
    assert HASH not in sentence
