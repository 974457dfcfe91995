"""Counters, and what is read from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hostler.fleet.plugins.module_utils.haproxy.counters import since, worse
from tests.shared.traffic import count


@pytest.mark.parametrize(
    ("now", "then", "between"),
    [
        (count(10, 2), count(4, 1), count(6, 1)),
        (count(3, 1), count(4, 1), count(3, 1)),
        (count(4, 0), count(4, 1), count(0, 0)),
    ],
    ids=["on", "over a reload", "never less than nothing"],
)
def test_what_was_counted_in_between(now: dict[str, int], then: dict[str, int], between: dict[str, int]) -> None:
    assert since(now, then) == between


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        (count(10, 2), count(100), False),
        (count(10, 3), count(100), True),
        (count(1000, 10), count(100), False),
        (count(1000, 11), count(100), True),
        (count(100, 21), count(100, 10), False),
        (count(100, 22), count(100, 10), True),
        (count(0, 0), count(0, 0), False),
    ],
    ids=["too few to say", "three", "1 %", "more than 1 %", "twice", "more than twice", "nobody came"],
)
def test_worse_is_clearly_worse(here: dict[str, int], there: dict[str, int], said: bool) -> None:
    assert worse(here, there) is said


COUNTS = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda pair: count(max(pair), min(pair)))


@given(COUNTS)
def test_nothing_is_worse_than_itself(one: dict[str, int]) -> None:
    assert not worse(one, one)


@given(COUNTS, COUNTS)
def test_no_two_are_worse_than_each_other(one: dict[str, int], other: dict[str, int]) -> None:
    assert not (worse(one, other) and worse(other, one))


@given(COUNTS, COUNTS, st.integers(0, 10**6))
def test_more_good_answers_make_nothing_worse(one: dict[str, int], other: dict[str, int], more: int) -> None:
    assert worse(one, other) or not worse(count(one["requests"] + more, one["failed"]), other)


@given(COUNTS, COUNTS)
def test_what_came_since_is_never_less_than_nothing_nor_more_than_is(now: dict[str, int], then: dict[str, int]) -> None:
    assert all(0 <= since(now, then)[key] <= now[key] for key in now)
