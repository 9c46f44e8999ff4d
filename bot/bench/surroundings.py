"""A whole run around a benchmark: the real core and the real database, an idle platform, a model that is none."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from bot.bench.stand_ins.generators import COMMUNITY, VIOLATION
from bot.bench.stand_ins.platform import IdleOperator, idle_platform
from bot.config.settings.communities import community_settings
from bot.config.settings.models import ConfigFile
from bot.config.settings.process import process_settings
from bot.core.machinery import Machinery, Outside, machinery
from bot.core.recordings.clocks import SystemClock
from bot.core.running import Running
from bot.core.waiting.waiting_room import IN_MEMORY
from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, ModelIdentity, Question
from bot.domain.records import DecisionRecord, Recorded
from bot.domain.settings import CommunitySettings, ProcessSettings
from bot.domain.verdict import Evidence, Label, ModelRun, Verdict, VerdictSource
from bot.ports.audit import Audit
from bot.ports.cases import Cases
from bot.ports.classifier import Classifier
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.facts import Facts
from bot.ports.inbox import Inbox
from bot.ports.incidents import Incidents
from bot.ports.keeping import Keeping
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource, StoredSettings
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.comparing.recent_texts import IndexedRecentTexts
from bot.storage.sqlite.store import open_store

_IDENTITY = ModelIdentity(model="bench", digest="sha256:" + "0" * 64, server="bench")


def default_settings(folder: Path) -> ProcessSettings:
    """Return the settings that hold where nothing is configured, with the data in this folder."""
    return process_settings(ConfigFile(), folder, discord=None, slack=(), notify_url="")


class QuickModel(Classifier):
    """Answers after `seconds`: VIOLATES where `VIOLATION` stands in the text."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._at_work = 0
        self._busy = 0.0
        self._since = time.perf_counter()

    @property
    def busy_seconds(self) -> float:
        """Return how many seconds of work it has had so far, of all slots together."""
        self._note(0)
        return self._busy

    def _note(self, more: int) -> None:
        now = time.perf_counter()
        self._busy += self._at_work * (now - self._since)
        self._since = now
        self._at_work += more

    async def judge(self, question: Question) -> Verdict:
        """Answer."""
        self._note(1)
        if self._seconds:
            await asyncio.sleep(self._seconds)
        self._note(-1)
        return _verdict(question, self.prompt_hash(question.policy))

    async def warm(self, policy: Policy) -> bool:
        """Do nothing."""
        del policy
        return False

    async def health(self) -> ModelHealth:
        """Return a model that is loaded."""
        return ModelHealth(identity=_IDENTITY, loaded=True, gpu_share=1.0)

    def prompt_hash(self, policy: Policy) -> str:
        """Return a SHA-256 of the policy's id and text."""
        return hashlib.sha256(f"{policy.id}\0{policy.text}".encode()).hexdigest()

    async def close(self) -> None:
        """Do nothing."""


class GivenPolicies(PolicySource):
    """Policies from a list."""

    def __init__(self, policies: tuple[Policy, ...]) -> None:
        self._policies = policies
        self._by_id = {policy.id: policy for policy in policies}

    def policies(self) -> tuple[Policy, ...]:
        """Return them."""
        return self._policies

    def get(self, policy: PolicyId) -> Policy | None:
        """Return one of them."""
        return self._by_id.get(policy)

    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return nothing."""
        del policy
        return ()


class DefaultSettings(SettingsSource):
    """What a community has that never set anything."""

    def __init__(self, policies: tuple[Policy, ...]) -> None:
        self._settings = community_settings(COMMUNITY, None, policies)

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return it for every community."""
        del community
        return self._settings


class _SeenCases:
    """Hands everything on, and notes when the decision on each message was committed."""

    def __init__(self, inner: Cases, decided: dict[str, float]) -> None:
        self._inner = inner
        self._decided = decided

    async def record_decision(self, record: DecisionRecord) -> Recorded | None:
        """Record it, and note the time."""
        recorded = await self._inner.record_decision(record)
        self._decided[record.message.ref.message] = time.perf_counter()
        return recorded

    def __getattr__(self, name: str) -> Any:
        """Return what the real one has."""
        return getattr(self._inner, name)


