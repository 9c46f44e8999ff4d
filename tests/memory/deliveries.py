"""What platforms delivered, in memory."""

from datetime import datetime

from bot.domain.ids import CommunityId
from bot.ports.deliveries import Deliveries
from tests.memory.records import Records


class MemoryDeliveries(Deliveries):
    """The deliveries of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def note(self, community: CommunityId, delivery: str, at: datetime) -> bool:
        """Note a delivery that brings nothing for the inbox."""
        return self._records.is_new(community, delivery, at)

    async def forget(self, before: datetime) -> int:
        """Forget deliveries noted before a moment."""
        old = [key for key, at in self._records.deliveries.items() if at < before]
        for key in old:
            del self._records.deliveries[key]
        return len(old)

    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return until when nothing was missed."""
        return self._records.complete.get(community)

    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Remember until when nothing was missed."""
        self._records.complete[community] = max(at, self._records.complete.get(community, at))
