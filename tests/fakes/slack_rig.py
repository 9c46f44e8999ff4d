"""The Slack adapter in front of the stand-in: a workspace with people, channels, a desk and all ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.adapters.slack.incoming.sockets import SocketSettings
from bot.adapters.slack.platform import Receivers, SlackPlatform, connect
from bot.adapters.slack.workspace import Calling
from bot.core.recordings.clocks import SystemClock
from bot.domain.audit import AuditNote
from bot.domain.events import Event
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.settings import CommunitySettings, SlackSettings, SlackWorkspace
from bot.ports.store import Store
from tests import factories
from tests.fakes.desk import RecordingDesk
from tests.fakes.slack import Channel, Group, Team, User, World
from tests.fakes.slack.things import JSON
from tests.memory.store import MemoryStore

FAST = SocketSettings(ping_every=0.3, handshake_within=0.5, check_every=0.05, rebuild_after=1.5, refused_after=0.2)
"""Sockets that notice within a second what takes ten in earnest."""


@dataclass
class Rig:
    """One workspace, `Rivendell`: Anna is a member, Elrond an admin, Glorfindel in the moderators' user group."""

    world: World
    team: Team
    general: Channel
    log: Channel
    anna: User
    elrond: User
    glorfindel: User
    moderators: Group
    desk: RecordingDesk = field(default_factory=RecordingDesk)
    events: list[Event] = field(default_factory=list)
    notes: list[AuditNote] = field(default_factory=list)
    signs: list[CommunityId] = field(default_factory=list)
    store: Store = field(default_factory=MemoryStore)
    settings: CommunitySettings = field(default_factory=factories.community_settings)
    platform: SlackPlatform = field(init=False)

    @property
    def community(self) -> CommunityId:
        """Return the workspace's community id."""
        return CommunityId(f"slack:{self.team.id}")

    async def settings_of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings; every community has the same."""
        return replace(self.settings, community=community)

    async def deliver(self, event: Event, delivery: str = "") -> None:
        """Take an event in, unless its delivery was before."""
        if delivery and not await self.store.deliveries.note(event.community, delivery, SystemClock().now()):
            return
        self.events.append(event)
        self.world.changed()

    async def hear_of(self, community: CommunityId) -> None:
        """Remember a sign of life."""
        self.signs.append(community)
        self.world.changed()

    async def record(self, note: AuditNote) -> None:
        """Take an audit note in."""
        self.notes.append(note)
        self.world.changed()

    def cards(self) -> list[JSON]:
        """Return the bot's posts in the mod log, oldest first."""
        return [post for post in self.log.posts.values() if post["user"] == self.team.bot.id]

    @asynccontextmanager
    async def linked(self) -> AsyncIterator[None]:
        """Run the platform until the block ends."""
        receivers = Receivers(
            deliver=self.deliver,
            record=self.record,
            deliveries=self.store.deliveries,
            cursors=self.store.cursors,
            inbox=self.store.inbox,
            connected=self.hear_of,
        )
        running = asyncio.create_task(self.platform.run(receivers, self.desk))
        try:
            await self.world.until(lambda: len(self.world.sockets.of(self.team.app)) == FAST.sockets)
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def slack_settings(world: World, team: Team, admin: User | None) -> SlackSettings:
    """Return the settings of one workspace."""
    keys = SlackWorkspace(
        bot_token=world.bot_token(team).value,
        app_token=team.app.token,
        admin_token=world.user_token(admin, team).value if admin is not None else None,
    )
    return SlackSettings(
        workspaces=(keys,), join_public_channels=True, backfill_messages=500, backfill_age=timedelta(hours=1)
    )


def calling(world: World) -> Calling:
    """Return how to call the stand-in."""
    return Calling(base_url=world.url, post_every=0.0, minute=world.minute, timeout=5.0)


@asynccontextmanager
async def rigged(*, deletes: str = "yes") -> AsyncIterator[Rig]:
    """Yield a rig whose ports work; `deletes` "no": without an admin's token."""
    async with World().running() as world:
        team = world.team("Rivendell")
        general, log = world.channel(team, "general"), world.channel(team, "mods", kind="group")
        anna, elrond = world.user(team, "Anna"), world.user(team, "Elrond", is_admin=True)
        glorfindel = world.user(team, "Glorfindel")
        moderators = world.group(team, "mods", glorfindel)
        rig = Rig(world, team, general, log, anna, elrond, glorfindel, moderators)
        rig.settings = replace(
            rig.settings,
            mod_log=ChannelId(log.id),
            moderators=frozenset({moderators.id}),
            escalate_to=moderators.id,
        )
        log.members |= {elrond.id, glorfindel.id}
        settings = slack_settings(world, team, elrond if deletes == "yes" else None)
        rig.platform = await connect(settings, rig.settings_of, SystemClock(), calling=calling(world), sockets=FAST)
        yield rig
