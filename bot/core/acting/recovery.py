"""Taking up what is left to do: by another process that ended, or for a platform that could not do it yet.

`begin` brings the rows in order before anything is taken in: what was being judged waits again, what was decided and
carried out is settled. From then on there is one way for everything that is on record and not done: effects that were
left, effects that were put off, cards that are missing or show too little. A community is worked at whenever it shows a
sign of life, and when the time of something there has come. What was under way may have happened all the same, without
our knowing: so the platform is looked at first.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from bot.core.acting.enforcing import HOLDS_UP_ALL, Enforcing
from bot.core.acting.rests import Rests
from bot.core.tasks.background import Background
from bot.domain.actions import Action
from bot.domain.decision import EffectKey, StoredEffect
from bot.domain.errors import HallmootError
from bot.domain.ids import CaseNumber, CommunityId, DecisionId
from bot.domain.put_off import is_due
from bot.domain.reasons import PlatformReason, Reason
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox

_log = get_logger(__name__)
_AT_ONCE = 8
"""Communities that are worked at at the same time: one whose platform is slow holds up none of the others."""
_IN_VAIN = 3
"""So many tries in a row that fail for a reason that holds for all end a community's turn for a while."""
_IN_VAIN_FOR_ALL = HOLDS_UP_ALL - {PlatformReason.NOT_CONNECTED}
"""Such reasons. Where nothing is connected, nothing is asked for either: everything is noted as waiting for that."""
SWEEP = timedelta(seconds=15)
"""How often it is looked for what nobody holds: cards that are due, effects that neither wait nor are in hand."""

_Decisions = dict[DecisionId, CaseNumber | None]


