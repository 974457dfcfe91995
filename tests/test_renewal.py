"""When a certificate is asked for that a balancer gets by itself."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.renewal import ASKED_SECONDS, Renewal

URL, DAY, NOW = "https://ca.example/dir", 86400, 1_800_000_000


def got(days: float, who: str = "balancer1 shop.example") -> Renewal:
    """Return what is known of a certificate that is valid from now on for so many days."""
    return Renewal().got(URL, "digest", NOW, NOW + int(days * DAY), who, NOW)


@pytest.mark.parametrize("days", [90, 45, 6.67, 1])
def test_it_is_renewed_after_a_share_of_its_time_however_long_that_is(days: float) -> None:
    """With a third of it left, or a little more: not all at once."""
    dues = [got(days, f"balancer{number} shop.example").due - NOW for number in range(50)]
    assert all(7 / 12 * days * DAY - 1 <= due <= 2 / 3 * days * DAY for due in dues)
    assert len(set(dues)) > 40


def test_between_times_the_authority_is_asked_now_and_then() -> None:
    """Whether it would have it renewed earlier."""
    known = got(90)
    assert not known.asks(URL, "digest", NOW + ASKED_SECONDS - 1)
    assert known.asks(URL, "digest", NOW + ASKED_SECONDS)
    known = known.kept(NOW + ASKED_SECONDS)
    assert not known.asks(URL, "digest", NOW + 2 * ASKED_SECONDS - 1)
    assert known.asks(URL, "digest", known.due)


@pytest.mark.parametrize(("authority", "digest"), [("https://other.example/dir", "digest"), (URL, "another")])
def test_one_of_another_authority_or_that_is_no_more_is_asked_for_at_once(authority: str, digest: str) -> None:
    """As where a staging authority was tried first, or a balancer was built anew."""
    assert got(90).asks(authority, digest, NOW)
    assert Renewal().asks(authority, digest, NOW)


def test_after_a_failure_it_waits_for_twice_as_long_each_time_a_day_at_most() -> None:
    """Authorities bar who asks too often."""
    known, now, waits = Renewal(), NOW, []
    for _ in range(40):
        known = known.without("why", now)
        waits.append(next(hours for hours in range(100) if known.asks(URL, "", now + hours * 3600)))
        now += waits[-1] * 3600
    assert waits[:7] == [1, 2, 4, 8, 16, 24, 24]
    assert waits[-1] == 24
    assert (known.failed, known.since, known.why) == (40, NOW, "why")
    assert (known.kept(now).failed, known.kept(now).why, known.kept(now).since) == (0, "", 0)


def test_what_was_got_does_not_go_with_a_failure() -> None:
    known = got(90).without("why", NOW + 60 * DAY)
    assert known.has(URL, "digest")
    assert not known.asks(URL, "digest", NOW + 60 * DAY + 3599)
