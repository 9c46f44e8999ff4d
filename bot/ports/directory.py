"""Who may do what, asked when it matters."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.ids import ChannelId
from bot.domain.people import Actor, Permission


class Directory(Protocol):
    """Answers from the platform's present state, never from what a button carries."""

    @abstractmethod
    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return whether this person may do that now, in the channel where one is named."""
