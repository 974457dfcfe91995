"""What an operator says of how hosts are hardened."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.hardening import checked
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused


@pytest.mark.parametrize(
    ("upgrades", "begin", "seconds"),
    [("04:00-05:00", "04:00", 3600), ("23:30-00:15", "23:30", 2700), ("00:00-23:59", "00:00", 86340), ("", "", 0)],
)
def test_upgrades_begin_within_the_hours_that_are_named_past_midnight_too(upgrades: str, begin: str, seconds: int) -> None:
    assert checked(upgrades, "1G") == {"begin": begin, "seconds": seconds}


@pytest.mark.parametrize("upgrades", ["4-5", "04:00", "04:00-04:00", "24:00-01:00", "04:60-05:00", " 04:00-05:00", False, 240, None])
def test_other_hours_are_refused_with_what_would_do(upgrades: object) -> None:
    with pytest.raises(Refused) as refused:
        checked(upgrades, "1G")
    assert str(refused.value) == (
        f"hardening_upgrades: {upgrades!r} is no time from one hour to another; "
        "such as '04:00-05:00', or '' for what the distribution does."
    )


@pytest.mark.parametrize("journal", ["1", "0M", "lots", "1 G", "10%", 500, True])
def test_a_journal_has_a_size(journal: object) -> None:
    with pytest.raises(Refused) as refused:
        checked("", journal)
    assert str(refused.value).startswith(f"hardening_journal: {journal!r} is no size; such as '500M' or '1G'")
    assert checked("", "500M") == checked("", "")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        checked("4", "4")
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["hardening_upgrades", "hardening_journal"]
