"""The record of many deploys, in short; the script has the long one."""

from record import record


def test_deploys_and_rollbacks_lose_nothing() -> None:
    """Neither a request, nor an entry that was acknowledged; and none is executed twice."""
    result = record(1, rate=60, watch=1)
    print(result.table())
    assert result.tally.failed == []
    assert result.missing() == []
