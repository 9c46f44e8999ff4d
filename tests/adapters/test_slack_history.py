"""Slack's past beyond what every history promises: threads, small pages, replies by their own timestamp."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.domain.events import Edit
from bot.domain.ids import ChannelId, MessageId, MessageRef
from tests.fakes.slack_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a workspace."""
    async with rigged() as made:
        yield made


async def _texts(rig: Rig, cursor: str | None, limit: int = 500) -> list[str]:
    channel = ChannelId(rig.general.id)
    return [message.own_text async for message in rig.platform.history.since(rig.community, channel, cursor, limit)]


async def test_slacks_smallest_pages_are_read_to_the_end(rig: Rig) -> None:
    """Some apps get 15 messages at a time since 2025."""
    rig.world.page_cap = 15
    first = await rig.world.say(rig.general, rig.anna, "first")
    for number in range(40):
        await rig.world.say(rig.general, rig.anna, f"number {number}")
    assert await _texts(rig, first["ts"]) == [f"number {number}" for number in range(40)]


async def test_replies_are_read_with_their_channel_in_order(rig: Rig) -> None:
    """Slack's channel history does not hold them; a broadcast one stands in both places and comes once."""
    parent = await rig.world.say(rig.general, rig.anna, "parent")
    await rig.world.say(rig.general, rig.anna, "reply", thread=parent)
    await rig.world.say(rig.general, rig.anna, "broadcast", thread=parent, subtype="thread_broadcast")
    await rig.world.say(rig.general, rig.anna, "after")
    assert await _texts(rig, None) == ["parent", "reply", "broadcast", "after"]
    assert await _texts(rig, parent["ts"]) == ["reply", "broadcast", "after"]


async def test_a_reply_is_fetched_by_its_own_timestamp(rig: Rig) -> None:
    """As it reads now."""
    parent = await rig.world.say(rig.general, rig.anna, "parent")
    reply = await rig.world.say(rig.general, rig.anna, "reply", thread=parent)
    await rig.world.edit(rig.general, reply, "changed")
    ref = MessageRef(community=rig.community, channel=ChannelId(rig.general.id), message=MessageId(reply["ts"]))
    found = await rig.platform.history.fetch(ref)
    assert found is not None
    assert (found.own_text, found.reply_to) == ("changed", parent["ts"])


async def test_what_was_missed_tells_new_from_edited_and_says_when_it_is_cut(rig: Rig) -> None:
    """Before the moment nothing but edits counts."""
    old = await rig.world.say(rig.general, rig.anna, "old")
    await rig.world.say(rig.general, rig.anna, "untouched")
    since = datetime.fromtimestamp(float(rig.world.next_ts()), UTC)
    await rig.world.say(rig.general, rig.anna, "new")
    await rig.world.edit(rig.general, old, "edited")
    channel = ChannelId(rig.general.id)
    events, is_cut = await rig.platform.history.missed(rig.community, channel, since, 10)
    assert [type(event).__name__ for event in events] == ["Edit", "Message"]
    assert isinstance(events[0], Edit)
    assert not is_cut
    events, is_cut = await rig.platform.history.missed(rig.community, channel, since, 1)
    assert (len(events), is_cut) == (1, True)


async def test_public_channels_without_the_bot_are_named(rig: Rig) -> None:
    """Archived ones are not: nobody writes there."""
    rig.world.channel(rig.team, "backyard", watched="no")
    rig.world.channel(rig.team, "attic", watched="no").archived = True
    assert await rig.platform.history.unwatched(rig.community) == ("backyard",)
