"""A balancer's certificates are renewed, each by itself, and shown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.acme import known, renew
from ansible_collections.hostler.fleet.plugins.module_utils.acme.order import Issued, NoAnswer
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy import certificates
from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.runtime import Down, Refused
from ansible_collections.hostler.fleet.plugins.module_utils.host.files import File
from ansible_collections.hostler.fleet.plugins.module_utils.host.systemd import Failed
from tests.acme.conftest import SETTINGS

NOW, DAY = 1_800_000_000, 86400


class Balancer:
    """What is asked of the authority, by domain, and what HAProxy is told of; both may be no good."""

    def __init__(self, folder: Path) -> None:
        """Have certificates lie in a folder."""
        self.folder, self.asked, self.took = folder, [], []  # type: ignore[var-annotated]
        self.wrong: dict[str, Exception] = {}
        self.refuses: Exception | None = None
        self.due = True

    def order(self, _: Any, domain: str, only_if_due: bool) -> Issued | None:
        """Stand in for the authority."""
        self.asked.append((domain, only_if_due))
        if domain in self.wrong:
            raise self.wrong[domain]
        return Issued(f"certificate {len(self.asked)}", NOW, NOW + 90 * DAY) if self.due or not only_if_due else None

    def take(self, _: Any, file: Path, text: str) -> None:
        """Stand in for HAProxy."""
        if self.refuses:
            raise self.refuses
        self.took.append((file.stem, text))

    def renew(self, now: int = NOW, *domains: str) -> int:
        """Run the program."""
        settings = replace(SETTINGS, domains=list(domains)) if domains else SETTINGS
        return renew.renew_all(settings, None, now)  # type: ignore[arg-type]


@pytest.fixture
def balancer(tmp_path: Path, states: Path, monkeypatch: pytest.MonkeyPatch) -> Balancer:
    """Return a balancer with one of ours for each domain."""
    made = Balancer(tmp_path)
    monkeypatch.setattr(renew, "CERTIFICATES", tmp_path)
    monkeypatch.setattr(renew, "order", made.order)
    monkeypatch.setattr(certificates, "take", made.take)
    monkeypatch.setattr(renew, "File", _file(File))
    for domain in SETTINGS.domains:
        (tmp_path / f"{domain}.pem").write_text("one of ours")
    return made


def _file(file: Callable[..., Any]) -> Callable[..., Any]:
    """Return a file for everybody: tests have no group of HAProxy's."""
    return lambda path, group: file(path)


def test_each_domain_gets_its_own_once(balancer: Balancer, tmp_path: Path) -> None:
    assert balancer.renew() == 0
    assert balancer.asked == [("a.example", False), ("b.example", False)]
    assert balancer.took == [("a.example", "certificate 1"), ("b.example", "certificate 2")]
    assert (tmp_path / "a.example.pem").read_text() == "certificate 1"
    assert balancer.renew(NOW + 3600) == 0
    assert len(balancer.asked) == 2
    assert len(balancer.took) == 2


def test_it_is_renewed_in_time_and_asked_for_before(balancer: Balancer) -> None:
    """Between times the authority has no other one to give."""
    balancer.renew(NOW, "a.example")
    balancer.due = False
    balancer.renew(NOW + 10 * DAY, "a.example")
    assert balancer.asked[1:] == [("a.example", True)]
    assert len(balancer.took) == 1
    balancer.renew(NOW + 60 * DAY, "a.example")
    assert balancer.asked[2:] == [("a.example", False)]
    assert balancer.took[1:] == [("a.example", "certificate 3")]


def test_a_domain_that_has_none_keeps_no_other_from_its_own(balancer: Balancer, tmp_path: Path) -> None:
    balancer.wrong["a.example"] = Failed("DNS problem")
    assert balancer.renew() == 1
    assert [domain for domain, _ in balancer.took] == ["b.example"]
    assert (tmp_path / "a.example.pem").read_text() == "one of ours"
    found = known.read("a.example")
    assert (found.digest, found.failed, found.why, found.since) == ("", 1, "DNS problem", NOW)
    # Neither asked for too often, nor forgotten
    assert balancer.renew(NOW + 1800) == 1
    assert len(balancer.asked) == 2
    known.again(["a.example", "b.example"])
    balancer.wrong.clear()
    assert balancer.renew(NOW + 1801) == 0
    assert balancer.asked[2:] == [("a.example", False)]
    assert not known.read("a.example").why


def test_an_authority_that_does_not_answer_is_asked_once(balancer: Balancer) -> None:
    balancer.wrong["a.example"] = NoAnswer("no route")
    assert balancer.renew() == 1
    assert balancer.asked == [("a.example", False)]
    assert known.read("b.example").failed == 0


def test_what_haproxy_did_not_take_is_told_it_again_and_not_got_again(balancer: Balancer) -> None:
    balancer.refuses = Refused("no")
    assert balancer.renew(NOW, "a.example") == 1
    assert known.read("a.example").why == "no"
    balancer.refuses = None
    balancer.renew(NOW + 60, "a.example")
    assert balancer.took == [("a.example", "certificate 1")]
    assert len(balancer.asked) == 1


def test_a_haproxy_that_does_not_run_reads_the_file_when_it_starts(balancer: Balancer) -> None:
    balancer.refuses = Down("no")
    assert balancer.renew(NOW, "a.example") == 0
    assert known.read("a.example").taken


def test_a_certificate_that_is_no_more_is_got_anew(balancer: Balancer, tmp_path: Path) -> None:
    """As where a hand has taken it away, and site.yml has put one of ours there."""
    balancer.renew(NOW, "a.example")
    (tmp_path / "a.example.pem").write_text("one of ours")
    balancer.renew(NOW + 60, "a.example")
    assert balancer.took[-1] == ("a.example", "certificate 2")


def test_what_is_known_goes_with_its_domain(balancer: Balancer, states: Path) -> None:
    balancer.renew()
    (states / "b.example-cert.pem").touch()
    balancer.renew(NOW + 60, "a.example")
    assert [path.name for path in states.iterdir()] == ["a.example.json"]
    assert list(known.read_all()) == ["a.example"]


def test_what_a_hand_has_spoilt_is_as_nothing(balancer: Balancer, states: Path) -> None:
    (states / "a.example.json").write_text("{")
    assert balancer.renew(NOW, "a.example") == 0
    assert known.read("a.example").digest
