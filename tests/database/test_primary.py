"""Which of two hosts apps write to, by what each says of itself."""

from itertools import product

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host, primary

NOTHING = Host()
LEADS = Host(ours=True, answers=True)
STOPPED = Host(ours=True, clean=True)
LOST = Host(lost=True)
STREAMS = Host(ours=True, follows=True, answers=True, recovers=True, streams=True)
AWAY = Host(ours=True, follows=True)  # it does not run
UNMADE = Host(ours=True, follows=True, unmade=True)
COMING = Host(follows=True, unmade=True)  # the first data have yet to come
KINDS = (NOTHING, LEADS, STOPPED, LOST, STREAMS, AWAY, UNMADE, COMING)


@pytest.mark.parametrize(
    ("first", "second", "leads", "said"),
    [
        (NOTHING, NOTHING, "db1", ""),
        (LEADS, NOTHING, "db1", ""),
        (NOTHING, LEADS, "db2", ""),
        (STOPPED, NOTHING, "db1", ""),
        (NOTHING, STOPPED, "db2", ""),
        (LOST, NOTHING, "db1", ""),
        (LEADS, COMING, "db1", ""),
        (COMING, LEADS, "db2", ""),
        (NOTHING, COMING, "db1", ""),
        (COMING, NOTHING, "db2", ""),
        (LEADS, UNMADE, "db1", ""),
        (LEADS, STREAMS, "db1", ""),
        (STREAMS, LEADS, "db2", ""),
        (STOPPED, STREAMS, "db1", ""),
        (STREAMS, STOPPED, "db2", ""),
        (LOST, STREAMS, "db1", ""),
        (LEADS, LEADS, "db1", "db1 and db2 both take writes. 'failover.yml -e rejoin=NAME' has one of them follow the other one; "),
        (STOPPED, LEADS, "db2", "db1 was written to before db2 was, and waits. 'failover.yml -e rejoin=db1' has it follow; what it alone"),
        (LEADS, STOPPED, "db1", "db2 was written to before db1 was, and waits. 'failover.yml -e rejoin=db2' has it follow; what it alone"),
        (LEADS, LOST, "db1", "db2 was written to before db1 was, and waits."),
        (STOPPED, STOPPED, "db1", "db1 and db2 both have data that were written to, and neither answers. 'failover.yml -e to=NAME' says "),
        (LOST, STOPPED, "db1", "db1 and db2 both have data that were written to, and neither answers."),
        (STREAMS, AWAY, "db1", "db1 follows, and there is nobody to follow. 'failover.yml -e to=db1' has apps write to it."),
        (NOTHING, STREAMS, "db2", "db2 follows, and there is nobody to follow. 'failover.yml -e to=db2' has apps write to it."),
        (UNMADE, AWAY, "db2", "db2 follows, and there is nobody to follow. 'failover.yml -e to=db2' has apps write to it."),
    ],
)
def test_of_two_hosts_it_is_known_or_said_what_decides(first: Host, second: Host, leads: str, said: str) -> None:
    found, wrong = primary({"db1": first, "db2": second})
    assert found == leads
    assert (wrong.startswith(said), bool(wrong)) == (True, bool(said))
    assert not wrong or wrong.endswith(".")


@pytest.mark.parametrize("one", KINDS)
def test_an_only_host_is_the_one(one: Host) -> None:
    """Also of one that follows, whose other one has left the inventory: that is said."""
    found, wrong = primary({"db1": one})
    assert found == "db1"
    assert bool(wrong) is one.ready


def test_whoever_alone_takes_writes_is_the_one() -> None:
    for first, second in product(KINDS, repeat=2):
        hosts = {"db1": first, "db2": second}
        writing = [name for name, one in hosts.items() if one.writes]
        if len(writing) == 1:
            assert primary(hosts)[0] == writing[0]


def test_where_it_is_clear_nobody_else_has_data_of_its_own() -> None:
    """So whoever is the primary by this can be followed without a loss."""
    for first, second in product(KINDS, repeat=2):
        hosts = {"db1": first, "db2": second}
        leads, wrong = primary(hosts)
        if not wrong:
            assert [name for name, one in hosts.items() if (one.led or one.writes) and name != leads] == []


def test_one_that_was_to_hand_over_and_still_runs_is_the_one() -> None:
    """A run was killed between its note and its stop."""
    assert primary({"db1": STREAMS, "db2": Host(ours=True, follows=True, answers=True)}) == ("db2", "")


def test_what_a_host_has_not_told_is_not_so() -> None:
    assert Host.of({}) == Host()
    assert Host.of({"ours": True, "version": "17", "at": 7}) == Host(ours=True, at=7)
