"""What waits for the model, in memory and beyond it: one queue to whoever looks at it, and `pipeline` does.

A docket of light entries says who is next; the rest waits in pages of the database. Above its bound only urgent
messages come into memory; the others stay in the database and are read in pages, in the order of their receipt, as the
docket empties. At the backlog limit the oldest are given up, each on record.
"""

import asyncio
from collections.abc import Iterator

from bot.core.waiting.admission import Admission
from bot.core.waiting.beyond import Beyond
from bot.core.waiting.docket import Docket, Turn
from bot.core.waiting.giving_up import GivingUp
from bot.core.waiting.queue import NEWEST_FIRST_AFTER, Risk
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.policy import Policy
from bot.domain.question import Lane
from bot.domain.states import State
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox

IN_MEMORY = 50_000
"""Entries in memory at most, urgent ones not counted."""
PAGE = 500

_log = get_logger(__name__)
_NO_LANES: frozenset[Lane] = frozenset()


class WaitingRoom:
    """Lets messages wait, and says whose turn it is. Going through it shows what waits in memory."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        docket: Docket,
        beyond: Beyond,
        admission: Admission,
        giving_up: GivingUp,
        clock: Clock,
        in_memory: int = IN_MEMORY,
    ) -> None:
        self._inbox = inbox
        self._docket = docket
        self._beyond = beyond
        self._admission = admission
        self._giving_up = giving_up
        self._clock = clock
        self._in_memory = in_memory
        self._laneless: list[InboxKey] = []
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """Return how many messages wait, in memory and beyond; about, while pages are being read."""
        return len(self._docket) + self._beyond.count

    def __contains__(self, key: object) -> bool:
        """Return whether this delivery waits in a lane, in memory."""
        return key in self._docket

    def __iter__(self) -> Iterator[InboxKey]:
        """Go through what waits in memory, in the order of its coming; it may be taken out on the way."""
        return (waiting.key for waiting in self._docket)

    @property
    def at_hand(self) -> int:
        """Return how many messages wait in memory."""
        return len(self._docket)

    @property
    def wants_more(self) -> bool:
        """Return whether there is room in memory for what waits beyond it."""
        return self._beyond.count > 0 and len(self._docket) < self._in_memory // 2 and not self._reading.locked()

    def lane_of(self, policy: Policy) -> Lane:
        """Return the lane of a policy's questions."""
        return self._admission.lane_of(policy)

    async def load(self) -> None:
        """Take up, on start, what waited when the process ended. What is old by now is backlog."""
        self._beyond.count = sum(count for _, count in await self._inbox.waiting_counts())
        await self.refill()

    def take_laneless(self) -> tuple[InboxKey, ...]:
        """Hand over rows that wait for no lane: their text has to be fetched, or no policy is asked about them."""
        taken, self._laneless = tuple(self._laneless), []
        return taken

    async def admit(self, item: InboxItem, policies: tuple[Policy, ...], *, is_open: bool = False) -> None:
        """Let a message wait in these policies' lanes.

        One that `is_open` already waits in memory also where that is full: its row is being judged, so no page of the
        database would bring it in.
        """
        entry = await self._admission.entry(item, policies)
        if is_open:
            self._docket.add(entry, self._now())
            return
        if len(self._docket) >= self._in_memory and entry.risk is Risk.ORDINARY:
            self._beyond.come()
        else:
            self._docket.add(entry, self._now())
        await self._giving_up.above_limit()

    async def admit_again(self, key: InboxKey) -> bool:
        """Let a message wait that was put back; False when it does not wait any more."""
        item = await self._inbox.item(key)
        if item is None or item.state is not State.WAITING:
            return False
        await self._add(item)
        return True

    def next(self) -> Turn | None:
        """Take what a free slot does next; None when nothing waits or no slot is free."""
        return self._docket.next(self._now())

    def done(self, turn: Turn) -> None:
        """Free the slot that had this turn."""
        self._docket.done(turn)

    def ahead(self, count: int) -> tuple[InboxKey, ...]:
        """Return whose turns probably come next, at most so many, while all slots are at work; nobody otherwise."""
        if self._docket.free:
            return ()
        return tuple(waiting.key for waiting in self._docket.ahead(self._now(), count))

    def take_out(self, key: InboxKey, *, but: frozenset[Lane] = _NO_LANES) -> None:
        """Take a message off its lanes, but for these: the others need no model, or it does not wait any more."""
        self._docket.keep(key, but)

    def overtaken(self, ref: MessageRef) -> InboxKey | None:
        """Take out the text of a message that was edited or deleted; return its key where it waited in memory."""
        return self._docket.forget(ref)

    async def refill(self) -> None:
        """Read pages of what waits beyond memory, while there is any and room for it."""
        if self._reading.locked():
            return
        beyond = self._beyond
        async with self._reading:
            while beyond.count > 0 and len(self._docket) < self._in_memory:
                beyond.arrived = 0
                page = await self._inbox.waiting(PAGE, beyond.last_read)
                added = sum([await self._add(item) for item in page])
                if len(page) < PAGE:
                    beyond.count = beyond.arrived
                    return
                beyond.count = max(beyond.count - added, 1)
                beyond.last_read = page[-1]

    async def read_again_beyond(self, held: int) -> None:
        """Read all that waits once more if there is more of it than this."""
        waiting = sum(count for _, count in await self._inbox.waiting_counts())
        if waiting <= held:
            return
        _log.warning("more_waits_than_is_held", waiting=waiting, held=held)
        self._beyond.read_again(waiting - held)
        await self.refill()

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

    def _now(self) -> float:
        return self._clock.now().timestamp()
