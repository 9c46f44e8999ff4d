"""Anything may happen, in any order: whatever does, nothing is lost, nothing is done twice, nothing is done wrongly.

Hypothesis makes up the story: deliveries, deliveries again, edits, deletions, reports, some of them never delivered; a
model that goes away, becomes slow or talks nonsense; callers that are cancelled; clocks that jump; and deaths in the
middle of any call. The real pipeline runs on the in-memory store. A death here is that from one moment on no call of
the old process gets anywhere any more; the real SIGKILL is in `tests/crash`.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain.decision import BOT, EffectKey
from bot.domain.errors import ModelUnreachable
from bot.domain.events import Event, Message
from bot.domain.question import Question
from bot.domain.verdict import UndecidedReason
from bot.inference.scripted import Answer, ScriptedClassifier, violates
from bot.ports.platform import Platform
from bot.ports.store import Store
from tests import factories
from tests.clocks import SimulatedClock, settle
from tests.core.run import Run, TryingModel, run_of
from tests.crash import script
from tests.crash.invariants import done_twice, faults
from tests.crash.world import World, world_platform
from tests.factories import COMMUNITY
from tests.memory.store import MemoryStore
from tests.sampling import drawn, whole

TEXTS = (
    script.GENTLE,
    script.RUDE,
    script.THREAT,
    script.NAGGING,
    script.SECRET,
    script.PRACTICE,
    script.BABBLE,
    script.TAMED,
)
CALLS = (
    "accept",
    "claim",
    "record_decision",
    "begin_effect",
    "check",
    "apply",
    "tell",
    "post",
    "record_result",
    "set_card",
    "find",
    "fetch",
    "recover",
    "pending_effects",
)
"""Calls that a process may die before or after."""
PEOPLE = ("ann", "bob", "cem")
SELDOM = st.sampled_from((False, False, False, True))
LONG_ENOUGH = 200_000.0
"""Seconds after which every waiting message is too old to be judged."""


class JumpingClock(SimulatedClock):
    """A clock that can also leave out time, as that of a machine that was asleep."""

    async def jump(self, seconds: float) -> None:
        """Be later at once; whoever waited wakes, once."""
        self._passed += seconds
        await self.advance(0)


class Mortality:
    """Counts the calls of one process down to its death. Afterwards no call gets anywhere."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.place = ""
        self.death: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def dead(self) -> bool:
        """Return whether it is over."""
        return self.death.done()

    def die(self) -> None:
        """Let it be over."""
        if not self.dead:
            self.death.set_result(None)

    async def pass_by(self, place: str) -> None:
        """Go on, or never again."""
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.die()
        if place == self.place:
            self.die()
        if self.dead:
            await asyncio.Future()


class Mortal:
    """Stands in a port's place; its process may die before or after any call."""

    def __init__(self, inner: Any, mortality: Mortality) -> None:
        self._inner = inner
        self._mortality = mortality

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in {"since", "prompt_hash"} or not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **named: Any) -> Any:
            await self._mortality.pass_by(f"before {name}")
            answer = await found(*args, **named)
            await self._mortality.pass_by(f"after {name}")
            return answer

        return call


class MortalStore:
    """A store whose process may die."""

    def __init__(self, store: Store, mortality: Mortality) -> None:
        for port in ("inbox", "cases", "audit", "settings", "facts", "cursors", "keeping", "incidents"):
            setattr(self, port, Mortal(getattr(store, port), mortality))


class Temper:
    """How the model answers: by the script, or with nonsense."""

    def __init__(self) -> None:
        self.lies = False

    def answer(self, question: Question) -> Answer | UndecidedReason:
        """Return the script's answer; a liar objects to words that nobody wrote."""
        if self.lies:
            return violates("insult", "words that nobody wrote")
        return script.ANSWERS(question)


