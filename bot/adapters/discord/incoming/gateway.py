"""The connection to Discord: its events become ours and are handed on; what happens to a server is recorded."""

import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.desk.buttons import DeskButton, Pressed
from bot.adapters.discord.ids import PLATFORM, community_of
from bot.adapters.discord.incoming import translate
from bot.adapters.discord.incoming.breaks import Breaks
from bot.adapters.discord.incoming.history import readable
from bot.adapters.discord.incoming.lanes import Deliver, Lanes
from bot.adapters.discord.incoming.mending import number_in
from bot.adapters.discord.incoming.past_sanctions import past_sanctions
from bot.adapters.discord.incoming.reading import ReadingState
from bot.adapters.discord.incoming.recent import Recent
from bot.adapters.discord.outgoing.refusals import FAILURES
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.events import Edit, Event, Member, Message, Unread, unread_kinds
from bot.domain.ids import ChannelId, CommunityId, MessageId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.facts import Facts

_LOG = get_logger(__name__)

INTENTS = discord.Intents(guilds=True, guild_messages=True, message_content=True, members=True, moderation=True)
"""Message content and members are privileged: both have a switch in Discord's developer portal."""
_LATE = 2.0
"""Seconds for which the deletion that an entry of the audit log is about is waited for."""
_NAMED = 5
"""Servers that are named when the bot is connected."""
_LONGEST_WAIT = 30.0
"""Seconds that a call waits for a rate limit before it is an error; discord.py allows no less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """What the gateway hands on, and to whom.

    `deliver` commits an event to the inbox. `broken` is called for each server when a session begins anew, before its
    first event: a resumed one is replayed by Discord, a new one is not. `missed` is called once such a server can be
    read again, and catches up. `alive` is called at every other sign of life: a session that goes on, a permission, a
    channel. `record` writes an audit note. `facts` keep what a later process has to know.
    """

    deliver: Deliver
    broken: Callable[[CommunityId], Awaitable[None]]
    missed: Callable[[CommunityId], Awaitable[None]]
    alive: Callable[[CommunityId], None]
    record: Callable[[AuditNote], Awaitable[None]]
    facts: Facts


class Gateway(discord.AutoShardedClient):
    """discord.py's client with our handlers. Handlers that must keep an order do not wait before `Lanes.put`."""

    def __init__(self, clock: Clock, *, guild_ready_timeout: float = 2.0) -> None:
        super().__init__(
            intents=INTENTS,
            max_messages=None,
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_WAIT,
            guild_ready_timeout=guild_ready_timeout,
        )
        self.tree = app_commands.CommandTree(self)
        self.recent = Recent()
        self.presses: Pressed | None = None
        self._clock = clock
        self.is_stopping = False
        self._receivers: Receivers | None = None
        self._lanes: Lanes | None = None
        self._breaks: Breaks | None = None
        self._set_up: Callable[[], Awaitable[None]] | None = None
        self.add_dynamic_items(DeskButton)

    def _get_state(self, **options: Any) -> ReadingState:
        """Return discord.py's state with our guards; discord.py asks for it while it is made."""
        return ReadingState(
            dispatch=self.dispatch,
            handlers=self._handlers,
            hooks=self._hooks,
            http=self.http,
            unparsed=self._unparsed,
            check=translate.message_of,
            **options,
        )

    def attach(self, receivers: Receivers, presses: Pressed, set_up: Callable[[], Awaitable[None]]) -> None:
        """Say who gets the events and presses. `set_up` runs once after the login and before the first event."""
        self.listen(receivers)
        self.presses = presses
        self._set_up = set_up

    async def reopen(self) -> None:
        """Make a closed client fit to be started once more. What it knows of its servers stays until a session begins.

        discord.py's `clear` would empty its caches and forget our buttons; and it would keep a closed connector, and a
        queue that says that all is over.
        """
        self.is_stopping = False
        if not self.is_closed():
            return
        self._closing_task = None
        self._ready.clear()
        self.shard_count = None  # type: ignore[assignment] # what discord.py itself has before it has asked
        self.http.clear()
        self.http.connector = discord.utils.MISSING
        await self._async_setup_hook()

    def listen(self, receivers: Receivers) -> None:
        """Say who gets the events."""
        self._receivers = receivers
        self._breaks = Breaks(receivers.broken, self._clock)
        self._lanes = Lanes(self._breaks.behind(receivers.deliver), self._clock)

    async def setup_hook(self) -> None:
        """Take up what earlier processes knew, and sync the commands."""
        if self._receivers is not None:
            await self.recent.proxies.remember_in(self._receivers.facts)
        if self._set_up is not None:
            await self._set_up()

    async def drain(self) -> None:
        """Wait until every event heard is delivered."""
        if self._lanes is not None:
            await self._lanes.drain()
        await self.recent.proxies.saved()

    @property
    def backlog(self) -> int:
        """Return how many events were heard and are not delivered yet."""
        return self._lanes.backlog if self._lanes is not None else 0

    def _put(self, channel_id: int | str, event: Event | None) -> None:
        if event is not None and self._lanes is not None:
            self._lanes.put(str(channel_id), event)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Leave nobody without an answer: a page of an earlier process, or what was never on one of ours."""
        if self.presses is not None:
            await self.presses.unanswered(interaction)

    def _unparsed(self, what: str, data: Mapping[str, Any]) -> None:
        """Count what could not be read, where a server is named that it belongs to."""
        guild_id = number_in(data, "guild_id") or (number_in(data, "id") if what.startswith("GUILD_") else 0)
        if not guild_id:
            return
        number = number_in(data, "id")
        self._put_unread(guild_id, number_in(data, "channel_id"), f"event {what}", number)

    def _put_unread(self, guild_id: int, channel_id: int, what: str, number: int) -> None:
        (kind,) = unread_kinds([what])
        event = Unread(
            community=community_of(guild_id),
            kind=kind,
            at=self._clock.now(),
            event_id=str(number or secrets.token_hex(8)),
            channel=ChannelId(str(channel_id)) if channel_id else None,
        )
        self._put(channel_id or f"{event.community}/unread", event)

    # Messages.

    async def on_message(self, message: discord.Message) -> None:
        """Hand on what somebody said, or what Discord's AutoMod did."""
        notice = translate.automod_notice_of(message)
        if notice is not None:
            self._put(message.channel.id, notice)
            return
        event = self._message(message)
        if event is not None:
            self.recent.heard(event)
        self._put(message.channel.id, event)

    def _message(self, message: discord.Message) -> Message | None:
        if self.user is not None and message.author.id == self.user.id:
            return None
        return translate.message_of(message, self.recent.proxied(message), self.recent.proxies)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Hand on how a message reads now, whether or not this process has seen it before."""
        event = self._message(payload.message)
        if event is None:
            return
        at = payload.message.edited_at or self._clock.now()
        self._put(payload.channel_id, Edit(message=event, edited_at=at))

    async def on_unread_message(self, channel: discord.abc.Messageable, data: Mapping[str, Any]) -> None:
        """Ask for a message that could not be read from what was sent, and count it where that is no help."""
        try:
            message = await channel.fetch_message(number_in(data, "id"))
        except FAILURES as error:
            _LOG.warning("message_not_fetched", platform=PLATFORM, error=type(error).__name__)
            self._unparsed("MESSAGE", data)
            return
        event = self._message(message)
        if event is None:
            return
        self.recent.heard(event)
        edited_at = message.edited_at
        self._put(message.channel.id, Edit(message=event, edited_at=edited_at) if edited_at is not None else event)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Hand on that a message is gone, unless the bot itself removed it."""
        self._gone(payload.guild_id, payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Hand on that messages are gone."""
        self._gone(payload.guild_id, payload.channel_id, payload.message_ids)

    def _gone(self, guild_id: int | None, channel_id: int, message_ids: set[int]) -> None:
        now = self._clock.now()
        others = {number for number in message_ids if not self.recent.is_own_deletion(number)}
        for number in others:
            self.recent.went(number, channel_id, discord.utils.utcnow())
        for event in translate.deletes_of(guild_id, channel_id, others, now):
            self._put(channel_id, event)

    # Members.

    async def on_member_join(self, member: discord.Member) -> None:
        """Hand on that somebody joined."""
        self._put_member(translate.joined(member))

    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Hand on that somebody is gone."""
        self._put_member(translate.left(payload.guild_id, payload.user.id, self._clock.now()))

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Hand on changed roles, and see a change of the bot's own."""
        if self.user is not None and after.id == self.user.id:
            if before.guild_permissions != after.guild_permissions:
                await self._record(after.guild.id, "own_permissions_changed")
            self._alive(after.guild)
            return
        self._put_member(translate.roles_changed(before, after, self._clock.now()))

    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Hand on what other moderators did: it belongs into the author's history. Programs delete for many reasons."""
        message = None
        if entry.action is discord.AuditLogAction.message_delete:
            if await _is_by_program(entry):
                return
            message = await self._deleted_message(entry)
        own = self.user.id if self.user is not None else 0
        self._put_member(translate.sanction_of(entry, own, message))

    async def _deleted_message(self, entry: discord.AuditLogEntry) -> MessageId | None:
        """Return which message an entry is about; its deletion may be heard of a little later than the entry."""
        message = self.recent.deleted_by_person(entry)
        if message is None:
            await self._clock.sleep(_LATE)
            message = self.recent.deleted_by_person(entry)
        return message

    def _put_member(self, event: Member | None) -> None:
        if event is not None:
            self._put(f"{event.community}/members", event)

    # Servers.

    async def on_ready(self) -> None:
        """Say that the bot is connected, and to what."""
        told = [f"{guild.name} ({len(readable(guild))} channels that it can read)" for guild in self.guilds[:_NAMED]]
        if len(self.guilds) > _NAMED:
            told.append(f"{len(self.guilds) - _NAMED} more servers")
        text = f"Connected to Discord as {self.user}: {', '.join(told) or 'it is in no server yet'}."
        _LOG.info("discord_connected", text=text, servers=len(self.guilds))

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Say that a connection is lost; discord.py connects again by itself."""
        if not self.is_closed():
            text = "The connection to Discord is lost, and is tried again."
            _LOG.warning("discord_disconnected", text=text, shard=shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that a session began anew: discord.py knows its servers by now, and none of their events has come."""
        if self._breaks is not None:
            self._breaks.begin(community_of(guild.id) for guild in self.guilds if guild.shard_id == shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Hear that a session goes on after it was lost: what waits for its servers may be done now."""
        for guild in self.guilds:
            if guild.shard_id == shard_id:
                self._alive(guild)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """Hear of a channel that was not there before; to be let into one shows as this as well."""
        self._alive(channel.guild)

    def _alive(self, guild: discord.Guild) -> None:
        if self._receivers is not None:
            self._receivers.alive(community_of(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up: this comes after a new session, and after an outage of Discord's."""
        await self._missed(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Record that the bot was let in, perhaps again: what was said since it was there last is looked for."""
        if self._breaks is not None:
            self._breaks.begin([community_of(guild.id)])
        await self._record(guild.id, "joined")
        await self._missed(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Record that the bot was removed; what is under way there ends in refusals."""
        await self._record(guild.id, "removed")

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Record that a channel is gone, with its messages."""
        await self._record(channel.guild.id, "channel_deleted", channel=str(channel.id))

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Record that one of the bot's own roles may now do more or less."""
        if before.permissions != after.permissions and after in after.guild.me.roles:
            await self._record(after.guild.id, "own_permissions_changed")
            self._alive(after.guild)

    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """Record that the bot may now do more or less in a channel."""
        own = after.guild.me
        if before.overwrites != after.overwrites and before.permissions_for(own) != after.permissions_for(own):
            await self._record(after.guild.id, "own_permissions_changed", channel=str(after.id))
            self._alive(after.guild)

    async def on_error(self, event_method: str, /, *args: object, **_kwargs: object) -> None:
        """Log what went wrong in a handler, and count the message that it was about; the connection goes on."""
        _LOG.error("handler_failed", handler=event_method, platform=PLATFORM, error=repr(sys.exc_info()[1]))
        for given in args:
            message = given.message if isinstance(given, discord.RawMessageUpdateEvent) else given
            if isinstance(message, discord.Message) and message.guild is not None:
                self._put_unread(message.guild.id, message.channel.id, f"event {event_method}", message.id)

    async def _missed(self, guild_id: int) -> None:
        if self._receivers is not None and self._breaks is not None:
            await self._breaks.noted()
            await self._receivers.missed(community_of(guild_id))
        guild = self.get_guild(guild_id)
        if guild is not None:
            for event in await past_sanctions(guild):
                self._put_member(event)

    async def record_everywhere(self, what: str) -> None:
        """Record in every server that was connected what ended the connection."""
        for guild in self.guilds:
            await self._record(guild.id, what)

    async def _record(self, guild_id: int, what: str, **details: str) -> None:
        if self._receivers is None:
            return
        given = (("what", what), *sorted(details.items()))
        note = AuditNote(community=community_of(guild_id), code=AuditCode.PLATFORM, at=self._clock.now(), details=given)
        await self._receivers.record(note)


async def _is_by_program(entry: discord.AuditLogEntry) -> bool:
    """Return whether a bot did it. PluralKit deletes each original that it repeats, and that is no sanction."""
    user: discord.abc.User | None = entry.user
    if user is None and entry.user_id is not None:
        with suppress(*FAILURES):
            user = await entry.guild.fetch_member(entry.user_id)
    return user is not None and user.bot
