"""What every history promises."""

import pytest

from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import ChannelId
from tests.contracts.scene import Scene


async def read(scene: Scene, channel: ChannelId, cursor: str | None, limit: int) -> list[str]:
    """Return the texts that a channel's history yields."""
    return [message.own_text async for message in scene.history.since(scene.community, channel, cursor, limit)]


async def test_it_yields_what_came_after_the_cursor_oldest_first(scene: Scene) -> None:
    """The cursor's own message is known already."""
    messages = [await scene.say(f"number {number}") for number in range(5)]
    channel = messages[0].ref.channel
    assert await read(scene, channel, messages[1].ref.message, 10) == ["number 2", "number 3", "number 4"]
    assert await read(scene, channel, messages[1].ref.message, 2) == ["number 2", "number 3"]


async def test_without_a_cursor_it_yields_the_newest(scene: Scene) -> None:
    """Oldest first all the same."""
    messages = [await scene.say(f"number {number}") for number in range(5)]
    assert await read(scene, messages[0].ref.channel, None, 2) == ["number 3", "number 4"]


async def test_it_yields_more_than_one_page(scene: Scene) -> None:
    """Platforms hand out a hundred at a time, or fewer."""
    messages = [await scene.say(f"number {number}") for number in range(230)]
    texts = await read(scene, messages[0].ref.channel, messages[0].ref.message, 500)
    assert texts == [f"number {number}" for number in range(1, 230)]


async def test_a_message_is_fetched_as_it_reads_now_or_is_none(scene: Scene) -> None:
    """What is gone is None, and no error."""
    message = await scene.say("hello")
    assert await scene.history.fetch(message.ref) == message
    await scene.remove(message.ref)
    assert await scene.history.fetch(message.ref) is None


async def test_it_names_the_channels_that_can_be_read(scene: Scene) -> None:
    """A message's own channel is among them."""
    message = await scene.say("hello")
    assert message.ref.channel in await scene.history.channels(scene.community)


async def test_an_unknown_channel_is_refused_with_a_remedy(scene: Scene) -> None:
    """Nobody gets an empty history for a channel that was not read."""
    with pytest.raises(PlatformRefused):
        await read(scene, ChannelId("123456"), None, 10)


async def test_an_outage_is_busy(scene: Scene) -> None:
    """It may be asked again later."""
    message = await scene.say("hello")
    scene.break_next()
    with pytest.raises(PlatformBusy):
        await read(scene, message.ref.channel, None, 10)
