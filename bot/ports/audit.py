"""The audit chain on record."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.audit import AuditEntry, AuditNote, AuditReport
from bot.domain.ids import CommunityId


class Audit(Protocol):
    """One chain per community."""

    @abstractmethod
    async def append(self, notes: tuple[AuditNote, ...]) -> None:
        """Add entries in one transaction."""

    @abstractmethod
    async def entries(self, community: CommunityId, limit: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries, oldest first."""

    @abstractmethod
    async def verify(self, community: CommunityId) -> AuditReport:
        """Check the whole chain against its links and its head."""

    @abstractmethod
    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community that has a chain."""
