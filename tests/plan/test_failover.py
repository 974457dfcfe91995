"""Which host takes over, and what is done to the other one: whatever there is, there are never two that take writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.database.primary import Host
from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.failover import AT_ONCE, IN_ORDER, Asked, Plan, events, plan
from tests.shared.planned import agree_on
from tests.shared.samples import app

LEADS = Host(ours=True, answers=True, at=9)
DOWN = Host(ours=True)
STREAMS = Host(ours=True, follows=True, answers=True, recovers=True, streams=True, at=9)
BEHIND = replace(STREAMS, streams=False)
STOPPED = Host(ours=True, follows=True, at=9, clean=True)
UNMADE = Host(ours=True, follows=True, unmade=True)


def decided(first: Host | None, second: Host | None, to: str = "", lost: str = "", rejoin: str = "", reached: tuple[str, ...] = ()) -> Plan:
    hosts = {"db1": first, "db2": second}
    return plan(Asked(to, lost, rejoin), hosts, {name: reached for name, one in hosts.items() if not one})


def refused(*hosts: Host | None, **said: object) -> str:
    with pytest.raises(Refused) as refusal:
        decided(*hosts, **said)  # type: ignore[arg-type]
    return str(refusal.value)


class TestInOrder:
    """The primary answers."""

    def test_it_is_stopped_in_order_and_follows_with_what_it_has(self) -> None:
        made = decided(LEADS, STREAMS, to="db2")
        assert made == Plan("db2", "db1", IN_ORDER, "db1", lines=("db2 takes over from db1, which follows it then.",))

    def test_so_it_is_the_other_way_round(self) -> None:
        made = decided(STREAMS, LEADS, to="db1")
        assert (made.leads, made.former, made.stop, made.follows, made.anew, made.word) == ("db1", "db2", IN_ORDER, "db2", False, "")

    def test_so_it_is_of_one_that_a_killed_run_has_noted_and_not_stopped(self) -> None:
        assert decided(replace(LEADS, follows=True), STREAMS, to="db2") == decided(LEADS, STREAMS, to="db2")

    def test_one_that_takes_writes_already_is_left(self) -> None:
        assert decided(LEADS, STREAMS, to="db1") == Plan(lines=("db1 takes writes already.",))

    def test_beside_one_that_waits_it_is_said_how_that_comes_to_follow(self) -> None:
        [line] = decided(DOWN, LEADS, to="db2").lines
        assert line == "db2 takes writes already. 'failover.yml -e rejoin=db1' has db1 follow it."


class TestBrokenOff:
    """What a run has left that was killed is gone on with."""

    def test_once_both_follow_it_takes_over_and_nothing_has_to_be_stopped(self) -> None:
        """The other one was stopped with all that it wrote sent."""
        made = decided(STOPPED, STREAMS, to="db2")
        assert (made.leads, made.former, made.stop, made.follows, made.anew) == ("db2", "db1", "", "db1", False)
        # The one that has stopped may as well
        assert decided(STOPPED, BEHIND, to="db1").leads == "db1"

    def test_who_has_less_does_not_take_over(self) -> None:
        said = refused(replace(STOPPED, at=10), BEHIND, to="db2")
        assert said == "to: db1 has more than db2, and takes writes as little; -e to=db1 loses nothing."
        assert decided(replace(STOPPED, at=10), BEHIND, to="db1").leads == "db1"

    def test_so_it_is_where_both_were_started_again(self) -> None:
        assert decided(BEHIND, BEHIND, to="db2").leads == "db2"
        assert refused(replace(BEHIND, at=10), BEHIND, to="db2").startswith("to: db1 has more than db2")

    def test_one_of_which_nobody_knows_how_far_it_came_is_not_counted_on(self) -> None:
        """It does not run, and was not stopped in order."""
        assert "say -e lost=db1" in refused(replace(STOPPED, clean=False), BEHIND, to="db2")

    @pytest.mark.parametrize("other", [STOPPED, UNMADE, BEHIND], ids=["stopped", "without data", "not told"])
    def test_once_it_has_taken_over_the_other_one_follows(self, other: Host) -> None:
        """A run was killed between the two; whether that needs data anew, its own note says."""
        assert decided(other, LEADS, to="db2") == Plan(follows="db1", lines=("db2 takes writes already; db1 follows it.",))


class TestLost:
    """The primary does not answer."""

    def test_one_that_is_reached_is_stopped_and_gets_data_anew(self) -> None:
        made = decided(DOWN, STREAMS, to="db2", lost="db1")
        assert (made.leads, made.former, made.stop, made.follows, made.anew) == ("db2", "db1", AT_ONCE, "db1", True)
        assert made.lines == ("db2 takes over. db1 is stopped, and follows it with data anew; what it had not sent is lost.",)

    def test_one_that_is_not_reached_is_left(self) -> None:
        made = decided(None, BEHIND, to="db2", lost="db1")
        assert (made.leads, made.former, made.stop, made.follows, made.anew) == ("db2", "db1", "", "", False)
        assert made.lines == ("db2 takes over. db1 was not reached; once it is back, have it rejoin; what it had not sent is lost.",)

    def test_data_that_are_gone_are_got_anew(self) -> None:
        made = decided(Host(lost=True, wrong="A run of restore.yml broke off on this host."), STREAMS, to="db2", lost="db1")
        assert (made.leads, made.stop, made.follows, made.anew) == ("db2", AT_ONCE, "db1", True)

    def test_a_new_host_in_its_place_has_nothing_to_stop(self) -> None:
        """Nor a PostgreSQL: site.yml makes it one that follows."""
        made = decided(Host(), STREAMS, to="db2", lost="db1")
        assert made == Plan("db2", "db1", lines=("db2 takes over. db1 has no data; site.yml has it follow.",))

    def test_one_that_waits_alone_goes_on_with_what_it_has(self) -> None:
        """The gate keeps it, for the other one and the archive are away."""
        made = decided(DOWN, None, to="db1", lost="db2")
        assert (made.leads, made.former, made.stop, made.follows) == ("db1", "db2", "", "")


class TestRejoin:
    """One comes back and follows."""

    def test_with_data_of_its_own_the_operator_types_its_name(self) -> None:
        made = decided(DOWN, LEADS, rejoin="db1")
        assert (made.leads, made.stop, made.follows, made.anew, made.word) == ("", "", "db1", True, "db1")
        assert made.lines[0] == "db1 gets data anew, and follows db2."
        assert made.lines[1].startswith("It was written to. What it has and db2 has not goes: ")
        assert "/var/lib/postgresql on db1" in made.lines[1]

    def test_so_it_is_where_both_take_writes(self) -> None:
        for name in ("db1", "db2"):
            made = decided(LEADS, LEADS, rejoin=name)
            assert (made.follows, made.anew, made.word) == (name, True, name)

    @pytest.mark.parametrize("own", [Host(), BEHIND, UNMADE], ids=["nothing", "not told", "without data"])
    def test_without_any_nobody_is_asked(self, own: Host) -> None:
        assert decided(own, LEADS, rejoin="db1") == Plan(follows="db1", anew=True, lines=("db1 gets data anew, and follows db2.",))

    def test_one_that_follows_well_is_left(self) -> None:
        assert decided(STREAMS, LEADS, rejoin="db1") == Plan(lines=("db1 follows db2 already.",))


FOREIGN = "/var/lib/postgresql/17/main has data that Hostler did not make."


@pytest.mark.parametrize(
    ("first", "second", "asked", "said"),
    [
        (LEADS, STREAMS, {}, "failover: say which host apps are to write to, -e to=NAME, or which one that was written to is to follow, "),
        (
            LEADS,
            STREAMS,
            {"to": "db2", "rejoin": "db1"},
            "failover: say which host apps are to write to, -e to=NAME, or which one that was",
        ),
        (LEADS, STREAMS, {"to": "db3"}, "to: no host 'db3' is in the group 'database'; there is db1 and db2."),
        (LEADS, STREAMS, {"to": "db2", "lost": "web1"}, "lost: no host 'web1' is in the group 'database'; there is db1 and db2."),
        (LEADS, STREAMS, {"rejoin": "db"}, "rejoin: no host 'db' is in the group 'database'; there is db1 and db2."),
        (DOWN, LEADS, {"rejoin": "db1", "lost": "db1"}, "lost: it is said with 'to'; a host that is lost cannot rejoin."),
        (LEADS, None, {"to": "db2"}, "to: db2 is not reached; see to that, then run this again."),
        (LEADS, None, {"rejoin": "db2"}, "rejoin: db2 is not reached; see to that, then run this again."),
        (
            DOWN,
            STREAMS,
            {"rejoin": "db1"},
            "rejoin: no other host takes writes, so there is none that db1 could follow; -e to=NAME has one take",
        ),
        (
            LEADS,
            STREAMS,
            {"rejoin": "db1"},
            "rejoin: no other host takes writes, so there is none that db1 could follow; -e to=NAME has one take",
        ),
        (
            None,
            STREAMS,
            {"rejoin": "db2"},
            "rejoin: no other host takes writes, so there is none that db2 could follow; -e to=NAME has one take",
        ),
        (LEADS, STREAMS, {"to": "db2", "lost": "db2"}, "lost: it is db1 from which db2 takes over, and not db2."),
        (LEADS, LEADS, {"to": "db2"}, "db1 and db2 both take writes."),
        (LEADS, Host(), {"to": "db2"}, "to: db2 has no data by which it could take over; site.yml has it follow first."),
        (None, Host(), {"to": "db2", "lost": "db1"}, "to: db2 has no data by which it could take over; site.yml has it follow first."),
        (LEADS, UNMADE, {"to": "db2"}, "to: db2 has no data by which it could take over; site.yml has it follow first."),
        (DOWN, UNMADE, {"to": "db2", "lost": "db1"}, "to: db2 has no data by which it could take over; site.yml has it follow first."),
        (DOWN, Host(lost=True), {"to": "db2", "lost": "db1"}, "to: db2 has no data by which it could take over; site.yml has it"),
        (LEADS, STREAMS, {"to": "db2", "lost": "db1"}, "lost: db1 takes writes; leave that out, and db2 takes over in order, by which"),
        (
            LEADS,
            BEHIND,
            {"to": "db2"},
            "to: db2 is not told what db1 writes, as that does, so it cannot take over in order; see status.yml",
        ),
        (
            LEADS,
            STOPPED,
            {"to": "db2"},
            "to: db2 is not told what db1 writes, as that does, so it cannot take over in order; see status.yml",
        ),
        (
            DOWN,
            STREAMS,
            {"to": "db2"},
            "to: db1 does not answer, so what it has not sent to db2 would be lost. If it comes back soon, nothing",
        ),
        (
            None,
            STREAMS,
            {"to": "db2"},
            "to: db1 does not answer, so what it has not sent to db2 would be lost. If it comes back soon, nothing",
        ),
        (
            DOWN,
            STREAMS,
            {"to": "db1"},
            "to: db2 has followed, and may have more than db1, which does not answer. site.yml has db1 run, and is",
        ),
        (
            Host(wrong=FOREIGN),
            STREAMS,
            {"to": "db2", "lost": "db1"},
            f"to: what db1 does cannot be told, so it might take writes too. {FOREIGN}",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_one_sentence(first: Host | None, second: Host | None, asked: dict[str, str], said: str) -> None:
    assert refused(first, second, **asked).startswith(said)


def test_what_a_refusal_asks_for_is_what_does() -> None:
    """Of one that is reached, the word alone; of one that is not, that it is off."""
    assert refused(DOWN, STREAMS, to="db2").endswith("to go on without it, say -e lost=db1.")
    assert refused(None, STREAMS, to="db2").endswith(
        "say -e lost=db1, once it is off, or no web host can reach it: db2 does not know whether it still takes writes."
    )


def test_one_that_web_hosts_reach_is_not_lost() -> None:
    """The control node alone does not reach it, and apps write to it."""
    assert refused(None, STREAMS, to="db2", lost="db1", reached=("web1", "db2")) == (
        "lost: db1 is not lost: web1, db2 can reach its PostgreSQL, and apps may write to it. Turn it off first, then run this again."
    )


def test_of_one_host_alone_nothing_takes_over() -> None:
    with pytest.raises(Refused, match="no second host is in the group 'database'"):
        plan(Asked("db1", "", ""), {"db1": LEADS}, {})


def test_the_history_has_one_event_of_each_app_whose_data_it_is() -> None:
    made = decided(LEADS, STREAMS, to="db2")
    known = agree_on({"hello": "blue"})
    [event] = events([app(), app(name="shop", database=True)], known, "now", made)
    assert event == {"run": "run1", "by": "ann@desk", "at": "now", "app": "shop", "event": "moved", "from": "db1", "to": "db2"}


def states() -> Iterator[Host | None]:
    """Yield all that a host may say of itself, and that it is not reached."""
    yield None
    yield Host(wrong=FOREIGN)
    for ours, lost, follows, unmade in product([True, False], repeat=4):
        if (ours and lost) or (unmade and not follows) or (follows and not unmade and not ours):
            continue
        for answers, recovers, streams, clean, at in product([True, False], [True, False], [True, False], [True, False], [0, 9]):
            if (answers and not ours) or (not answers and (recovers or streams)) or (streams and not recovers) or (clean and answers):
                continue
            yield Host(ours, lost, "", follows, unmade, answers, recovers, streams, at, clean)


NAMES = ("db1", "db2")
ASKED = [Asked(*words) for words in product(["", *NAMES], repeat=3)]
STATES = list(states())


def made(first: Host | None, second: Host | None) -> Iterator[tuple[Asked, Plan, tuple[str, ...]]]:
    """Yield what may be asked for with two hosts, and what is decided; not what is refused."""
    for asked, reached in product(ASKED, [(), ("web1",)]):
        try:
            yield asked, decided(first, second, asked.to, asked.lost, asked.rejoin, reached), reached
        except Refused:
            continue


@pytest.mark.parametrize("first", STATES, ids=[str(number) for number in range(len(STATES))])
def test_nothing_is_decided_that_could_make_two_primaries(first: Host | None) -> None:
    """Over all that two hosts may say, and all that may be asked for."""
    for second in STATES:
        hosts = {"db1": first, "db2": second}
        for asked, found, reached in made(first, second):
            context = (hosts, asked, found)
            if found.leads:
                own, other = hosts[found.leads], hosts[found.former]
                assert (found.leads, own is not None, found.leads != found.former) == (asked.to, True, True), context
                assert own
                # It has data to go on with, and was not the one already
                assert own.ready or (own.led and own.ours), context
                assert not own.writes, context
                if other and other.writes:
                    assert (found.stop, own.streams) == (IN_ORDER, True), context
                if other and other.led:
                    assert found.stop, context
                if other and other.led and not other.writes:
                    # What it may have more is lost by the operator's word alone, and is not followed on with
                    assert (asked.lost, found.stop, found.anew) == (found.former, AT_ONCE, True), context
                if not other:
                    assert (asked.lost, reached, found.stop, found.follows) == (found.former, (), "", ""), context
                if not found.stop and other and not other.bare:
                    # Both follow, and none has more than who takes over
                    assert (own.follows, other.follows, other.at <= own.at) == (True, True, True), context
            else:
                assert (found.stop, found.former) == ("", ""), context
            if found.follows:
                one = hosts[found.follows]
                assert one, context
                assert found.follows != found.leads, context
                leads = hosts[found.leads] if found.leads else None
                others = [name for name, each in hosts.items() if each and each.writes and name != found.follows]
                # There is somebody to follow
                assert leads or others, context
                if not found.leads and (one.led or one.writes):
                    # Its own data go by the operator's word
                    assert (found.word, found.anew, asked.rejoin) == (found.follows, True, found.follows), context
                if not found.anew and found.stop != IN_ORDER:
                    assert one.follows, context
            assert found.lines, context
