"""What is told once it lasts."""

from ansible_collections.hostler.fleet.plugins.module_utils.observe.lasting import SECONDS, Lasting
from tests.observe.told import told

ONE = 'hostler_problem{kind="problem",text="one"}'


def test_what_lasts_is_told_and_what_comes_and_goes_is_not() -> None:
    now = 0.0
    lasting = Lasting(lambda: now)
    assert told(lasting.told(["one"], ["full"])) == {}
    now = SECONDS
    assert told(lasting.told(["one", "new"], ["full"])) == {ONE: 1, 'hostler_problem{kind="warning",text="full"}': 1}
    now += 1
    assert told(lasting.told(["new"])) == {}
    # Once more, from the beginning
    now += SECONDS
    assert ONE not in told(lasting.told(["one", "new"]))
