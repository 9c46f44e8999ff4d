"""The latest deliveries in memory: what stands in for a record on disk in tests, and in a process without one."""

from collections import OrderedDict
from datetime import datetime

from bot.domain.ids import CommunityId
from bot.ports.deliveries import Deliveries

_MOST = 200_000


class RecentDeliveries(Deliveries):
    """Remembers the latest events of this process, the oldest forgotten first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[CommunityId, str], datetime] = OrderedDict()
        self._complete: dict[CommunityId, datetime] = {}

    async def seen(self, community: CommunityId, event_id: str) -> bool:
        """Return whether this process took the event in."""
        return (community, event_id) in self._seen

    async def mark(self, community: CommunityId, event_id: str, at: datetime) -> None:
        """Remember an event."""
        self._seen[(community, event_id)] = at
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return until when nothing was missed, as far as this process knows."""
        return self._complete.get(community)

    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Remember until when nothing was missed."""
        self._complete[community] = max(at, self._complete.get(community, at))
