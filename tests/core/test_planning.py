"""What a decision intends, effect by effect."""

import pytest

from bot.core.deciding.planning import plan_effects
from bot.domain.actions import Action, actions_of
from tests.factories import author, category, community_settings, decision, message, no_action


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action.FLAG, [Action.FLAG]),
        (Action.ESCALATE, [Action.ESCALATE, Action.FLAG]),
        (Action.WARN, [Action.WARN, Action.FLAG]),
        (Action.SLOWMODE, [Action.SLOWMODE, Action.FLAG]),
        (Action.DELETE, [Action.DELETE, Action.NOTICE, Action.FLAG]),
        (Action.QUARANTINE, [Action.DELETE, Action.QUARANTINE, Action.FLAG]),
        (Action.TIMEOUT, [Action.DELETE, Action.TIMEOUT, Action.NOTICE, Action.FLAG]),
    ],
)
def test_each_action_brings_what_belongs_to_it(action: Action, expected: list[Action]) -> None:
    """The card comes last, so that it can tell what happened."""
    assert list(actions_of(action)) == expected


def test_the_notice_gives_the_authors_words_back() -> None:
    """Unless the category says that they must not come back."""
    given = plan_effects(decision(), message("my words"), category(), "why", community_settings())
    kept = plan_effects(decision(), message("my words"), category(return_text=False), "why", community_settings())
    assert [effect.returned_text for effect in given if effect.action is Action.NOTICE] == ["my words"]
    assert [effect.returned_text for effect in kept if effect.action is Action.NOTICE] == [""]


def test_nothing_to_do_plans_nothing() -> None:
    """SAFE has no effects."""
    assert plan_effects(no_action(), message(), None, "", community_settings()) == ()


def test_no_two_effects_of_a_decision_share_a_key() -> None:
    """Each is carried out at most once."""
    for action in (Action.TIMEOUT, Action.QUARANTINE, Action.DELETE, Action.ESCALATE):
        effects = plan_effects(decision(action=action), message(), category(), "", community_settings())
        assert len({effect.key for effect in effects}) == len(effects)


@pytest.mark.parametrize("action", [Action.TIMEOUT, Action.QUARANTINE, Action.DELETE, Action.WARN])
def test_nothing_is_done_to_a_programs_own_account(action: Action) -> None:
    """Where it speaks for people, its message goes; to time it out would silence all of them."""
    bridged = message(by=author("hook", is_bot=True), programs=frozenset({"hook"}))
    planned = plan_effects(decision(action=action), bridged, category(), "", community_settings())
    removal = [] if action is Action.WARN else [Action.DELETE]
    assert [effect.action for effect in planned] == [*removal, Action.FLAG]
