"""What a platform still knows of the past."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from bot.domain.coverage import Gap
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenIn:
    """Where something may have been said, and the gaps that can't be looked into."""

    channels: tuple[ChannelId, ...]
    gaps: tuple[Gap, ...] = ()


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

    async def spoken_in(self, community: CommunityId, since: str) -> SpokenIn:  # noqa: ARG002 - for those who can tell
        """Return every channel and thread in which something may have been said after a message (its id).

        Those that the bot may see and not read are among them, and so are threads that are archived by now. A platform
        whose threads are no channels of their own has nothing to add to its channels.
        """
        return SpokenIn(channels=await self.channels(community))
