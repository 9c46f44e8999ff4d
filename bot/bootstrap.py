"""The one place where the parts meet."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot import logs
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.config.communities import community_settings
from bot.config.load import Loaded, Options, load
from bot.config.policies import PolicyFiles, shipped_folder
from bot.core.briefing import Briefing
from bot.core.casework import Casework
from bot.core.clocks import RecordedClock
from bot.core.copies import Copies
from bot.core.enforcing import Enforcing
from bot.core.intake import Intake
from bot.core.judging import Judging
from bot.core.model_watch import ModelWatch
from bot.core.moderator import Moderator, Parts, Patience
from bot.core.precedents import precedents
from bot.core.rechecking import Rechecking
from bot.domain.errors import PolicyError, StorageError
from bot.domain.finding import Finding, Grade
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings, ProcessSettings
from bot.inference.harmony import Harmony
from bot.inference.ollama import OllamaClassifier
from bot.ports.clock import Clock
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource
from bot.ports.store import Store
from bot.storage.install_key import FILE_NAME, install_key
from bot.storage.near_copies import IndexedNearCopies
from bot.storage.sqlite.store import open_readonly, open_store

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

    moderator: Moderator
    store: Store
    clock: RecordedClock
    watch: ModelWatch
    mod_log: ConsoleModLog
    policies: PolicySource


def load_settings(options: Options, *, log_level: str | None = None) -> Loaded:
    """Read the settings that hold for a command run here, and set up logging by them. Raises ConfigError.

    `log_level` is for commands that speak for themselves: they log only what nobody expects.
    """
    loaded = load(options, environment=os.environ, folder=Path.cwd())
    logs.configure(level=log_level or loaded.process.log_level, json_lines=loaded.process.log_json)
    return loaded


def data_folder(settings: ProcessSettings) -> Path:
    """Return the folder that the database, the install key and the backups stand in."""
    return Path(settings.storage.path).parent


def classifier(settings: ProcessSettings) -> OllamaClassifier:
    """Return the model as these settings place it. Raises ConfigError for an address that is refused.

    The fence's key is the installation's where there is one; a command that needs no data folder makes none.
    """
    folder = data_folder(settings)
    key = install_key(folder) if (folder / FILE_NAME).exists() else secrets.token_bytes(32)
    return OllamaClassifier(settings.ollama, install_key=key)


def demo_policies() -> PolicyFiles:
    """Return the two shipped policies that the demo judges by."""
    return PolicyFiles([shipped_folder() / name for name in _DEMO_POLICIES])


@asynccontextmanager
async def fresh_store(path: Path) -> AsyncIterator[Store]:
    """Open a new database in place of the one at `path`. Raises StorageError.

    For records that are made anew each time, such as the demo's; never for a community's.
    """
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    store = await open_store(path, exclusive=True)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def reading(path: str) -> AsyncIterator[Store]:
    """Open a database to read from, while a `run` may write to it. Raises StorageError."""
    store = await open_readonly(Path(path))
    try:
        yield store
    finally:
        await store.close()


async def database_findings(settings: ProcessSettings) -> AsyncIterator[Finding]:
    """Say whether the database can be used: that it opens, is of this version, and its chains are whole."""
    path = Path(settings.storage.path)
    if not await asyncio.to_thread(path.exists):
        yield Finding(check="records", grade=Grade.FINE, found=f"{path} will be made on the first run")
        return
    try:
        async with reading(settings.storage.path) as store:
            for community in await store.audit.communities():
                if (await store.audit.verify(community)).faults:
                    yield Finding(
                        check="records",
                        grade=Grade.FAULT,
                        found=f"the audit log of {community} was changed",
                        remedy="`hallmoot audit verify` shows where. If nobody did that on purpose, restore a backup.",
                    )
        yield Finding(check="records", grade=Grade.FINE, found=f"{path} opens")
    except StorageError as error:
        yield Finding(check="records", grade=Grade.FAULT, found=str(error), remedy="Without it nothing can be judged.")


@asynccontextmanager
async def recording(
    settings: ProcessSettings, policies: PolicyFiles, store: Store, communities: dict[CommunityId, CommunitySettings]
) -> AsyncIterator[Recording]:
    """Put together what a recorded conversation runs through; connections are closed at the end, the store is not."""
    model = OllamaClassifier(settings.ollama, install_key=install_key(data_folder(settings)))
    clock = RecordedClock(datetime.min.replace(tzinfo=UTC))
    watch = ModelWatch(model, clock, probe_every=settings.degraded.probe_every.total_seconds())
    platform = console_platform(store.inbox)
    near_copies = IndexedNearCopies()
    await near_copies.add(None, precedents(policies))
    source = FixedSettings(
        lambda community: communities.get(community) or community_settings(community, None, policies.policies())
    )
    judging = Judging(model, slots=settings.ollama.slots)
    copies = Copies(store.cases, near_copies, model)
    parts = _parts(store, platform, policies, source, clock, watch, judging, Briefing(store.inbox, copies, watch))
    mod_log = platform.mod_log
    if not isinstance(mod_log, ConsoleModLog):
        raise TypeError("a recording is moderated on the console platform")
    try:
        yield Recording(
            moderator=Moderator(parts, patience=Patience.ENDS),
            store=store,
            clock=clock,
            watch=watch,
            mod_log=mod_log,
            policies=policies,
        )
    finally:
        await model.close()


def _parts(
    store: Store,
    platform: Platform,
    policies: PolicySource,
    settings: SettingsSource,
    clock: Clock,
    watch: ModelWatch,
    judging: Judging,
    briefing: Briefing,
) -> Parts:
    intake = Intake(store.inbox, clock)
    rechecking = Rechecking(platform.history, store, settings, clock, intake.accept)
    return Parts(
        inbox=store.inbox,
        intake=intake,
        briefing=briefing,
        judging=judging,
        casework=Casework(store.cases, clock),
        enforcing=Enforcing(platform, store, policies, clock, rechecking),
        history=platform.history,
        policies=policies,
        settings=settings,
        watch=watch,
    )


def policies_of(folders: tuple[str, ...]) -> PolicyFiles:
    """Return the policies of these folders and the shipped ones. Raises PolicyError."""
    return PolicyFiles.with_shipped(folders)


def check_policy_lengths(settings: ProcessSettings, policies: tuple[Policy, ...]) -> tuple[str, ...]:
    """Return a sentence for each policy that leaves no room for a message in the context window."""
    harmony = Harmony(install_key=b"", settings=settings.ollama)
    faults = []
    for policy in policies:
        try:
            harmony.check_policy(policy)
        except PolicyError as error:
            faults.append(str(error))
    return tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrompt:
    """What the model reads first, and how many tokens that is."""

    text: str
    tokens: int
    policy_tokens: int


def shown_prompt(settings: ProcessSettings, policy: Policy, text: str) -> ShownPrompt:
    """Return exactly what the model reads first for a text under a policy, special tokens visible.

    Without an install key yet, the fence is that of a key of zeros.
    """
    folder = data_folder(settings)
    key = install_key(folder) if (folder / FILE_NAME).exists() else bytes(32)
    harmony = Harmony(install_key=key, settings=settings.ollama)
    shown = harmony.show(policy, text)
    return ShownPrompt(text=shown, tokens=harmony.count(shown), policy_tokens=harmony.count(policy.text))
