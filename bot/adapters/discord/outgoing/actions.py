"""Each action on Discord, one call or two each. All of them raise what discord.py raises."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeGuard

import discord

from bot.adapters.discord.ids import number_of
from bot.adapters.discord.outgoing.archived import written
from bot.adapters.discord.outgoing.audit_reasons import audit_reason, case_mark
from bot.adapters.discord.outgoing.checks import is_closed, is_lift_of_channel
from bot.adapters.discord.outgoing.places import Place, Places
from bot.adapters.discord.outgoing.refusals import SYSTEM_MESSAGE
from bot.domain.actions import Action
from bot.domain.decision import Effect

LONGEST_TIMEOUT = timedelta(days=28)
SLOWMODE_SECONDS = 30
"""How long a member waits between two messages where slowmode was set. How long it lasts is the effect's."""
BULK = 100
BULK_AGE = timedelta(days=14) - timedelta(minutes=5)
"""Younger than this, a message may be deleted in bulk; five minutes are left for a queue."""
NO_NAME = "[…]"
"""What a thread is called once its name was removed: nothing, in any language."""
_OF_TEXTS = ("send_messages", "send_messages_in_threads", "create_public_threads", "create_private_threads")


class Actions:
    """Carries out single effects. `about_to_delete` is told of each message before it goes."""

    def __init__(self, places: Places, about_to_delete: Callable[[int], None]) -> None:
        self._places = places
        self._about_to_delete = about_to_delete

    async def carry_out(self, effect: Effect) -> None:
        """Do it. Deleting what is gone, and lifting what is over, are done already."""
        if effect.action is Action.DELETE:
            await self.delete(effect)
        elif effect.action in (Action.SLOWMODE, Action.LOCKDOWN) or is_lift_of_channel(effect):
            await self._on_channel(effect)
        else:
            await self._on_person(effect)

    async def delete(self, effect: Effect) -> None:
        """Delete one message. Discord takes no reason for it.

        What stands for a thread's name can't be deleted, as Discord's answer tells: there the name itself goes.
        """
        if effect.message is None:
            return
        channel = await self._places.channel(effect.community, effect.message.channel)
        if channel is None or isinstance(channel, discord.ForumChannel):
            return
        number = number_of(effect.message.message)
        self._about_to_delete(number)
        try:
            await written(channel, channel.get_partial_message(number).delete, audit_reason(effect))
        except discord.NotFound:
            return
        except discord.Forbidden as error:
            if error.code != SYSTEM_MESSAGE or not _may_rename(channel):
                raise
            why = audit_reason(effect)
            await written(channel, lambda: channel.edit(name=NO_NAME, reason=why), why)

    async def delete_many(self, channel: discord.abc.Messageable, numbers: list[int]) -> None:
        """Delete 2 to 100 young messages at once; those that are gone already do no harm."""
        for number in numbers:
            self._about_to_delete(number)
        if not isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread):
            return
        await written(channel, lambda: channel.delete_messages([discord.Object(number) for number in numbers]))

    async def _on_channel(self, effect: Effect) -> None:
        channel = await self._places.channel(effect.community, effect.channel) if effect.channel else None
        if channel is None:
            return
        why = audit_reason(effect)
        if effect.action is Action.SLOWMODE:
            await written(channel, lambda: _slow(channel, why), why)
        elif effect.action is Action.LOCKDOWN:
            await written(channel, lambda: _close(channel, why), why)
        else:
            await written(channel, lambda: _reopen(channel, effect.told_of, why), why)

    async def _on_person(self, effect: Effect) -> None:
        guild = self._places.guild(effect.community)
        if guild is None or effect.person is None:
            return
        why, number = audit_reason(effect), number_of(effect.person)
        if effect.action is Action.BAN:
            await guild.ban(discord.Object(number), reason=why, delete_message_seconds=0)
            return
        member = await self._places.member(guild, effect.person)
        if effect.action is Action.LIFT:
            await _lift(guild, member, effect, why)
        elif member is not None and effect.action is Action.KICK:
            await member.kick(reason=why)
        elif member is not None and effect.action is Action.QUARANTINE:
            await member.add_roles(discord.Object(number_of(effect.role)), reason=why)
        elif member is not None and effect.action is Action.TIMEOUT:
            await _time_out(member, timedelta(seconds=effect.seconds), why)


