"""discord.py's objects made into our frozen events, without any I/O."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime

import discord

from bot.adapters.discord.ids import community_of, ref_of
from bot.adapters.discord.incoming.components import is_known_type
from bot.adapters.discord.incoming.content import NAMING, answered_message, attachments_of, parts_of, unread_of
from bot.domain.events import Author, Delete, Member, MemberChange, Message, Report
from bot.domain.ids import ChannelId, MessageId, PersonId
from bot.domain.missed import DELETION, deletion_of

_SPOKEN = NAMING | {
    discord.MessageType.default,
    discord.MessageType.reply,
    discord.MessageType.chat_input_command,
    discord.MessageType.context_menu_command,
    discord.MessageType.thread_starter_message,
}
"""Kinds of messages in which somebody says something; the others are Discord's own notices (joins, boosts, pins)."""

_MODERATING = discord.Permissions(
    manage_guild=True, manage_messages=True, kick_members=True, ban_members=True, moderate_members=True
)
_SANCTIONS = {
    discord.AuditLogAction.ban: "ban",
    discord.AuditLogAction.kick: "kick",
    discord.AuditLogAction.message_delete: DELETION,
}
AUTOMOD = "automod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    """Whose words a webhook repeated, and the original's id."""

    author: Author
    original: MessageId


def message_of(
    message: discord.Message, proxied: Proxied | None = None, proxies: Container[int | None] = ()
) -> Message | None:
    """Return the message as a reader sees it; None outside of servers and for Discord's own notices.

    `proxies` are the applications whose webhooks speak for members, also where `proxied` can't say for whom.
    """
    if message.guild is None or (message.type not in _SPOKEN and is_known_type(message.type)):
        return None
    channel = message.channel
    answered = answered_message(message)
    return Message(
        ref=ref_of(message.guild.id, channel.id, message.id),
        author=proxied.author if proxied else _opener(message) or author_of(message, proxies),
        sent_at=message.created_at,
        parts=parts_of(message),
        attachments=attachments_of(message),
        parent=ChannelId(str(channel.parent_id)) if isinstance(channel, discord.Thread) else None,
        reply_to=MessageId(str(answered.id)) if answered else None,
        addresses=len(_addressed(message, answered)),
        url=message.jump_url,
        proxy_of=proxied.original if proxied else None,
        programs=_programs(message),
        unread=unread_of(message),
    )


def _addressed(message: discord.Message, answered: discord.Message | None) -> set[int]:
    people = {user.id for user in message.mentions if not user.bot}
    if answered is not None and not answered.author.bot:
        people.add(answered.author.id)
    return people - {message.author.id}


def author_of(message: discord.Message, proxies: Container[int | None] = ()) -> Author:
    """Return who wrote. A message sent through a member's own app is that member's; so is one of a shared webhook.

    A webhook that belongs to an application, or that repeats a followed channel, is a program; one that anybody who
    knows its address can write through is judged, under its own name, and so is one that speaks for members.
    """
    user_app = message.interaction_metadata
    if user_app is not None and user_app.is_user_integration() and not user_app.is_guild_integration():
        return _account(user_app.user, message.guild)
    if message.webhook_id is not None:
        is_program = message.application_id is not None and message.application_id not in proxies
        is_program = is_program or message.flags.is_crossposted
        return Author(id=PersonId(str(message.author.id)), name=message.author.display_name, is_bot=is_program)
    return _account(message.author, message.guild)


def _programs(message: discord.Message) -> frozenset[str]:
    """Return the ids of the program that wrote a message: its account, its application, its webhook."""
    if not message.author.bot and message.webhook_id is None:
        return frozenset()
    numbers = (message.author.id, message.application_id, message.webhook_id)
    return frozenset(str(number) for number in numbers if number is not None)


def _opener(message: discord.Message) -> Author | None:
    """Return who opened and named a thread, where this message stands for that; None for any other."""
    thread = message.channel
    if message.type is not discord.MessageType.thread_starter_message or not isinstance(thread, discord.Thread):
        return None
    owner = thread.owner
    return _account(owner, thread.guild) if owner is not None else Author(id=PersonId(str(thread.owner_id)), name="")


