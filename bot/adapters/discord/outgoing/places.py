"""Finding servers, channels and members: in discord.py's cache first, by a request where the cache has gaps."""

import discord

from bot.adapters.discord.ids import guild_id_of, number_of
from bot.adapters.discord.outgoing.refusals import FAILURES, MISSING_ACCESS, UNKNOWN_GUILD, is_gone, reason_of
from bot.domain.errors import PlatformBusy
from bot.domain.ids import ChannelId, CommunityId, PersonId
from bot.domain.reasons import PlatformReason, Reason, reason

NOT_CONNECTED = reason(PlatformReason.NOT_CONNECTED)
Writable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Channels in which messages stand."""
Place = Writable | discord.ForumChannel


class Places:
    """Looks things up for one bot. Methods that ask Discord raise what discord.py raises, but answer None for a 404."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def guild(self, community: CommunityId) -> discord.Guild | None:
        """Return a server that the bot is in and that Discord shows at present, or None.

        Of a client that is closed, between two tries to connect, nothing can be asked.
        """
        guild = self._client.get_guild(guild_id_of(community))
        return guild if guild is not None and not guild.unavailable and not self._client.is_closed() else None

    async def away(self, community: CommunityId) -> Reason | None:
        """Return why a server can't be reached; None when it can.

        A server that Discord has not sent yet, or can't show at present, is not gone. Once Discord has sent its whole
        list and a server is not in it, Discord itself is asked.
        """
        if self.guild(community) is not None:
            return None
        number = guild_id_of(community)
        is_known = self._client.get_guild(number) is not None
        if not number or is_known or self._client.is_closed() or not self._client.is_ready():
            return NOT_CONNECTED
        try:
            await self._client.fetch_guild(number, with_counts=False)
        except discord.HTTPException as error:
            is_out = error.code in (UNKNOWN_GUILD, MISSING_ACCESS)
            return reason(PlatformReason.COMMUNITY_GONE) if is_out else reason_of(error)
        except FAILURES as error:
            return reason_of(error)
        return NOT_CONNECTED

    async def channel(self, community: CommunityId, channel: ChannelId) -> Place | None:
        """Return a channel, forum or thread of this server and no other; None when there is none such.

        Raises PlatformBusy while the server is not connected: then nobody knows.
        """
        guild, number = self.guild(community), number_of(channel)
        if guild is None:
            text = f"Discord does not show {community} to Hallmoot at present."
            raise PlatformBusy(text, code=NOT_CONNECTED.code, why=NOT_CONNECTED)
        if not number:
            return None
        found = guild.get_channel_or_thread(number) or await self._fetched(guild, number)
        return found if isinstance(found, Place) else None

    async def _fetched(self, guild: discord.Guild, number: int) -> discord.abc.GuildChannel | discord.Thread | None:
        """Ask for a channel that the cache lacks: an archived thread, as a rule. A hidden one raises Forbidden."""
        try:
            found = await guild.fetch_channel(number)
        except (discord.NotFound, discord.InvalidData):
            return None
        return found

    async def member(self, guild: discord.Guild, person: PersonId) -> discord.Member | None:
        """Return a member as the cache knows them, else as Discord does."""
        return guild.get_member(number_of(person)) or await self.present_member(guild, person)

    async def present_member(self, guild: discord.Guild, person: PersonId) -> discord.Member | None:
        """Return a member as Discord knows them now, or None."""
        number = number_of(person)
        if not number:
            return None
        try:
            return await guild.fetch_member(number)
        except discord.HTTPException as error:
            if is_gone(error):
                return None
            raise
