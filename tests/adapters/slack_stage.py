"""A stage for tests of the Slack adapter: a stand-in Slack, the adapter linked to it, and what it delivered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.adapters.slack.incoming.catching_up import BackfillSettings
from bot.adapters.slack.incoming.gateway import Interactions
from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.inlet import Inlet
from bot.adapters.slack.incoming.link import Link, LinkParts
from bot.adapters.slack.incoming.signs import Signs
from bot.adapters.slack.incoming.sockets import SocketSettings
from bot.adapters.slack.people import read_people
from bot.adapters.slack.workspace import Workspace, open_workspace
from bot.core.recordings.clocks import SystemClock
from bot.domain.events import Delete, Edit, Event, Message, Report, Unread
from bot.domain.ids import CommunityId
from bot.domain.inbox import Acceptance
from bot.ports.store import Store
from tests.fakes.slack import Channel, Team, User, World
from tests.fakes.slack_rig import FAST, calling, slack_settings
from tests.memory.store import MemoryStore

SOON = BackfillSettings(messages=500, age=timedelta(hours=1), retry_after=0.1, refused_after=0.2, save_every=0.05)
"""A backfill that tries again within moments."""


async def workspace_of(world: World, team: Team, admin: User | None = None) -> Workspace:
    """Return the workspace, with its people known."""
    made = await open_workspace(slack_settings(world, team, admin).workspaces[0], SystemClock(), calling(world))
    await read_people(made.api, made.people)
    return made


@dataclass
class Sink:
    """Takes events in, as the inbox does; `fails` of them not. Waiting for what comes goes by the world's changes."""

    world: World
    events: list[Event] = field(default_factory=list)
    fails: int = 0
    store: Store = field(default_factory=MemoryStore)
    signs: list[CommunityId] = field(default_factory=list)

    async def hear_of(self, community: CommunityId) -> None:
        """Remember a sign of life."""
        self.signs.append(community)
        self.world.changed()

    async def deliver(self, event: Event, delivery: str = "") -> None:
        """Commit an event, or fail to; one of a known delivery changes nothing."""
        await asyncio.sleep(0)
        if self.fails > 0:
            self.fails -= 1
            raise OSError("the disk is full")
        if delivery and not await self.store.deliveries.note(event.community, delivery, SystemClock().now()):
            return
        self.events.append(event)
        self.world.changed()

    def texts(self) -> list[str]:
        """Return the texts of every message and edit, in order of delivery."""
        found = [event.message if isinstance(event, Edit) else event for event in self.events]
        return [event.own_text for event in found if isinstance(event, Message)]

    async def until(self, count: int) -> list[Event]:
        """Wait for so many events and return them all."""
        await self.world.until(lambda: len(self.events) >= count)
        return self.events

    def of(self, kind: type[Message | Edit | Delete | Report | Unread]) -> list[Any]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Kept(Sink):
    """Commits to a real inbox; `seen` is what that answered."""

    seen: list[Acceptance] = field(default_factory=list)

    async def deliver(self, event: Event, delivery: str = "") -> None:
        """Commit an event."""
        self.seen.append(await self.store.inbox.accept(event, SystemClock().now(), delivery))
        self.events.append(event)
        self.world.changed()


class Deaf(Interactions):
    """Remembers what people did, and does nothing about it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def noticed(self, workspace: Workspace, event: dict[str, Any]) -> None:
        """Remember an event."""
        _ = workspace
        self.heard.append((str(event.get("type")), event))

    def pressed(self, workspace: Workspace, body: dict[str, Any]) -> None:
        """Remember a press."""
        _ = workspace
        self.heard.append(("press", body))

    def commanded(self, workspace: Workspace, body: dict[str, Any]) -> None:
        """Remember a command."""
        _ = workspace
        self.heard.append(("command", body))

    def shortcut(self, workspace: Workspace, body: dict[str, Any]) -> None:
        """Remember a shortcut."""
        _ = workspace
        self.heard.append(("shortcut", body))

    async def submitted(self, workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
        """Remember a form."""
        _ = workspace
        self.heard.append(("form", body))
        return {}


@dataclass
class Stage:
    """A running link and what it delivered."""

    world: World
    team: Team
    sink: Sink
    link: Link
    interactions: Deaf
    workspace: Workspace
    general: Channel
    anna: User

    async def up(self, sockets: int = 2) -> None:
        """Wait until so many sockets are open and the first catching up is done."""
        await self.world.until(lambda: len(self.world.sockets.of(self.team.app)) >= sockets)
        await self.settled()

    async def settled(self) -> None:
        """Wait until catching up has nothing left to do."""
        await settled(lambda: not self.link.backfill.is_behind)


async def settled(holds: Callable[[], bool], patience: float = 15.0) -> None:
    """Wait, in turns of the loop, for something that no change of the world announces."""
    async with asyncio.timeout(patience):
        while not holds():  # noqa: ASYNC110 - nobody tells when; the condition is looked at in each turn
            await asyncio.sleep(0.005)


@asynccontextmanager
async def linked(
    world: World,
    team: Team,
    *,
    sockets: SocketSettings = FAST,
    sink: Sink | None = None,
    others: tuple[Team, ...] = (),
    backfill: BackfillSettings = SOON,
) -> AsyncIterator[Stage]:
    """Link the adapter to the stand-in until the block ends."""
    general, anna = world.channel(team, "general"), world.user(team, "Anna")
    opened = [await workspace_of(world, each) for each in (team, *others)]
    workspaces = {each.community: each for each in opened}
    sink, interactions = sink or Sink(world), Deaf()
    signs = Signs(workspaces, sink.hear_of)
    parts = LinkParts(
        inlet=Inlet(sink.deliver),
        deliveries=sink.store.deliveries,
        cursors=sink.store.cursors,
        inbox=sink.store.inbox,
        history=SlackHistory(workspaces),
        interactions=interactions,
        clock=SystemClock(),
        calling=calling(world),
        sockets=sockets,
        backfill=backfill,
        signs=signs,
    )
    link = Link(team.app.token, workspaces, parts)
    running = [asyncio.create_task(work) for work in (link.run(), signs.run())]
    try:
        yield Stage(world, team, sink, link, interactions, opened[0], general, anna)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
