"""Putting `run` together: one store, one model and one docket for every platform that has a token."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters.discord import gateway as discord_gateway
from bot.adapters.discord import platform as discord
from bot.adapters.discord.doctor import Chosen as DiscordChosen
from bot.adapters.operator.reach import operator_of
from bot.adapters.slack import doctor as slack_doctor
from bot.adapters.slack import platform as slack
from bot.adapters.slack.sockets import SocketSettings
from bot.adapters.slack.workspace import Calling
from bot.bootstrap.surroundings import check_policy_lengths, classifier, policies_of
from bot.config.load import Loaded
from bot.config.offered import OfferedPolicies
from bot.config.settings_book import StoredBook
from bot.config.sources import LayeredSettings
from bot.core.backfill import Backfill, Reach
from bot.core.clocks import SystemClock
from bot.core.desk.desk import CoreDesk
from bot.core.desk.parts import DeskParts
from bot.core.expiry import Expiry
from bot.core.machinery import Machinery, Outside, machinery
from bot.core.precedents import of_case, precedents, reviewed, uploaded
from bot.core.running import Periodic, Running
from bot.core.stopping import until_stopped
from bot.core.switchboard import switchboard
from bot.domain.audit import AuditNote
from bot.domain.case import Case
from bot.domain.errors import ConfigError
from bot.domain.finding import Finding
from bot.domain.ids import CommunityId, platform_of
from bot.domain.keeping import Cutoffs
from bot.domain.settings import CommunitySettings, StorageSettings
from bot.logs import get_logger
from bot.ports.classifier import Classifier
from bot.ports.near_copies import NearCopies
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store
from bot.storage.memory.store import MemoryStore
from bot.storage.near_copies import IndexedNearCopies
from bot.storage.recent_texts import IndexedRecentTexts
from bot.storage.sqlite.store import open_readonly, open_store

_log = get_logger(__name__)
_PRECEDENTS = 2_000
"""Reviewed cases that are compared with; golden rows and examples come on top."""
_NOTHING_TO_MODERATE = (
    "There is nothing to moderate yet: no token of Discord or Slack is set. `hallmoot init` asks for it, "
    "docs/discord.md and docs/slack.md show how to get one; `hallmoot demo` needs none."
)
_RETRY_SECONDS = 60.0
"""How often it is tried to fetch what the platform was too busy for."""
_SWEEP_SECONDS = 600.0
"""How often retention looks for words that have been kept long enough."""
_KEEP_DELIVERIES = timedelta(days=7)
"""How long the platforms' ids of deliveries are kept. Slack delivers again within hours; these ids name nobody."""
_LET_GO_SECONDS, _BREAK_OFF_SECONDS = 2.0, 0.5
"""How long the connections have to end in order, and then to be broken off."""
_EXPIRY_SECONDS = 15.0
"""How often it is looked whose time is over; so much later at most does a slow mode or a lockdown end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connected:
    """The platforms that have tokens."""

    discord: discord.DiscordPlatform | None
    slack: slack.SlackPlatform | None

    def serving(self, community: CommunityId) -> Platform | None:
        """Return the platform that serves a community, or None."""
        if platform_of(community) == "discord" and self.discord is not None:
            return self.discord.ports
        if self.slack is not None and community in self.slack.workspaces:
            return self.slack.ports
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything of a run that is not a platform's."""

    store: Store
    parts: Machinery
    running: Running
    backfill: Backfill
    desk: CoreDesk
    connected: _Connected
    catching_up: set[asyncio.Task[None]] = field(default_factory=set)

    async def until(self, stop: asyncio.Event) -> None:
        """Moderate until `stop` is set. Raises PlatformRefused when a platform takes our token no more."""
        await until_stopped(stop, self._begin())
        if stop.is_set():
            return
        core = asyncio.create_task(self.running.run(stop))
        platforms = [asyncio.create_task(work) for work in self._platforms()]
        try:
            await asyncio.wait([core, *platforms], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()
            # What was decided is carried out first, and that takes the platforms.
            carried_out = await asyncio.gather(core, return_exceptions=True)
            ended = (*carried_out, *await self._let_go(platforms))
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _begin(self) -> None:
        await self.running.begin()
        for community in await self.store.cursors.communities():
            if platform_of(community) == "discord":
                await self.backfill.note_break(community)

    async def _let_go(self, platforms: list[asyncio.Task[None]]) -> list[BaseException | None]:
        """End the connections; one that does not answer is left as it is, since everything heard is on record."""
        tasks = [*platforms, *self.catching_up]
        for patience in (_LET_GO_SECONDS, _BREAK_OFF_SECONDS):
            late = [task for task in tasks if not task.done()]
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=patience)
        for task in tasks:
            if not task.done():
                _log.warning("connection_left_open", work=task.get_name())
        return await asyncio.gather(*(task for task in platforms if task.done()), return_exceptions=True)

    def _platforms(self) -> Iterator[Coroutine[Any, Any, None]]:
        if self.connected.discord is not None:
            receivers = discord_gateway.Receivers(
                deliver=self.running.deliver,
                broken=self.backfill.note_break,
                missed=self._missed,
                alive=self.running.alive,
                record=self._record,
                facts=self.store.facts,
            )
            yield self.connected.discord.run(receivers, self.desk)
        if self.connected.slack is not None:
            taking = slack.Receivers(
                deliver=self.running.commit,
                record=self._record,
                deliveries=self.store.deliveries,
                cursors=self.store.cursors,
                inbox=self.store.inbox,
            )
            yield self._on_slack(self.connected.slack, taking)

    async def _on_slack(self, platform: slack.SlackPlatform, taking: slack.Receivers) -> None:
        """Take up what was left in each workspace, then listen. Slack fetches what was missed by itself."""
        for community in platform.workspaces:
            await self.running.connected(community)
        await platform.run(taking, self.desk)

    async def _missed(self, community: CommunityId) -> None:
        """Catch up, in a task that a stop can end: discord.py's own go on after it has closed."""
        task = asyncio.create_task(self._catch_up(community), name=f"catching up with {community}")
        self.catching_up.add(task)
        task.add_done_callback(self.catching_up.discard)
        await task

    async def _catch_up(self, community: CommunityId) -> None:
        await self.running.connected(community)
        await self.backfill.catch_up(community)

    async def _record(self, note: AuditNote) -> None:
        await self.store.audit.append((note,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLine:
    """How Slack is called, and how its sockets are held; a test has both lead to its own."""

    calling: Calling = slack.DEFAULT_CALLING
    sockets: SocketSettings = slack.DEFAULT_SOCKETS


_SLACK_ITSELF = SlackLine()


@asynccontextmanager
async def run_parts(loaded: Loaded, slack_line: SlackLine = _SLACK_ITSELF) -> AsyncIterator[Run]:
    """Put a run together. Raises ConfigError, PolicyError, StorageError or AlreadyRunning; nothing has begun then."""
    settings, clock = loaded.process, SystemClock()
    files = policies_of(settings.policy_folders)
    named = loaded.communities(files.policies())
    async with AsyncExitStack() as closing:
        store = await open_store(Path(settings.storage.path), exclusive=True)
        closing.push_async_callback(store.close)
        model = classifier(settings)
        closing.push_async_callback(model.close)
        sources = await _sources(loaded, named, files, store)
        connected = await _connect(loaded, sources.layered, clock, slack_line)
        yield _run(
            loaded, await _outside(loaded, sources, store, model, switchboard(connected.serving)), sources, connected
        )


async def platform_findings(loaded: Loaded) -> AsyncIterator[Finding]:
    """Say whether each platform that has a token can be moderated. Nothing is changed, and nobody is told."""
    settings = loaded.process
    files = policies_of(settings.policy_folders)
    path = Path(settings.storage.path)
    model = classifier(settings)
    store: Store = await open_readonly(path) if await asyncio.to_thread(path.exists) else MemoryStore()
    try:
        sources = await _sources(loaded, loaded.communities(files.policies()), files, store)
        outside = await _outside(loaded, sources, store, model, switchboard(lambda _community: None))
        desk = _run(loaded, outside, sources, _Connected(discord=None, slack=None)).desk
        if settings.discord.token is not None:
            chosen = DiscordChosen(settings=sources.layered.of, policies=sources.policies)
            for finding in await discord.check_up(settings.discord, chosen, desk, outside.clock):
                yield replace(finding, check=f"Discord {finding.check}")
        if settings.slack.workspaces:
            for finding in await slack_doctor.examine(settings.slack, sources.layered.of, outside.clock):
                yield replace(finding, check=f"Slack {finding.check}")
    finally:
        await model.close()
        await store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    policies: OfferedPolicies
    layered: LayeredSettings
    book: StoredBook


async def _sources(
    loaded: Loaded, named: Mapping[CommunityId, CommunitySettings], files: PolicySource, store: Store
) -> _Sources:
    policies = OfferedPolicies(files, await store.settings.uploads())
    layered = LayeredSettings(named, store.settings, policies, language=loaded.language)
    await layered.check()
    book = StoredBook(
        layered,
        store.settings,
        policies,
        file=loaded.path,
        too_long=lambda found: check_policy_lengths(loaded.process, found),
    )
    return _Sources(policies=policies, layered=layered, book=book)


async def _outside(loaded: Loaded, sources: _Sources, store: Store, model: Classifier, platform: Platform) -> Outside:
    return Outside(
        store=store,
        platform=platform,
        classifier=model,
        near_copies=await _near_copies(sources.policies, store),
        recent=IndexedRecentTexts(),
        policies=sources.policies,
        settings=sources.layered,
        operator=operator_of(loaded.process.degraded),
        communities=store.settings.communities,
        clock=SystemClock(),
    )


def _run(loaded: Loaded, outside: Outside, sources: _Sources, connected: _Connected) -> Run:
    settings, store = loaded.process, outside.store
    parts = machinery(outside, settings.degraded, slots=settings.ollama.slots)
    retention = Periodic(name="retention", every=_SWEEP_SECONDS, work=lambda: _drop_words(settings.storage, outside))
    reach = Reach(most=settings.discord.backfill_messages, age=settings.discord.backfill_age)
    backfill = Backfill(store, outside.platform.history, outside.clock, reach, parts.fetched)
    retry = Periodic(name="backfill", every=_RETRY_SECONDS, work=backfill.retry)
    expiry = Expiry(store.cases, outside.platform, parts.enforcing, outside.clock)
    ending = Periodic(name="expiry", every=_EXPIRY_SECONDS, work=expiry.look)
    running = Running(parts, beside=[retention, retry, ending])

    async def upheld(case: Case) -> None:
        await parts.incidents.upheld(case)
        precedent = await of_case(case, store.cases)
        if precedent is not None:
            await outside.near_copies.add(case.community, (precedent,))

    async def took_policy(community: CommunityId) -> None:
        await outside.near_copies.add(community, uploaded(outside.policies, community))

    desk = CoreDesk(
        DeskParts(
            platform=outside.platform,
            store=store,
            enforcing=parts.enforcing,
            book=sources.book,
            policies=outside.policies,
            judging=parts.judging,
            watch=parts.breaker,
            storage=settings.storage,
            clock=outside.clock,
            deliver=running.deliver,
            upheld=upheld,
            uploaded=took_policy,
            overturned=parts.incidents.overturned,
            stop_switch=parts.stop_switch,
            forget=parts.room.forget,
            alive=running.alive,
            slots=settings.ollama.slots,
        )
    )
    return Run(store=store, parts=parts, running=running, backfill=backfill, desk=desk, connected=connected)


async def _connect(loaded: Loaded, layered: LayeredSettings, clock: SystemClock, slack_line: SlackLine) -> _Connected:
    settings = loaded.process
    uses_discord, uses_slack = settings.discord.token is not None, bool(settings.slack.workspaces)
    if not (uses_discord or uses_slack):
        raise ConfigError((_NOTHING_TO_MODERATE,))
    return _Connected(
        discord=discord.connect(settings.discord, layered.of, clock) if uses_discord else None,
        slack=await slack.connect(
            settings.slack, layered.of, clock, calling=slack_line.calling, sockets=slack_line.sockets
        )
        if uses_slack
        else None,
    )


async def _near_copies(policies: OfferedPolicies, store: Store) -> NearCopies:
    near_copies = IndexedNearCopies()
    await near_copies.add(None, precedents(policies))
    for community in policies.communities():
        await near_copies.add(community, uploaded(policies, community))
    for community, found in (await reviewed(store.cases, _PRECEDENTS)).items():
        await near_copies.add(community, found)
    return near_copies


async def _drop_words(keep: StorageSettings, outside: Outside) -> None:
    now = outside.clock.now()
    cutoffs = Cutoffs(
        without_case=now - keep.keep_text_without_case,
        deleted=now - keep.keep_text_deleted,
        of_case=now - keep.keep_text_of_case,
    )
    await outside.store.keeping.drop_words(cutoffs)
    await outside.store.deliveries.forget(now - _KEEP_DELIVERIES)
