"""What every enforcer promises."""

from dataclasses import replace

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CommunityId
from bot.domain.reasons import PlatformReason
from tests import factories
from tests.contracts.scene import Scene


def effect(action: Action, of: Message) -> Effect:
    """Return an effect on a message or its author, as of case 12."""
    return factories.effect(action, of=of, case=CaseNumber(12), rule="Insults", rationale="It insults.")


async def test_a_deletion_removes_the_message(scene: Scene) -> None:
    """One message goes, another stays."""
    bad, good = await scene.say("you fool"), await scene.say("hello")
    [result] = await scene.enforcer.apply((effect(Action.DELETE, bad),))
    assert result.outcome is Outcome.APPLIED
    assert not scene.is_there(bad.ref)
    assert scene.is_there(good.ref)


async def test_deleting_what_is_gone_is_applied(scene: Scene) -> None:
    """Twice does no harm."""
    message = await scene.say("you fool")
    first = effect(Action.DELETE, message)
    await scene.enforcer.apply((first,))
    [again] = await scene.enforcer.apply((first,))
    assert again.outcome is Outcome.APPLIED


async def test_a_deletion_is_found_after_a_crash_and_an_undone_one_is_not(scene: Scene) -> None:
    """The message is gone, or it is not."""
    message = await scene.say("you fool")
    wanted = effect(Action.DELETE, message)
    assert await scene.enforcer.find(wanted) is None
    await scene.enforcer.apply((wanted,))
    found = await scene.enforcer.find(wanted)
    assert found is not None
    assert found.outcome is Outcome.APPLIED


async def test_a_flag_needs_nothing_from_the_platform(scene: Scene) -> None:
    """The card says all there is."""
    message = await scene.say("you fool")
    [result] = await scene.enforcer.apply((effect(Action.FLAG, message),))
    assert result.outcome is Outcome.APPLIED
    assert scene.told(message.author.id) == []


async def test_a_warning_tells_the_author_and_is_found_afterwards(scene: Scene) -> None:
    """It is nothing but words; a crash must not repeat them."""
    message = await scene.say("you fool")
    warning = effect(Action.WARN, message)
    assert await scene.enforcer.find(warning) is None
    [result] = await scene.enforcer.apply((warning,))
    assert result.outcome is Outcome.APPLIED
    assert "Insults" in "\n".join(scene.told(message.author.id))
    assert await scene.enforcer.find(warning) is not None
    assert scene.is_there(message.ref)


async def test_nobodys_words_are_posted_again(scene: Scene) -> None:
    """Restoring is refused with the reason that it is not done here."""
    message = await scene.say("you fool")
    [result] = await scene.enforcer.apply((effect(Action.RESTORE, message),))
    assert result.outcome is Outcome.REFUSED
    assert result.why is not None
    assert result.why.code == PlatformReason.NOT_SUPPORTED


async def test_without_the_permission_it_is_refused_and_named(scene: Scene) -> None:
    """The check says so before, and applying does not try."""
    message = await scene.say("you fool")
    await scene.withdraw_rights()
    wanted = effect(Action.DELETE, message)
    why = await scene.enforcer.check(wanted)
    assert why is not None
    assert why.code == PlatformReason.MISSING_PERMISSION
    [result] = await scene.enforcer.apply((wanted,))
    assert (result.outcome, result.why) == (Outcome.REFUSED, why)
    assert scene.is_there(message.ref)
    assert Action.DELETE not in await scene.enforcer.capabilities(scene.community)


async def test_an_outage_is_a_failure_and_no_refusal(scene: Scene) -> None:
    """What is unclear may be tried again."""
    message = await scene.say("you fool")
    scene.break_next()
    [result] = await scene.enforcer.apply((effect(Action.DELETE, message),))
    assert result.outcome is Outcome.FAILED
    assert result.why is not None
    assert result.why.code == PlatformReason.PLATFORM_DOWN


async def test_several_deletions_answer_in_order(scene: Scene) -> None:
    """One that is gone and one that appears twice spoil nothing."""
    messages = [await scene.say(f"spam {number}") for number in range(4)]
    await scene.remove(messages[1].ref)
    wanted = [effect(Action.DELETE, message) for message in (*messages, messages[0])]
    results = await scene.enforcer.apply(tuple(wanted))
    assert [result.key for result in results] == [item.key for item in wanted]
    assert {result.outcome for result in results} == {Outcome.APPLIED}
    assert not any(scene.is_there(message.ref) for message in messages)


async def test_another_platforms_community_is_refused(scene: Scene) -> None:
    """Nothing is carried out where the bot is not."""
    message = await scene.say("you fool")
    foreign = replace(effect(Action.DELETE, message), community=CommunityId("elsewhere:1"))
    [result] = await scene.enforcer.apply((foreign,))
    assert result.outcome is Outcome.REFUSED
    assert scene.is_there(message.ref)
