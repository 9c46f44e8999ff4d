"""A whole run in memory: the real pipeline, breaker and outages, a clock that tests move, a model that tests break."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.core.machinery import Outside, machinery
from bot.core.main_flow import MainFlow
from bot.core.running import Periodic, Running
from bot.core.waiting.breaker import Breaker
from bot.core.waiting.giving_up import GivingUp
from bot.core.waiting.pipeline import Pipeline
from bot.core.waiting.standby import Standby
from bot.core.waiting.waiting_room import WaitingRoom
from bot.domain.errors import ModelError, ModelUnreachable
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, OperatorNote
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, ModelIdentity, Question
from bot.domain.settings import CommunitySettings, DegradedSettings
from bot.domain.verdict import UndecidedReason, Verdict, undecided
from bot.inference.scripted import ScriptedClassifier
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.operator import Operator
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store
from bot.storage.comparing.recent_texts import IndexedRecentTexts
from tests.clocks import SimulatedClock, settle
from tests.core.walking import EqualTexts, GivenSettings, ListedPolicies
from tests.factories import COMMUNITY
from tests.memory.store import MemoryStore

DEGRADED = DegradedSettings(
    probe_every=timedelta(seconds=15),
    slow_below=0.33,
    backlog_limit=100_000,
    backlog_share=0.2,
    remind_every=timedelta(days=1),
    notify_url="",
    notify_command=(),
)


class TryingModel(Classifier):
    """A scripted model that takes its time, and that tests send away, slow down or unload.

    `speed` is in tokens a second, `seconds` how long a question takes. `at_work` is how many it has now, `most` how
    many it had at once. `fails` names texts that it breaks on.
    """

    def __init__(self, clock: Clock, scripted: ScriptedClassifier | None = None, *, seconds: float = 1.0) -> None:
        self.scripted = scripted or ScriptedClassifier()
        self._clock = clock
        self.seconds = seconds
        self.speed = 100.0
        self.gpu_share: float | None = 1.0
        self.loaded = True
        self.foreign_window: int | None = None
        self.away: ModelError | None = None
        self.fails: set[str] = set()
        self.asked: list[Question] = []
        self.warmed: list[Policy] = []
        self.at_work = 0
        self.most = 0
        self.identity = ModelIdentity(model="scripted", digest="sha256:" + "0" * 64, server="scripted")

    async def judge(self, question: Question) -> Verdict:
        """Answer after a while; UNDECIDED when the model went away meanwhile."""
        self.asked.append(question)
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        try:
            await self._clock.sleep(self.seconds)
        finally:
            self.at_work -= 1
        if self.away is not None:
            return undecided(question.policy.id, question.policy.policy_hash, self.away.reason)
        if question.text in self.fails:
            return undecided(question.policy.id, question.policy.policy_hash, UndecidedReason.TIMEOUT)
        verdict = await self.scripted.judge(question)
        if verdict.run is None:
            return verdict
        seconds, address = 100 / self.speed, self.identity.address
        return replace(verdict, run=replace(verdict.run, output_tokens=100, output_seconds=seconds, address=address))

    async def warm(self, policy: Policy) -> bool:
        """Remember the policy; it is loaded now."""
        if self.away is not None:
            raise self.away
        self.warmed.append(policy)
        before, self.loaded = self.loaded, True
        return not before

    async def health(self) -> ModelHealth:
        """Return how it is placed, or raise what keeps it away."""
        if self.away is not None:
            raise self.away
        share = self.gpu_share if self.loaded else None
        return ModelHealth(
            identity=self.identity, loaded=self.loaded, gpu_share=share, foreign_window=self.foreign_window
        )

    def prompt_hash(self, policy: Policy) -> str:
        """Return what the scripted one says."""
        return self.scripted.prompt_hash(policy)

    async def close(self) -> None:
        """Do nothing."""

    def go_away(self) -> None:
        """Be unreachable from now on."""
        self.away = ModelUnreachable("Nobody answers at http://127.0.0.1:11434.")


class Told(Operator):
    """Remembers what the operator was told; `reachable` says whether that works."""

    def __init__(self) -> None:
        self.notes: list[OperatorNote] = []
        self.reachable = True

    async def tell(self, note: OperatorNote) -> bool:
        """Remember it."""
        if self.reachable:
            self.notes.append(note)
        return self.reachable


class Aloud(ConsoleModLog):
    """A mod log that remembers everything said, also what has the same key."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Announcement] = []

    async def announce(self, announcement: Announcement) -> None:
        """Remember it."""
        self.said.append(announcement)

    @property
    def codes(self) -> list[str]:
        """Return the codes of what was said, in order."""
        return [announcement.reason.code for announcement in self.said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The parts of a run that tests look at."""

    running: Running
    flow: MainFlow
    pipeline: Pipeline
    room: WaitingRoom
    giving_up: GivingUp
    breaker: Breaker
    standby: Standby
    store: Store
    clock: SimulatedClock
    model: TryingModel
    near_copies: EqualTexts
    enforcer: ConsoleEnforcer
    mod_log: Aloud
    operator: Told
    settings: GivenSettings

    async def deliver(self, *events: Event) -> None:
        """Take events in, and let the pipeline notice."""
        for event in events:
            await self.running.deliver(event)
        await settle()


def run_of(
    settings: CommunitySettings,
    *policies: Policy,
    store: Store | None = None,
    clock: SimulatedClock | None = None,
    model: TryingModel | None = None,
    slots: int = 1,
    degraded: DegradedSettings = DEGRADED,
    in_memory: int = 50_000,
    mod_log: Aloud | None = None,
    operator: Told | None = None,
    communities: Sequence[CommunityId] = (COMMUNITY,),
    beside: Sequence[Periodic] = (),
    pulse: float = 1.0,
    stop_within: float = 8.0,
    place: Platform | None = None,
    offered: PolicySource | None = None,
) -> Run:
    """Put a run together; nothing of it has begun.

    `place` is a platform in the console's stead, `offered` what communities choose from, in the policies' stead.
    """
    kept, time = store or MemoryStore(), clock or SimulatedClock()
    asked, source, near_copies = model or TryingModel(time), GivenSettings(settings), EqualTexts()
    said, told = mod_log or Aloud(), operator or Told()
    console = replace(console_platform(kept.inbox), mod_log=said)
    assert isinstance(console.enforcer, ConsoleEnforcer)

    async def everyone() -> Sequence[CommunityId]:
        return communities

    outside = Outside(
        store=kept,
        platform=place or console,
        classifier=asked,
        near_copies=near_copies,
        recent=IndexedRecentTexts(),
        policies=offered or ListedPolicies(*policies),
        settings=source,
        operator=told,
        communities=everyone,
        clock=time,
    )
    made = machinery(outside, degraded, slots=slots, in_memory=in_memory)
    return Run(
        running=Running(made, beside=beside, pulse=pulse, stop_within=stop_within),
        flow=made.flow,
        pipeline=made.pipeline,
        room=made.waiting.room,
        giving_up=made.waiting.giving_up,
        breaker=made.breaker,
        standby=made.standby,
        store=kept,
        clock=time,
        model=asked,
        near_copies=near_copies,
        enforcer=console.enforcer,
        mod_log=said,
        operator=told,
        settings=source,
    )


@asynccontextmanager
async def at_work(run: Run) -> AsyncIterator[Run]:
    """Let a run work while the block lasts."""
    stop = asyncio.Event()
    await run.running.begin()
    work = asyncio.create_task(run.running.run(stop))
    await settle()
    try:
        yield run
    finally:
        stop.set()
        await work
