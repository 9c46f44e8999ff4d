"""Who may do what on Discord: asked anew each time, from the server's own roles."""

from datetime import datetime, timedelta

import discord

from bot.adapters.discord.outgoing.mod_log import SettingsOf
from bot.adapters.discord.outgoing.places import Places
from bot.adapters.discord.outgoing.refusals import FAILURES, reason_of
from bot.domain.errors import PlatformError
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.people import UNKNOWN_GROWTH, Actor, Growth, Permission
from bot.logs import get_logger
from bot.ports.directory import Directory

_LOG = get_logger(__name__)
_MODERATING = ("manage_messages", "moderate_members", "kick_members", "ban_members", "manage_guild")
_NEEDS: dict[Permission, tuple[str, ...]] = {
    Permission.MODERATE: _MODERATING,
    Permission.ADMINISTER: ("manage_guild",),
    Permission.DELETE: ("manage_messages",),
    Permission.TIMEOUT: ("moderate_members",),
    Permission.KICK: ("kick_members",),
    Permission.BAN: ("ban_members",),
    Permission.LOCKDOWN: ("manage_channels", "manage_roles"),
}
"""Any one of these is enough; an administrator may do everything."""


class DiscordDirectory(Directory):
    """A role that the settings name as moderators' lets its members decide cases, and nothing else by itself."""

    def __init__(self, client: discord.Client, settings: SettingsOf) -> None:
        self._places = Places(client)
        self._settings = settings

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return whether this person may do that now; no, where Discord can't be asked."""
        guild = self._places.guild(actor.community)
        if guild is None:
            return False
        try:
            member = await self._places.present_member(guild, actor.person)
            if member is None:
                return False
            place = await self._places.channel(actor.community, channel) if channel is not None else None
        except FAILURES as error:
            _LOG.warning("permission_not_known", permission=permission, why=reason_of(error).code)
            return False
        except PlatformError as error:
            _LOG.warning("permission_not_known", permission=permission, why=error.code)
            return False
        held = place.permissions_for(member) if place is not None else member.guild_permissions
        if held.administrator or any(getattr(held, name) for name in _NEEDS[permission]):
            return True
        return permission is Permission.MODERATE and await self._is_named(actor, member)

    async def growth(self, community: CommunityId, around: datetime, within: timedelta) -> Growth:
        """Return how old a server is, and which share of the members that discord.py knows joined about then."""
        guild = self._places.guild(community)
        if guild is None:
            return UNKNOWN_GROWTH
        joined = [member.joined_at for member in guild.members if member.joined_at is not None and not member.bot]
        near = sum(abs(at - around) <= within for at in joined)
        return Growth(founded_at=guild.created_at, share=near / len(joined) if joined else None)

    async def _is_named(self, actor: Actor, member: discord.Member) -> bool:
        settings = await self._settings(actor.community)
        return any(str(role.id) in settings.moderators for role in member.roles)
