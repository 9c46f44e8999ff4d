"""Catching up in one workspace: every channel read again since the moment until which nothing was missed.

Channels take turns, a call each, so that a long one holds up no other. What could not be fetched stays on record as a
gap with its reason; what Slack is too busy for is tried again, and is such a gap meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.reading import Reading, Span
from bot.adapters.slack.outgoing.refusals import KEYS_LOST, RATE, UNREACHABLE
from bot.adapters.slack.workspace import Workspace
from bot.domain.coverage import Gap, GapReason
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Event
from bot.domain.ids import ChannelId, CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.inbox import Inbox

_log = get_logger(__name__)
_AT_ONCE = 8
"""Channels that take turns; each may hold `messages` of them in memory."""
_LOOKED_THROUGH, _MOST_THREADS = 5_000, 30
"""Messages among which threads in use are looked for, and such threads of one channel."""
_EVERYBODYS = RATE | {UNREACHABLE}
"""What holds for every channel alike: asking for another one now would be in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillSettings:
    """How far back is read: `messages` for each channel, `age` at most.

    `margin` is how long a socket may have been dead before that shows. `retry_after`, `refused_after` (when Slack
    refuses the workspace as a whole) and `save_every` are in seconds.
    """

    messages: int
    age: timedelta
    margin: timedelta = timedelta(seconds=60)
    retry_after: float = 10.0
    refused_after: float = 60.0
    save_every: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillParts:
    """What catching up works with. `take` takes an event in, and passes over what it took in before.

    `alive` hears when a workspace answers again that had refused us.
    """

    history: SlackHistory
    deliveries: Deliveries
    cursors: Cursors
    inbox: Inbox
    clock: Clock
    settings: BackfillSettings
    take: Callable[[Event], Awaitable[object]]
    alive: Callable[[CommunityId], None]


