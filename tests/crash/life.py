"""One life of the bot: it opens its database, takes up what was left, and works through the script until it ends."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.deciding.casework import Casework
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Judging
from bot.core.judging.model_watch import ModelWatch
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.core.recordings.clocks import RecordedClock
from bot.domain.actions import Action
from bot.domain.case import CaseFile, CaseStatus, Review, ReviewResult
from bot.domain.decision import BOT, Effect, EffectKey, EffectResult
from bot.domain.events import Message
from bot.domain.ids import PersonId
from bot.domain.question import Question
from bot.domain.records import ReviewRecord
from bot.domain.verdict import Verdict
from bot.inference.scripted import Script, ScriptedClassifier
from bot.ports.classifier import Classifier
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier
from bot.ports.platform import Platform
from bot.ports.store import Store
from bot.storage.install_key import install_key
from bot.storage.ledger import Ledger
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.lock import InstanceLock
from bot.storage.sqlite.database.schema import bring_up_to_date
from bot.storage.sqlite.database.statements import migrations
from bot.storage.sqlite.database.writer import Writer
from bot.storage.sqlite.store import SqliteStore
from tests.core.walking import EqualTexts, GivenSettings, ListedPolicies, watching
from tests.crash.script import (
    ANSWERS,
    EVENTS,
    POLICY,
    TO_DO,
    WHILE_CARRIED_OUT,
    WHILE_DOWN,
    WHILE_JUDGED,
    GiveUp,
    Press,
    Work,
    settings,
)
from tests.crash.steps import Stepped, SteppedWriter, Steps
from tests.crash.world import Committed, World, WorldEnforcer, world_platform
from tests.factories import COMMUNITY, decision, effect

MODERATOR = PersonId("mo")


async def live(folder: Path, now: datetime, steps: Steps) -> None:
    """Live once, at one moment, in a folder that holds the database and the platform's journal."""
    database = folder / "records.db"
    store = await open_stepped(database, steps)
    try:
        world = World(EVENTS, folder / "platform.jsonl")
        await Life(store, world, committed_in(database), now, steps).run()
    finally:
        await store.close()


async def open_stepped(path: Path, steps: Steps) -> SqliteStore:
    """Open the database as `run` does, with every commit a step."""
    lock = InstanceLock.take(path)
    bring_up_to_date(path, migrations(), lock=lock)
    writer = SteppedWriter(Writer(await Connection.writer(path)), steps)
    readers = (await Connection.reader(path), await Connection.reader(path))
    store = SqliteStore(path, writer, readers, Ledger(path, install_key(path.parent)))
    store.lock = lock
    return store


def committed_in(path: Path) -> Committed:
    """Return what looks an effect up in the file, past the process's own connections."""

    def committed(key: EffectKey) -> bool:
        with closing(sqlite3.connect(path)) as raw:
            found = raw.execute(
                "SELECT e.by_person, c.rationale FROM effects e JOIN decisions d ON d.id = e.decision "
                "JOIN cases c ON c.id = e.case_id WHERE e.decision = ? AND e.action = ? AND e.target = ?",
                (key.decision, key.action, key.target),
            ).fetchone()
        return found is not None and (found[0] != BOT or bool(found[1]))

    return committed


class InterruptedModel(ScriptedClassifier):
    """Answers by its script; while it reads certain texts, something else happens."""

    def __init__(self, script: Script, meanwhile: Callable[[int], Awaitable[None]]) -> None:
        super().__init__(script)
        self._meanwhile = meanwhile

    async def judge(self, question: Question) -> Verdict:
        """Answer, after what happens meanwhile."""
        if question.text in WHILE_JUDGED:
            await self._meanwhile(WHILE_JUDGED[question.text])
        return await super().judge(question)


