"""A run, from start to stop: what is delivered, what works on it, and what is done now and then beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.intake.afterwards import Afterwards
from bot.core.machinery import Machinery
from bot.domain.errors import HallmootError
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.inbox import Acceptance
from bot.logs import get_logger

STOP_WITHIN = 4.5
"""Seconds for what was decided to be carried out once a stop was asked for. The process has ten in all, of which a busy
machine takes some, and connections that do not answer up to two and a half."""
PULSE = 1.0
_LOOK = 5.0
_SWEEP = 60.0

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """Work that is done every so many seconds of the run's clock, the first time after that long."""

    name: str
    every: float
    work: Callable[[], Awaitable[object]]


class Running:
    """Ties the parts of a run together.

    `first` is done on start, in order, once rows that were being judged wait again; `beside` are periodic works of
    other parts, such as retention. None of them can end the run by failing. `pulse` is how often, in seconds, what
    rested is woken and pages are read; `stop_within` is how long a stop waits for the platform.
    """

    def __init__(
        self,
        machinery: Machinery,
        *,
        first: Sequence[Callable[[], Awaitable[object]]] = (),
        beside: Sequence[Periodic] = (),
        pulse: float = PULSE,
        stop_within: float = STOP_WITHIN,
    ) -> None:
        self._parts = machinery
        self._stop_within = stop_within
        self._first = tuple(first)
        self._afterwards = Afterwards(self._after_commit)
        self._periodic = (
            Periodic(name="pulse", every=pulse, work=machinery.pipeline.pulse),
            Periodic(name="put off", every=pulse, work=machinery.recovery.look),
            Periodic(name="model", every=_LOOK, work=machinery.breaker.look),
            Periodic(name="outages", every=_LOOK, work=machinery.outages.look),
            Periodic(name="announcements", every=_LOOK, work=machinery.announcing.look),
            Periodic(name="lost", every=_SWEEP, work=machinery.pipeline.look_for_lost),
            Periodic(name="incidents", every=_LOOK, work=machinery.raids.incidents.tick),
            Periodic(name="ageing", every=_SWEEP, work=machinery.waiting.giving_up.stale),
            *beside,
        )

    async def deliver(self, event: Event, delivery: str = "") -> None:
        """Take an event in: committed when this returns, and waiting for its turn where it is to be judged.

        `delivery` is the platform's own id of the delivery; empty where it has none.
        """
        received = await self._parts.flow.receive(event, delivery)
        await self._parts.pipeline.note(event, received)

    async def commit(self, event: Event, delivery: str = "") -> None:
        """Take an event in: committed when this returns. What follows for a message is done soon after, while running.

        For platforms that wait for an acknowledgement of each event.
        """
        await self._afterwards.add(event, await self._parts.flow.commit(event, delivery))

    async def _after_commit(self, event: Event, acceptance: Acceptance) -> None:
        received = await self._parts.flow.after_commit(event, acceptance)
        await self._parts.pipeline.note(event, received)

    async def begin(self) -> None:
        """Take up what the last run left. Deliveries may come in from now on."""
        parts = self._parts
        again = await parts.recovery.begin()
        _log.info("run_begins", judged_anew=again)
        await parts.breaker.start()
        await parts.outages.load()
        await parts.announcing.load()
        for work in self._first:
            await work()
        await parts.raids.load()
        await parts.waiting.backlog.load()
        await parts.waiting.room.load()
        if parts.outages.on_record and parts.breaker.trouble is None:
            parts.waiting.backlog.set_apart()  # the model came back while nobody was there to see it

    async def connected(self, community: CommunityId) -> None:
        """Take up what was left in a community; to be called whenever its platform is connected (again)."""
        self.alive(community)
        await self._parts.raids.incidents.take_up(community)

    def alive(self, community: CommunityId) -> None:
        """Hear of any other sign of life of a community: what waits for it is tried, beside all else."""
        self._parts.announcing.alive(community)
        self._parts.recovery.alive(community)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then end within ten seconds. A part that breaks ends the run with its error."""
        parts = self._parts
        works = [parts.pipeline.run(), parts.standby.run(), self._afterwards.run()]
        works += [self._again_and_again(each) for each in self._periodic]
        tasks = [asyncio.create_task(work) for work in works]
        asked = asyncio.create_task(stop.wait())
        try:
            ended, _ = await asyncio.wait([asked, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            await self._end([asked, *tasks])

    async def _end(self, tasks: Sequence[asyncio.Task[Any]]) -> None:
        await asyncio.gather(
            self._parts.pipeline.stop(within=self._stop_within), self._parts.recovery.stop(within=self._stop_within)
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _log.info("run_ended", waiting=len(self._parts.waiting.room))

    async def _again_and_again(self, periodic: Periodic) -> None:
        while True:
            await self._parts.clock.sleep(periodic.every)
            try:
                await periodic.work()
            except HallmootError as error:
                _log.warning("periodic_work_failed", work=periodic.name, why=str(error))
            except Exception as error:  # noqa: BLE001 - one broken chore must not end the moderation
                _log.error("periodic_work_broke", work=periodic.name, error=type(error).__name__, says=str(error))