async def _time_out(member: discord.Member, length: timedelta, why: str) -> None:
    """Time out; a longer timeout that a person gave stays."""
    until = discord.utils.utcnow() + min(length, LONGEST_TIMEOUT - timedelta(minutes=1))
    if member.timed_out_until is None or member.timed_out_until < until:
        await member.timeout(until, reason=why)


def _may_rename(channel: Place) -> TypeGuard[discord.Thread]:
    return isinstance(channel, discord.Thread) and channel.permissions_for(channel.guild.me).manage_threads


async def _lift(guild: discord.Guild, member: discord.Member | None, effect: Effect, why: str) -> None:
    if member is None:
        await _unban(guild, effect, why)
        return
    if member.timed_out_until is not None and effect.told_of in (None, Action.TIMEOUT):
        await member.timeout(None, reason=why)
    role = guild.get_role(number_of(effect.role))
    if role is not None and role in member.roles and effect.told_of in (None, Action.QUARANTINE):
        await member.remove_roles(role, reason=why)


async def _unban(guild: discord.Guild, effect: Effect, why: str) -> None:
    """Lift a ban of this very case, as its reason says; another's ban is not ours to lift."""
    if effect.person is None or effect.told_of not in (None, Action.BAN):
        return
    try:
        ban = await guild.fetch_ban(discord.Object(number_of(effect.person)))
    except discord.NotFound:
        return
    if (ban.reason or "").startswith(case_mark(effect)):
        await guild.unban(ban.user, reason=why)


async def _slow(channel: Place, why: str) -> None:
    """Set slowmode; a stricter one that people set stays."""
    if _delay(channel) < SLOWMODE_SECONDS:
        await channel.edit(slowmode_delay=SLOWMODE_SECONDS, reason=why)


def is_slowed(channel: Place) -> bool:
    """Return whether a channel has the slowmode that the bot sets; one of another length is somebody else's."""
    return _delay(channel) == SLOWMODE_SECONDS


def _delay(channel: Place) -> int:
    return int(getattr(channel, "slowmode_delay", 0))


async def _close(channel: Place, why: str) -> None:
    """Keep ordinary members from writing. Roles that are allowed to write in this channel still can."""
    if isinstance(channel, discord.Thread):
        await channel.edit(locked=True, reason=why)
        return
    everyone = channel.guild.default_role
    overwrite = channel.overwrites_for(everyone)
    overwrite.update(**dict.fromkeys(_changeable(channel), False))
    await channel.set_permissions(everyone, overwrite=overwrite, reason=why)


def _changeable(channel: Place) -> list[str]:
    """Return what may be taken from others: Discord lets nobody change a permission that they do not hold."""
    held = channel.guild.me.guild_permissions
    return [name for name in _OF_TEXTS if getattr(held, name)]


async def _reopen(channel: Place, what: Action | None, why: str) -> None:
    """Take back what `_slow` and `_close` set; a slowmode of another length is somebody else's."""
    if what in (None, Action.SLOWMODE) and is_slowed(channel):
        await channel.edit(slowmode_delay=0, reason=why)
    if what not in (None, Action.LOCKDOWN) or not is_closed(channel):
        return
    if isinstance(channel, discord.Thread):
        await channel.edit(locked=False, reason=why)
        return
    everyone = channel.guild.default_role
    overwrite = channel.overwrites_for(everyone)
    overwrite.update(**dict.fromkeys(_changeable(channel)))
    await channel.set_permissions(everyone, overwrite=overwrite, reason=why)
