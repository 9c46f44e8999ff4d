"""What is left to do about an event once it is on disk: sorting it, and letting it wait for its turn.

Slack waits for an acknowledgement, and the inbox is all that it has to wait for. What follows is done in the order of
the events for each message. What the process leaves undone waits in the inbox, and is taken up when it starts again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.events import Edit, Event, Member, Message, Unread
from bot.domain.inbox import Acceptance
from bot.logs import get_logger

_log = get_logger(__name__)
_WORKERS = 8
_MOST_WAITING = 500
"""Events of one worker that wait in memory; more of them hold their platform up."""

Follow = Callable[[Event, Acceptance], Awaitable[None]]
"""Does what is left to do about an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    event: Event
    acceptance: Acceptance
    done: asyncio.Future[None]


class Afterwards:
    """Workers with a queue each; all events of one message go to the same one."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._queues: tuple[asyncio.Queue[_Left], ...] = tuple(asyncio.Queue(_MOST_WAITING) for _ in range(_WORKERS))

    async def add(self, event: Event, acceptance: Acceptance) -> None:
        """Leave an event to the workers. Of what leaves nothing in the inbox to be found again, wait for the end."""
        left = _Left(event=event, acceptance=acceptance, done=asyncio.get_running_loop().create_future())
        await self._queues[hash(_place(event)) % _WORKERS].put(left)
        if not isinstance(event, Message | Edit):
            await left.done

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for queue in self._queues:
                tasks.create_task(self._work(queue))

    async def _work(self, queue: asyncio.Queue[_Left]) -> None:
        while True:
            left = await queue.get()
            try:
                await self._follow(left.event, left.acceptance)
            except Exception as error:  # noqa: BLE001 - it waits in the inbox, where what nobody holds is found again
                _log.error("event_not_sorted", kind=type(left.event).__name__, error=repr(error))
            if not left.done.done():
                left.done.set_result(None)


def _place(event: Event) -> object:
    if isinstance(event, Member):
        return event.community, event.person
    if isinstance(event, Unread):
        return event.community, event.event_id
    return event.message.ref if isinstance(event, Edit) else event.ref
