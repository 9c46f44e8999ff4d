"""Finding servers, channels and members: in discord.py's cache first, by a request where the cache has gaps."""

import discord

from bot.adapters.discord.ids import guild_id_of, number_of
from bot.adapters.discord.refusals import is_gone
from bot.domain.ids import ChannelId, CommunityId, PersonId

Writable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
"""Channels in which messages stand."""
Place = Writable | discord.ForumChannel


class Places:
    """Looks things up for one bot. Methods that ask Discord raise what discord.py raises, but answer None for a 404."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def guild(self, community: CommunityId) -> discord.Guild | None:
        """Return a server that the bot is in, or None; of a client that is closed nothing can be asked."""
        return None if self._client.is_closed() else self._client.get_guild(guild_id_of(community))

    async def channel(self, community: CommunityId, channel: ChannelId) -> Place | None:
        """Return a channel, forum or thread of this server and no other; None when there is none such."""
        guild, number = self.guild(community), number_of(channel)
        if guild is None or not number:
            return None
        found = guild.get_channel_or_thread(number) or await self._fetched(guild, number)
        return found if isinstance(found, Place) else None

    async def _fetched(self, guild: discord.Guild, number: int) -> discord.abc.GuildChannel | discord.Thread | None:
        """Ask for a channel that the cache lacks: an archived thread, as a rule."""
        try:
            found = await guild.fetch_channel(number)
        except (discord.NotFound, discord.Forbidden, discord.InvalidData):
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
