"""Time, so that tests and replays can have their own."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Return seconds that never run backwards, for durations."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock."""
