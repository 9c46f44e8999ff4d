"""What a platform has delivered already, where it delivers again what it is not sure of.

A delivery that brings something for the inbox is noted there, in the same transaction (`Inbox.accept`). The others are
noted here. Both are known to both.
"""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.ids import CommunityId


class Deliveries(Protocol):
    """Remembers deliveries by the platform's own ids, and until when nothing was missed. Scoped by community."""

    @abstractmethod
    async def note(self, community: CommunityId, delivery: str, at: datetime) -> bool:
        """Note a delivery that brings nothing for the inbox; False when it is on record already."""

    @abstractmethod
    async def forget(self, before: datetime) -> int:
        """Forget deliveries noted before a moment, in short transactions; return how many."""

    @abstractmethod
    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return the moment before which everything sent was delivered; None when that was never known."""

    @abstractmethod
    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Remember that everything sent before this moment was delivered. An earlier moment changes nothing."""
