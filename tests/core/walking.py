"""A whole walk in memory: the real core, the in-memory store, the console platform and a scripted model."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.notifier import ConsoleNotifier
from bot.adapters.console.platform import console_platform
from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.deciding.casework import Casework
from bot.core.deciding.stop_switch import StopSwitch
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Judging
from bot.core.judging.model_watch import ModelWatch
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.core.raids.checks import Checks
from bot.core.raids.door import RaidParts, raid_parts
from bot.core.raids.incidents import IncidentWork
from bot.core.recordings.clocks import RecordedClock
from bot.core.recordings.playback import play
from bot.domain.card import Card
from bot.domain.events import Event
from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import Policy
from bot.domain.question import NearCopy, Precedent
from bot.domain.settings import CommunitySettings
from bot.inference.scripted import ScriptedClassifier
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.history import History
from bot.ports.near_copies import NearCopies
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource
from bot.ports.store import Store
from bot.storage.comparing.recent_texts import IndexedRecentTexts
from tests.factories import AT
from tests.memory.store import MemoryStore


class ListedPolicies(PolicySource):
    """Policies given one by one, without golden rows."""

    def __init__(self, *policies: Policy) -> None:
        self._policies = policies
        self.broken: frozenset[PolicyId] = frozenset()

    def unusable(self) -> frozenset[PolicyId]:
        """Return what a test says can't be read."""
        return self.broken

    def policies(self) -> tuple[Policy, ...]:
        """Return them in the order given."""
        return self._policies

    def get(self, policy: PolicyId) -> Policy | None:
        """Return one of them."""
        return next((entry for entry in self._policies if entry.id == policy), None)

    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return nothing."""
        del policy
        return ()


class GivenSettings(SettingsSource):
    """One community's settings, which a test may change at any time."""

    def __init__(self, settings: CommunitySettings) -> None:
        self.settings = settings

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return them, whoever asks."""
        del community
        return self.settings


class EqualTexts(NearCopies):
    """Finds a precedent with the very same text."""

    def __init__(self) -> None:
        self._precedents: dict[str, Precedent] = {}

    async def add(self, community: CommunityId | None, precedents: tuple[Precedent, ...]) -> None:
        """Remember them by their text."""
        del community
        self._precedents |= {precedent.text: precedent for precedent in precedents}

    async def nearest(self, community: CommunityId, text: str, *, but: str = "") -> NearCopy | None:
        """Return the precedent with that text."""
        del community
        found = self._precedents.get(text)
        return NearCopy(precedent=found, likeness=100.0) if found is not None and found.id != but else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The parts of a walk that tests look at."""

    flow: MainFlow
    store: Store
    clock: RecordedClock
    model: ScriptedClassifier
    watch: ModelWatch
    near_copies: EqualTexts
    enforcer: ConsoleEnforcer
    mod_log: ConsoleModLog
    notifier: ConsoleNotifier
    settings: GivenSettings
    incidents: IncidentWork
    checks: Checks
    stop_switch: StopSwitch

    async def through(self, *events: Event) -> None:
        """Take events through the whole flow, one after the other."""
        await play(self.flow, self.clock, events, _nothing)

    @property
    def cards(self) -> tuple[Card, ...]:
        """Return the cards as they stand now, in the order of their posting."""
        return tuple(self.mod_log.cards.values())


_nothing: Callable[[int], None] = lambda _done: None  # noqa: E731 - a name for what does nothing


def watching(
    store: Store,
    casework: Casework,
    enforcing: Enforcing,
    settings: SettingsSource,
    policies: PolicySource,
    clock: Clock,
    directory: Directory | None = None,
) -> RaidParts:
    """Return what many messages at once go through, as a run has it."""
    return raid_parts(
        store=store,
        recent=IndexedRecentTexts(),
        casework=casework,
        enforcing=enforcing,
        settings=settings,
        policies=policies,
        clock=clock,
        directory=directory,
    )


def walk(
    settings: CommunitySettings,
    *policies: Policy,
    model: ScriptedClassifier | None = None,
    patience: Patience = Patience.ENDS,
    store: Store | None = None,
    enforcer: ConsoleEnforcer | None = None,
    mod_log: ConsoleModLog | None = None,
    history: History | None = None,
    directory: Directory | None = None,
) -> Walk:
    """Return a walk under these settings and policies; without a model given, everything is SAFE."""
    kept, clock, asked = store or MemoryStore(), RecordedClock(AT), model or ScriptedClassifier()
    watch = ModelWatch(asked, clock, probe_every=0.0)
    console = console_platform(kept.inbox)
    platform = replace(
        console,
        enforcer=enforcer or console.enforcer,
        mod_log=mod_log or console.mod_log,
        history=history or console.history,
    )
    near_copies, source, listed = EqualTexts(), GivenSettings(settings), ListedPolicies(*policies)
    intake = Intake(kept.inbox, clock)
    rechecking = Rechecking(platform.history, kept, source, clock, intake.accept)
    casework, enforcing = Casework(kept.cases, clock), Enforcing(platform, kept, listed, clock, rechecking)
    raids = watching(kept, casework, enforcing, source, listed, clock, directory)
    parts = Parts(
        inbox=kept.inbox,
        intake=intake,
        briefing=Briefing(kept.inbox, Copies(kept.cases, near_copies, asked), watch),
        judging=Judging(asked, slots=2),
        casework=casework,
        enforcing=enforcing,
        closing=Closing(kept.cases, enforcing, clock),
        history=platform.history,
        screening=Screening(source, listed),
        settings=source,
        watch=watch,
        raids=raids.door,
    )
    assert isinstance(platform.enforcer, ConsoleEnforcer)
    assert isinstance(platform.mod_log, ConsoleModLog)
    assert isinstance(platform.notifier, ConsoleNotifier)
    return Walk(
        flow=MainFlow(parts, patience=patience),
        store=kept,
        clock=clock,
        model=asked,
        watch=watch,
        near_copies=near_copies,
        enforcer=platform.enforcer,
        mod_log=platform.mod_log,
        notifier=platform.notifier,
        settings=source,
        incidents=raids.incidents,
        checks=raids.checks,
        stop_switch=StopSwitch(kept.cases, casework.limits, clock),
    )
