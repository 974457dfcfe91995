"""``get_certificates``: what a run asks for, and what it tells of it."""

from dataclasses import replace

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.acme import known
from ansible_collections.hostler.fleet.plugins.module_utils.renewal import Renewal
from ansible_collections.hostler.fleet.plugins.modules import get_certificates
from tests.shared.programs import Programs
from tests.shared.samples import run_module

DOMAINS = ["a.example", "b.example"]
GOT = Renewal("https://ca.example/dir", "digest", 2_000_000_000, 1_900_000_000, taken=True, tried=1_800_000_000)


def test_what_failed_is_tried_again_at_once_and_told_where_it_fails_again(uacme: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also that a certificate which is there is not renewed; what is well is not told."""
    uacme.add("systemctl")
    known.keep("a.example", Renewal().without("DNS problem", 1_800_000_000))
    known.keep("b.example", GOT.without("too many", 1_800_000_000))
    told = run_module(get_certificates, monkeypatch, domains=[*DOMAINS, "c.example"])
    assert uacme.calls == [["systemctl", "start", "hostler-certificates.service"]]
    assert known.read("a.example").tried == known.read("b.example").tried == 0
    assert (told["failed"], told["changed"]) == (False, False)
    assert told["waiting"] == {"a.example": "DNS problem", "b.example": "too many", "c.example": "it was not asked for"}
    assert told["warnings"] == [
        "a.example: it has no certificate yet: DNS problem; it is tried again by itself.",
        "b.example: its certificate is not renewed: too many; it is tried again by itself.",
        "c.example: it has no certificate yet: it was not asked for; it is tried again by itself.",
    ]


def test_it_has_changed_what_there_is_another_certificate_of(uacme: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    uacme.add("systemctl")
    for domain in DOMAINS:
        known.keep(domain, GOT)
    assert run_module(get_certificates, monkeypatch, domains=DOMAINS) == {"failed": False, "changed": False, "waiting": {}}
    monkeypatch.setattr(get_certificates, "run", lambda *_, **__: known.keep("a.example", replace(GOT, digest="other")))
    assert run_module(get_certificates, monkeypatch, domains=DOMAINS)["changed"]


def test_in_check_mode_nobody_is_asked(uacme: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    uacme.add("systemctl")
    known.keep("a.example", GOT)
    assert run_module(get_certificates, monkeypatch, check=True, domains=["a.example"])["changed"] is False
    assert run_module(get_certificates, monkeypatch, check=True, domains=DOMAINS)["changed"] is True
    assert uacme.calls == []
