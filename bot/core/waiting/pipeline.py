"""Keeps the model's slots at work: the waiting room says who is next, this carries it out.

A message is opened (claimed and made ready) at its first turn, or a little before where all slots are at work anyway.
Its questions go through their lanes one by one; with the last answer it is concluded apart from the slots, so that a
slow platform never keeps the model waiting. Whatever goes wrong on the way, the message waits again.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta

from bot.core.main_flow import Received
from bot.core.tasks.background import Background
from bot.core.waiting.asking import Opened, Works, ask, opened
from bot.core.waiting.breaker import Trouble
from bot.core.waiting.docket import Turn
from bot.domain.errors import HallmootError
from bot.domain.events import Delete, Edit, Event
from bot.domain.ids import MessageRef
from bot.domain.inbox import Accepted, InboxKey
from bot.domain.states import State
from bot.logs import get_logger

REST = timedelta(seconds=30)
"""How long a message rests after it failed while the model answers others; twice as long each time."""
LONGEST_REST = timedelta(minutes=30)

_log = get_logger(__name__)


class Pipeline:
    """Works off the queue. `note` takes in what was delivered, `run` works, `pulse` wakes what rested."""

    def __init__(self, works: Works, *, slots: int) -> None:
        self._works = works
        self._slots = slots
        self._wake = asyncio.Event()
        self._stopping = False
        self._open: dict[InboxKey, asyncio.Task[Opened | None]] = {}
        self._at_work: Counter[InboxKey] = Counter()
        self._in_hand: Counter[InboxKey] = Counter()
        self._failures: Counter[InboxKey] = Counter()
        self._resting: dict[InboxKey, float] = {}
        self._turns: set[asyncio.Task[None]] = set()
        self._background = Background()
        self._trouble: Trouble | None = None

    @property
    def idle(self) -> bool:
        """Return whether nothing waits in memory, is at work or rests."""
        return not (self._works.room.at_hand or self._open or self._turns or self._background.tasks or self._resting)

    async def note(self, event: Event, received: Received) -> None:
        """Let what was received wait for its turn, and forget what it overtook."""
        if isinstance(event, Delete):
            self._forget(event.ref)
        elif isinstance(event, Edit) and received.acceptance.accepted in (Accepted.NEW, Accepted.REOPENED):
            self._forget(event.message.ref)
        await self._take_up(received)
        await self._take_freed()

    async def _take_up(self, received: Received) -> None:
        """Let a message wait for its turn, where it waits for any."""
        item = received.waiting
        if item is None or self._stopping:  # the next start takes it up
            return
        if received.policies:
            await self._works.room.admit(item, received.policies)
        else:
            self._begin(item.key, self._open_first(item.key))
        if self._works.breaker.trouble is not None:
            self._works.standby.add(item.key)
        self._wake.set()

    async def run(self) -> None:
        """Give turns to free slots until `stop`."""
        while not self._stopping:
            self._notice_trouble()
            self._fill()
            await self._wake.wait()
            self._wake.clear()

    async def stop(self, within: float) -> None:
        """Take no more turns, let what was decided be carried out, and let the rest wait for the next start."""
        self._stopping = True
        self._wake.set()
        for task in (*self._turns, *self._open.values()):
            task.cancel()
        left = {*self._turns, *self._background.tasks}
        if left:
            _, late = await asyncio.wait(left, timeout=within)
            for task in late:
                task.cancel()
        for key in tuple(self._open):
            await self._release(key)

    async def pulse(self) -> None:
        """Wake what has rested, bring in what waits in the database, and notice a change of the model."""
        now = self._works.clock.monotonic()
        for key in [key for key, until in self._resting.items() if until <= now]:
            del self._resting[key]
            self._begin(key, self._admit_again(key))
        await self._works.room.refill()
        self._open_laneless()
        await self._take_freed()
        await self._works.backlog.tell_when_done()
        self._notice_trouble()
        self._wake.set()

    async def look_for_lost(self) -> None:
        """Compare what waits in the database with what is held here, and take up what nobody holds.

        Nothing should ever be found; a message that an unforeseen fault left behind is judged a minute later all the
        same, and not at the next start.
        """
        opened = sum(1 for key in self._open if key in self._works.room)
        opening = sum(1 for key, task in self._open.items() if key not in self._works.room and not task.done())
        held = len(self._works.room) + len(self._resting) + self._works.flow.holding + opening - opened
        await self._works.room.read_again_beyond(held)
        await self._look_for_dropped()
        self._open_laneless()
        self._wake.set()

    async def _look_for_dropped(self) -> None:
        """Let each row wait again that is being judged, as the database says, while nobody here holds it."""
        for key in await self._works.inbox.judging():
            if not (key in self._open or key in self._resting or self._in_hand[key]):
                _log.error("judged_by_nobody", **key.ref.log_context())
                self._begin(key, self._admit_again(key))

    async def _take_freed(self) -> None:
        """Go on with messages that waited for the judgement of others."""
        for received in await self._works.flow.freed():
            await self._take_up(received)

    def _fill(self) -> None:
        while self._works.breaker.trouble is not Trouble.AWAY and (turn := self._works.room.next()) is not None:
            self._at_work[turn.waiting.key] += 1
            task = asyncio.create_task(self._turn(turn))
            self._turns.add(task)
            task.add_done_callback(self._turns.discard)
        self._look_ahead()
        if self._works.room.wants_more:
            self._background.begin(self._works.room.refill())

    def _look_ahead(self) -> None:
        """Open what is probably next while all slots are at work, so that none waits for the database."""
        more = self._slots - sum(1 for key in self._open if not self._at_work[key])
        if more <= 0:
            return
        for key in self._works.room.ahead(self._slots):
            if more and key not in self._open:
                self._opening(key)
                more -= 1

    async def _turn(self, turn: Turn) -> None:
        key, message = turn.waiting.key, None
        try:
            message = await self._opening(key)
            if message is not None:
                message.late = message.late or turn.waiting.backlog
                await ask(self._works, message, turn.lane)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must wait and not be lost
            self._report(key, "question_not_put", error)
            if message is not None:
                message.failed = True
        finally:
            self._works.room.done(turn)
            self._at_work -= Counter([key])
            self._wake.set()
        if message is not None and not self._at_work[key]:
            self._settle(key, message)

    def _settle(self, key: InboxKey, message: Opened) -> None:
        """Go on with a message none of whose turns is at work."""
        if message.failed:
            self._works.room.take_out(key)
            self._open.pop(key, None)
            self._begin(key, self._put_back(key))
        elif message.complete:
            self._works.room.take_out(key)
            self._open.pop(key, None)
            self._begin(key, self._conclude(key, message))
        elif key not in self._works.room:
            self._begin(key, self._go_on(key, message))

    async def _go_on(self, key: InboxKey, message: Opened) -> None:
        """Let an open message that is in no lane wait in those of what is left to ask.

        It waited in other lanes where its community has sent another text of a policy meanwhile, and in none where it
        was not known what to ask. One that was edited or deleted ends here.
        """
        try:
            item = await self._works.inbox.item(key)
            if item is not None and item.state is State.JUDGING and message.asking:
                left = tuple(question.policy for questions in message.asking.values() for question in questions)
                await self._works.room.admit(item, left, is_open=True)
                self._wake.set()
                return
            self._open.pop(key, None)
            if item is not None and item.state is State.JUDGING:
                _log.error("question_without_answer", **key.ref.log_context())
                await self._put_back(key)
            elif item is not None and item.state is State.WAITING:
                await self._admit_again(key)
        except HallmootError as error:
            self._report(key, "message_not_gone_on_with", error)
            self._open.pop(key, None)
            await self._put_back(key)

    def _opening(self, key: InboxKey) -> asyncio.Task[Opened | None]:
        """Return the task that opens a message; several turns share it."""
        if key not in self._open:
            self._open[key] = asyncio.create_task(self._load(key))
        return self._open[key]

    async def _load(self, key: InboxKey) -> Opened | None:
        """Claim a message and make it ready; None when it ended without a question, or has to wait."""
        try:
            message = await opened(self._works, key)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must wait and not be lost
            self._report(key, "message_not_opened", error)
            self._open.pop(key, None)
            self._works.room.take_out(key)
            self._begin(key, self._put_back(key))
            return None
        if message is None or not message.asking:
            self._open.pop(key, None)
            self._works.room.take_out(key)
            if message is not None:
                self._begin(key, self._conclude(key, message))
            return None
        self._works.room.take_out(key, but=frozenset(message.asking))
        if key not in self._works.room and not self._at_work[key]:
            self._begin(key, self._go_on(key, message))
        return message

    async def _open_first(self, key: InboxKey) -> None:
        """Open a message whose lanes are not known: its text has to be fetched, or no policy is asked about it."""
        await self._opening(key)

    async def _conclude(self, key: InboxKey, message: Opened) -> None:
        flow, brief = self._works.flow, message.brief
        try:
            recorded = await flow.record(brief, brief.in_order(tuple(message.answers)))
        except Exception as error:  # noqa: BLE001 - nothing was written, so the message waits again
            self._report(key, "decision_not_recorded", error)
            await self._put_back(key)
            return
        self._failures.pop(key, None)
        await self._take_freed()
        if recorded is None:
            return
        if message.late:
            self._works.backlog.judged(key.community, recorded)
        try:
            await flow.carry_out(brief, recorded)
        except Exception as error:  # noqa: BLE001 - the effects are on record and are taken up again
            self._report(key, "effects_left", error)

    async def _put_back(self, key: InboxKey) -> None:
        """Let a message wait again: at once while no model answers, after a rest when it alone fails."""
        await self._release(key)
        if self._works.breaker.trouble is Trouble.AWAY:
            self._works.standby.add(key)
            await self._admit_again(key)
            return
        self._failures[key] += 1
        rest = min(REST * 2 ** min(self._failures[key] - 1, 10), LONGEST_REST)
        self._resting[key] = self._works.clock.monotonic() + rest.total_seconds()

    async def _admit_again(self, key: InboxKey) -> None:
        try:
            await self._works.inbox.release(key)  # once more, in case the database failed when it was put back
            if not await self._works.room.admit_again(key):
                self._failures.pop(key, None)
        except HallmootError as error:
            self._report(key, "message_not_put_back", error)
            self._resting[key] = self._works.clock.monotonic() + REST.total_seconds()
        self._open_laneless()
        self._wake.set()

    async def _give_back(self, key: InboxKey, opening: asyncio.Task[Opened | None]) -> None:
        """Let a message wait again that was only opened ahead; not before it is open, or the claim would come last."""
        await asyncio.wait([opening])
        await self._release(key)
        if self._open.get(key) is opening:
            del self._open[key]

    async def _release(self, key: InboxKey) -> None:
        try:
            await self._works.inbox.release(key)
        except HallmootError as error:
            self._report(key, "message_not_released", error)

    def _open_laneless(self) -> None:
        for key in self._works.room.take_laneless():
            self._begin(key, self._open_first(key))

    def _begin(self, key: InboxKey, work: Coroutine[object, object, None]) -> None:
        """Let work on a message go on by itself. As long as it does, the message is held by somebody."""

        async def held() -> None:
            try:
                await work
            finally:
                self._in_hand -= Counter([key])

        self._in_hand[key] += 1
        self._background.begin(held())

    def _forget(self, ref: MessageRef) -> None:
        key = self._works.room.overtaken(ref)
        if key is not None and not self._at_work[key]:
            self._open.pop(key, None)

    def _notice_trouble(self) -> None:
        before, self._trouble = self._trouble, self._works.breaker.trouble
        if before is self._trouble:
            return
        if self._trouble is Trouble.AWAY:
            for key in [key for key in self._open if not self._at_work[key]]:
                self._begin(key, self._give_back(key, self._open[key]))
        if self._trouble is None:
            self._works.standby.clear()
            self._works.backlog.set_apart()
        elif before is None:
            for key in self._works.room:
                self._works.standby.add(key)

    def _report(self, key: InboxKey, event: str, error: Exception) -> None:
        log = _log.warning if isinstance(error, HallmootError) else _log.error
        log(event, error=type(error).__name__, says=str(error), **key.ref.log_context())
