"""Which apps an operator means."""

import pytest

from ansible_collections.hostler.fleet.plugins.module_utils.model import Refused
from ansible_collections.hostler.fleet.plugins.module_utils.plan.chosen import chosen
from tests.shared.samples import app

BOTH = [app(), app(name="shop")]


@pytest.mark.parametrize(
    ("several", "only", "names"),
    [(True, "", ["hello", "shop"]), (True, "shop", ["shop"]), (False, "shop", ["shop"])],
)
def test_all_where_several_may_be_meant_or_the_one_that_is_named(several: bool, only: str, names: list[str]) -> None:
    assert [each.name for each in chosen(BOTH, only, several)] == names


def test_the_only_one_needs_no_name() -> None:
    assert chosen(BOTH[:1], "") == BOTH[:1]


@pytest.mark.parametrize(
    ("several", "only", "said"),
    [
        (True, "shoe", "app: there is no app 'shoe'; there is hello, shop."),
        (False, "shoe", "app: there is no app 'shoe'; there is hello, shop."),
        (False, "", "app: which one? Name it, such as -e app=hello; there is hello, shop."),
    ],
)
def test_what_is_meant_has_to_be_clear(several: bool, only: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(BOTH, only, several)
    assert str(refused.value) == said