class SeenStore(Store):
    """A store that notes when each message was decided: `decided` maps message ids to `time.perf_counter()`."""

    def __init__(self, inner: Store) -> None:
        self.decided: dict[str, float] = {}
        self._inner = inner
        self._cases = cast("Cases", _SeenCases(inner.cases, self.decided))

    @property
    def inbox(self) -> Inbox:
        """Return the deliveries."""
        return self._inner.inbox

    @property
    def cases(self) -> Cases:
        """Return the cases that are watched."""
        return self._cases

    @property
    def audit(self) -> Audit:
        """Return the audit chains."""
        return self._inner.audit

    @property
    def settings(self) -> StoredSettings:
        """Return saved settings."""
        return self._inner.settings

    @property
    def cursors(self) -> Cursors:
        """Return the store's."""
        return self._inner.cursors

    @property
    def deliveries(self) -> Deliveries:
        """Return what platforms delivered."""
        return self._inner.deliveries

    @property
    def keeping(self) -> Keeping:
        """Return the store's."""
        return self._inner.keeping

    @property
    def incidents(self) -> Incidents:
        """Return the incidents."""
        return self._inner.incidents

    @property
    def facts(self) -> Facts:
        """Return the process's facts."""
        return self._inner.facts

    async def close(self) -> None:
        """Close the real one."""
        await self._inner.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRun:
    """A run that works."""

    running: Running
    parts: Machinery
    store: SeenStore

    async def until_decided(self, count: int) -> None:
        """Wait until that many messages are decided."""
        # Looking now and then costs less than an event for each message, and is no part of what is measured.
        while len(self.store.decided) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(
    folder: Path, model: Classifier, policies: tuple[Policy, ...], *, slots: int, in_memory: int = IN_MEMORY
) -> AsyncIterator[BenchRun]:
    """Yield a run that has not begun, on a new database in the folder, with room for all that waits in it."""
    store = SeenStore(await open_store(folder / "bench.db", exclusive=True))

    async def nobody() -> Iterable[CommunityId]:
        return ()

    outside = Outside(
        store=store,
        platform=idle_platform(),
        classifier=model,
        near_copies=IndexedNearCopies(),
        recent=IndexedRecentTexts(),
        policies=GivenPolicies(policies),
        settings=DefaultSettings(policies),
        operator=IdleOperator(),
        communities=nobody,
        clock=SystemClock(),
    )
    degraded = replace(default_settings(folder).degraded, backlog_limit=10**9)
    parts = machinery(outside, degraded, slots=slots, in_memory=in_memory)
    try:
        yield BenchRun(running=Running(parts), parts=parts, store=store)
    finally:
        await store.close()


@asynccontextmanager
async def at_work(run: BenchRun) -> AsyncIterator[BenchRun]:
    """Let a run work while the block lasts."""
    stop = asyncio.Event()
    await run.running.begin()
    work = asyncio.create_task(run.running.run(stop))
    try:
        yield run
    finally:
        stop.set()
        await work


def _verdict(question: Question, prompt_hash: str) -> Verdict:
    policy, place = question.policy, question.text.find(VIOLATION)
    violates = place >= 0
    evidence = (Evidence(quote=VIOLATION, start=place, end=place + len(VIOLATION)),) if violates else ()
    run = ModelRun(
        model=_IDENTITY.model,
        digest=_IDENTITY.digest,
        server=_IDENTITY.server,
        prompt_hash=prompt_hash,
        effort=policy.effort,
        requests=3 if violates else 2,
        prompt_tokens=1_400,
        output_tokens=100,
        wall_seconds=1.0,
        prompt_seconds=0.1,
        output_seconds=0.9,
        logprob_violates=-0.01 if violates else -4.6,
        logprob_safe=-4.6 if violates else -0.01,
    )
    return Verdict(
        policy=policy.id,
        policy_hash=policy.policy_hash,
        label=Label.VIOLATES if violates else Label.SAFE,
        source=VerdictSource.MODEL,
        category=policy.categories[0].id if violates else None,
        evidence=evidence,
        rationale="It offers something for nothing." if violates else "",
        reasoning="The message is compared with each rule of the policy in turn. " * 4,
        run=run,
    )
