"""The whole walk on Discord: the real core, a database, a scripted model, and the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.actions import Mode
from bot.domain.ids import ChannelId
from bot.domain.states import TERMINAL, State
from tests.fakes.discord_process import RUDE, Process, database
from tests.fakes.discord_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a bot that is not connected yet."""
    async with rigged() as made:
        yield made


async def test_a_violation_is_removed_its_author_told_and_a_card_posted(rig: Rig, tmp_path: Path) -> None:
    """And a harmless message is left alone."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected(), database(tmp_path) as store:
        process = Process(rig, store)
        bad = await rig.world.say(rig.general, anna, RUDE)
        good = await rig.world.say(rig.general, anna, "good morning")
        await rig.heard(2)
        await process.take(*rig.events)
        assert [await process.state(post) for post in (bad, good)] == [State.DONE, State.DONE]
    assert list(rig.general.posts) == [good.id]
    assert RUDE in "\n".join(rig.world.told(anna))
    [card] = rig.world.posted(rig.log)
    assert "complete fool" in card.texts()
    assert card.labels() == ["Right", "Wrong", "Act…", "More…"]


async def test_in_shadow_only_moderators_notice(rig: Rig, tmp_path: Path) -> None:
    """The card comes, the message stays, nobody is told."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected(), database(tmp_path) as store:
        bad = await rig.world.say(rig.general, anna, RUDE)
        await Process(rig, store, Mode.SHADOW).take(await rig.heard())
    assert list(rig.general.posts) == [bad.id]
    assert rig.world.told(anna) == []
    assert len(rig.world.posted(rig.log)) == 1


async def test_a_missing_permission_still_ends_in_a_card_that_says_so(tmp_path: Path) -> None:
    """Nothing is tried that Discord would refuse."""
    async with rigged(view_audit_log=True) as rig:
        anna = rig.world.member(rig.guild, "anna")
        async with rig.connected(), database(tmp_path) as store:
            process = Process(rig, store)
            bad = await rig.world.say(rig.general, anna, RUDE)
            await process.take(await rig.heard())
            assert await process.state(bad) is State.DECIDED  # the removal waits for the permission
    assert list(rig.general.posts) == [bad.id]
    [card] = rig.world.posted(rig.log)
    assert "Manage Messages" in card.texts()
    assert rig.world.asked("DELETE", ".*") == []


async def test_after_a_lost_session_the_history_fills_the_gap_and_nothing_happens_twice(
    rig: Rig, tmp_path: Path
) -> None:
    """A process ends in the middle of a conversation; the next one reads up and carries on."""
    anna = rig.world.member(rig.guild, "anna")
    texts = [RUDE if number % 15 == 0 else f"message number {number}" for number in range(60)]
    async with database(tmp_path) as store:
        async with rig.connected():
            process = Process(rig, store)
            posts = [await rig.world.say(rig.general, anna, text) for text in texts[:30]]
            await rig.heard(30)
            await asyncio.gather(*(process.flow.receive(event) for event in rig.events[:30]))
            await process.take(*rig.events[:15])
        posts += [await rig.world.say(rig.general, anna, text, heard=False) for text in texts[30:]]
        async with rig.connected():
            process = Process(rig, store)
            channel = ChannelId(str(rig.general.id))
            missed = [item async for item in rig.platform.history.since(rig.community, channel, None, 100)]
            await process.take(*missed)
            for item in await store.inbox.waiting(100):
                await process.flow.moderate(item.key)
            states = [await process.state(post) for post in posts]
    assert set(states) <= TERMINAL
    # The third copy makes an incident: the fourth counts on its one card, and goes once a person confirms it.
    assert len(rig.world.posted(rig.log)) == 3
    removed = [call.ids[-1] for call in rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")]
    assert sorted(removed) == sorted(post.id for post in posts[::15][:3])
    assert len(rig.general.posts) == 57
