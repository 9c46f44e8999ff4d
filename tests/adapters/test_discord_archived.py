"""Threads in the archive: Discord changes nothing in them, so they are opened for a moment and closed again."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect
from bot.domain.ids import ChannelId
from bot.domain.reasons import PlatformReason, reason
from tests import factories
from tests.adapters.test_discord_enforcer import apply, effect, why
from tests.fakes.discord import Channel, Member, Post
from tests.fakes.discord_rig import USUAL, Rig, rigged

WITHOUT = {name: name != "manage_threads" for name in USUAL}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a bot that may manage threads, too."""
    async with rigged() as made:
        yield made


async def archived(rig: Rig, anna: Member, *, count: int = 1, locked: bool = False) -> tuple[Channel, list[Post]]:
    """Return a thread in the archive, with messages of a member's."""
    thread = rig.world.thread(rig.general, "old news", anna)
    posts = [await rig.world.say(thread, anna, f"line {number}", heard=False) for number in range(count)]
    thread.archived, thread.locked = True, locked
    return thread, posts


def changes(rig: Rig, thread: Channel) -> list[tuple[str, object]]:
    """Return what was asked of Discord in a thread: methods, and what a change of the thread said."""
    asked = [call for call in rig.world.requests if str(thread.id) in call.path and call.method != "GET"]
    return [(call.method, call.body if call.method == "PATCH" else None) for call in asked]


OPEN, CLOSE = ("PATCH", {"archived": False}), ("PATCH", {"archived": True})


@pytest.mark.parametrize("locked", [False, True])
async def test_a_message_in_an_archived_thread_is_removed(rig: Rig, *, locked: bool) -> None:
    """The thread is as it was afterwards; a locked one is locked all the time."""
    anna = rig.world.member(rig.guild, "anna")
    thread, [post] = await archived(rig, anna, locked=locked)
    async with rig.connected():
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    assert result.outcome is Outcome.APPLIED
    assert post.id not in thread.posts
    assert (thread.archived, thread.locked) == (True, locked)
    assert changes(rig, thread) == [OPEN, ("DELETE", None), CLOSE]


async def test_many_messages_in_an_archived_thread_are_removed_in_one_go(rig: Rig) -> None:
    """It is opened once for all of them."""
    anna = rig.world.member(rig.guild, "anna")
    thread, posts = await archived(rig, anna, count=5)
    async with rig.connected():
        results = await apply(rig, *(effect(rig, Action.DELETE, post=post) for post in posts))
    assert {result.outcome for result in results} == {Outcome.APPLIED}
    assert (thread.posts, thread.archived) == ({}, True)
    assert changes(rig, thread) == [OPEN, ("POST", None), CLOSE]


async def test_a_thread_that_went_to_the_archive_unheard_is_opened_on_discords_word(rig: Rig) -> None:
    """Threads go by themselves; the cache may not know yet."""
    anna = rig.world.member(rig.guild, "anna")
    thread, [post] = await archived(rig, anna)
    thread.archived = False
    async with rig.connected():
        thread.archived = True
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    assert result.outcome is Outcome.APPLIED
    assert thread.archived
    assert changes(rig, thread) == [("DELETE", None), OPEN, ("DELETE", None), CLOSE]


async def test_without_the_permission_it_is_named_and_nothing_is_tried() -> None:
    """A bot that can't close the thread again does not open it."""
    async with rigged(**WITHOUT) as rig:
        anna = rig.world.member(rig.guild, "anna")
        thread, [post] = await archived(rig, anna)
        async with rig.connected():
            [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    lacks = reason(PlatformReason.MISSING_PERMISSION, permission="Manage Threads", channel="old news")
    assert (result.outcome, result.why) == (Outcome.REFUSED, lacks)
    assert changes(rig, thread) == []


async def test_a_refused_removal_leaves_the_thread_closed(rig: Rig) -> None:
    """And tells why it was refused."""
    anna = rig.world.member(rig.guild, "anna")
    thread, [post] = await archived(rig, anna)
    async with rig.connected():
        rig.world.fail("DELETE", f"/channels/{thread.id}/messages", 403, code=50013)
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    assert why(result) == (Outcome.REFUSED, "missing_permission")
    assert thread.archived


async def test_a_thread_that_can_not_be_closed_again_is_no_failure(rig: Rig) -> None:
    """The message is gone, which is what was asked for; Discord archives the thread again by itself."""
    anna = rig.world.member(rig.guild, "anna")
    thread, [post] = await archived(rig, anna)
    async with rig.connected():

        def refuse() -> None:
            rig.world.fail("PATCH", f"/channels/{thread.id}$", 403, code=50013)

        rig.world.trap("DELETE", f"/channels/{thread.id}/messages", refuse)
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    assert result.outcome is Outcome.APPLIED
    assert not thread.archived


@pytest.mark.parametrize("action", [Action.SLOWMODE, Action.LOCKDOWN])
async def test_what_is_done_to_an_archived_thread_itself_is_done(rig: Rig, action: Action) -> None:
    """It can be woken by anybody who writes in it."""
    anna = rig.world.member(rig.guild, "anna")
    thread, _ = await archived(rig, anna)
    place = ChannelId(str(thread.id))
    async with rig.connected():
        [result] = await apply(rig, _on_thread(rig, action, place))
    assert result.outcome is Outcome.APPLIED
    assert thread.archived
    assert (thread.slowmode > 0) is (action is Action.SLOWMODE)
    assert thread.locked is (action is Action.LOCKDOWN)


def _on_thread(rig: Rig, action: Action, place: ChannelId) -> Effect:
    return effect(rig, action, channel=place)


@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_a_card_in_an_archived_thread_is_redrawn_there(rig: Rig, kind: str) -> None:
    """A mod log may be a forum, or a thread."""
    log = rig.world.channel(rig.guild, "cards", kind)
    if kind == "text":
        log = rig.world.thread(log, "cases", rig.guild.members[rig.world.bot.id])
    rig.changes["mod_log"] = ChannelId(str(log.id))
    card = factories.card(case=factories.case(community=rig.community))
    async with rig.connected():
        posted = await rig.platform.mod_log.post("key", card)
        thread = rig.world.channels[int(posted.partition("/")[0])]
        thread.archived = True
        await rig.platform.mod_log.update(posted, card)
    assert thread.archived
    assert thread.posts[int(posted.partition("/")[2])].edited_at is not None


async def test_a_card_is_posted_in_a_thread_that_is_archived_and_locked(rig: Rig) -> None:
    """Discord wakes an archived thread for a message, but a locked one only for those who open it."""
    log = rig.world.thread(rig.log, "cases", rig.guild.members[rig.world.bot.id])
    log.archived = log.locked = True
    rig.changes["mod_log"] = ChannelId(str(log.id))
    card = factories.card(case=factories.case(community=rig.community))
    async with rig.connected():
        await rig.platform.mod_log.post("key", card)
    assert len(log.posts) == 1
    assert log.locked
