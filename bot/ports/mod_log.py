"""The channel with the cards."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.card import Card
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement


class ModLog(Protocol):
    """Posts cards and keeps them true. Raises PlatformRefused or PlatformBusy."""

    @abstractmethod
    async def post(self, key: str, card: Card) -> str:
        """Post a card and return its platform id. The key marks the post, so that `find` sees it after a crash."""

    @abstractmethod
    async def update(self, card_id: str, card: Card) -> None:
        """Redraw a card. PlatformRefused with `message_gone` or `channel_gone` when it is not there any more."""

    @abstractmethod
    async def find(self, community: CommunityId, key: str) -> str | None:
        """Return the platform id of the card that carries this key, or None when there is none."""

    @abstractmethod
    async def announce(self, announcement: Announcement) -> None:
        """Say something besides cards, once per key."""
