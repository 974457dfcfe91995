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


def test_a_sentence_in_which_a_number_goes_up_and_down_is_the_same_and_one_of_another_host_is_not() -> None:
    now = 0.0
    lasting = Lasting(lambda: now)
    assert told(lasting.told([], ["balancer1: 26 of the 32 places of hello are in use; see 'Places'."])) == {}
    now = SECONDS
    more = [f"{host}: {used} of the 32 places of hello are in use; see 'Places'." for host, used in (("balancer1", 31), ("balancer2", 26))]
    assert told(lasting.told([], more)) == {f'hostler_problem{{kind="warning",text="{more[0]}"}}': 1}
