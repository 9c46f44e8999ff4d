"""Taking a recorded conversation through the main flow, many messages at a time, with the outcome of one at a time.

The order of the file decides everything that depends on order. A window of messages is committed, opened and judged
together; then they are concluded in their order. What could make one message of a window matter to another ends the
window before it: an edit, a deletion, a report, a quotation, a text that was said in it already. So a replay that was
stopped and resumed, with windows that begin elsewhere, leads to the same records.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.intake.quotations import has_quotation
from bot.core.judging.briefing import Brief
from bot.core.judging.copies import key_for
from bot.core.main_flow import MainFlow
from bot.core.recordings.playback import moment_of
from bot.core.tasks.together import together
from bot.domain.errors import ModelStayedAway
from bot.domain.events import Event, Message
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.verdict import FOR_PEOPLE, Label, Verdict
from bot.lab.own_time import OwnTimeClock
from bot.ports.inbox import Inbox

SMALLEST_WINDOW = 64
"""Messages committed together: a commit waits for the disk, and waits once for all of them."""
_QUESTIONS_A_SLOT = 16
_TURNS_TO_SETTLE = 20
"""Turns of the event loop in which answers that are there at a stop become verdicts: they are not asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come. `judged_now` leaves out what was on record already.

    `done` counts events that came to their end, those of the present window as soon as their verdicts are there, and
    `answered` those among them that have their verdicts from this run.
    """

    events: int
    judged_now: int
    done: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    brief: Brief
    verdicts: tuple[Verdict, ...]

    @property
    def is_calm(self) -> bool:
        """Return whether nothing follows from it, so that it may be concluded beside others."""
        return self.brief.item.report is None and not any(
            verdict.label is Label.VIOLATES or verdict.reason in FOR_PEOPLE for verdict in self.verdicts
        )


class Replay:
    """Runs events through the main flow. `stop` ends it at the next safe place; what was not concluded waits again.

    A model that stays away ends it in the same way; `lost` is then the error that says so. `give_up` is called at the
    stop, so that nobody goes on waiting for a model that is away.
    """

    def __init__(
        self,
        flow: MainFlow,
        inbox: Inbox,
        clock: OwnTimeClock,
        *,
        slots: int,
        after_each: Callable[[Progress], None],
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._flow = flow
        self._inbox = inbox
        self._clock = clock
        self._window = max(SMALLEST_WINDOW, slots * _QUESTIONS_A_SLOT)
        self._after_each = after_each
        self._give_up = give_up
        self._stopped = asyncio.Event()
        self._events = 0
        self._judged = 0
        self._done = 0
        self._answered = 0
        self.lost: ModelStayedAway | None = None

    def stop(self) -> None:
        """End the replay: messages whose verdicts are there are concluded, the others wait for a resumed replay."""
        self._stopped.set()
        self._give_up()

    @property
    def stopped(self) -> bool:
        """Return whether the replay was told to stop."""
        return self._stopped.is_set()

    async def run(self, events: Iterable[Event]) -> Progress:
        """Take events to their ends, and return how far that went."""
        async for window in self._windows(events):
            await self._take(window)
            if self.stopped:
                break
            self._events = self._done = self._events + len(window)
            self._after_each(self.progress)
        return self.progress

    @property
    def progress(self) -> Progress:
        """Return how far the replay has come."""
        return Progress(events=self._events, judged_now=self._judged, done=self._done, answered=self._answered)

    async def _windows(self, events: Iterable[Event]) -> AsyncIterator[tuple[Event, ...]]:
        """Yield events that do not matter to one another, in their order."""
        window: list[Event] = []
        texts: set[str] = set()
        for event in events:
            text = key_for(event) if isinstance(event, Message) else ""
            alone = not isinstance(event, Message)
            # Whether a quotation is one shows on record, so what was said before it has to be there.
            quotes = isinstance(event, Message) and has_quotation(event)
            if window and (alone or quotes or text in texts or len(window) >= self._window):
                yield tuple(window)
                window, texts = [], set()
                await asyncio.sleep(0)
            window.append(event)
            texts |= {text} - {""}
            if alone:
                yield tuple(window)
                window, texts = [], set()
        if window:
            yield tuple(window)

    async def _take(self, window: Sequence[Event]) -> None:
        accepted = await together(self._receive(event) for event in window)
        waiting = [(event, key) for event, key in zip(window, accepted, strict=True) if key is not None]
        briefs = await self._opened(waiting)
        if not self.stopped:
            self._done += len(window) - len(briefs)
        judged = await self._judge(briefs)
        await self._conclude(judged)
        await self._flow.moderate_freed()
        if self.stopped:
            for _, key in waiting:
                await self._inbox.release(key)

    async def _opened(self, waiting: Sequence[tuple[Event, InboxKey]]) -> list[Brief]:
        """Return what is to be asked; nothing when the model that has to be known for it stayed away."""
        try:
            opened = await together(self._open(event, key) for event, key in waiting)
        except ModelStayedAway as error:
            self._lose(error)
            return []
        return [brief for brief in opened if brief is not None]

    def _lose(self, error: ModelStayedAway) -> None:
        if not self.stopped:
            self.lost = error
        self.stop()

    async def _receive(self, event: Event) -> InboxKey | None:
        """Commit an event; return the key of what is to be judged now."""
        with self._clock.at(moment_of(event)):
            waiting = (await self._flow.receive(event)).waiting
        return waiting.key if waiting is not None else None

    async def _open(self, event: Event, key: InboxKey) -> Brief | None:
        with self._clock.at(moment_of(event)):
            item = await self._inbox.claim(key)
            return await self._flow.open(item) if item is not None else None

    async def _judge(self, briefs: Sequence[Brief]) -> list[_Judged]:
        """Return what was judged, up to the first message that a stop left without a verdict."""
        tasks = [asyncio.create_task(self._verdicts(brief)) for brief in briefs]
        stop = asyncio.create_task(self._stopped.wait())
        try:
            pending: set[asyncio.Task[Any]] = set(tasks)
            while pending and not self.stopped:
                done, rest = await asyncio.wait({*pending, stop}, return_when=asyncio.FIRST_COMPLETED)
                self._note(done - {stop})
                pending = rest - {stop}
            for _ in range(_TURNS_TO_SETTLE):
                await asyncio.sleep(0)
        finally:
            await _cancelled([stop, *(task for task in tasks if not task.done())])
        answered = [_is_answered(task) for task in tasks]
        judged = tasks[: answered.index(False)] if False in answered else tasks
        return [task.result() for task in judged]

    def _note(self, done: set[asyncio.Task[Any]]) -> None:
        """Take note of messages that have their verdicts, and of a model that stayed away."""
        for task in done:
            error = task.exception()
            if isinstance(error, ModelStayedAway):
                self._lose(error)
            self._done += error is None
            self._answered += error is None
        self._after_each(self.progress)

    async def _verdicts(self, brief: Brief) -> _Judged:
        with self._clock.at(_moment(brief.item)):
            return _Judged(brief=brief, verdicts=await self._flow.judge(brief))

    async def _conclude(self, judged: Sequence[_Judged]) -> None:
        """Decide in order. Those from which nothing follows go side by side; any other waits for all before it."""
        calm: list[_Judged] = []
        for each in judged:
            if each.is_calm:
                calm.append(each)
                continue
            await together(self._decide(one) for one in calm)
            calm = []
            await self._decide(each)
        await together(self._decide(one) for one in calm)

    async def _decide(self, judged: _Judged) -> None:
        with self._clock.at(_moment(judged.brief.item)):
            await self._flow.conclude(judged.brief, judged.verdicts)
        self._judged += 1


def _moment(item: InboxItem) -> datetime:
    """Return the time of the event that made a row: a replay's own clock wrote it there."""
    return item.received_at


def _is_answered(task: asyncio.Task[_Judged]) -> bool:
    return not task.cancelled() and not isinstance(task.exception(), ModelStayedAway)


async def _cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel all of them before any can go on in the place of another, then wait for their ends."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, ModelStayedAway):
            await task