class Recovery:
    """Takes up what is left. Build one for each process, and `begin` before anything else."""

    def __init__(self, inbox: Inbox, cases: Cases, enforcing: Enforcing, clock: Clock) -> None:
        self._inbox = inbox
        self._cases = cases
        self._enforcing = enforcing
        self._clock = clock
        self._left: dict[CommunityId, _Decisions] = defaultdict(dict)
        self._loose: dict[CommunityId, _Decisions] = {}
        self._due: set[tuple[CommunityId, CaseNumber]] = set()
        self._rests = Rests(clock)
        self._locks: dict[CommunityId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._background = Background()
        self._at_work: set[CommunityId] = set()
        self._called: set[CommunityId] = set()
        self._swept: float | None = None
        self._stopping = False

    async def begin(self) -> int:
        """Let interrupted messages wait again, and note what else was left; return how many messages wait anew."""
        interrupted = await self._inbox.recover()
        for stored in await self._cases.pending_effects():
            effect = stored.effect
            self._left[effect.community][effect.key.decision] = effect.case
        return interrupted

    def alive(self, community: CommunityId) -> None:
        """Hear of a sign of life: connected (again), a permission, a mod log. What waits there is tried soon."""
        if not self._stopping and community not in self._called:
            self._called.add(community)
            self._background.begin(self._revived(community))

    async def take_up(self, community: CommunityId) -> None:
        """Do the same, and return once everything that waits there was tried."""
        async with self._locks[community]:
            await self._revive(community)

    async def look(self) -> None:
        """Begin to work where the time of something has come; what takes longer goes on by itself."""
        communities, steady = set(await self._cases.due_in(self._clock.now())), self._clock.monotonic()
        if self._swept is None or steady - self._swept >= SWEEP.total_seconds():
            self._swept = steady
            communities |= await self._sweep()
        for community in sorted(communities - self._at_work):
            if not (self._stopping or self._rests.rests(community)):
                self._at_work.add(community)
                self._background.begin(self._tried(community))

    async def stop(self, within: float) -> None:
        """Begin nothing more, and let what was begun end; what takes longer is found by the next process."""
        self._stopping = True
        for task in await self.idle(within):
            task.cancel()
        await self.idle(within)

    async def idle(self, within: float) -> Iterable[asyncio.Task[None]]:
        """Wait so many seconds until what was begun has ended; return what has not."""
        tasks = self._background.tasks
        return (await asyncio.wait(tasks, timeout=within))[1] if tasks else ()

    async def _revived(self, community: CommunityId) -> None:
        async with self._locks[community], self._at_once:
            self._called.discard(community)
            await self._revive(community)

    async def _tried(self, community: CommunityId) -> None:
        try:
            # A turn is taken only once nobody else is at work there: one that hangs takes one turn and no more.
            async with self._locks[community], self._at_once:
                await self._work(community, alive=False)
        finally:
            self._at_work.discard(community)

    async def _sweep(self) -> set[CommunityId]:
        """Return where something is due that nobody holds: it was so at the last sweep, and is still."""
        pending = await self._cases.pending_effects()
        loose = _by_community(each for each in pending if each.put_off is None)
        waiting = {stored.effect.key.decision for stored in pending if stored.put_off is not None}
        held = waiting | self._enforcing.in_hand
        for community, decisions in loose.items():
            before = self._loose.get(community, {})
            lost = {key: case for key, case in decisions.items() if key in before and key not in held}
            self._left[community].update(lost)
        self._loose = loose
        due = {(case.community, case.number) for case in await self._cases.cards_due()}
        stale, self._due = due & self._due, due
        return {community for community, _ in stale} | {each for each, left in self._left.items() if left} & set(loose)

    async def _revive(self, community: CommunityId) -> None:
        self._rests.end(community)
        await self._work(community, alive=True)

    async def _work(self, community: CommunityId, *, alive: bool) -> None:
        """Try what waits in a community, decision by decision, then the cards; stop where it is all in vain.

        What broke before comes last, so that it holds up nothing else. Of a community that is away no card is drawn.
        """
        away = await self._enforcing.away(community)
        ready = await self._ready(community, away, alive=alive)
        decisions = dict(self._left[community])
        decisions.update({stored.effect.key.decision: stored.effect.case for stored in ready})
        keys = frozenset(stored.effect.key for stored in ready)
        in_vain = 0
        for decision in sorted(decisions, key=self._rests.tries):
            if self._stopping or in_vain >= _IN_VAIN:
                break
            if alive or not self._rests.rests(decision):
                mine = await self._mine(community, decision, decisions[decision])
                in_vain = 0 if await self._finish(community, decision, mine, (keys, away)) else in_vain + 1
        if in_vain >= _IN_VAIN or away is not None:
            self._rests.failed(community)
        else:
            self._rests.end(community)
            await self._draw(community, alive=alive)

    async def _ready(self, community: CommunityId, away: Reason | None, *, alive: bool) -> tuple[StoredEffect, ...]:
        """Return what was put off and may be tried now; a sign of life cuts no pause short that was asked for.

        In a community that is away each effect is noted once as waiting for that, and again when its time is over.
        """
        now = self._clock.now()
        waiting = [(stored, stored.put_off) for stored in await self._cases.postponed(community)]
        return tuple(
            stored
            for stored, waits in waiting
            if waits is not None
            and (is_due(waits, now) or (alive and is_due(waits, now, alive=True)))
            and (away is None or away.code != waits.why.code or (waits.until is not None and waits.until <= now))
        )

    async def _mine(
        self, community: CommunityId, decision: DecisionId, number: CaseNumber | None
    ) -> tuple[StoredEffect, ...]:
        """Return all effects of a decision."""
        file = await self._cases.file(community, number) if number is not None else None
        effects = file.effects if file is not None else ()
        return tuple(stored for stored in effects if stored.effect.key.decision == decision)

    async def _finish(
        self,
        community: CommunityId,
        decision: DecisionId,
        mine: tuple[StoredEffect, ...],
        now: tuple[frozenset[EffectKey], Reason | None],
    ) -> bool:
        """Carry out what is left of a decision; False where it broke, or for a reason that holds for all.

        `now` is what is ready, and why the community is away.
        """
        try:
            why = await self._enforcing.carry_out(mine, *now)
        except Exception as error:  # noqa: BLE001 - one decision that can't be carried out must not hold up the others
            kind = "" if isinstance(error, HallmootError) else type(error).__name__
            _log.warning("effects_left", community=community, decision=decision, why=str(error), error=kind)
            self._rests.failed(decision)
            return False
        self._left[community].pop(decision, None)
        self._rests.end(decision)
        return not why & _IN_VAIN_FOR_ALL

    async def _draw(self, community: CommunityId, *, alive: bool) -> None:
        """Draw the cards that are due, but for those that wait for a time of their own."""
        due = await self._cases.cards_due(community)
        if not due:
            return
        waiting = {
            stored.effect.case
            for stored in await self._cases.pending_effects(community)
            if stored.effect.action is Action.FLAG
        }
        in_vain = 0
        for case in due:
            what = (community, case.number)
            if self._stopping or in_vain >= _IN_VAIN:
                return
            if (not case.card_id and case.number in waiting) or (self._rests.rests(what) and not alive):
                continue
            if await self._enforcing.drawing.refresh(community, case.number):
                self._rests.end(what)
                in_vain = 0
            else:
                self._rests.failed(what)
                in_vain += 1


def _by_community(effects: Iterable[StoredEffect]) -> dict[CommunityId, _Decisions]:
    found: dict[CommunityId, _Decisions] = defaultdict(dict)
    for stored in effects:
        found[stored.effect.community][stored.effect.key.decision] = stored.effect.case
    return dict(found)