class InterruptedEnforcer(WorldEnforcer):
    """Carries effects out; right after the first on certain messages, something else happens."""

    def __init__(self, world: World, committed: Committed, meanwhile: Callable[[int], Awaitable[None]]) -> None:
        super().__init__(world, committed)
        self._meanwhile = meanwhile

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry them out, then let it happen."""
        results = await super().apply(effects)
        for done in effects:
            if done.message in WHILE_CARRIED_OUT:
                await self._meanwhile(WHILE_CARRIED_OUT[done.message])
        return results


class Life:
    """The real core on a store, with the world for a platform; every call of it and of the model is a step."""

    def __init__(self, store: Store, world: World, committed: Committed, now: datetime, steps: Steps) -> None:
        self._store = store
        self._world = world
        self._clock = RecordedClock(now)
        whole = world_platform(world, committed)
        enforcer = InterruptedEnforcer(world, committed, self._deliver)
        platform = Platform(
            enforcer=cast("Enforcer", Stepped(enforcer, steps)),
            mod_log=cast("ModLog", Stepped(whole.mod_log, steps)),
            history=cast("History", Stepped(whole.history, steps)),
            directory=whole.directory,
            notifier=cast("Notifier", Stepped(whole.notifier, steps)),
        )
        model = cast("Classifier", Stepped(InterruptedModel(ANSWERS, self._deliver), steps))
        self._enforcing, self._flow = _core(store, platform, model, self._clock)
        self._recovery = Recovery(store.inbox, store.cases, self._enforcing, self._clock)

    async def run(self) -> None:
        """Recover, take what was never acknowledged, and go on with the script."""
        await self._recovery.begin()
        await self._recovery.take_up(COMMUNITY)
        for number in sorted(self._world.numbers("happened") - self._world.numbers("acked") - set(WHILE_DOWN)):
            await self._deliver(number)
        for what in TO_DO:
            match what:
                case int():
                    await self._deliver(what)
                case Press():
                    await self._press(what.of)
                case Work():
                    await self._work()
                case GiveUp():
                    await self._give_up(what)

    async def _deliver(self, number: int) -> None:
        """Let an event happen and take it in; the platform is told only after the commit."""
        if number in self._world.numbers("acked"):
            return
        self._world.happen(number)
        if number in self._world.numbers("happened"):
            await self._flow.receive(EVENTS[number])
            self._world.note(what="acked", number=number)

    async def _give_up(self, what: GiveUp) -> None:
        """Hand an event in behind another, and let its caller go; what is handed in later is written later."""
        other = asyncio.create_task(self._deliver(what.during))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if what.of not in self._world.numbers("acked"):
            self._world.happen(what.of)
            caller = asyncio.create_task(self._flow.receive(EVENTS[what.of]))
            await asyncio.sleep(0)
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            await self._store.facts.save("after", {})
            self._world.note(what="acked", number=what.of)
        await other

    async def _work(self) -> None:
        while waiting := await self._store.inbox.waiting(100):
            for item in waiting:
                await self._flow.moderate(item.key)

    async def _press(self, of: Message) -> None:
        file = await self._store.cases.file_of(of.ref)
        if file is None or file.case.status is not CaseStatus.OPEN:
            return
        recorded = await self._store.cases.review(_upheld(file, self._clock.now()))
        if recorded is not None:
            await self._enforcing.carry_out(recorded.effects)
            await self._enforcing.drawing.redraw(of.community, file.case.number)


def _core(store: Store, platform: Platform, model: Classifier, clock: RecordedClock) -> tuple[Enforcing, MainFlow]:
    source, listed, intake = GivenSettings(settings()), ListedPolicies(POLICY), Intake(store.inbox, clock)
    rechecking = Rechecking(platform.history, store, source, clock, intake.accept)
    enforcing = Enforcing(platform, store, listed, clock, rechecking)
    watch, casework = ModelWatch(model, clock, probe_every=0.0), Casework(store.cases, clock)
    raids = watching(store, casework, enforcing, source, listed, clock)
    parts = Parts(
        inbox=store.inbox,
        intake=intake,
        briefing=Briefing(store.inbox, Copies(store.cases, EqualTexts(), model), watch),
        judging=Judging(model, slots=1),
        casework=casework,
        enforcing=enforcing,
        closing=Closing(store.cases, enforcing, clock),
        history=platform.history,
        screening=Screening(source, listed),
        settings=source,
        watch=watch,
        raids=raids.door,
    )
    return enforcing, MainFlow(parts, patience=Patience.WAITS)


def _upheld(file: CaseFile, now: datetime) -> ReviewRecord:
    """Return a moderator's Right, with the removal that shadow mode only simulated."""
    case = file.case
    key = f"press:{case.community}:{case.number}:{case.version}"
    made = decision(file.message, id=key, by=MODERATOR, made_at=now)
    removal = effect(Action.DELETE, of=file.message, decision_id=key, by=MODERATOR)
    review = Review(case=case.number, result=ReviewResult.UPHELD, by=MODERATOR, by_name="Mo", at=now)
    return ReviewRecord(
        community=case.community,
        case=case.number,
        expected_version=case.version,
        review=review,
        status=CaseStatus.UPHELD,
        decision=replace(made, ref=case.ref),
        effects=(replace(removal, message=case.ref),),
        notes=(),
    )
