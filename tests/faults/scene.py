"""The core around a site: records, carrying out, and taking up; as one process or several."""

import asyncio
from dataclasses import replace

from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.desk.status import waiting_lines
from bot.core.intake.intake import Intake
from bot.domain.actions import Action
from bot.domain.decision import Effect, EffectKey, StoredEffect
from bot.domain.ids import CaseNumber
from bot.domain.records import Recorded
from tests.core.walking import ListedPolicies
from tests.factories import decision, decision_record, effect, policy
from tests.faults.site import Site
from tests.memory.store import MemoryStore

LONG = 60.0


class Scene:
    """Cases on a site; `restart` makes a new process of it, on the same records."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = MemoryStore()
        self.cases: dict[EffectKey, CaseNumber] = {}

    def start(self) -> None:
        """Put the parts of a process together, on the platform as it is connected now."""
        site, store = self.site, self.store
        intake = Intake(store.inbox, site.clock)
        rechecking = Rechecking(site.ports.history, store, site, site.clock, intake.accept)
        self.enforcing = Enforcing(site.ports, store, ListedPolicies(policy()), site.clock, rechecking)
        self.recovery = Recovery(store.inbox, store.cases, self.enforcing, site.clock)

    async def decided(self, action: Action) -> tuple[Effect, Recorded]:
        """Record a decision with one effect and its card."""
        sent = await self.site.said()
        now = self.site.clock.now()
        await self.store.inbox.accept(sent, now)
        name = f"d-{action}-{sent.ref.message}"
        wanted = await self.site.effect(action, sent, name)
        effects = (wanted,) if action is Action.FLAG else (wanted, effect(Action.FLAG, of=sent, decision_id=name))
        made = replace(decision(sent, id=name), made_at=now)
        record = replace(decision_record(sent, id=name), effects=effects, decision=made)
        await self.store.inbox.claim(record.key)
        recorded = await self.store.cases.record_decision(record)
        assert recorded is not None
        assert recorded.case is not None
        self.cases[wanted.key] = recorded.case.number
        return recorded.effects[0].effect, recorded

    async def taken_up(self) -> None:
        """Let the worker take up whatever is due by now, and wait until it has."""
        await self.recovery.look()
        assert not await self.recovery.idle(LONG)

    async def alive(self) -> None:
        """Let the worker hear of a sign of life, and wait until it has done what it can."""
        self.recovery.alive(self.site.community)
        assert not await self.recovery.idle(LONG)

    async def stored(self, wanted: Effect) -> StoredEffect:
        """Return an effect as it stands."""
        file = await self.store.cases.file(self.site.community, self.cases[wanted.key])
        assert file is not None
        return next(each for each in file.effects if each.effect.key == wanted.key)

    async def status(self) -> set[tuple[str, str]]:
        """Return what `/mod status` says that waits: actions and reasons."""
        lines = await waiting_lines(self.store.cases, self.site.community, self.site.clock.now())
        return {(line.value("action"), line.value("why")) for line in lines}


async def die_in(scene: Scene, wanted: Effect, recorded: Recorded) -> None:
    """Let the process die in the middle of carrying out."""
    work = asyncio.create_task(scene.enforcing.carry_out(recorded.effects))

    def die() -> None:
        work.cancel()

    scene.site.dies_at(wanted, die)
    await asyncio.gather(work, return_exceptions=True)
