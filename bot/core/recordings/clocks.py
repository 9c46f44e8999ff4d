"""Two clocks: the machine's own, and one that a recorded conversation drives."""

import asyncio
import time
from datetime import UTC, datetime

from bot.ports.clock import Clock


class SystemClock(Clock):
    """The machine's time."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's steady seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class RecordedClock(Clock):
    """A conversation's own time: it stands at the latest message read, so that nothing in a recording is stale."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def advance(self, to: datetime) -> None:
        """Move on to a message's time; a message out of order does not turn the clock back."""
        self._now = max(self._now, to)

    def now(self) -> datetime:
        """Return the latest time read."""
        return self._now

    def monotonic(self) -> float:
        """Return the machine's steady seconds: durations are real."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others run; a recording waits for nothing."""
        del seconds
        await asyncio.sleep(0)
