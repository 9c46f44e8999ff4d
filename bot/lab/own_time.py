"""A replay's clock: each event has its own time, however many are under way at once."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from bot.ports.clock import Clock


class OwnTimeClock(Clock):
    """Stands at the time of the event that the running task is about.

    A table that lists the newest first, or a channel quiet for a month, would otherwise make the messages judged beside
    one another look stale.
    """

    def __init__(self) -> None:
        self._now: ContextVar[datetime] = ContextVar("replayed_moment")
        self._latest = datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Let this moment be the present for what the block does, and for tasks that it starts."""
        self._latest = max(self._latest, moment)
        token = self._now.set(moment)
        try:
            yield
        finally:
            self._now.reset(token)

    def now(self) -> datetime:
        """Return the time of the event at hand; outside of any, the latest that was seen."""
        return self._now.get(self._latest)

    def monotonic(self) -> float:
        """Return the machine's steady seconds: durations are real."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others run; a recording waits for nothing."""
        del seconds
        await asyncio.sleep(0)
