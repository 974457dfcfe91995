"""What is decided on the control node, and how a refusal is told."""

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.hostler.fleet.plugins.action.decision import Decision
from ansible_collections.hostler.fleet.plugins.module_utils.model import Json, Refused
from tests.shared.samples import action


class Refusing(Decision):
    """One that refuses for a reason, and that for another."""

    def decide(self, args: Json) -> Json:
        """Refuse."""
        try:
            b"\xe9".decode()
        except UnicodeDecodeError as error:
            raise Refused("The name is not UTF-8; rename it.") from error
        return args


def test_a_refusal_is_its_sentence_and_nothing_of_what_that_was_made_from() -> None:
    """Ansible would add the sentence of each cause, and of each of theirs."""
    with pytest.raises(AnsibleActionFail, match="^The name is not UTF-8; rename it.$") as caught:
        action(Refusing).run()
    assert caught.value.__cause__ is None
