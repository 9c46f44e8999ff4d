"""The latest deliveries: event ids in memory, and until when nothing was missed, in memory or on record.

Slack sends an event again within minutes to an hour. After a restart the inbox's own key knows what came before; what
has to be remembered across it is from when on channels have to be read again.
"""

from collections import OrderedDict
from datetime import datetime

from bot.domain.ids import CommunityId
from bot.ports.deliveries import Deliveries
from bot.ports.facts import Facts

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


class KeptDeliveries(Deliveries):
    """Keeps on record until when nothing was missed."""

    def __init__(self, facts: Facts, most: int = _MOST) -> None:
        self._facts = facts
        self._recent = RecentDeliveries(most)

    async def seen(self, community: CommunityId, event_id: str) -> bool:
        """Return whether this process took the event in."""
        return await self._recent.seen(community, event_id)

    async def mark(self, community: CommunityId, event_id: str, at: datetime) -> None:
        """Remember an event."""
        await self._recent.mark(community, event_id, at)

    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return until when nothing was missed, as recorded."""
        saved = await self._facts.load(_name(community))
        value = saved.get("until") if saved is not None else None
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Record until when nothing was missed."""
        before = await self.complete_until(community)
        if before is None or at > before:
            await self._facts.save(_name(community), {"until": at.isoformat()})


def _name(community: CommunityId) -> str:
    return f"delivered/{community}"
