"""Fetching what was sent while no socket was up. Slack does not keep such events, but their messages are still there.

One moment per workspace says until when nothing was missed. While a socket is up and everything delivered was taken in
it moves along, a margin behind the present; after a gap everything sent since then is read again, and what is known
already is passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.slack.history import SlackHistory
from bot.adapters.slack.workspace import Workspace
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Event
from bot.domain.ids import ChannelId, CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.deliveries import Deliveries

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillSettings:
    """How far back is read: `messages` for each channel, `age` at most.

    `margin` is how long a socket may have been dead before that shows. `retry_after` and `save_every` are in seconds.
    """

    messages: int
    age: timedelta
    margin: timedelta = timedelta(seconds=60)
    retry_after: float = 10.0
    save_every: float = 30.0


class Backfill:
    """Catches up after every gap. `take` takes an event in, and passes over what it took in before."""

    def __init__(
        self,
        workspaces: Mapping[CommunityId, Workspace],
        history: SlackHistory,
        deliveries: Deliveries,
        clock: Clock,
        settings: BackfillSettings,
        take: Callable[[Event], Awaitable[object]],
    ) -> None:
        self._workspaces = workspaces
        self._history = history
        self._deliveries = deliveries
        self._clock = clock
        self._settings = settings
        self._take = take
        self._complete: dict[CommunityId, datetime] = {}
        self._wanted = asyncio.Event()
        self._is_behind = True
        self._saved_at = float("-inf")
        self.runs = 0

    async def start(self) -> None:
        """Read until when nothing was missed; a workspace without such a moment begins now."""
        for community in self._workspaces:
            known = await self._deliveries.complete_until(community)
            self._complete[community] = known or self._clock.now() - self._settings.margin

    def want(self) -> None:
        """Ask for catching up: a socket (re)connected, or an event could not be taken in."""
        self._is_behind = True
        self._wanted.set()

    async def healthy(self) -> None:
        """Note that a socket is up; moves the moment along when nothing is left to catch up on."""
        if self._is_behind:
            return
        moment = self._clock.now() - self._settings.margin
        for community, before in self._complete.items():
            self._complete[community] = max(before, moment)
        if self._clock.monotonic() - self._saved_at >= self._settings.save_every:
            self._saved_at = self._clock.monotonic()
            await self.save()

    async def save(self) -> None:
        """Record until when nothing was missed."""
        for community, moment in self._complete.items():
            await self._deliveries.set_complete_until(community, moment)

    async def run(self) -> None:
        """Catch up whenever asked, until cancelled. What Slack is too busy for is tried again."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            done = [await self._catch_up_safely(community) for community in self._workspaces]
            self.runs += 1
            if not all(done):
                await self._clock.sleep(self._settings.retry_after)
                self._wanted.set()
            elif not self._wanted.is_set():
                self._is_behind = False

    async def _catch_up_safely(self, community: CommunityId) -> bool:
        try:
            return await self._catch_up(community)
        except Exception as error:  # noqa: BLE001 - one workspace's trouble must not end the others' catching up
            _log.error("backfill_failed", community=community, error=repr(error))
            return False

    async def _catch_up(self, community: CommunityId) -> bool:
        """Read every channel of a workspace; False when something is left to be tried again."""
        since = max(self._complete[community], self._clock.now() - self._settings.age)
        try:
            channels = await self._history.channels(community)
            done = [await self._channel(community, channel, since) for channel in channels]
        except (PlatformBusy, PlatformRefused) as error:
            _log.warning("backfill_not_possible", community=community, error=str(error))
            return isinstance(error, PlatformRefused)
        return all(done)

    async def _channel(self, community: CommunityId, channel: ChannelId, since: datetime) -> bool:
        try:
            events, is_cut = await self._history.missed(community, channel, since, self._settings.messages)
        except PlatformRefused as error:
            _log.warning("backfill_refused", community=community, channel=channel, error=str(error))
            return True
        except PlatformBusy as error:
            _log.warning("backfill_put_off", community=community, channel=channel, error=str(error))
            return False
        if is_cut:
            _log.warning("backfill_gap", community=community, channel=channel, since=since.isoformat())
        taken = [await self._took(event) for event in events]
        return all(taken)

    async def _took(self, event: Event) -> bool:
        """Take an event in; one that can't be taken in stops no other."""
        try:
            await self._take(event)
        except Exception as error:  # noqa: BLE001 - whatever the inbox's trouble is, it is tried again later
            _log.error("backfill_not_taken_in", error=repr(error))
            return False
        return True
