"""Ending what waits without a verdict, each message on record: too old, too many, or because an admin says so."""

import asyncio

from bot.core.waiting.backlog import LATE, BacklogTally
from bot.core.waiting.beyond import Beyond
from bot.core.waiting.docket import Docket
from bot.core.waiting.forgetting import WHENEVER, forget_backlog
from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxKey
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import GivenUp
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox
from bot.ports.settings import SettingsSource

_log = get_logger(__name__)


class GivingUp:
    """Takes messages out of the queue for good. `limit` is how many may wait, in memory and beyond."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        docket: Docket,
        beyond: Beyond,
        tally: BacklogTally,
        settings: SettingsSource,
        clock: Clock,
        limit: int,
    ) -> None:
        self._inbox = inbox
        self._docket = docket
        self._beyond = beyond
        self._tally = tally
        self._settings = settings
        self._clock = clock
        self._limit = limit
        self._at_it = asyncio.Lock()

    async def stale(self) -> int:
        """End what waited longer than its community allows; return how many messages those are."""
        stale = 0
        for community, _ in await self._inbox.waiting_counts():
            oldest = self._clock.now() - (await self._settings.of(community)).ages.judge
            given_up = GivenUp(reason=NotJudgedReason.STALE, received_before=oldest, community=community)
            for _ in await self._end(given_up):
                self._tally.count(community, LATE)
                stale += 1
        return stale

    async def above_limit(self) -> None:
        """Give up the oldest, a hundredth more than must be, so that not every message costs a transaction."""
        over = len(self._docket) + self._beyond.count - self._limit
        if over <= 0 or self._at_it.locked():
            return
        async with self._at_it:
            most = over + self._limit // 100
            ended = await self._end(GivenUp(reason=NotJudgedReason.BACKLOG_FULL, received_before=WHENEVER, most=most))
            _log.warning("backlog_full", limit=self._limit, given_up=len(ended))

    async def forget(self, community: CommunityId | None, by: str) -> int:
        """End all that waits, because an admin says so; reports stay. Return how many messages those are."""
        ended = await forget_backlog(self._inbox, self._clock, by=by, community=community)
        self._drop(ended)
        return len(ended)

    async def _end(self, given_up: GivenUp) -> tuple[InboxKey, ...]:
        ended = await self._inbox.give_up(given_up)
        self._drop(ended)
        return ended

    def _drop(self, ended: tuple[InboxKey, ...]) -> None:
        for key in ended:
            if key in self._docket:
                self._docket.remove(key)
            else:
                self._beyond.gone()
