"""Frames that discord.py can't take: none ends the connection, and whatever can be read of them is read."""

import copy
from typing import Any

import discord
import pytest
from discord.utils import utcnow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.discord.incoming.recent import Recent
from bot.adapters.discord.incoming.translate import Proxied
from bot.domain.errors import PlatformBusy
from bot.domain.events import Edit, Message, Unread
from tests.fakes.discord import Post
from tests.fakes.discord.things import JSON, new_id
from tests.fakes.discord_rig import Rig, rigged

FILE = {"id": "5", "filename": "cat.png", "size": 7, "url": "http://x/cat.png", "proxy_url": "http://x/cat.png"}
FORWARDED = {"type": 0, "content": "free nitro", "embeds": [], "attachments": [], "edited_timestamp": None}
POLL = {
    "question": {"text": "Who goes?"},
    "answers": [{"answer_id": 1, "poll_media": {"text": "Frodo"}}],
    "expiry": None,
    "allow_multiselect": False,
    "layout_type": 1,
}


def without(given: JSON, *keys: str) -> JSON:
    """Return an object that lacks some fields."""
    return {key: value for key, value in given.items() if key not in keys}


async def sent(rig: Rig, text: str = "", **extra: object) -> Post:
    """Have a member post something."""
    return await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), text, **extra)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"attachments": [without(FILE, "proxy_url")]}, "hello\ncat.png"),
        ({"attachments": [without(FILE, "size")]}, "hello\ncat.png"),
        ({"attachments": [without(FILE, "url", "id")]}, "hello\ncat.png"),
        ({"attachments": [FILE | {"size": None}]}, "hello\ncat.png"),
        ({"poll": POLL}, "hello\nWho goes?\n- Frodo"),
        ({"poll": without(POLL, "expiry")}, "hello\nWho goes?\n- Frodo"),
        ({"message_snapshots": [{"message": FORWARDED}]}, "hello"),
        ({"author": {"id": "77", "username": "carl"}}, "hello"),
    ],
)
async def test_a_message_that_lacks_a_field_is_read_all_the_same(extra: JSON, words: str) -> None:
    """Each of these ended the whole run once, Slack's part of it too; nothing of them is lost."""
    async with rigged() as rig, rig.connected():
        await sent(rig, "hello", **extra)
        event = await rig.heard()
        await sent(rig, "still here")
        assert isinstance(await rig.heard(2), Message)
    assert isinstance(event, Message)
    assert event.own_text == words
    assert event.unread == ()
    if "message_snapshots" in extra:
        assert [part.text for part in event.background] == ["free nitro"]


@pytest.mark.parametrize(
    ("extra", "kinds"),
    [
        ({"embeds": ["?"]}, ("embeds",)),
        ({"attachments": [FILE, 7]}, ("attachments",)),
        ({"mentions": [7], "sticker_items": [{}]}, ("mentions", "sticker_items")),
        ({"poll": 5}, ("poll",)),
        ({"components": [{"type": 10}]}, ("components",)),
    ],
)
async def test_what_can_not_be_taken_of_a_message_is_left_out_and_counted(extra: JSON, kinds: tuple[str, ...]) -> None:
    """Its other words are judged."""
    async with rigged() as rig, rig.connected():
        await sent(rig, "hello", **extra)
        event = await rig.heard()
    assert isinstance(event, Message)
    assert event.own_text.splitlines()[0] == "hello"
    assert event.unread == kinds


async def test_an_edit_without_its_type_is_read() -> None:
    """Discord may send what has changed alone."""
    async with rigged() as rig, rig.connected():
        post = await sent(rig, "hello")
        await rig.heard()
        changed = rig.world.with_member(post) | {"content": "hello, fool"}
        await rig.world.emit("MESSAGE_UPDATE", without(changed, "type", "attachments", "embeds"), rig.guild)
        event = await rig.heard(2)
    assert isinstance(event, Edit)
    assert event.message.own_text == "hello, fool"


