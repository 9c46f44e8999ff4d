"""Threads and forum posts that were born, and perhaps archived, while nobody listened."""

from datetime import timedelta

from discord import Permissions
from discord.utils import utcnow

from bot.domain.coverage import GapReason
from bot.domain.ids import ChannelId
from bot.ports.history import SpokenIn
from tests.fakes.discord import Channel
from tests.fakes.discord.things import PRIVATE_THREAD, new_id
from tests.fakes.discord_rig import USUAL, Rig, rigged

WITHOUT = {name: name != "manage_threads" for name in USUAL}


async def found_since(rig: Rig, since: int) -> SpokenIn:
    """Return where something may have been said."""
    async with rig.connected():
        return await rig.platform.history.spoken_in(rig.community, str(since))


def ids(*channels: Channel) -> set[ChannelId]:
    """Return the ids of channels."""
    return {ChannelId(str(channel.id)) for channel in channels}


async def test_threads_that_went_to_the_archive_in_the_break_are_found_page_by_page() -> None:
    """Forum posts, open and archived, and threads of text channels; not what was archived before."""
    async with rigged() as rig:
        anna, forum = rig.world.member(rig.guild, "anna"), rig.world.channel(rig.guild, "help", "forum")
        rig.world.page_cap = 2
        since = new_id(utcnow() - timedelta(hours=1))
        archived = [rig.world.thread(parent, "t", anna) for parent in (forum, rig.general) for _ in range(5)]
        for number, thread in enumerate(archived):
            thread.archived, thread.archived_at = True, utcnow() - timedelta(seconds=number)
        old, still_open = rig.world.thread(forum, "old", anna), rig.world.thread(forum, "open", anna)
        old.archived, old.archived_at = True, utcnow() - timedelta(hours=2)
        found = await found_since(rig, since)
    wanted = ids(rig.general, rig.log, still_open, *archived)
    assert set(found.channels) == wanted
    assert len(found.channels) == len(wanted)
    assert found.gaps == ()


async def test_private_archived_threads_take_a_permission_and_are_a_gap_without() -> None:
    """Discord shows them to nobody but members and those who manage threads."""
    for held in ({}, WITHOUT):
        async with rigged(**held) as rig:
            since = new_id(utcnow() - timedelta(hours=1))
            rig.guild.roles[rig.guild.id].permissions |= Permissions(create_private_threads=True).value
            secret = rig.world.thread(rig.general, "secret", rig.world.member(rig.guild, "anna"))
            secret.kind, secret.archived = PRIVATE_THREAD, True
            found = await found_since(rig, since)
            is_found = ids(secret) <= set(found.channels)
            assert is_found is not bool(held)
            assert [gap.reason for gap in found.gaps] == ([GapReason.PRIVATE_THREADS] if held else [])


async def test_a_forum_without_a_history_for_the_bot_is_a_gap() -> None:
    """A text channel is found, and refused when it is read."""
    async with rigged() as rig:
        everyone, forum = rig.guild.roles[rig.guild.id], rig.world.channel(rig.guild, "help", "forum")
        for channel in (forum, rig.general):
            rig.world.deny(channel, everyone, read_message_history=True)
        found = await found_since(rig, new_id())
    assert ids(rig.general) <= set(found.channels)
    assert [(gap.channel, gap.reason) for gap in found.gaps] == [(str(forum.id), GapReason.REFUSED)]