def _account(user: discord.User | discord.Member, guild: discord.Guild | None) -> Author:
    member = user if isinstance(user, discord.Member) else guild.get_member(user.id) if guild else None
    if member is None:
        return Author(id=PersonId(str(user.id)), name=user.display_name, is_bot=user.bot)
    return Author(
        id=PersonId(str(user.id)),
        name=member.display_name,
        is_bot=user.bot,
        is_moderator=moderates(member),
        roles=frozenset(str(role.id) for role in member.roles if not role.is_default()),
        joined_at=member.joined_at,
    )


def moderates(member: discord.Member) -> bool:
    """Return whether a member's roles let them moderate anything at all."""
    held = member.guild_permissions
    return held.administrator or bool(held.value & _MODERATING.value)


def deletes_of(guild_id: int | None, channel_id: int, message_ids: set[int], now: datetime) -> tuple[Delete, ...]:
    """Return one event for each message that is gone; none outside of servers."""
    if guild_id is None:
        return ()
    return tuple(Delete(ref=ref_of(guild_id, channel_id, number), deleted_at=now) for number in sorted(message_ids))


def automod_notice_of(message: discord.Message) -> Member | None:
    """Return the notice of Discord's AutoMod as a sanction of its author, who is the offender; None for others."""
    if message.type is not discord.MessageType.auto_moderation_action or message.guild is None:
        return None
    return Member(
        community=community_of(message.guild.id),
        person=PersonId(str(message.author.id)),
        change=MemberChange.SANCTIONED,
        at=message.created_at,
        event_id=f"{AUTOMOD}:{message.id}",
        detail=AUTOMOD,
    )


def joined(member: discord.Member) -> Member:
    """Return that a member joined."""
    at = member.joined_at or datetime.now(UTC)
    return _change(member.guild.id, member.id, MemberChange.JOINED, at, f"joined:{int(at.timestamp())}")


def left(guild_id: int, user_id: int, now: datetime) -> Member:
    """Return that a member is gone, by their own will or not."""
    return _change(guild_id, user_id, MemberChange.LEFT, now, f"left:{int(now.timestamp())}")


def roles_changed(before: discord.Member, after: discord.Member, now: datetime) -> Member | None:
    """Return that a member's roles changed; None when they did not."""
    if {role.id for role in before.roles} == {role.id for role in after.roles}:
        return None
    return _change(after.guild.id, after.id, MemberChange.ROLES, now, f"roles:{int(now.timestamp() * 1000)}")


def _change(guild_id: int, user_id: int, change: MemberChange, at: datetime, event_id: str) -> Member:
    return Member(
        community=community_of(guild_id), person=PersonId(str(user_id)), change=change, at=at, event_id=event_id
    )


def sanction_of(entry: discord.AuditLogEntry, own_id: int, message: MessageId | None = None) -> Member | None:
    """Return what another moderator did to a member, from the audit log; None for anything else and for our own doing.

    The event of a deletion names its message, where that could be told from the deletions just seen: so a deletion of a
    message judged SAFE can be offered as a missed one.
    """
    detail = _sanction(entry)
    target = getattr(entry.target, "id", None)
    if detail is None or target is None or entry.user_id in (None, own_id, target):
        return None
    return Member(
        community=community_of(entry.guild.id),
        person=PersonId(str(target)),
        change=MemberChange.SANCTIONED,
        at=entry.created_at,
        event_id=deletion_of(message) if message is not None else f"{detail}:{entry.id}",
        by=PersonId(str(entry.user_id)),
        detail=detail,
        channel=_channel_of(entry),
    )


def _sanction(entry: discord.AuditLogEntry) -> str | None:
    if entry.action is discord.AuditLogAction.member_update:
        until = getattr(entry.after, "timed_out_until", None)
        return "timeout" if until is not None else None
    return _SANCTIONS.get(entry.action)


def _channel_of(entry: discord.AuditLogEntry) -> ChannelId | None:
    channel = getattr(entry.extra, "channel", None)
    return ChannelId(str(channel.id)) if channel is not None else None


def report_of(message: discord.Message, reporter: int, words: str, now: datetime) -> Report | None:
    """Return a report with the message as Discord handed it along: it is readable even without the content intent."""
    reported = message_of(message)
    if reported is None:
        return None
    return Report(
        ref=reported.ref, reporter=PersonId(str(reporter)), reported_at=now, words=words.strip(), message=reported
    )
