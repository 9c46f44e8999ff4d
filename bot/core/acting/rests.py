"""How long what failed is left alone before it is tried again, in this process."""

from collections.abc import Hashable
from datetime import timedelta

from bot.domain.put_off import FIRST_PAUSE, LONGEST_PAUSE
from bot.ports.clock import Clock

_MOST_DOUBLINGS = 16


class Rests:
    """Five seconds at first, twice as long each time, ten minutes at most; longer where somebody asked for that.

    By the steady clock: one that is set right meanwhile ends no rest, and makes none of days.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[int, float]] = {}

    def failed(self, what: Hashable, asked: timedelta = timedelta(0)) -> None:
        """Let something rest. `asked`: the pause that was asked for."""
        tries = self.tries(what)
        doublings: int = 2 ** min(tries, _MOST_DOUBLINGS)
        rest = max(min(FIRST_PAUSE * doublings, LONGEST_PAUSE), asked)
        self._kept[what] = (tries + 1, self._clock.monotonic() + rest.total_seconds())

    def end(self, what: Hashable) -> None:
        """Let it be tried at once, and begin to count anew."""
        self._kept.pop(what, None)

    def tries(self, what: Hashable) -> int:
        """Return how often it failed in a row."""
        return self._kept.get(what, (0, 0.0))[0]

    def rests(self, what: Hashable) -> bool:
        """Return whether it is left alone now."""
        return what in self._kept and self._clock.monotonic() < self._kept[what][1]
