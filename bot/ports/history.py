"""What a platform still knows of the past."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Protocol

from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef


class History(Protocol):
    """Reads earlier messages. Raises PlatformRefused or PlatformBusy."""

    @abstractmethod
    def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield messages after the cursor (a message id), oldest first, at most `limit`; None: the newest.

        Our own messages and a platform's notices are left out and do not count: fewer than `limit` after a cursor means
        that there are no more.
        """

    @abstractmethod
    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message as it reads now, or None when it is gone."""

    @abstractmethod
    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return the channels and open threads that the bot can read."""