class Moderation(RuleBasedStateMachine):
    """One community, one model, and a bot that starts as often as it dies."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.events: list[Event] = []
        self.clock = JumpingClock()
        self.store = MemoryStore()
        self.world = World(self.events, now=self.clock.now)
        self.temper = Temper()
        self.model = TryingModel(self.clock, ScriptedClassifier(self.temper.answer))
        self.mortality: Mortality
        self.tasks: list[asyncio.Task[Any]] = []
        self.life: Run

    def do(self, work: Any) -> None:
        """Do something, and start anew if the process died of it."""

        async def done() -> None:
            await self._unless_dead(work)
            await settle()
            while self.mortality.dead:
                await self._bury()
                await self._start()

        self.runner.run(done())

    async def _unless_dead(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.append(task)
        await asyncio.wait([task, self.mortality.death], return_when=asyncio.FIRST_COMPLETED)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        if not task.cancelled():
            task.result()

    async def _start(self) -> None:
        self.mortality = Mortality()
        whole = world_platform(self.world, self._committed)
        platform = Platform(
            enforcer=cast("Any", Mortal(whole.enforcer, self.mortality)),
            mod_log=cast("Any", Mortal(whole.mod_log, self.mortality)),
            history=cast("Any", Mortal(whole.history, self.mortality)),
            directory=whole.directory,
            notifier=cast("Any", Mortal(whole.notifier, self.mortality)),
        )
        store = cast("Store", MortalStore(self.store, self.mortality))
        mods = script.settings()
        self.life = run_of(
            replace(mods, community=COMMUNITY),
            script.POLICY,
            store=store,
            clock=self.clock,
            model=self.model,
            place=platform,
            slots=2,
            pulse=5.0,
        )
        await self.life.running.begin()
        await self.life.running.connected(COMMUNITY)
        self.tasks.append(asyncio.create_task(self.life.running.run(asyncio.Event())))
        for number in sorted(self._delivered() - self.world.numbers("acked")):
            await self._take(number)
        await settle()

    async def _bury(self) -> None:
        """End what is left of a dead process; none of its calls gets anywhere while it ends."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        while others := {task for task in others if not task.done()}:
            for task in others:
                task.cancel()
            await asyncio.sleep(0)
        for task in self.tasks:
            with suppress(asyncio.CancelledError):
                if task.done():
                    task.exception()
        self.tasks.clear()
        self.model.at_work = 0

    def _committed(self, key: EffectKey) -> bool:
        records = self.store._cases._records
        stored = records.effects.get(key)
        if stored is None or stored.effect.case is None:
            return False
        return stored.effect.by != BOT or bool(records.cases[COMMUNITY, stored.effect.case].rationale)

    # What happens.

    @initialize()
    def begin(self) -> None:
        """Start the bot."""
        self.runner.run(self._start())

    @rule(text=st.sampled_from(TEXTS), by=st.sampled_from(PEOPLE))
    def deliver(self, text: str, by: str) -> None:
        """Somebody says something."""
        number = len(self._messages()) + 1
        self._happen(factories.message(text, id=str(number), by=by, at=self.clock.now()))

    @precondition(lambda self: self._messages())
    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        """Say it again, as a platform does that is not sure whether we heard."""
        number = data.draw(st.sampled_from(sorted(self.world.numbers("acked")) or [0]))
        self.do(self._again(number))

    @precondition(lambda self: self.world.messages)
    @rule(data=st.data(), text=st.sampled_from(TEXTS), seen=st.booleans())
    def edit(self, data: st.DataObject, text: str, seen: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Let an author change their words; we may not be told."""
        message = self._draw(data)
        self._happen(factories.edit(text, of=message, at=self.clock.now()), seen=seen)

    @precondition(lambda self: self.world.messages)
    @rule(data=st.data(), seen=st.booleans())
    def delete(self, data: st.DataObject, seen: bool) -> None:  # noqa: FBT001 - Hypothesis draws it
        """Let an author take their words back; we may not be told."""
        self._happen(factories.delete(self._draw(data).ref, at=self.clock.now()), seen=seen)

    @precondition(lambda self: self.world.messages)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def report(self, data: st.DataObject, by: str) -> None:
        """Let a member ask moderators to look."""
        self._happen(factories.report(self._draw(data).ref, by=by))

    @rule(text=st.sampled_from(TEXTS), patience=st.integers(0, 3))
    def cancel(self, text: str, patience: int) -> None:
        """Let a caller that brings a message give up waiting for it."""
        number = len(self._messages()) + 1
        self.events.append(factories.message(text, id=str(number), at=self.clock.now()))
        self.world.happen(len(self.events) - 1)

        async def given_up() -> None:
            task = asyncio.create_task(self._take(len(self.events) - 1))
            for _ in range(patience):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self.do(given_up())
        if len(self.events) - 1 not in self.world.numbers("acked"):
            self.do(self._take(len(self.events) - 1))

    @rule(calls=st.integers(1, 60))
    def die_soon(self, calls: int) -> None:
        """Let the process die at one of its next calls."""
        self.mortality.left = calls

    @rule(call=st.sampled_from(CALLS), when=st.sampled_from(("before", "after")))
    def die_at(self, call: str, when: str) -> None:
        """Let the process die at the next call of this name."""
        self.mortality.place = f"{when} {call}"

    @rule()
    def die_now(self) -> None:
        """Let the process die while nothing happens."""
        self.mortality.die()
        self.do(asyncio.sleep(0))

    @rule(away=SELDOM, lies=SELDOM, seconds=st.sampled_from((0.5, 3.0, 45.0)))
    def temper_of_the_model(self, away: bool, lies: bool, seconds: float) -> None:  # noqa: FBT001 - as above
        """Let the model go or come back, become slow or quick, honest or not."""
        self.model.away = ModelUnreachable("Nobody answers.") if away else None
        self.temper.lies = lies
        self.model.seconds = seconds

    @rule(seconds=st.sampled_from((1.0, 20.0, 90.0)))
    def time_passes(self, seconds: float) -> None:
        """Work goes on."""
        self.do(self.clock.advance(seconds))

    @rule(seconds=st.sampled_from((70.0, 700.0, 90_000.0)))
    def clock_jumps(self, seconds: float) -> None:
        """Let the machine have been asleep."""
        self.do(self.clock.jump(seconds))

    # What must hold.

    @invariant()
    def nothing_is_done_twice(self) -> None:
        """At any time."""
        assert done_twice(self.world) == []

    def teardown(self) -> None:
        """Once the model answers and nothing is left to come, everything has ended in order."""
        try:
            self.mortality.left, self.mortality.place = None, ""
            self.temper_of_the_model(away=False, lies=False, seconds=0.5)
            for _ in range(3):
                self.do(self.clock.advance(120.0))
            self.do(self.clock.jump(LONG_ENOUGH))
            self.do(self.clock.advance(120.0))
            # Effects that only a new process takes up.
            self.die_now()
            self.do(self.clock.advance(120.0))
            assert self.runner.run(faults(self.store, self.world, script.VIOLATIONS)) == []
        finally:
            self.runner.run(self._bury())
            self.runner.close()

    # Steps of the above.

    def _messages(self) -> list[Message]:
        return [event for event in self.events if isinstance(event, Message)]

    def _draw(self, data: st.DataObject) -> Message:
        standing = sorted(self.world.messages.values(), key=lambda message: int(message.ref.message))
        return data.draw(st.sampled_from(standing))

    def _delivered(self) -> set[int]:
        return self.world.numbers("happened") - self._unseen

    @property
    def _unseen(self) -> set[int]:
        return {line["number"] for line in self.world.all_of("unseen")}

    def _happen(self, event: Event, *, seen: bool = True) -> None:
        self.events.append(event)
        number = len(self.events) - 1
        if not seen:
            self.world.note(what="unseen", number=number)
        self.world.happen(number)
        if seen:
            self.do(self._take(number))

    async def _take(self, number: int) -> None:
        await self.life.running.deliver(self.events[number])
        self.world.note(what="acked", number=number)

    async def _again(self, number: int) -> None:
        if number in self._delivered():
            await self.life.running.deliver(self.events[number])


def test_whatever_happens_nothing_is_lost_or_repeated() -> None:
    """A hundred stories of up to forty events, others each day; a thousand where everything is to run."""
    stories = 1_000 if whole() else 100
    run_state_machine_as_test(
        seed(drawn("stories").getrandbits(64))(Moderation),
        settings=settings(max_examples=stories, stateful_step_count=40, deadline=None, database=None),
    )
