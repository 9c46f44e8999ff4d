"""A clock that stands still until a test moves it on."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count

from bot.ports.clock import Clock
from tests.factories import AT


class SimulatedClock(Clock):
    """Time that passes only in `advance`: those who sleep wake in their order, each with its own time on the clock."""

    def __init__(self, start: datetime = AT) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        """Return the present time."""
        return self._start + timedelta(seconds=self._passed)

    def set_back(self, seconds: float) -> None:
        """Let the time of day be earlier, as when a wrong clock is set right; nothing else notices."""
        self._start -= timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved on that far."""
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + max(seconds, 0.0), next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let that much time pass, waking whoever's time has come on the way."""
        until = self._passed + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at = self._sleepers[0][0]
            self._passed = max(self._passed, at)
            while self._sleepers and self._sleepers[0][0] <= at:
                _, _, woken = heapq.heappop(self._sleepers)
                if not woken.done():
                    woken.set_result(None)
            await settle()
        self._passed = until
        await settle()


async def settle() -> None:
    """Let everything run that waits for nothing but its turn; nothing here waits for a thread or a socket."""
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    # There is no public way to ask whether the loop is idle, and no event for it.
    while loop._ready:  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0)
