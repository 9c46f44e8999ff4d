"""Discord's numbers and our ids, both ways."""

from datetime import datetime

import discord

from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef

PLATFORM = "discord"


def community_of(guild_id: int) -> CommunityId:
    """Return the community id of a server."""
    return CommunityId(f"{PLATFORM}:{guild_id}")


def guild_id_of(community: CommunityId) -> int:
    """Return the server's number; 0, which no server has, for a community of another platform."""
    platform, _, number = community.partition(":")
    return number_of(number) if platform == PLATFORM else 0


def number_of(text: str) -> int:
    """Return a snowflake as a number; 0, which nothing on Discord has, for a text that is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def ref_of(guild_id: int, channel_id: int, message_id: int) -> MessageRef:
    """Return where a message stands."""
    return MessageRef(
        community=community_of(guild_id), channel=ChannelId(str(channel_id)), message=MessageId(str(message_id))
    )


def sent_at(message_id: int) -> datetime:
    """Return when a message was sent: its id says so."""
    return discord.utils.snowflake_time(message_id)