class CatchingUp:
    """One workspace's. While it is behind, the moment until which nothing was missed stands still."""

    def __init__(self, workspace: Workspace, parts: BackfillParts) -> None:
        self._workspace = workspace
        self._community = workspace.community
        self._parts = parts
        self._clock = parts.clock
        self._settings = parts.settings
        self._complete = parts.clock.now()
        self._wanted = asyncio.Event()
        self._anew = True
        self._was_up = False
        self._was_down = False
        self._refused = ""
        self._is_told = False
        self._asked_pause = 0.0
        self._waiting: deque[Reading] = deque()
        self._put_off: dict[ChannelId, Reading] = {}
        self.is_behind = True
        self.runs = 0

    async def start(self) -> None:
        """Read until when nothing was missed; without such a moment begin now."""
        known = await self._parts.deliveries.complete_until(self._community)
        self._complete = known or self._clock.now()
        self._was_down = known is not None

    def want(self) -> None:
        """Ask for catching up: a socket (re)connected, or an event could not be taken in."""
        self.is_behind = self._anew = True
        self._wanted.set()

    def broken(self) -> None:
        """Note that no socket is up: what happens now is told to nobody."""
        self._was_down = self._was_down or self._was_up
        self._is_told = False

    def move_along(self) -> None:
        """Move the moment along while a socket is up and nothing is left to catch up on."""
        self._was_up = True
        if not self.is_behind:
            self._complete = max(self._complete, self._clock.now() - self._settings.margin)

    async def save(self) -> None:
        """Record until when nothing was missed."""
        await self._parts.deliveries.set_complete_until(self._community, self._complete)

    async def run(self) -> None:
        """Catch up whenever asked, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            pause = await self._catch_up_safely()
            self.runs += 1
            if pause is not None:
                await self._clock.sleep(pause)
                self._wanted.set()
            elif not self._wanted.is_set():
                self.is_behind = self._was_down = False

    async def _catch_up_safely(self) -> float | None:
        """Catch up; return None when nothing is left, else the seconds after which to try again."""
        try:
            if self._anew:
                await self._begin()
            await self._read_in_turns()
        except PlatformRefused as error:
            self._tell_of_refusal(error)
            self._anew = True
            return self._settings.refused_after
        except PlatformBusy as error:
            _log.warning("backfill_put_off", community=self._community, error=str(error))
            self._anew, self._asked_pause = True, error.retry_after or 0.0
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again, and ends nothing else
            _log.error("backfill_failed", community=self._community, error=repr(error))
            self._anew = True
        else:
            return self._until_next() if self._put_off else None
        return self._until_next()

    def _until_next(self) -> float:
        """Return the seconds to the next try: as long as Slack asked for, where it did."""
        pause, self._asked_pause = max(self._settings.retry_after, self._asked_pause), 0.0
        return pause

    def _tell_of_refusal(self, error: PlatformRefused) -> None:
        if error.code != self._refused:
            self._refused = error.code
            _log.error("slack_workspace_refused", community=self._community, error=str(error))

    async def _begin(self) -> None:
        """List the channels anew. Spans of which it was said that they are being fetched are fetched with them."""
        channels = await self._parts.history.channels(self._community)
        if self._refused:
            self._parts.alive(self._community)
        self._anew, self._refused = False, ""
        self._tell_of_connection(len(channels))
        await self._parts.cursors.made_up_for(self._community, None, GapReason.BUSY)
        oldest = self._clock.now() - self._settings.age
        span = Span(missed_since=self._complete, since=max(self._complete, oldest))
        threads = await self._threads_in_use(oldest)
        self._put_off = {}
        self._waiting = deque(
            Reading(self._workspace, each, span, self._settings.messages, threads.get(each, ())) for each in channels
        )

    def _tell_of_connection(self, channels: int) -> None:
        """Say to what we are connected, once for each connection."""
        if self._is_told:
            return
        self._is_told = True
        name = self._workspace.identity.name
        text = f"Connected to {name} on Slack; {channels} channels are read there."
        _log.info("slack_connected", text=text, community=self._community, channels=channels)

    async def _threads_in_use(self, since: datetime) -> dict[ChannelId, dict[str, None]]:
        """Return the threads that were answered in lately, the latest first: they are read wherever they began."""
        found: dict[ChannelId, dict[str, None]] = {}
        for item in reversed(await self._parts.inbox.recent(since, _LOOKED_THROUGH)):
            message = item.message
            if message is not None and message.reply_to is not None and message.community == self._community:
                threads = found.setdefault(message.ref.channel, {})
                if len(threads) < _MOST_THREADS:
                    threads[message.reply_to] = None
        return found

    async def _read_in_turns(self) -> None:
        """Read what waits. Once Slack is too busy for any channel the rest is put off."""
        self._waiting.extend(self._put_off.values())
        at_work: deque[Reading] = deque()
        told, self._put_off = frozenset(self._put_off), {}
        while self._waiting or at_work:
            while self._waiting and len(at_work) < _AT_ONCE:
                at_work.append(self._waiting.popleft())
            reading = at_work.popleft()
            is_everybodys = await self._step(reading)
            if is_everybodys:
                self._put_off |= {each.channel: each for each in (*at_work, *self._waiting)}
                self._waiting.clear()
                break
            if reading.channel not in self._put_off and not reading.is_done:
                at_work.append(reading)
        for channel in self._put_off.keys() - told:
            await self._leave_out((self._not_read(channel, GapReason.BUSY),))
        for channel in told - self._put_off.keys():
            await self._parts.cursors.made_up_for(self._community, channel, GapReason.BUSY)

    async def _step(self, reading: Reading) -> bool:
        """Let a channel have its turn; return whether it failed in a way that any other would fail in, too.

        Raises PlatformRefused when the workspace refuses us altogether.
        """
        try:
            await reading.step()
        except PlatformRefused as error:
            if error.code in KEYS_LOST:
                raise
            _log.warning("backfill_refused", community=self._community, channel=reading.channel, error=str(error))
            reading.give_up()
            await self._finish(reading)
            await self._leave_out((self._not_read(reading.channel, GapReason.REFUSED),))
            return False
        except PlatformBusy as error:
            _log.warning("backfill_put_off", community=self._community, channel=reading.channel, error=str(error))
            self._put_off[reading.channel] = reading
            self._asked_pause = max(self._asked_pause, error.retry_after or 0.0)
            return error.code in _EVERYBODYS
        if reading.is_done:
            await self._finish(reading)
        return False

    async def _finish(self, reading: Reading) -> None:
        """Take in what a channel held; what can't be taken in now is tried again with the channel."""
        taken = [await self._took(event) for event in reading.events()]
        if not all(taken):
            self._put_off[reading.channel] = reading
            return
        await self._leave_out(reading.left_out(after_an_outage=self._was_down))

    async def _took(self, event: Event) -> bool:
        """Take an event in; one that can't be taken in stops no other."""
        try:
            await self._parts.take(event)
        except Exception as error:  # noqa: BLE001 - whatever the inbox's trouble is, it is tried again later
            _log.error("backfill_not_taken_in", error=repr(error))
            return False
        return True

    def _not_read(self, channel: ChannelId, reason: GapReason) -> Gap:
        after, now = self._complete.timestamp(), self._clock.now().timestamp()
        return Gap(channel=channel, after=f"{after:.6f}", before=f"{now:.6f}", reason=reason)

    async def _leave_out(self, gaps: tuple[Gap, ...]) -> None:
        for gap in gaps:
            place = {"community": self._community, "channel": gap.channel, "after": gap.after}
            _log.warning("backfill_gap", **place, reason=str(gap.reason))
            await self._parts.cursors.leave_out(self._community, gap, self._clock.now())
