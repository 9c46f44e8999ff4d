"""The last step of a setup: recent messages are judged, a few at a time, so that first cases stand within minutes."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.desk.answers import done
from bot.core.desk.parts import DeskParts
from bot.domain.case import CaseStatus
from bot.domain.events import Message
from bot.domain.ids import CaseNumber
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings
from bot.domain.states import TERMINAL
from bot.ports.desk import Tell

FEWEST, _MOST = 10, 200
_AT_ONCE = 16
"""Messages handed in and not yet done: what is not handed in can still be left alone."""
_LOOK = 1.0
_MARGIN = 60.0
"""Seconds kept free at the end: other messages are judged meanwhile, too."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """How far it is. `cases` are those still open."""

    waiting: deque[Message]
    count: int
    under_way: list[Message] = field(default_factory=list)
    cases: set[CaseNumber] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.under_way

    @property
    def done(self) -> int:
        return self.count - len(self.waiting) - len(self.under_way)

    def line(self) -> Reason:
        return reason("setup.reading", done=self.done, count=self.count, cases=len(self.cases))


class FirstCases:
    """Hands recent messages in by the way of every other, and waits for what becomes of them."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts

    def chosen(self, latest: Sequence[Message], settings: CommunitySettings, most: int) -> tuple[Message, ...]:
        """Return the newest of them that are not too old to be judged."""
        oldest = self._parts.clock.now() - settings.ages.judge
        return tuple(message for message in latest if message.sent_at >= oldest)[-most:]

    def affordable(self, seconds: float, ends: float) -> int:
        """Return how many messages of so many seconds each are done before `ends` on the monotonic clock."""
        left = ends - self._parts.clock.monotonic() - _MARGIN
        return min(max(int(left * self._parts.slots / max(seconds, 0.001)), FEWEST), _MOST)

    async def hand_in(self, messages: Sequence[Message]) -> None:
        """Hand messages in and wait for nothing: the model is away."""
        for message in messages:
            await self._parts.deliver(message)

    async def read(
        self,
        messages: Sequence[Message],
        settings: CommunitySettings,
        tell: Tell,
        ends: float,
        above: tuple[Reason, ...],
    ) -> tuple[Reason, ...]:
        """Return what came of the messages: when all are read, when `tell` says to end, or at `ends`.

        Each telling begins with the lines `above`.
        """
        reading = _Reading(waiting=deque(messages), count=len(messages))
        while True:
            await self._hand_in_more(reading)
            await self._look(reading)
            if reading.is_over:
                return self._found(reading, settings)
            if not await tell(done(*above, reading.line())):
                left = reason("setup.recent_stopped", done=reading.count - len(reading.waiting), count=reading.count)
                return (left, *self._found(reading, settings)) if reading.cases else (left,)
            if self._parts.clock.monotonic() >= ends:
                return await self._late(reading, settings)
            await self._parts.clock.sleep(_LOOK)

    async def _hand_in_more(self, reading: _Reading) -> None:
        while reading.waiting and len(reading.under_way) < _AT_ONCE:
            message = reading.waiting.popleft()
            reading.under_way.append(message)
            await self._parts.deliver(message)

    async def _look(self, reading: _Reading) -> None:
        """Take out what has ended, and count the cases that came of it."""
        going_on = []
        for message in reading.under_way:
            item = await self._parts.store.inbox.current(message.ref)
            if item is not None and item.state not in TERMINAL:
                going_on.append(message)
                continue
            file = await self._parts.store.cases.file_of(message.ref)
            if file is not None and file.case.status is CaseStatus.OPEN:
                reading.cases.add(file.case.number)
        reading.under_way = going_on

    async def _late(self, reading: _Reading, settings: CommunitySettings) -> tuple[Reason, ...]:
        """Hand in the rest, which is judged without anybody waiting for it, and say so."""
        await self.hand_in(reading.waiting)
        rest = reason("setup.recent_late", done=reading.done, count=reading.count)
        return (rest, *self._found(reading, settings)) if reading.cases else (rest,)

    def _found(self, reading: _Reading, settings: CommunitySettings) -> tuple[Reason, ...]:
        if not reading.cases:
            return (reason("setup.recent_none"),)
        return (reason("setup.recent_done", count=len(reading.cases), channel=settings.mod_log or ""),)
