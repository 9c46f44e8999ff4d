"""Slack's past beyond what every history promises: threads, small pages, replies by their own timestamp."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.adapters.slack.incoming.reading import Reading, Span
from bot.domain.coverage import Gap, GapReason
from bot.domain.errors import PlatformBusy
from bot.domain.events import Edit, Message
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


async def _read(
    rig: Rig, channel: ChannelId, since: datetime, most: int, *known: str, missed_since: datetime | None = None
) -> Reading:
    span = Span(missed_since=missed_since or since, since=since)
    reading = Reading(rig.platform.workspaces[rig.community], channel, span, most, known)
    while not reading.is_done:
        await reading.step()
    return reading


def _now(rig: Rig) -> datetime:
    return datetime.fromtimestamp(float(rig.world.next_ts()), UTC)


def _texts_of(reading: Reading) -> list[str]:
    found = [event.message if isinstance(event, Edit) else event for event in reading.events()]
    return [message.own_text for message in found if isinstance(message, Message)]


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
    reading = await _read(rig, channel, since, 10)
    assert [type(event).__name__ for event in reading.events()] == ["Edit", "Message"]
    assert reading.left_out(after_an_outage=True) == ()
    cut = await _read(rig, channel, since, 1)
    [event] = cut.events()
    assert isinstance(event, Message)
    left = Gap(channel=channel, after=f"{since.timestamp():.6f}", before=event.ref.message, reason=GapReason.LIMIT)
    assert cut.left_out(after_an_outage=True) == (left,)


async def test_public_channels_without_the_bot_are_named(rig: Rig) -> None:
    """Archived ones are not: nobody writes there."""
    rig.world.channel(rig.team, "backyard", watched="no")
    rig.world.channel(rig.team, "attic", watched="no").archived = True
    assert await rig.platform.history.unwatched(rig.community) == ("backyard",)


async def test_a_reading_takes_every_page_and_thread(rig: Rig) -> None:
    """Small pages, a thread among them with more replies than fit on one."""
    rig.world.page_cap = 15
    since = _now(rig)
    parent = await rig.world.say(rig.general, rig.anna, "parent")
    for number in range(40):
        await rig.world.say(rig.general, rig.anna, f"reply {number}", thread=parent)
        await rig.world.say(rig.general, rig.anna, f"number {number}")
    reading = await _read(rig, ChannelId(rig.general.id), since, 500)
    expected = ["parent", *(f"{kind} {number}" for number in range(40) for kind in ("reply", "number"))]
    assert _texts_of(reading) == expected
    assert reading.left_out(after_an_outage=True) == ()


async def test_a_thread_in_use_is_read_wherever_it_began(rig: Rig) -> None:
    """Its parent stands further back than the newest page; other threads there may have gone on unheard."""
    parent = await rig.world.say(rig.general, rig.anna, "parent")
    unknown = await rig.world.say(rig.general, rig.anna, "another parent")
    for number in range(200):
        await rig.world.say(rig.general, rig.anna, f"number {number}")
    since = _now(rig)
    await rig.world.say(rig.general, rig.anna, "reply", thread=parent)
    await rig.world.say(rig.general, rig.anna, "unheard", thread=unknown)
    reading = await _read(rig, ChannelId(rig.general.id), since, 500, parent["ts"])
    assert _texts_of(reading) == ["reply"]
    assert reading.left_out(after_an_outage=False) == ()
    [left] = reading.left_out(after_an_outage=True)
    assert left.reason is GapReason.THREADS


async def test_a_thread_that_was_deleted_meanwhile_ends_nothing(rig: Rig) -> None:
    """It was in use; what else the channel holds is read all the same."""
    gone = await rig.world.say(rig.general, rig.anna, "parent")
    await rig.world.drop(rig.general, gone)
    for number in range(200):
        await rig.world.say(rig.general, rig.anna, f"number {number}")
    since = _now(rig)
    await rig.world.say(rig.general, rig.anna, "new")
    reading = await _read(rig, ChannelId(rig.general.id), since, 500, gone["ts"])
    assert ("conversations.replies", gone["ts"]) in [(name, body.get("ts")) for name, body in rig.world.calls]
    assert _texts_of(reading) == ["new"]


async def test_what_is_too_old_to_be_fetched_is_left_out_where_there_was_anything(rig: Rig) -> None:
    """One call tells."""
    long_ago = _now(rig)
    await rig.world.say(rig.general, rig.anna, "too old")
    since = _now(rig)
    await rig.world.say(rig.general, rig.anna, "new")
    reading = await _read(rig, ChannelId(rig.general.id), since, 500, missed_since=long_ago)
    assert _texts_of(reading) == ["new"]
    [left] = reading.left_out(after_an_outage=False)
    assert (left.reason, left.after) == (GapReason.AGE, f"{long_ago.timestamp():.6f}")
    quiet = await _read(rig, ChannelId(rig.log.id), since, 500, missed_since=long_ago)
    assert quiet.left_out(after_an_outage=False) == ()


async def test_a_call_that_fails_is_made_again_and_nothing_is_read_twice(rig: Rig) -> None:
    """A busy Slack costs time alone."""
    rig.world.page_cap = 15
    since = _now(rig)
    for number in range(40):
        await rig.world.say(rig.general, rig.anna, f"number {number}")
    reading = Reading(
        rig.platform.workspaces[rig.community],
        ChannelId(rig.general.id),
        Span(missed_since=since, since=since),
        500,
    )
    await reading.step()
    rig.world.fail("conversations.history", "fatal_error", times=3)
    with pytest.raises(PlatformBusy):
        await reading.step()
    while not reading.is_done:
        await reading.step()
    assert _texts_of(reading) == [f"number {number}" for number in range(40)]
