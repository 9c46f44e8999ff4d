"""How much may happen automatically before people are asked."""

import asyncio
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.domain.answer import LimitName
from bot.domain.events import Message
from bot.domain.ids import CommunityId
from bot.domain.incident import IncidentId
from bot.domain.settings import CommunitySettings
from bot.ports.cases import Cases
from bot.ports.clock import Clock


class Limits:
    """Counts what was done. Decisions of one community are made one at a time, or two could take the last place."""

    def __init__(self, cases: Cases, clock: Clock) -> None:
        self._cases = cases
        self._clock = clock
        self._turns: WeakValueDictionary[CommunityId, asyncio.Lock] = WeakValueDictionary()

    def turn(self, community: CommunityId) -> asyncio.Lock:
        """Return the lock under which a community's decisions are made and written."""
        return self._turns.setdefault(community, asyncio.Lock())

    async def reached(self, message: Message, settings: CommunitySettings, incident: IncidentId | None) -> str:
        """Return the name of the limit that leaves no room for another automatic action, or an empty string.

        What an incident brings counts once against the limits of author and community, and has a limit of its own.
        """
        if incident is not None:
            left = await self.left_in(message.community, incident, settings)
            if left <= 0:
                return LimitName.PER_INCIDENT.value
            if left < settings.limits.per_incident:
                return ""
        return await self._in_general(message, settings)

    async def left_in(self, community: CommunityId, incident: IncidentId, settings: CommunitySettings) -> int:
        """Return how many more automatic effects an incident may have."""
        return settings.limits.per_incident - await self._cases.incident_effects(community, incident)

    async def _in_general(self, message: Message, settings: CommunitySettings) -> str:
        now, limits = self._clock.now(), settings.limits
        minute = await self._cases.automatic_effects(message.community, message.author.id, now - timedelta(minutes=1))
        if minute >= limits.per_author_minute:
            return LimitName.PER_AUTHOR_MINUTE.value
        hour = await self._cases.automatic_effects(message.community, None, now - timedelta(hours=1))
        return LimitName.PER_COMMUNITY_HOUR.value if hour >= limits.per_community_hour else ""
