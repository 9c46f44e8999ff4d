"""Putting `run` together: one store, one model and one docket for every platform that has a token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters.discord import platform as discord
from bot.adapters.discord.doctor.check_up import Chosen as DiscordChosen
from bot.adapters.discord.incoming import gateway as discord_gateway
from bot.adapters.operator.reach import operator_of
from bot.adapters.slack import platform as slack
from bot.adapters.slack.doctor import check_up as slack_doctor
from bot.bootstrap.connections import (
    Connections,
    SlackLine,
    check_platforms,
    connections,
    keep_connected,
    until_none_is_left,
)
from bot.bootstrap.stores import on_record
from bot.bootstrap.surroundings import check_policy_lengths, classifier, policies_of
from bot.config.policy_files.offered import OfferedPolicies
from bot.config.settings.load import Loaded
from bot.config.settings.settings_book import StoredBook
from bot.config.settings.sources import LayeredSettings
from bot.core.acting.expiry import Expiry
from bot.core.desk.desk import CoreDesk
from bot.core.desk.parts import DeskParts
from bot.core.intake.backfill import Backfill, Reach
from bot.core.judging.precedents import of_case, precedents, reviewed, uploaded
from bot.core.machinery import Machinery, Outside, machinery
from bot.core.recordings.clocks import SystemClock
from bot.core.running import Periodic, Running
from bot.core.stopping import until_stopped
from bot.core.switchboard import switchboard
from bot.domain.audit import AuditNote
from bot.domain.case import Case
from bot.domain.finding import Finding
from bot.domain.ids import CommunityId, platform_of
from bot.domain.keeping import Cutoffs
from bot.domain.settings import CommunitySettings, StorageSettings
from bot.logs import get_logger
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.near_copies import NearCopies
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.comparing.recent_texts import IndexedRecentTexts
from bot.storage.sqlite.store import open_store

_log = get_logger(__name__)
_PRECEDENTS = 2_000
"""Reviewed cases that are compared with; golden rows and examples come on top."""
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
class Run:
    """Everything of a run that is not a platform's."""

    store: Store
    parts: Machinery
    running: Running
    backfill: Backfill
    desk: CoreDesk
    connected: Connections
    clock: Clock
    catching_up: set[asyncio.Task[None]] = field(default_factory=set)

    async def until(self, stop: asyncio.Event) -> None:
        """Moderate until `stop` is set. Raises PlatformRefused when no platform is left that takes our token."""
        await until_stopped(stop, self._begin())
        if stop.is_set():
            return
        core = asyncio.create_task(self.running.run(stop))
        lines = {name: asyncio.create_task(work, name=name) for name, work in self._lines()}
        try:
            await until_none_is_left(core, lines)
        finally:
            stop.set()
            # What was decided is carried out first, and that takes the platforms.
            await asyncio.gather(core, return_exceptions=True)
            await self._let_go(list(lines.values()))
        await core

    async def _begin(self) -> None:
        await self.running.begin()
        for community in await self.store.cursors.communities():
            if platform_of(community) == "discord":
                await self.backfill.note_break(community)

    async def _let_go(self, platforms: list[asyncio.Task[None]]) -> None:
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
        await asyncio.gather(*(task for task in platforms if task.done()), return_exceptions=True)

    def _lines(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        clock = self.clock
        if self.connected.discord is not None:
            yield "Discord", keep_connected("Discord", self._on_discord(self.connected.discord), clock)
        if self.connected.wants_slack:
            yield "Slack", keep_connected("Slack", self._on_slack, clock)

    def _on_discord(self, platform: discord.DiscordPlatform) -> Callable[[], Awaitable[None]]:
        receivers = discord_gateway.Receivers(
            deliver=self.running.deliver,
            broken=self.backfill.note_break,
            missed=self._missed,
            alive=self.running.alive,
            record=self._record,
            facts=self.store.facts,
        )
        return lambda: platform.run(receivers, self.desk)

    async def _on_slack(self) -> None:
        """Listen. Slack fetches what was missed by itself, and tells when what was left may be taken up."""
        platform = await self.connected.reach_slack()
        if platform is None:
            return
        for community, workspace in platform.workspaces.items():
            text = f"Slack answers for the workspace {workspace.identity.name}; its events are asked for now."
            _log.info("slack_reached", text=text, community=community)
        taking = slack.Receivers(
            deliver=self.running.commit,
            record=self._record,
            deliveries=self.store.deliveries,
            cursors=self.store.cursors,
            inbox=self.store.inbox,
            connected=self.running.connected,
        )
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


_SLACK_ITSELF = SlackLine()


@asynccontextmanager
async def run_parts(loaded: Loaded, slack_line: SlackLine = _SLACK_ITSELF) -> AsyncIterator[Run]:
    """Put a run together. Raises ConfigError, PolicyError, StorageError or AlreadyRunning; nothing has begun then."""
    settings, clock = loaded.process, SystemClock()
    files = policies_of(settings.policy_folders)
    for broken in files.broken.values():
        _log.error("policy_unusable", policy=broken.id, fault=str(broken), means="nothing is judged by it")
    named = loaded.communities(files.policies(), files.unusable())
    check_platforms(settings)  # before a database is made: one with nothing in it would be taken for the records
    async with AsyncExitStack() as closing:
        store = await open_store(Path(settings.storage.path), exclusive=True)
        closing.push_async_callback(store.close)
        model = classifier(settings)
        closing.push_async_callback(model.close)
        sources = await _sources(loaded, named, files, store)
        connected = await connections(loaded, sources.layered, clock, slack_line)
        yield _run(
            loaded, await _outside(loaded, sources, store, model, switchboard(connected.serving)), sources, connected
        )


async def platform_findings(loaded: Loaded) -> AsyncIterator[Finding]:
    """Say whether each platform that has a token can be moderated. Nothing is changed, and nobody is told."""
    settings = loaded.process
    files = policies_of(settings.policy_folders)
    model = classifier(settings)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(model.close)
        store = await closing.enter_async_context(on_record(Path(settings.storage.path)))
        sources = await _sources(loaded, loaded.communities(files.policies(), files.unusable()), files, store)
        outside = await _outside(loaded, sources, store, model, switchboard(lambda _community: None))
        desk = _run(loaded, outside, sources, Connections()).desk
        if settings.discord.token is not None:
            chosen = DiscordChosen(settings=sources.layered.of, policies=sources.policies)
            for finding in await discord.check_up(settings.discord, chosen, desk, outside.clock):
                yield replace(finding, check=f"Discord {finding.check}")
        if settings.slack.workspaces:
            for finding in await slack_doctor.examine(settings.slack, sources.layered.of, outside.clock):
                yield replace(finding, check=f"Slack {finding.check}")


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


def _run(loaded: Loaded, outside: Outside, sources: _Sources, connected: Connections) -> Run:
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
        await parts.raids.incidents.upheld(case)
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
            overturned=parts.raids.incidents.overturned,
            stop_switch=parts.stop_switch,
            forget=parts.waiting.giving_up.forget,
            alive=running.alive,
            announce=parts.announcing.say,
            slots=settings.ollama.slots,
        )
    )
    return Run(
        store=store,
        parts=parts,
        running=running,
        backfill=backfill,
        desk=desk,
        connected=connected,
        clock=outside.clock,
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
