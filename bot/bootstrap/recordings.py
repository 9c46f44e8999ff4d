"""Putting together what a recorded conversation runs through: the demo's, and a chat export's."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.adapters.console.unkept import UnkeptModLog
from bot.bootstrap.surroundings import classifier, data_folder
from bot.config.policy_files.policies import PolicyFiles, shipped_folder
from bot.config.settings.communities import community_settings
from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.deciding.casework import Casework
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Asks, Judging
from bot.core.judging.precedents import precedents
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.core.raids.door import raid_parts
from bot.core.recordings.clocks import RecordedClock, SystemClock
from bot.core.recordings.patience import WAIT, PatientJudging, PatientWatch
from bot.domain.actions import Mode
from bot.domain.decision import Effect
from bot.domain.ids import CommunityId
from bot.domain.settings import CommunitySettings, DegradedSettings, ProcessSettings
from bot.inference.ollama import OllamaClassifier
from bot.lab.own_time import OwnTimeClock
from bot.lab.replaying import Progress, Replay
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.near_copies import NearCopies
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.recent_texts import RecentTexts
from bot.ports.settings import SettingsSource
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.comparing.recent_texts import IndexedRecentTexts, NothingAlike
from bot.storage.install_key import install_key

_DEMO_POLICIES = ("spam", "harassment")


class FixedSettings(SettingsSource):
    """The same settings whenever they are asked for: a recording has no admin who changes them."""

    def __init__(self, make: Callable[[CommunityId], CommunitySettings]) -> None:
        self._make = make
        self._made: dict[CommunityId, CommunitySettings] = {}

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return a community's settings."""
        if community not in self._made:
            self._made[community] = self._make(community)
        return self._made[community]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All that a recorded conversation runs through."""

    flow: MainFlow
    store: Store
    clock: RecordedClock
    watch: PatientWatch
    mod_log: ConsoleModLog
    policies: PolicySource


def demo_policies() -> PolicyFiles:
    """Return the two shipped policies that the demo judges by."""
    return PolicyFiles([shipped_folder() / name for name in _DEMO_POLICIES])


@asynccontextmanager
async def recording(
    settings: ProcessSettings, policies: PolicyFiles, store: Store, communities: dict[CommunityId, CommunitySettings]
) -> AsyncIterator[Recording]:
    """Put together what a recorded conversation runs through; connections are closed at the end, the store is not."""
    model = OllamaClassifier(settings.ollama, install_key=install_key(data_folder(settings)))
    clock = RecordedClock(datetime.min.replace(tzinfo=UTC))
    asking = _Asking(model, store, policies, settings.degraded, slots=settings.ollama.slots)
    platform = console_platform(store.inbox)
    near_copies = IndexedNearCopies()
    await near_copies.add(None, precedents(policies))
    source = FixedSettings(
        lambda community: communities.get(community) or community_settings(community, None, policies.policies())
    )
    copies = Copies(store.cases, near_copies, model)
    briefing = Briefing(store.inbox, copies, asking.watch)
    parts = _parts(store, platform, policies, source, clock, asking, briefing, IndexedRecentTexts())
    mod_log = platform.mod_log
    if not isinstance(mod_log, ConsoleModLog):
        raise TypeError("a recording is moderated on the console platform")
    try:
        yield Recording(
            flow=MainFlow(parts, patience=Patience.ENDS),
            store=store,
            clock=clock,
            watch=asking.watch,
            mod_log=mod_log,
            policies=policies,
        )
    finally:
        await model.close()


class _Asking:
    """How a recording asks: with patience. `clock` is the machine's own, since its waits are real."""

    def __init__(
        self,
        model: Classifier,
        store: Store,
        policies: PolicySource,
        degraded: DegradedSettings,
        *,
        slots: int,
        wait: timedelta = WAIT,
        clock: Clock | None = None,
    ) -> None:
        judging, clock = Judging(model, slots=slots), clock or SystemClock()
        self.watch = PatientWatch(
            model,
            judging,
            clock,
            store.facts,
            degraded,
            slots=slots,
            sample=lambda: next(iter(policies.policies()), None),
            wait=wait,
        )
        self.judging: Asks = PatientJudging(judging, self.watch, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayParts:
    """What a replay is put together from, besides the policies. `clock` is the one that waits for the model."""

    store: Store
    model: Classifier
    settings: SettingsSource
    near_copies: NearCopies
    slots: int
    degraded: DegradedSettings
    wait: timedelta = WAIT
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """All that a chat export runs through. `recover` takes up what an earlier replay left in the middle."""

    flow: MainFlow
    store: Store
    clock: OwnTimeClock
    watch: PatientWatch
    enforcing: Enforcing
    slots: int

    def replay(self, after_each: Callable[[Progress], None]) -> Replay:
        """Return a replay, to be run once."""
        return Replay(
            self.flow,
            self.store.inbox,
            self.clock,
            slots=self.slots,
            after_each=after_each,
            give_up=self.watch.give_up,
        )

    async def recover(self) -> None:
        """Carry out what was decided and not done, and let what was under way wait again."""
        for stored in await self.store.cases.pending_effects():
            with self.clock.at(await self._decided_at(stored.effect)):
                await self.enforcing.carry_out((stored,))
        await self.store.inbox.recover()

    async def _decided_at(self, effect: Effect) -> datetime:
        """Return when an effect was decided, which is when it would have been carried out."""
        file = await self.store.cases.file(effect.community, effect.case) if effect.case is not None else None
        return file.decisions[-1].made_at if file is not None else self.clock.now()


def replay_flow(policies: PolicySource, parts: ReplayParts) -> Replaying:
    """Put a replay together. It keeps no cards: a file may make more than memory holds."""
    clock, store = OwnTimeClock(), parts.store
    asking = _Asking(
        parts.model, store, policies, parts.degraded, slots=parts.slots, wait=parts.wait, clock=parts.clock
    )
    platform = replace(console_platform(store.inbox), mod_log=UnkeptModLog())
    briefing = Briefing(store.inbox, Copies(store.cases, parts.near_copies, parts.model), asking.watch)
    # Which of several alike is judged would depend on where a stopped replay goes on: here each is judged by itself.
    made = _parts(store, platform, policies, parts.settings, clock, asking, briefing, NothingAlike())
    return Replaying(
        flow=MainFlow(made, patience=Patience.ENDS),
        store=store,
        clock=clock,
        watch=asking.watch,
        enforcing=made.enforcing,
        slots=parts.slots,
    )


@asynccontextmanager
async def replaying(
    settings: ProcessSettings,
    policies: PolicyFiles,
    store: Store,
    communities: dict[CommunityId, CommunitySettings],
    *,
    wait: timedelta = WAIT,
) -> AsyncIterator[Replaying]:
    """Put together what a chat export runs through; connections are closed at the end, the store is not.

    Everything is in shadow, whatever a community has switched on: nobody is there to be sanctioned.
    """
    model = classifier(settings)
    near_copies = IndexedNearCopies()
    await near_copies.add(None, precedents(policies))

    def in_shadow(community: CommunityId) -> CommunitySettings:
        own = communities.get(community) or community_settings(community, None, policies.policies())
        return replace(own, mode=Mode.SHADOW, live_checks=frozenset(), stopped=False)

    parts = ReplayParts(
        store=store,
        model=model,
        settings=FixedSettings(in_shadow),
        near_copies=near_copies,
        slots=settings.ollama.slots,
        degraded=settings.degraded,
        wait=wait,
    )
    try:
        yield replay_flow(policies, parts)
    finally:
        await model.close()


def _parts(
    store: Store,
    platform: Platform,
    policies: PolicySource,
    settings: SettingsSource,
    clock: Clock,
    asking: _Asking,
    briefing: Briefing,
    recent: RecentTexts,
) -> Parts:
    intake = Intake(store.inbox, clock)
    rechecking = Rechecking(platform.history, store, settings, clock, intake.accept)
    casework, enforcing = Casework(store.cases, clock), Enforcing(platform, store, policies, clock, rechecking)
    return Parts(
        inbox=store.inbox,
        intake=intake,
        briefing=briefing,
        judging=asking.judging,
        casework=casework,
        enforcing=enforcing,
        closing=Closing(store.cases, enforcing, clock),
        history=platform.history,
        screening=Screening(settings, policies),
        settings=settings,
        watch=asking.watch,
        raids=raid_parts(
            store=store,
            recent=recent,
            casework=casework,
            enforcing=enforcing,
            settings=settings,
            policies=policies,
            clock=clock,
        ).door,
    )
