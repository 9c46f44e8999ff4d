"""What a platform has delivered already, where it delivers again what it is not sure of."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.ids import CommunityId


class Deliveries(Protocol):
    """Remembers events by the platform's own id for days, and until when nothing was missed. Scoped by community."""

    @abstractmethod
    async def seen(self, community: CommunityId, event_id: str) -> bool:
        """Return whether an event of this id was taken in before."""

    @abstractmethod
    async def mark(self, community: CommunityId, event_id: str, at: datetime) -> None:
        """Remember that an event was taken in."""

    @abstractmethod
    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return the moment before which everything sent was delivered; None when that was never known."""

    @abstractmethod
    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Remember that everything sent before this moment was delivered. An earlier moment changes nothing."""
