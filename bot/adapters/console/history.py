"""The past on the console platform: what the inbox holds is all there is."""

from collections.abc import AsyncIterator

from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef
from bot.domain.states import State
from bot.ports.history import History
from bot.ports.inbox import Inbox


class ConsoleHistory(History):
    """Reads what was delivered: a recorded conversation has no other server to ask."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield nothing: a recording is delivered whole."""
        del community, channel, cursor, limit
        nothing: tuple[Message, ...] = ()
        for message in nothing:
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return the message's current text, or None when it was deleted or never delivered."""
        item = await self._inbox.current(ref)
        return item.message if item is not None and item.state is not State.WITHDRAWN else None

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return nothing: there is no channel to fetch from."""
        del community
        return ()
