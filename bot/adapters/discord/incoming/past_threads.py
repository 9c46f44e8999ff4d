"""Where something may have been said while nobody listened: channels, open threads, and those archived since."""

from collections.abc import AsyncIterator

import discord

from bot.adapters.discord.ids import sent_at
from bot.adapters.discord.outgoing.places import Writable
from bot.domain.coverage import Gap, GapReason
from bot.domain.ids import ChannelId
from bot.ports.history import SpokenIn

_WithThreads = discord.TextChannel | discord.ForumChannel


def can_read(place: Writable | discord.ForumChannel) -> bool:
    """Return whether the bot may see a channel and its past; without the latter Discord answers with nothing at all."""
    held = place.permissions_for(place.guild.me)
    return held.view_channel and held.read_message_history


async def spoken_in(guild: discord.Guild, since: int) -> SpokenIn:
    """Return them all, with a gap for what Discord does not list to the bot. Raises what discord.py raises.

    A thread in which something was said after `since` was archived later than that: by its last activity, or by hand.
    """
    places = [place for place in guild.channels if isinstance(place, Writable)] + list(guild.threads)
    found = {place.id: None for place in places if place.permissions_for(guild.me).view_channel}
    gaps = []
    for parent in guild.channels:
        if not isinstance(parent, _WithThreads) or not parent.permissions_for(guild.me).view_channel:
            continue
        async for thread in _archived(parent, since):
            found[thread.id] = None
        if isinstance(parent, discord.ForumChannel) and not can_read(parent):
            gaps.append(_gap(str(parent.id), since, GapReason.REFUSED))
    if any(_hides_threads(channel) for channel in guild.text_channels):
        # One for all channels, or a server would have dozens of them after each break.
        gaps.append(_gap(f"{guild.id}/threads", since, GapReason.PRIVATE_THREADS))
    return SpokenIn(channels=tuple(ChannelId(str(number)) for number in found), gaps=tuple(gaps))


async def _archived(parent: _WithThreads, since: int) -> AsyncIterator[discord.Thread]:
    """Yield a channel's threads that went to the archive since then, the latest first, private ones where allowed."""
    if not can_read(parent):
        return
    kinds = [parent.archived_threads(limit=None)]
    if isinstance(parent, discord.TextChannel):
        may_all = parent.permissions_for(parent.guild.me).manage_threads
        kinds.append(parent.archived_threads(private=True, joined=not may_all, limit=None))
    for threads in kinds:
        async for thread in threads:
            # Those that the bot has joined come in the order of their ids.
            if thread.archive_timestamp >= sent_at(since):
                yield thread
            elif not thread.is_private():
                break


def _hides_threads(channel: discord.TextChannel) -> bool:
    """Return whether members can have private threads there of which Discord tells nobody without the permission."""
    held, of_all = channel.permissions_for(channel.guild.me), channel.permissions_for(channel.guild.default_role)
    return can_read(channel) and of_all.create_private_threads and not held.manage_threads


def _gap(channel: str, since: int, reason: GapReason) -> Gap:
    now = discord.utils.time_snowflake(discord.utils.utcnow(), high=True)
    return Gap(channel=ChannelId(channel), after=str(since), before=str(now), reason=reason)
