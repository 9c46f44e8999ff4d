"""Several addresses in order: the first one that works is used.

An address that failed is set aside, and no question waits for it any more. Once its rest is over it is tried beside
the work: a look at what is there, and one token of the model, which also loads it. When that succeeds, it takes its
place in the order again. Only addresses that come before the one in use are tried so: a machine that is kept in reserve
is left alone until it is needed. Whoever asks sets the trials off; without a question nothing is done.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.errors import ModelError
from bot.domain.verdict import MODEL_AWAY, UndecidedReason
from bot.inference.faults import NoVerdict
from bot.inference.model_server import ModelServer
from bot.inference.request import Ask, Ended
from bot.logs import get_logger

REST_SECONDS = 30.0
"""How long an address that failed is left alone before it is tried."""
TROUBLED_AFTER = 2
"""Questions in a row that an address that is there has to break on until it counts as failed: one may be the message's
own fault."""
_TRIAL = Ask(prompt="Hello", tokens=1, num_predict=1, ends=frozenset({Ended.STOP, Ended.LENGTH}))

Answer = TypeVar("Answer")
_log = get_logger(__name__)


@dataclass(eq=False, slots=True, kw_only=True)
class _Place:
    """An address in the order. `due` is when one that is set aside may be tried, None while it is in order."""

    server: ModelServer
    due: float | None = None
    broken: int = 0
    trial: asyncio.Task[None] | None = None

    def mend(self) -> None:
        self.due, self.broken = None, 0


class Fallback:
    """Keeps which of several servers is asked."""

    def __init__(self, servers: tuple[ModelServer, ...], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._places = tuple(_Place(server=server) for server in servers)
        self._monotonic = monotonic

    @property
    def servers(self) -> tuple[ModelServer, ...]:
        """Return all of them, in the order they were given."""
        return tuple(place.server for place in self._places)

    async def first(self, ask: Callable[[ModelServer], Awaitable[Answer]]) -> Answer:
        """Return what the first server answers that can.

        `ask` raises ModelError where another server may do, and NoVerdict where none would. When none can, the error
        of the one that was tried first is raised. Those that are set aside come last, the longest rested first.
        """
        self._try_again()
        faults: list[ModelError] = []
        for place in sorted(self._places, key=_turn):
            due = place.due
            try:
                answer = await ask(place.server)
            except NoVerdict:
                raise
            except ModelError as fault:
                self._set_aside(place, fault)
                faults.append(fault)
            else:
                if place.due == due:  # otherwise its answer was one more failure, and `heard` knows
                    place.due = None
                return answer
        raise faults[0]

    def heard(self, server: ModelServer, reason: UndecidedReason | None) -> None:
        """Take note of how a question ended on a server; several that it breaks on in a row set it aside."""
        place = next(each for each in self._places if each.server is server)
        if reason not in MODEL_AWAY:
            place.broken = 0
            return
        place.broken += 1
        if place.broken >= TROUBLED_AFTER:
            self._set_aside(place, f"{place.broken} questions in a row: {reason}")

    async def close(self) -> None:
        """Let go of all connections, and of trials under way."""
        trials = [place.trial for place in self._places if place.trial is not None]
        for trial in trials:
            trial.cancel()
        await asyncio.gather(*trials, return_exceptions=True)
        for place in self._places:
            await place.server.close()

    def _set_aside(self, place: _Place, why: object) -> None:
        if len(self._places) == 1:
            return
        if place.due is None:
            _log.warning("address_set_aside", address=place.server.url, why=str(why))
        place.due = self._monotonic() + REST_SECONDS

    def _try_again(self) -> None:
        """Begin the trials that are due, of those addresses that come before the one in use."""
        now = self._monotonic()
        for place in self._places:
            if place.due is None:
                return
            if place.due <= now and place.trial is None and any(each.due is None for each in self._places):
                place.trial = asyncio.create_task(self._on_trial(place), name=f"trial of {place.server.url}")

    async def _on_trial(self, place: _Place) -> None:
        try:
            await place.server.health()
            _TRIAL.check(await place.server.generate(_TRIAL))
        except ModelError as fault:
            place.due = self._monotonic() + REST_SECONDS
            _log.info("address_still_away", address=place.server.url, why=str(fault))
        else:
            place.mend()
            _log.info("address_back", address=place.server.url)
        finally:
            place.trial = None


def _turn(place: _Place) -> tuple[bool, float]:
    return place.due is not None, place.due or 0.0
