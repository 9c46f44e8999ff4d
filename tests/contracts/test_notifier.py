"""What every notifier promises."""

from dataclasses import replace

from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectKey, person_target
from bot.domain.ids import CaseNumber, DecisionId, PersonId
from bot.domain.notice import Notice
from bot.domain.reasons import PlatformReason
from tests.contracts.scene import Scene


def key(who: PersonId) -> EffectKey:
    """Return the key of a notice."""
    return EffectKey(decision=DecisionId("d1"), action=Action.NOTICE, target=person_target(who))


def notice(scene: Scene, who: PersonId, returned_text: str = "") -> Notice:
    """Return what the author of a deleted message is told."""
    return Notice(
        community=scene.community,
        person=who,
        case=CaseNumber(12),
        action=Action.DELETE,
        rule="Insults",
        rationale="It calls somebody a fool.",
        returned_text=returned_text,
    )


async def test_the_author_is_told_the_rule_and_gets_the_text_back(scene: Scene) -> None:
    """And how to ask, with the case's number."""
    who = scene.new_member()
    result = await scene.notifier.tell(key(who), notice(scene, who, "you fool"))
    assert result.outcome is Outcome.APPLIED
    text = "\n".join(scene.told(who))
    assert "Insults" in text
    assert "calls somebody a fool" in text
    assert "12" in text
    assert "you fool" in text


async def test_a_warning_leads_to_its_message(scene: Scene) -> None:
    """A member who wrote much has to know which message is meant."""
    who = scene.new_member()
    said = await scene.say("you fool")
    warned = replace(
        notice(scene, who), action=Action.WARN, quote="you fool", channel=said.ref.channel, stands_at=said.ref
    )
    await scene.notifier.tell(key(who), warned)
    text = "\n".join(scene.told(who))
    assert "you fool" in text
    assert "stays where it is" in text
    assert "It is about what you wrote in" in text
    assert f"/{said.ref.message}" in text or f"/p{said.ref.message.replace('.', '')}" in text


async def test_without_a_text_to_return_none_is_returned(scene: Scene) -> None:
    """Some rules forbid handing it back."""
    who = scene.new_member()
    await scene.notifier.tell(key(who), notice(scene, who))
    assert "You wrote" not in "\n".join(scene.told(who))


async def test_closed_direct_messages_are_a_refusal(scene: Scene) -> None:
    """Trying again would change nothing."""
    who = scene.new_member()
    scene.refuse_direct_messages(who)
    result = await scene.notifier.tell(key(who), notice(scene, who))
    assert result.outcome is Outcome.REFUSED
    assert result.why is not None
    assert result.why.code == PlatformReason.DIRECT_MESSAGES_CLOSED


async def test_an_outage_is_a_failure(scene: Scene) -> None:
    """It may work later."""
    who = scene.new_member()
    scene.break_next()
    result = await scene.notifier.tell(key(who), notice(scene, who))
    assert result.outcome is Outcome.FAILED


async def test_telling_twice_under_one_key_says_it_once(scene: Scene) -> None:
    """A crash between sending and recording must not repeat it."""
    who = scene.new_member()
    await scene.notifier.tell(key(who), notice(scene, who))
    await scene.notifier.tell(key(who), notice(scene, who))
    assert len(scene.told(who)) == 1


async def test_a_mention_in_a_returned_text_calls_nobody(scene: Scene) -> None:
    """The text comes back as it was, and does nothing."""
    who = scene.new_member()
    result = await scene.notifier.tell(key(who), notice(scene, who, "@everyone ``` <!channel>"))
    assert result.outcome is Outcome.APPLIED
