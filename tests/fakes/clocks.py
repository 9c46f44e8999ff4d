"""A clock for tests of pacing: nobody waits, and the waits are on record."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.ports.clock import Clock


class SteppingClock(Clock):
    """Its time moves only when somebody sleeps or a test says so. It starts at the machine's present."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._passed = 1_000.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the present."""
        return self._start + timedelta(seconds=self._passed - 1_000.0)

    def monotonic(self) -> float:
        """Return the steady seconds."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Move on at once, after letting others run."""
        self.slept.append(seconds)
        self._passed += max(0.0, seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds
