"""Connections that are lost and begun anew, order within a channel, and what happens to a server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.events import Edit, Member, Message
from tests.fakes.discord import Member as Person
from tests.fakes.discord import members
from tests.fakes.discord.things import new_id
from tests.fakes.discord_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a connected bot."""
    async with rigged() as made, made.connected():
        yield made


async def test_events_of_a_channel_keep_their_order_when_the_inbox_fails_for_a_while(rig: Rig) -> None:
    """A message is handed over again until it is taken, and its edit waits behind it."""
    rig.deliver_errors = [OSError("disk"), OSError("disk")]
    post = await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "one")
    await rig.world.edit(post, "two")
    await rig.heard(2)
    assert [type(event) for event in rig.events] == [Message, Edit]
    assert rig.clock.slept == [0.5, 2.0]


async def test_a_dropped_connection_resumes_and_nothing_is_missed(rig: Rig) -> None:
    """Discord replays what was said meanwhile; nobody has to catch up."""
    await rig.world.gateway.drop()
    await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "said while the bot was away")
    event = await rig.heard()
    assert isinstance(event, Message)
    assert event.own_text == "said while the bot was away"
    assert rig.world.gateway.resumed == 1
    assert len(rig.broken) == 1
    assert len(rig.missed) == 1


async def test_a_lost_session_asks_to_catch_up(rig: Rig) -> None:
    """What was said meanwhile is not replayed, so it has to be fetched."""
    await rig.world.gateway.forget_sessions()
    await rig.world.until(lambda: len(rig.missed) == 2, patience=15)
    assert rig.missed == [rig.community, rig.community]
    assert rig.broken == [(rig.community, 0), (rig.community, 0)]
    assert rig.world.gateway.identified == 2


async def test_what_people_did_while_the_bot_was_away_enters_history_once() -> None:
    """Read from the audit log: bans, kicks and timeouts of the last day; our own doing and other changes are none."""
    async with rigged() as rig:
        anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
        until = [{"key": "communication_disabled_until", "old_value": None, "new_value": "2026-12-01T00:00:00+00:00"}]
        async with rig.connected():
            await _record(rig, mod.user.id, members.MEMBER_KICK, anna)
            await rig.heard()
        await _record(rig, mod.user.id, members.MEMBER_UPDATE, anna, changes=until)
        await _record(rig, rig.world.bot.id, members.BAN_ADD, anna)
        await _record(rig, mod.user.id, members.ROLE_UPDATE, anna)
        await _record(rig, mod.user.id, members.BAN_ADD, anna)
        rig.guild.audit[0]["id"] = str(new_id(datetime.now(UTC) - timedelta(days=2)))
        async with rig.connected():
            await rig.world.until(lambda: any(getattr(event, "detail", "") == "ban" for event in rig.events))
    by_id = {event.event_id: event.detail for event in rig.events if isinstance(event, Member)}
    assert list(by_id.values()) == ["kick", "timeout", "ban"]


async def _record(rig: Rig, by: int, action: int, on: Person, **more: object) -> None:
    await members.record_by(rig.world, rig.guild, by, action, on.user.id, **more)


async def test_nothing_of_a_new_session_passes_before_its_break_is_on_record(rig: Rig) -> None:
    """Else the gap would begin behind the first new message, or nobody would look for it."""
    rig.held = asyncio.Event()
    await rig.world.gateway.forget_sessions()
    await rig.world.until(lambda: rig.world.gateway.identified == 2, patience=15)
    await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "said in the new session")
    await rig.world.until(lambda: rig.platform.gateway.is_ready() and rig.platform.gateway.backlog == 1)
    assert (rig.events, len(rig.missed), len(rig.broken)) == ([], 1, 1)
    rig.held.set()
    await rig.heard()
    await rig.world.until(lambda: len(rig.missed) == 2)
    assert rig.broken == [(rig.community, 0), (rig.community, 0)]


async def test_being_removed_and_losing_permissions_are_recorded(rig: Rig) -> None:
    """An admin finds out why nothing happens any more."""
    own = rig.guild.members[rig.world.bot.id]
    own.roles = set()
    await rig.world.emit("GUILD_MEMBER_UPDATE", own.full_payload() | {"guild_id": str(rig.guild.id)}, rig.guild)
    await rig.world.until(lambda: len(rig.notes) == 1)
    await rig.world.emit("CHANNEL_DELETE", rig.general.payload(), rig.guild)
    await rig.world.until(lambda: len(rig.notes) == 2)
    await rig.world.leave(own)
    await rig.world.until(lambda: len(rig.notes) == 3)
    what = ["own_permissions_changed", "channel_deleted", "removed"]
    assert [dict(note.details)["what"] for note in rig.notes] == what
    assert {note.community for note in rig.notes} == {rig.community}
