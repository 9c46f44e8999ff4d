"""Delivering events in order within a channel, and side by side across channels."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bot.domain.events import Event
from bot.logs import get_logger
from bot.ports.clock import Clock

_LOG = get_logger(__name__)
PAUSES = (0.5, 2.0, 8.0)
"""Seconds before an event that could not be taken in is handed over again."""

Deliver = Callable[[Event], Awaitable[None]]


class Lanes:
    """One lane a channel: an edit never overtakes its message."""

    def __init__(self, deliver: Deliver, clock: Clock) -> None:
        self._deliver = deliver
        self._clock = clock
        self._waiting: dict[str, deque[Event]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, lane: str, event: Event) -> None:
        """Take an event; it is delivered after those of its lane."""
        queue = self._waiting.get(lane)
        if queue is not None:
            queue.append(event)
            return
        self._waiting[lane] = deque([event])
        task = asyncio.create_task(self._work(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def backlog(self) -> int:
        """Return how many events are not delivered yet."""
        return sum(len(queue) for queue in self._waiting.values())

    async def drain(self) -> None:
        """Wait until everything taken is delivered."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _work(self, lane: str) -> None:
        queue = self._waiting[lane]
        while queue:
            await self._hand_over(queue[0])
            queue.popleft()
        del self._waiting[lane]

    async def _hand_over(self, event: Event) -> None:
        for pause in (*PAUSES, None):
            try:
                await self._deliver(event)
            except Exception as error:  # noqa: BLE001 - one event that can't be taken in must not stop its channel
                if pause is None:
                    _LOG.error("event_lost", kind=type(event).__name__, error=repr(error))
                    return
                _LOG.warning("event_delayed", kind=type(event).__name__, error=repr(error))
                await self._clock.sleep(pause)
            else:
                return
