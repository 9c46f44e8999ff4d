"""Who may do what, asked when it matters."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.ids import ChannelId, CommunityId
from bot.domain.people import UNKNOWN_GROWTH, Actor, Growth, Permission


class Directory(Protocol):
    """Answers from the platform's present state, never from what a button carries."""

    @abstractmethod
    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return whether this person may do that now, in the channel where one is named."""

    async def growth(self, community: CommunityId, around: datetime, within: timedelta) -> Growth:
        """Return since when a community exists, and which share of its members joined within that time of a moment.

        A platform that does not tell has nothing to add to this.
        """
        del community, around, within
        return UNKNOWN_GROWTH
