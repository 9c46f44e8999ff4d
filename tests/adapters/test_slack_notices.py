"""Notices on Slack: looked for only where they are in doubt, and before all that has time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.platform import connect
from bot.core.recordings.clocks import SystemClock
from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectKey, EffectResult, person_target
from bot.domain.errors import PlatformBusy
from bot.domain.ids import CaseNumber, DecisionId, PersonId
from bot.domain.notice import Notice
from tests import factories
from tests.fakes.slack import User
from tests.fakes.slack_rig import FAST, Rig, calling, rigged, slack_settings


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a workspace in which an admin's token is at hand."""
    async with rigged() as made:
        yield made


def _key(person: User, decision: str = "d1") -> EffectKey:
    return EffectKey(decision=DecisionId(decision), action=Action.NOTICE, target=person_target(PersonId(person.id)))


async def _tell(rig: Rig, person: User, decision: str = "d1") -> EffectResult:
    notice = Notice(
        community=rig.community,
        person=PersonId(person.id),
        case=CaseNumber(12),
        action=Action.DELETE,
        rule="Insults",
        rationale="It insults.",
        returned_text="",
    )
    return await rig.platform.notifier.tell(_key(person, decision), notice)


def _told(rig: Rig, person: User) -> int:
    return len(rig.world.direct(rig.team, person).posts)


async def _restarted(rig: Rig) -> None:
    settings = slack_settings(rig.world, rig.team, rig.elrond)
    rig.platform = await connect(settings, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_a_notice_looks_through_no_history(rig: Rig) -> None:
    """Nor does it ask for the conversation twice."""
    for number in range(3):
        assert (await _tell(rig, rig.anna, f"d{number}")).outcome is Outcome.APPLIED
    assert rig.world.called("conversations.history") == []
    assert len(rig.world.called("conversations.open")) == 1
    assert _told(rig, rig.anna) == 3


async def test_while_slack_holds_back_the_reading_of_channels_notices_go_out(rig: Rig) -> None:
    """They share nothing with it."""
    rig.world.fail("conversations.history", "ratelimited", status=429, retry_after=600, times=99)
    async with rig.linked():
        await rig.world.until(lambda: bool(rig.world.called("conversations.history")))
        assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED


async def test_a_notice_whose_answer_was_lost_is_looked_for_and_not_sent_again(rig: Rig) -> None:
    """Slack took it, and could not say so."""
    rig.world.fail("chat.postMessage", status=503, after=True)
    assert (await _tell(rig, rig.anna)).outcome is Outcome.FAILED
    assert _told(rig, rig.anna) == 1
    assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED
    assert _told(rig, rig.anna) == 1


async def test_a_notice_that_slack_did_not_take_is_sent_the_next_time(rig: Rig) -> None:
    """It is looked for, and is not there."""
    rig.world.fail("chat.postMessage", status=503)
    assert (await _tell(rig, rig.anna)).outcome is Outcome.FAILED
    assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED
    assert _told(rig, rig.anna) == 1


async def test_after_a_crash_a_notice_is_found_although_its_metadata_stays_hidden(rig: Rig) -> None:
    """The stand-in shows metadata to no app without the scope for it."""
    assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED
    await _restarted(rig)
    effect = factories.effect(Action.NOTICE, case=CaseNumber(12))
    effect = replace(effect, key=_key(rig.anna), community=rig.community, person=PersonId(rig.anna.id))
    found = await rig.platform.enforcer.find(effect)
    assert found is not None
    assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED
    assert _told(rig, rig.anna) == 1


async def test_a_notice_that_could_not_be_looked_for_after_a_crash_is_not_sent_on_the_off_chance(rig: Rig) -> None:
    """Slack is away while it is looked for: the next try looks again before it sends."""
    await _tell(rig, rig.anna)
    await _restarted(rig)
    effect = factories.effect(Action.NOTICE, case=CaseNumber(12))
    effect = replace(effect, key=_key(rig.anna), community=rig.community, person=PersonId(rig.anna.id))
    rig.world.fail("conversations.history", status=503, times=6)
    with pytest.raises(PlatformBusy):
        await rig.platform.enforcer.find(effect)
    assert (await _tell(rig, rig.anna)).outcome is Outcome.FAILED
    assert (await _tell(rig, rig.anna)).outcome is Outcome.APPLIED
    assert _told(rig, rig.anna) == 1


async def test_reading_up_waits_for_what_people_wait_for(rig: Rig) -> None:
    """A card's place is looked up while a hundred pages are being read: it comes before most of them."""
    reading = [asyncio.create_task(_read(rig)) for _ in range(60)]
    await asyncio.sleep(0)
    found = await rig.platform.mod_log.find(rig.community, "case:1")
    assert found is None
    assert sum(task.done() for task in reading) <= 45
    await asyncio.gather(*reading)


async def _read(rig: Rig) -> None:
    workspace = rig.platform.workspaces[rig.community]
    await workspace.api.call(Method.CONVERSATIONS_HISTORY, rank=Rank.READING, channel=rig.general.id)


async def test_what_was_posted_is_found_behind_many_later_posts_on_slacks_smallest_pages(rig: Rig) -> None:
    """Some apps get 15 messages at a time: a card that is not found would be posted twice."""
    card = factories.card(factories.message(community=rig.community))
    place = await rig.platform.mod_log.post("case:7", card)
    for number in range(60):
        await rig.world.say(rig.log, rig.elrond, f"number {number}", heard="no")
    rig.world.page_cap = 15
    await _restarted(rig)
    assert await rig.platform.mod_log.find(rig.community, "case:7") == place
    assert await rig.platform.mod_log.find(rig.community, "case:8") is None
