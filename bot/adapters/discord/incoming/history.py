"""What Discord still knows of the past. Deleted messages, and what edited ones said before, are gone."""

from collections.abc import AsyncIterator, Container

import discord

from bot.adapters.discord.ids import number_of
from bot.adapters.discord.incoming.past_threads import can_read, spoken_in
from bot.adapters.discord.incoming.translate import message_of
from bot.adapters.discord.outgoing.places import Places, Writable
from bot.adapters.discord.outgoing.refusals import FAILURES, MALFORMED, platform_error
from bot.domain.errors import PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef
from bot.domain.reasons import PlatformReason
from bot.ports.history import History, SpokenIn

_MOST_LOOKED_AT = 20
"""Messages read for each one wanted, where the newest are: a channel may hold little but our own."""
_REMEDY = "Give it View Channel and Read Message History there, or exempt the channel."


class DiscordHistory(History):
    """Reads channels page by page, at the pace that Discord allows."""

    def __init__(self, client: discord.Client, proxies: Container[int | None]) -> None:
        self._client = client
        self._proxies = proxies
        self._places = Places(client)

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield what came after the cursor, oldest first; our own messages and Discord's notices are left out."""
        try:
            place = await self._readable(community, channel)
            if cursor is not None:
                past = place.history(after=discord.Object(number_of(cursor)), oldest_first=True, limit=None)
                async for event in self._first(past, limit):
                    yield event
                return
            newest = [event async for event in self._first(place.history(limit=_MOST_LOOKED_AT * limit), limit)]
            for event in reversed(newest):
                yield event
        except (*FAILURES, *MALFORMED) as error:
            raise platform_error(error, f"read the history of channel {channel}", _REMEDY) from error

    async def _first(self, past: AsyncIterator[discord.Message], limit: int) -> AsyncIterator[Message]:
        """Yield the first so many that members wrote. discord.py reads on only as far as they are asked for."""
        left = limit
        async for message in past:
            event = message_of(message, None, self._proxies) if not self._is_own(message) else None
            if event is not None and left > 0:
                left -= 1
                yield event
            if left <= 0:
                return

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message as it reads now; None when it is gone, with its channel or without."""
        try:
            place = await self._places.channel(ref.community, ref.channel)
            if not isinstance(place, Writable):
                return None
            return message_of(await place.fetch_message(number_of(ref.message)), None, self._proxies)
        except discord.NotFound:
            return None
        except (*FAILURES, *MALFORMED) as error:
            raise platform_error(error, f"read a message in channel {ref.channel}", _REMEDY) from error

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return the channels with messages, and the open threads, that the bot can read."""
        guild = self._places.guild(community)
        return tuple(ChannelId(str(place.id)) for place in readable(guild)) if guild is not None else ()

    async def spoken_in(self, community: CommunityId, since: str) -> SpokenIn:
        """Return the channels and open threads that the bot may see, and the archived ones of which Discord tells."""
        guild = self._places.guild(community)
        if guild is None:
            return SpokenIn(channels=())
        try:
            return await spoken_in(guild, number_of(since))
        except (*FAILURES, *MALFORMED) as error:
            raise platform_error(error, "list the archived threads", _REMEDY) from error

    async def _readable(self, community: CommunityId, channel: ChannelId) -> Writable:
        place = await self._places.channel(community, channel)
        if not isinstance(place, Writable):
            raise PlatformRefused(
                f"Discord did not let Hallmoot read channel {channel}: it is gone or hidden. {_REMEDY}",
                code=PlatformReason.CHANNEL_GONE,
            )
        if not can_read(place):
            raise PlatformRefused(
                f"Discord did not let Hallmoot read the history of #{place.name}. {_REMEDY}",
                code=PlatformReason.MISSING_PERMISSION,
            )
        return place

    def _is_own(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id


def readable(guild: discord.Guild) -> list[Writable]:
    """Return the channels with messages, and the open threads, that the bot can read."""
    places = [place for place in guild.channels if isinstance(place, Writable)] + list(guild.threads)
    return [place for place in places if can_read(place)]
