"""Audit chains in memory."""

from bot.domain.audit import GENESIS, AuditEntry, AuditHead, AuditNote, AuditReport, verify
from bot.domain.ids import CommunityId
from bot.ports.audit import Audit
from tests.memory.records import Records


class MemoryAudit(Audit):
    """The audit chains of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def append(self, notes: tuple[AuditNote, ...]) -> None:
        """Add entries."""
        self._records.append(notes)

    async def entries(self, community: CommunityId, limit: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries, oldest first."""
        chain = self._records.chains.get(community, [])
        return tuple(chain[max(0, len(chain) - limit) :])

    async def verify(self, community: CommunityId) -> AuditReport:
        """Check the whole chain against its links and its head."""
        head = self._records.heads.get(community, AuditHead(count=0, entry_hash=GENESIS))
        return verify(community, tuple(self._records.chains.get(community, [])), head)

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community that has a chain."""
        return tuple(sorted(self._records.heads))
