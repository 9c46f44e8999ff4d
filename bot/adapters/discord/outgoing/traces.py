"""Signs on Discord of what was carried out before a crash. All of it raises what discord.py raises."""

import discord

from bot.adapters.discord.ids import number_of
from bot.adapters.discord.outgoing.actions import is_slowed
from bot.adapters.discord.outgoing.audit_reasons import case_mark
from bot.adapters.discord.outgoing.checks import is_closed, is_lift_of_channel
from bot.adapters.discord.outgoing.places import NOT_CONNECTED, Places, Writable
from bot.domain.actions import Action
from bot.domain.decision import Effect
from bot.domain.errors import PlatformBusy

_LOOKED_AT = 50
"""How many of our own latest entries in the audit log are read."""


class Traces:
    """Answers whether an effect has left its sign."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def shows(self, effect: Effect) -> bool:
        """Return whether the effect is to be seen; False where it is not, or can't be told."""
        guild = self._places.guild(effect.community)
        if guild is None:
            text = "Discord does not show this server at present."
            raise PlatformBusy(text, code=NOT_CONNECTED.code, why=NOT_CONNECTED)
        if effect.action is Action.DELETE:
            return await self._is_gone(effect)
        if effect.action is Action.BAN:
            return await _is_banned(guild, effect)
        if effect.action is Action.KICK:
            return await _is_logged(guild, effect, discord.AuditLogAction.kick)
        if effect.action in (Action.TIMEOUT, Action.QUARANTINE):
            return await self._is_held(guild, effect)
        if effect.action in (Action.SLOWMODE, Action.LOCKDOWN) or is_lift_of_channel(effect):
            return await self._channel_is_so(effect)
        return False

    async def _channel_is_so(self, effect: Effect) -> bool:
        """Return whether a channel stands as the effect wants it: slowed down or closed, or neither any more."""
        channel = await self._places.channel(effect.community, effect.channel) if effect.channel else None
        if channel is None:
            return False
        what = effect.told_of if effect.action is Action.LIFT else effect.action
        holds = is_closed(channel) if what is Action.LOCKDOWN else is_slowed(channel)
        return holds is not (effect.action is Action.LIFT)

    async def _is_gone(self, effect: Effect) -> bool:
        if effect.message is None:
            return False
        channel = await self._places.channel(effect.community, effect.message.channel)
        if not isinstance(channel, Writable):
            return channel is None
        try:
            await channel.fetch_message(number_of(effect.message.message))
        except discord.NotFound:
            return True
        return False

    async def _is_held(self, guild: discord.Guild, effect: Effect) -> bool:
        if effect.person is None:
            return False
        member = await self._places.present_member(guild, effect.person)
        if member is None:
            return False
        if effect.action is Action.QUARANTINE:
            return any(role.id == number_of(effect.role) for role in member.roles)
        return member.is_timed_out() and await _is_logged(guild, effect, discord.AuditLogAction.member_update)


async def _is_banned(guild: discord.Guild, effect: Effect) -> bool:
    try:
        ban = await guild.fetch_ban(discord.Object(number_of(effect.person or "")))
    except discord.NotFound:
        return False
    return (ban.reason or "").startswith(case_mark(effect))


async def _is_logged(guild: discord.Guild, effect: Effect, action: discord.AuditLogAction) -> bool:
    if not guild.me.guild_permissions.view_audit_log:
        return False
    async for entry in guild.audit_logs(limit=_LOOKED_AT, user=guild.me, action=action):
        is_target = str(getattr(entry.target, "id", "")) == effect.person
        if is_target and (entry.reason or "").startswith(case_mark(effect)):
            return True
    return False
