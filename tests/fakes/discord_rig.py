"""The Discord adapter connected to the stand-in, with everything it hands on kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from discord import Permissions

from bot.adapters.discord.ids import community_of, ref_of
from bot.adapters.discord.incoming.gateway import Receivers
from bot.adapters.discord.platform import DiscordPlatform, connect
from bot.domain.audit import AuditNote
from bot.domain.events import Event
from bot.domain.ids import ChannelId, CommunityId, MessageRef, PersonId
from bot.domain.settings import CommunitySettings, DiscordSettings
from tests import factories
from tests.fakes.clocks import SteppingClock
from tests.fakes.desk import RecordingDesk
from tests.fakes.discord import Channel, Guild, Member, Post, User, World
from tests.fakes.discord.rules import base_permissions
from tests.fakes.discord.server import Call
from tests.memory.store import MemoryStore


@dataclass
class Rig:
    """One bot in one world with one guild, `general` to talk in and `mod-log` for cards."""

    world: World
    guild: Guild
    general: Channel
    log: Channel
    clock: SteppingClock = field(default_factory=SteppingClock)
    desk: RecordingDesk = field(default_factory=RecordingDesk)
    events: list[Event] = field(default_factory=list)
    missed: list[CommunityId] = field(default_factory=list)
    alive: list[CommunityId] = field(default_factory=list)
    broken: list[tuple[CommunityId, int]] = field(default_factory=list)
    notes: list[AuditNote] = field(default_factory=list)
    changes: dict[str, object] = field(default_factory=dict)
    platform: DiscordPlatform = field(init=False)
    deliver_errors: list[Exception] = field(default_factory=list)
    store: MemoryStore = field(default_factory=MemoryStore)
    held: asyncio.Event | None = None

    @property
    def community(self) -> CommunityId:
        """Return the guild's community id."""
        return community_of(self.guild.id)

    async def settings(self, community: CommunityId) -> CommunitySettings:
        """Return settings with the mod log set, and whatever a test put into `changes`."""
        chosen = factories.community_settings(community=community, mod_log=ChannelId(str(self.log.id)), language="en")
        return replace(chosen, **self.changes)  # type: ignore[arg-type]

    async def deliver(self, event: Event) -> None:
        """Keep an event, unless a test wants an error first."""
        if self.deliver_errors:
            raise self.deliver_errors.pop(0)
        self.events.append(event)
        self.world.changed()

    async def note_missed(self, community: CommunityId) -> None:
        """Keep that a community has to be caught up with."""
        self.missed.append(community)
        self.world.changed()

    async def record(self, note: AuditNote) -> None:
        """Keep an audit note."""
        self.notes.append(note)
        self.world.changed()

    async def note_broken(self, community: CommunityId) -> None:
        """Keep that a community's session began anew, and after how many events; while `held`, it is not on record."""
        if self.held is not None:
            await self.held.wait()
        self.broken.append((community, len(self.events)))

    def receivers(self) -> Receivers:
        """Return all of them."""
        return Receivers(
            deliver=self.deliver,
            broken=self.note_broken,
            missed=self.note_missed,
            alive=self.alive.append,
            record=self.record,
            facts=self.store.facts,
        )

    async def heard(self, count: int = 1) -> Event:
        """Wait until that many events came in, and return the last of them."""
        await self.world.until(lambda: len(self.events) >= count)
        return self.events[count - 1]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Connect, wait until the guild is there (if it is shown), and disconnect when the block ends."""
        token = DiscordSettings(token=self.world.token, backfill_messages=100, backfill_age=timedelta(hours=1))
        self.platform = connect(token, self.settings, self.clock, ready_after=0.05)
        seen, read = len(self.missed), len(self._audit_reads())
        running = asyncio.create_task(self.platform.run(self.receivers(), self.desk))
        try:
            if self.guild.id in self.world.hidden:
                await self.world.until(self.platform.gateway.is_ready)
                yield
                return
            await self.world.until(lambda: len(self.missed) > seen or running.done())
            await self.world.until(lambda: len(self._audit_reads()) > read or running.done() or not self._may_read())
            yield
        finally:
            await self.platform.stop()
            await running

    def _audit_reads(self) -> list[Call]:
        return self.world.asked("GET", f"/guilds/{self.guild.id}/audit-logs")

    def _may_read(self) -> bool:
        """Return whether the bot reads the audit log, which it does last when it has connected."""
        own = self.guild.members.get(self.world.bot.id)
        held = base_permissions(self.guild, own) if own is not None else 0
        return bool(held & Permissions(view_audit_log=True).value)

    @property
    def talk(self) -> ChannelId:
        """Return the id of `general`."""
        return ChannelId(str(self.general.id))

    def ref(self, post: Post) -> MessageRef:
        """Return where a message stands."""
        return ref_of(self.guild.id, post.channel.id, post.id)


def person(who: Member | User) -> PersonId:
    """Return somebody's id."""
    return PersonId(str(who.user.id if isinstance(who, Member) else who.id))


@asynccontextmanager
async def rigged(**bot_permissions: bool) -> AsyncIterator[Rig]:
    """Yield a rig whose bot is not connected yet, so that a test can build first; its bot may do everything usual."""
    world = World()
    held = bot_permissions or dict.fromkeys(USUAL, True)
    guild = world.guild("Rivendell", **held)
    async with world.running():
        yield Rig(
            world=world, guild=guild, general=world.channel(guild, "general"), log=world.channel(guild, "mod-log")
        )


USUAL = (
    "view_audit_log",
    "manage_messages",
    "manage_channels",
    "manage_roles",
    "moderate_members",
    "kick_members",
    "ban_members",
    "manage_guild",
    "manage_threads",
)
"""What the bot may do in most tests."""