@pytest.mark.parametrize("lacks", ["author", "content"])
async def test_a_frame_without_author_or_words_is_asked_for_and_read(lacks: str) -> None:
    """An edit that tells only what has changed must not be taken for a message without words."""
    async with rigged() as rig, rig.connected():
        anna = rig.world.member(rig.guild, "anna")
        post = await rig.world.say(rig.general, anna, "hello", heard=False)
        await rig.world.emit("MESSAGE_CREATE", without(rig.world.with_member(post), lacks), rig.guild)
        event = await rig.heard()
        post.content, post.edited_at = "hello, fool", utcnow()
        await rig.world.emit("MESSAGE_UPDATE", without(rig.world.with_member(post), lacks), rig.guild)
        changed = await rig.heard(2)
    assert isinstance(event, Message)
    assert event.own_text == "hello"
    assert isinstance(changed, Edit)
    assert changed.message.own_text == "hello, fool"


async def test_what_can_not_be_read_at_all_is_counted_with_its_kind() -> None:
    """A message without an author is nobody's; the next one comes in."""
    async with rigged() as rig, rig.connected():
        post = Post(new_id(), rig.general, rig.world.user("anna"), "hello")
        await rig.world.emit("MESSAGE_CREATE", without(rig.world.with_member(post), "author"), rig.guild)
        await rig.world.emit("THREAD_CREATE", {"guild_id": str(rig.guild.id), "id": "7"}, rig.guild)
        await sent(rig, "still here")
        await rig.world.until(lambda: len(rig.events) >= 3)
    unread = {event.kind: event for event in rig.events if isinstance(event, Unread)}
    assert set(unread) == {"event message", "event thread_create"}
    assert unread["event message"].event_id == str(post.id)
    assert [event.own_text for event in rig.events if isinstance(event, Message)] == ["still here"]


async def test_a_server_is_moderated_without_the_role_that_can_not_be_read() -> None:
    """One broken emoji must not hide a whole server."""
    async with rigged() as rig:
        whole = rig.guild.payload()
        whole["roles"].append({"name": "no id"})
        whole["emojis"] = [{"id": "x"}]
        rig.guild.payload = lambda: copy.deepcopy(whole)  # type: ignore[method-assign]
        async with rig.connected():
            await sent(rig, "hello")
            assert isinstance(await rig.heard(), Message)


async def test_what_was_missed_is_read_past_a_message_that_can_not_be() -> None:
    """One broken message in the history holds up none of those behind it."""
    async with rigged() as rig:
        for text, extra in (("one", {}), ("two", {"attachments": [without(FILE, "proxy_url")]}), ("", {"author": {}})):
            await rig.world.say(rig.general, rig.world.member(rig.guild, text or "?"), text, heard=False, **extra)
        await rig.world.say(rig.general, rig.world.member(rig.guild, "last"), "last", heard=False)
        async with rig.connected():
            found = rig.platform.history.since(rig.community, rig.talk, "1", 10)
            texts = [message.own_text async for message in found]
            await rig.world.until(lambda: rig.events)
    assert texts == ["one", "two\ncat.png", "last"]
    assert [event.kind for event in rig.events if isinstance(event, Unread)] == ["event message"]


@pytest.mark.parametrize("answer", [[{"x": 1}], {"threads": 5}, [7], "none"])
async def test_a_malformed_history_is_asked_for_again(answer: object) -> None:
    """It is no reason to give a gap up, or to leave those of other channels."""
    async with rigged() as rig:
        await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "hello", heard=False)
        async with rig.connected():
            rig.world.malform("GET", f"/channels/{rig.general.id}/messages", answer)
            rig.world.malform("GET", r"/threads/archived/public", answer)
            with pytest.raises(PlatformBusy):
                _ = [found async for found in rig.platform.history.since(rig.community, rig.talk, "1", 5)]
            with pytest.raises(PlatformBusy):
                await rig.platform.history.spoken_in(rig.community, "1")
            found = [found.own_text async for found in rig.platform.history.since(rig.community, rig.talk, "1", 5)]
            there = await rig.platform.history.spoken_in(rig.community, "1")
    assert found == ["hello"]
    assert rig.talk in there.channels


