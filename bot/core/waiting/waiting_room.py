"""What waits, in memory and beyond it: a docket of light entries, and pages of the database for the rest.

Above its bound only urgent messages come into memory; the others stay in the database and are read in pages, in the
order of their receipt, as the docket empties. At the backlog limit the oldest are given up, each on record.
"""

import asyncio

from bot.core.waiting.admission import Admission
from bot.core.waiting.backlog import CASES, LATE, READ, BacklogTally
from bot.core.waiting.docket import Docket
from bot.core.waiting.forgetting import WHENEVER, forget_backlog
from bot.core.waiting.queue import NEWEST_FIRST_AFTER, Risk
from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.policy import Policy
from bot.domain.question import Lane
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import GivenUp, Recorded
from bot.domain.states import State
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox
from bot.ports.settings import SettingsSource

IN_MEMORY = 50_000
"""Entries in memory at most, urgent ones not counted."""
PAGE = 500

_log = get_logger(__name__)


class WaitingRoom:
    """Fills the docket."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        docket: Docket,
        admission: Admission,
        tally: BacklogTally,
        settings: SettingsSource,
        clock: Clock,
        limit: int,
        in_memory: int = IN_MEMORY,
    ) -> None:
        self._inbox = inbox
        self._docket = docket
        self._admission = admission
        self._tally = tally
        self._settings = settings
        self._clock = clock
        self._limit = limit
        self._in_memory = in_memory
        self._outside = 0
        self._arrived_outside = 0
        self._last_read: InboxItem | None = None
        self._laneless: list[InboxKey] = []
        self._reading = asyncio.Lock()
        self._giving_up = asyncio.Lock()

    def __len__(self) -> int:
        """Return how many messages wait, in memory and beyond; about, while pages are being read."""
        return len(self._docket) + self._outside

    @property
    def wants_more(self) -> bool:
        """Return whether there is room in memory for what waits beyond it."""
        return self._outside > 0 and len(self._docket) < self._in_memory // 2 and not self._reading.locked()

    def lane_of(self, policy: Policy) -> Lane:
        """Return the lane of a policy's questions."""
        return self._admission.lane_of(policy)

    @property
    def backlog(self) -> int:
        """Return how much of what piled up still waits."""
        return self._docket.backlog + self._outside

    async def load(self) -> None:
        """Take up, on start, what waited when the process ended. What is old by now is backlog."""
        await self._tally.load()
        self._outside = sum(count for _, count in await self._inbox.waiting_counts())
        await self.refill()

    def take_laneless(self) -> tuple[InboxKey, ...]:
        """Hand over rows that wait for no lane: their text has to be fetched, or no policy is asked about them."""
        taken, self._laneless = tuple(self._laneless), []
        return taken

    async def admit(self, item: InboxItem, policies: tuple[Policy, ...]) -> None:
        """Let a message wait that was just received."""
        entry = await self._admission.entry(item, policies)
        if len(self._docket) >= self._in_memory and entry.risk is Risk.ORDINARY:
            self._outside += 1
            self._arrived_outside += 1
        else:
            self._docket.add(entry, self._now())
        if len(self) > self._limit:
            await self._make_room()

    async def admit_opened(self, item: InboxItem, policies: tuple[Policy, ...]) -> None:
        """Let a message wait in these policies' lanes that is open already, also where memory is full.

        Its row is being judged, so no page of the database would bring it in.
        """
        self._docket.add(await self._admission.entry(item, policies), self._now())

    async def admit_again(self, key: InboxKey) -> bool:
        """Let a message wait that was put back; False when it does not wait any more."""
        item = await self._inbox.item(key)
        if item is None or item.state is not State.WAITING:
            return False
        await self._add(item)
        return True

    async def refill(self) -> None:
        """Read pages of what waits beyond memory, while there is any and room for it."""
        if self._reading.locked():
            return
        async with self._reading:
            while self._outside > 0 and len(self._docket) < self._in_memory:
                self._arrived_outside = 0
                page = await self._inbox.waiting(PAGE, self._last_read)
                added = sum([await self._add(item) for item in page])
                if len(page) < PAGE:
                    self._outside = self._arrived_outside
                    return
                self._outside = max(self._outside - added, 1)
                self._last_read = page[-1]

    async def read_again_beyond(self, held: int) -> None:
        """Read all that waits once more if there is more of it than this."""
        waiting = sum(count for _, count in await self._inbox.waiting_counts())
        if waiting <= held:
            return
        _log.warning("more_waits_than_is_held", waiting=waiting, held=held)
        self._outside += waiting - held
        self._last_read = None
        await self.refill()

    def shelve(self) -> None:
        """Make a backlog of what piled up: the model is back, and live messages go first."""
        self._docket.shelve(self._now() - NEWEST_FIRST_AFTER)
        if self.backlog:
            self._tally.begin()

    def judged_late(self, community: CommunityId, recorded: Recorded) -> None:
        """Take note that a message of the backlog was judged."""
        self._tally.count(community, READ, *((CASES,) if recorded.case is not None else ()))

    async def tell_when_done(self) -> None:
        """Sum the backlog up in each mod log once nothing of it is left."""
        await self._tally.look(self.backlog)

    async def give_up_stale(self) -> int:
        """End what waited longer than its community allows; return how many messages those are."""
        stale = 0
        for community, _ in await self._inbox.waiting_counts():
            oldest = self._clock.now() - (await self._settings.of(community)).ages.judge
            given_up = GivenUp(reason=NotJudgedReason.STALE, received_before=oldest, community=community)
            for _ in await self._end(given_up):
                self._tally.count(community, LATE)
                stale += 1
        return stale

    async def forget(self, community: CommunityId | None, by: str) -> int:
        """End all that waits, because an admin says so; reports stay. Return how many messages those are."""
        ended = await forget_backlog(self._inbox, self._clock, by=by, community=community)
        self._drop(ended)
        return len(ended)

    async def _add(self, item: InboxItem) -> bool:
        """Put a row of the database into the docket; False when it is there already."""
        if item.key in self._docket:
            return False
        policies = await self._admission.screened(item)
        if not policies:
            self._laneless.append(item.key)
            return True
        late = self._now() - item.received_at.timestamp() > NEWEST_FIRST_AFTER
        self._docket.add(await self._admission.entry(item, policies, backlog=late), self._now())
        return True

    async def _make_room(self) -> None:
        """Give up the oldest, a hundredth more than must be, so that not every message costs a transaction."""
        if self._giving_up.locked():
            return
        async with self._giving_up:
            most = len(self) - self._limit + self._limit // 100
            ended = await self._end(GivenUp(reason=NotJudgedReason.BACKLOG_FULL, received_before=WHENEVER, most=most))
            _log.warning("backlog_full", limit=self._limit, given_up=len(ended))

    async def _end(self, given_up: GivenUp) -> tuple[InboxKey, ...]:
        ended = await self._inbox.give_up(given_up)
        self._drop(ended)
        return ended

    def _drop(self, ended: tuple[InboxKey, ...]) -> None:
        for key in ended:
            if key in self._docket:
                self._docket.remove(key)
            else:
                self._outside = max(self._outside - 1, 0)

    def _now(self) -> float:
        return self._clock.now().timestamp()
