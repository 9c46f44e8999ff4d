"""Fetching what was said while nobody listened. A platform that starts a new session does not deliver it any more.

A break is noted as a gap in each channel before anything new comes in, so that a crash in the middle of fetching leaves
a smaller gap and no hole. Gaps are filled page by page, in turns, through the same intake as live messages: a few at a
time, however many communities come back at once, and none of them before its turn. Of a gap with more messages than
`most`, the newest are fetched: they are those that something can still be done about. What lies before them stays on
record as not fetched, and coverage shows it.

A channel that nothing was ever delivered from starts at its newest message where the bot has just come. Where it was
there before, such a channel is read from the break on: what was said in it until then would have been delivered. So
channels, threads and forum posts that were born during a break are read from their beginning.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.intake.proxies import attributed
from bot.core.intake.quotations import confirmed_page
from bot.domain.coverage import Gap, GapReason
from bot.domain.errors import HallmootError, PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, position
from bot.domain.inbox import Acceptance
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import Finished
from bot.domain.states import State
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.history import History
from bot.ports.store import Store

PAGE = 100
"""Messages in one commit, and in one answer of the platforms."""
AT_ONCE = 4
"""Channels that are read at a time, of all communities together; each may hold `most` messages in memory."""

_log = get_logger(__name__)

Noted = Callable[[Acceptance], Awaitable[None]]
"""Lets a message that was taken in go its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back is fetched: `most` messages of a channel; those older than `age` end at once as stale."""

    most: int
    age: timedelta


class Backfill:
    """Catches up with the channels of communities after a break."""

    def __init__(self, store: Store, history: History, clock: Clock, reach: Reach, noted: Noted) -> None:
        self._inbox = store.inbox
        self._cursors = store.cursors
        self._history = history
        self._clock = clock
        self._reach = reach
        self._noted = noted
        self._behind: set[CommunityId] = set()
        self._wanted: set[CommunityId] = set()
        self._catching_up: defaultdict[CommunityId, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Whoever waits first has the next turn. A community waits for as many turns as there are at once and no more,
        # so that a large one does not keep the others waiting.
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._breaks: Counter[CommunityId] = Counter()

    async def note_break(self, community: CommunityId) -> None:
        """Note that messages may have been missed. To be called before the first new one is taken in."""
        self._breaks[community] += 1
        gaps = await self._cursors.interrupted(community, self._clock.now())
        _log.info("break_noted", community=community, gaps=len(gaps))

    async def catch_up(self, community: CommunityId) -> None:
        """Fetch what is missing. What a platform is too busy for is left for `retry`.

        One that is asked for while another waits to begin is the same; one that is under way is let end first.
        """
        if community in self._wanted:
            return
        self._wanted.add(community)
        try:
            async with self._catching_up[community]:
                self._wanted.discard(community)
                await self._catch_up(community)
        finally:
            self._wanted.discard(community)

    async def _catch_up(self, community: CommunityId) -> None:
        self._behind.discard(community)
        try:
            await self._begin_unknown(community)
        except HallmootError as error:
            self._put_off(community, error)
        gaps = deque(await self._cursors.open_gaps(community))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(gaps))):
                group.create_task(self._fill_in_turn(community, gaps))

    async def retry(self) -> None:
        """Catch up where that was put off."""
        for community in tuple(self._behind):
            await self.catch_up(community)

    async def _begin_unknown(self, community: CommunityId) -> None:
        """Give every channel a cursor that has none."""
        breaks, since = self._breaks[community], await self._cursors.sought_since(community)
        known = frozenset(await self._cursors.channels(community))
        if since is None:
            for channel in await self._history.channels(community):
                if channel not in known:
                    await self._begin(community, channel)
            return
        found = await self._history.spoken_in(community, since)
        for channel in found.channels:
            if channel not in known:
                await self._cursors.begin_behind(community, channel, since, self._clock.now())
        for gap in found.gaps:
            await self._cursors.leave_out(community, gap, self._clock.now())
        # After another break in the meantime there may be more of them.
        if breaks == self._breaks[community]:
            await self._cursors.sought(community)

    async def _begin(self, community: CommunityId, channel: ChannelId) -> None:
        async with self._turns:
            async for message in self._history.since(community, channel, None, 1):
                await self._cursors.begin(community, channel, message.ref.message)

    async def _fill_in_turn(self, community: CommunityId, gaps: deque[Gap]) -> None:
        while gaps:
            async with self._turns:
                if not gaps:
                    return
                async for taken in self._fill(community, gaps.popleft()):
                    for acceptance in taken:
                        await self._pass_on(acceptance)
                    await asyncio.sleep(0)  # the next page of another channel comes before the next one of this

    async def _fill(self, community: CommunityId, gap: Gap) -> AsyncIterator[tuple[Acceptance, ...]]:
        """Fill one gap, a page for each turn."""
        left: Gap | None = gap
        breaks = self._breaks[community]
        try:
            if self._reach.most == 0:
                await self._leave(community, gap)
                return
            async for page, skips in self._pages(community, gap):
                if left is None:
                    return
                fill = self._cursors.fill_late if skips else self._cursors.fill_gap
                read = await confirmed_page(page, self._inbox)
                taken, left = await fill(community, left, read, self._clock.now())
                yield taken
        except PlatformRefused as error:
            _log.warning("gap_given_up", community=community, channel=gap.channel, why=str(error))
            if left is not None:
                await self._cursors.give_up_gap(community, left, GapReason.REFUSED)
            return
        except HallmootError as error:
            self._put_off(community, error)
            return
        # After another break in the meantime the gap reaches further than what was listed: the next turn fills it.
        if left is not None and breaks == self._breaks[community]:
            await self._cursors.close_gap(community, left)

    async def _leave(self, community: CommunityId, gap: Gap) -> None:
        """Fetch nothing, as the settings say; whether there was anything shows in coverage."""
        if await self._listed(community, gap, gap.after, 1):
            await self._cursors.give_up_gap(community, gap, GapReason.LIMIT)
        else:
            await self._cursors.close_gap(community, gap)

    async def _pages(self, community: CommunityId, gap: Gap) -> AsyncIterator[tuple[tuple[Message, ...], bool]]:
        """Yield what lies in a gap, oldest first, with whether anything before a page is left out.

        One page tells whether there is more than one. Only then are the newest `most` asked for.
        """
        size = min(PAGE, self._reach.most)
        first = await self._listed(community, gap, gap.after, size)
        if len(first) < size:
            yield first, False
            return
        newest = await self._listed(community, gap, None, self._reach.most)
        skips = not first or not newest or position(newest[0].ref.message) > position(first[0].ref.message)
        for start in range(0, len(newest), PAGE):
            yield newest[start : start + PAGE], skips and start == 0

    async def _listed(self, community: CommunityId, gap: Gap, cursor: str | None, limit: int) -> tuple[Message, ...]:
        """Return messages of a gap; those on its far side are others' business."""
        found = [message async for message in self._history.since(community, gap.channel, cursor, limit)]
        wanted = [message for message in found if _lies_in(gap, message.ref.message)]
        return tuple([await attributed(message, self._inbox) for message in wanted])

    async def _pass_on(self, acceptance: Acceptance) -> None:
        item = acceptance.item
        if item is None or item.state is not State.WAITING or item.message is None:
            return
        if self._clock.now() - item.message.sent_at > self._reach.age:
            await self._inbox.finish(Finished(key=item.key, state=State.NOT_JUDGED, reason=NotJudgedReason.STALE))
        else:
            await self._noted(acceptance)

    def _put_off(self, community: CommunityId, error: HallmootError) -> None:
        _log.warning("backfill_put_off", community=community, why=str(error))
        self._behind.add(community)


def _lies_in(gap: Gap, message: str) -> bool:
    place = position(message)
    return place > position(gap.after) and (not gap.before or place < position(gap.before))