async def test_a_malformed_answer_to_the_commands_is_no_reason_not_to_moderate() -> None:
    """What Discord makes of the commands is only good to know."""
    async with rigged() as rig:
        rig.world.malform("PUT", r"/commands$", [{"id": "x"}])
        async with rig.connected():
            await sent(rig, "hello")
            assert isinstance(await rig.heard(), Message)


class _Broken(Recent):
    """A memory that fails, as a mistake of ours would."""

    def proxied(self, message: discord.Message) -> Proxied | None:
        """Fail."""
        raise LookupError(message.id)


async def test_a_message_on_which_a_handler_fails_is_counted() -> None:
    """The mistake is in the log; the message is not forgotten besides."""
    async with rigged() as rig, rig.connected():
        rig.platform.gateway.recent, kept = _Broken(), rig.platform.gateway.recent
        post = await sent(rig, "hello")
        event = await rig.heard()
        rig.platform.gateway.recent = kept
        await sent(rig, "still here")
        assert isinstance(await rig.heard(2), Message)
    assert isinstance(event, Unread)
    assert (event.kind, event.event_id) == ("event on_message", str(post.id))


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to everything in an object."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [found for key, item in inside for found in [(*way, key), *_places(item, (*way, key))]]


@st.composite
def wounds(draw: st.DrawFn) -> tuple[int, int, Any]:
    """Return what is done to a frame: which frame, which place in it, and what stands there then (`...`: nothing)."""
    return draw(st.integers(0, 5)), draw(st.integers(0, 10_000)), draw(st.just(...) | JSONS)


def _wounded(frame: JSON, place: int, value: Any) -> tuple[JSON, tuple[Any, ...]]:
    made = copy.deepcopy(frame)
    ways = _places(made)
    way = ways[place % len(ways)]
    inner: Any = made
    for step in way[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return made, way


def _frames(rig: Rig) -> list[tuple[str, JSON]]:
    post = Post(new_id(), rig.general, rig.world.user("anna"), "hello", {"poll": POLL, "attachments": [FILE]})
    post.extra |= {"message_snapshots": [{"message": FORWARDED}], "components": [{"type": 10, "content": "x", "id": 1}]}
    message = rig.world.with_member(post) | {"embeds": [{"type": "rich", "title": "t", "fields": []}]}
    guild = {"guild_id": str(rig.guild.id)}
    thread = rig.world.thread(rig.general, "lost", rig.world.member(rig.guild, "tom")).payload()
    role = {"role": next(iter(rig.guild.roles.values())).payload()}
    return [
        ("MESSAGE_CREATE", message | guild),
        ("MESSAGE_UPDATE", message | guild),
        ("THREAD_CREATE", thread | guild),
        ("GUILD_ROLE_CREATE", role | guild),
        ("GUILD_MEMBER_UPDATE", rig.world.member(rig.guild, "eve").full_payload() | guild),
        ("MESSAGE_DELETE", {"id": str(post.id), "channel_id": str(rig.general.id)} | guild),
    ]


SAYS_WHOSE = frozenset({"id", "channel_id", "guild_id", "type", "author", "webhook_id", "interaction_metadata"})


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(done=st.lists(wounds(), min_size=20, max_size=20))
async def test_no_frame_however_mutilated_ends_the_connection(done: list[tuple[int, int, Any]]) -> None:
    """After each of them a message is heard, and a message of somebody's is read or counted, never dropped."""
    async with rigged() as rig, rig.connected():
        for which, place, value in done:
            name, frame = _frames(rig)[which]
            made, way = _wounded(frame, place, value)
            before = len(rig.events)
            await rig.world.emit(name, made, rig.guild)
            await sent(rig, f"after {before}")
            await rig.world.until(lambda heard=before: _texts(rig, heard) & {f"after {heard}"})  # type: ignore[misc]
            if name == "MESSAGE_CREATE" and way[0] not in SAYS_WHOSE:
                await rig.world.until(lambda heard=before: len(rig.events) - heard >= 2)  # type: ignore[misc]
        assert rig.world.gateway.identified == 1


def _texts(rig: Rig, since: int) -> set[str]:
    return {event.own_text for event in rig.events[since:] if isinstance(event, Message)}
