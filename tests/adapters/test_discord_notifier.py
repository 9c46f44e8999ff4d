"""Direct messages: paced, paused when Discord objects, and never the ruin of the bot."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectKey, EffectResult, person_target
from bot.domain.ids import CaseNumber, DecisionId
from bot.domain.notice import Notice
from bot.domain.reasons import PlatformReason
from tests import factories
from tests.fakes.discord import Member
from tests.fakes.discord_rig import Rig, person, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a connected bot."""
    async with rigged() as made, made.connected():
        yield made


def key(who: Member) -> EffectKey:
    """Return the key of somebody's notice."""
    return EffectKey(decision=DecisionId("d1"), action=Action.NOTICE, target=person_target(person(who)))


async def tell(rig: Rig, who: Member, returned_text: str = "you fool") -> EffectResult:
    """Send a notice about case 12."""
    told = Notice(
        community=rig.community,
        person=person(who),
        case=CaseNumber(12),
        action=Action.DELETE,
        rule="Insults",
        rationale="It calls somebody a fool.",
        returned_text=returned_text,
    )
    return await rig.platform.notifier.tell(key(who), told)


def members(rig: Rig, count: int) -> list[Member]:
    """Return that many members."""
    return [rig.world.member(rig.guild, f"member-{number}") for number in range(count)]


async def test_notices_keep_three_seconds_apart(rig: Rig) -> None:
    """Many at once get a bot quarantined."""
    results = await asyncio.gather(*(tell(rig, who) for who in members(rig, 4)))
    assert {result.outcome for result in results} == {Outcome.APPLIED}
    assert [round(wait) for wait in rig.clock.slept] == [0, 3, 3, 3]


async def test_a_long_queue_turns_notices_away(rig: Rig) -> None:
    """Other work must not wait for an hour of notices; members can still ask with /mine."""
    results = await asyncio.gather(*(tell(rig, who) for who in members(rig, 40)))
    turned_away = [result for result in results if result.outcome is Outcome.FAILED]
    assert len(turned_away) == 19
    assert {result.why.code for result in turned_away if result.why} == {PlatformReason.DIRECT_MESSAGES_PAUSED}


async def test_discords_objection_pauses_all_notices_and_the_pause_grows(rig: Rig) -> None:
    """Error 40003 is the first sign; nothing is tried until the pause is over."""
    first, second, third, fourth = members(rig, 4)
    rig.world.fail("POST", "/users/@me/channels", 403, code=40003, times=2)
    objected = await tell(rig, first)
    before = len(rig.world.requests)
    paused = await tell(rig, second)
    assert len(rig.world.requests) == before
    assert [(item.outcome, item.why.code if item.why else "") for item in (objected, paused)] == [
        (Outcome.FAILED, PlatformReason.DIRECT_MESSAGES_PAUSED)
    ] * 2
    rig.clock.move(30 * 60 + 1)
    assert (await tell(rig, third)).outcome is Outcome.FAILED
    rig.clock.move(30 * 60 + 1)
    assert (await tell(rig, fourth)).outcome is Outcome.FAILED
    rig.clock.move(30 * 60 + 1)
    assert (await tell(rig, fourth)).outcome is Outcome.APPLIED


async def test_a_notice_that_is_cut_off_goes_on_where_it_stopped(rig: Rig) -> None:
    """Its first message went out, and Discord asked for ten minutes before the text: nothing is said twice."""
    [anna] = members(rig, 1)
    direct = rig.world.dm_of(anna.user)

    def limit() -> None:
        rig.world.limit("POST", f"/channels/{direct.id}/messages", seconds=600)

    rig.world.trap("POST", f"/channels/{direct.id}/messages", limit)
    cut_off = await tell(rig, anna)
    assert (cut_off.outcome, cut_off.why and cut_off.why.code) == (Outcome.FAILED, PlatformReason.RATE_LIMITED)
    assert len(rig.world.told(anna)) == 1
    direct.posts = {number: replace(post, extra={}) for number, post in direct.posts.items()}  # the nonce is forgotten
    assert (await tell(rig, anna)).outcome is Outcome.APPLIED
    first, text = rig.world.told(anna)
    assert ("Insults" in first, "you fool" in text) == (True, True)


async def test_a_returned_text_comes_as_a_block_of_its_own(rig: Rig) -> None:
    """It can be copied whole, and pings nobody."""
    [anna] = members(rig, 1)
    await tell(rig, anna, "hello ``` @everyone")
    first, second = rig.world.told(anna)
    assert "Insults" in first
    assert second.startswith("```\n")
    assert second.count("```") == 2
    posts = rig.world.dm_of(anna.user).posts.values()
    assert all(post.extra["mentions_allowed"] == {"parse": []} for post in posts)


async def test_a_returned_text_that_grows_by_being_made_harmless_still_fits(rig: Rig) -> None:
    """Nothing but fences: broken ones take more room than Discord has for a message, so they come in pieces."""
    [anna] = members(rig, 1)
    assert (await tell(rig, anna, "`" * 1_500)).outcome is Outcome.APPLIED
    _, *pieces = rig.world.told(anna)
    assert len(pieces) == 2
    assert all(len(piece) <= 2_000 for piece in pieces)


async def test_a_notice_of_an_earlier_process_is_found(rig: Rig) -> None:
    """Its last line names case and mark."""
    anna, bert = members(rig, 2)
    await tell(rig, anna)
    made = factories.effect(Action.NOTICE, community=rig.community)
    for who, expected in ((anna, True), (bert, False)):
        effect = replace(made, key=key(who), person=person(who))
        assert (await rig.platform.enforcer.find(effect) is not None) is expected
