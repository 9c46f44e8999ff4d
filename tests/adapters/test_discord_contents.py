"""Each kind of content on Discord: words that stand nowhere else break the rule and go, up to the card."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.actions import Action, Mode
from bot.domain.events import Message
from bot.domain.question import Question
from bot.domain.reasons import PlatformReason
from bot.domain.states import State
from bot.inference.scripted import SAFE, Answer, violates
from tests.fakes.discord import Channel, Member, Post, members
from tests.fakes.discord.things import new_id
from tests.fakes.discord_process import Process, database
from tests.fakes.discord_rig import USUAL, Rig, person, rigged

WORD = "blockhead"
_PLAIN: dict[str, Any] = {
    "embeds": [],
    "attachments": [],
    "timestamp": "2026-11-23T00:00:00+00:00",
    "edited_timestamp": None,
}


def _script(question: Question) -> Answer:
    return violates("insult", WORD) if WORD in question.text else SAFE


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a bot that is not connected yet and may do everything usual."""
    async with rigged() as made:
        yield made


async def _say(rig: Rig, text: str = "", **extra: Any) -> Post:
    return await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), text, **extra)


async def _text(rig: Rig) -> Post:
    return await _say(rig, f"you are a {WORD}")


async def _reply(rig: Rig) -> Post:
    first = await rig.world.say(rig.general, rig.world.member(rig.guild, "bert"), "good morning", heard=False)
    return await _say(rig, f"be quiet, {WORD}", reply_to=first)


async def _forward(rig: Rig) -> Post:
    snapshot = {"type": 0, "content": f"all of them are {WORD}s", **_PLAIN}
    reference = {"type": 1, "message_id": str(new_id()), "channel_id": str(rig.general.id)}
    return await _say(rig, message_reference=reference, message_snapshots=[{"message": snapshot}])


def _poll(question: str, answer: str) -> dict[str, Any]:
    answers = [{"answer_id": 1, "poll_media": {"text": "yes"}}, {"answer_id": 2, "poll_media": {"text": answer}}]
    rest = {"expiry": "2026-12-01T00:00:00+00:00", "allow_multiselect": False, "layout_type": 1}
    return {"question": {"text": question}, "answers": answers, **rest}


async def _poll_question(rig: Rig) -> Post:
    return await _say(rig, poll=_poll(f"Is bert a {WORD}?", "no"))


async def _poll_answer(rig: Rig) -> Post:
    return await _say(rig, poll=_poll("What is bert?", f"a {WORD}"))


def _file(**more: str) -> dict[str, Any]:
    return {
        "id": "1",
        "filename": "cat.png",
        "size": 9,
        "url": "u",
        "proxy_url": "p",
        "content_type": "image/png",
    } | more


async def _file_name(rig: Rig) -> Post:
    return await _say(rig, attachments=[_file(filename=f"bert_the_{WORD}.png")])


async def _alt_text(rig: Rig) -> Post:
    return await _say(rig, attachments=[_file(description=f"a picture of a {WORD}")])


async def _sticker(rig: Rig) -> Post:
    return await _say(rig, sticker_items=[{"id": "2", "name": f"you {WORD}", "format_type": 1}])


async def _edited_in(rig: Rig) -> Post:
    post = await _say(rig, "good morning to you")
    await rig.heard()
    await rig.world.edit(post, f"good morning to you, {WORD}")
    return post


async def _in_a_voice_channel(rig: Rig) -> Post:
    voice = rig.world.channel(rig.guild, "lounge", kind="voice")
    await rig.world.emit("CHANNEL_CREATE", voice.payload(), rig.guild)
    return await rig.world.say(voice, rig.world.member(rig.guild, "anna"), f"who is the {WORD}?")


async def _in_a_thread(rig: Rig) -> Post:
    thread, anna = await _thread(rig, rig.general, "lunch")
    return await rig.world.say(thread, anna, f"who is the {WORD}?")


async def _thread(rig: Rig, parent: Channel, name: str, *tags: str) -> tuple[Channel, Member]:
    anna = rig.world.member(rig.guild, "anna")
    if parent is not rig.general:
        await rig.world.emit("CHANNEL_CREATE", parent.payload(), rig.guild)
    thread = rig.world.thread(parent, name, anna, *tags)
    await rig.world.emit("CHANNEL_UPDATE", parent.payload(), rig.guild)
    await rig.world.emit("THREAD_CREATE", thread.payload(), rig.guild)
    return thread, anna


async def _forum_post(rig: Rig, title: str, *tags: str) -> Post:
    thread, anna = await _thread(rig, rig.world.channel(rig.guild, "help", kind="forum"), title, *tags)
    post = Post(thread.id, thread, anna.user, "I mean it")
    thread.posts[post.id] = post
    await rig.world.emit("MESSAGE_CREATE", rig.world.with_member(post), rig.guild)
    return post


async def _forum_title(rig: Rig) -> Post:
    return await _forum_post(rig, f"Bert is a {WORD}")


async def _forum_tag(rig: Rig) -> Post:
    return await _forum_post(rig, "Bert", WORD)


async def _thread_title(rig: Rig) -> Post:
    return await _say(rig, f"bert the {WORD}", type=18)


async def _stage_topic(rig: Rig) -> Post:
    return await _say(rig, f"why bert is a {WORD}", type=31)


async def _open_webhook(rig: Rig) -> Post:
    hook = rig.world.user("news")
    return await rig.world.say(rig.general, hook, f"bert is a {WORD}", webhook_id=str(hook.id))


async def _embed(rig: Rig) -> Post:
    hook, embed = rig.world.user("news"), {"type": "rich", "title": "News", "description": f"bert is a {WORD}"}
    return await rig.world.say(rig.general, hook, "", webhook_id=str(hook.id), embeds=[embed])


async def _layout(rig: Rig) -> Post:
    hook, text = rig.world.user("news"), {"type": 10, "id": 2, "content": f"bert is a {WORD}"}
    box = {"type": 17, "id": 1, "components": [text]}
    return await rig.world.say(rig.general, hook, "", webhook_id=str(hook.id), components=[box], flags=1 << 15)


async def _members_own_app(rig: Rig) -> Post:
    anna, app = rig.world.member(rig.guild, "anna"), rig.world.user("some-app", bot=True)
    used = {"id": str(new_id()), "type": 2, "user": anna.user.payload()}
    used["authorizing_integration_owners"] = {"1": str(anna.user.id)}
    return await rig.world.say(rig.general, app, f"bert is a {WORD}", interaction_metadata=used)


async def _proxied(rig: Rig) -> Post:
    anna, hook = rig.world.member(rig.guild, "anna"), rig.world.user("Elrond")
    text, ids = f"bert is a {WORD}", {"webhook_id": str(hook.id), "application_id": str(new_id())}
    await rig.world.remove(await rig.world.say(rig.general, anna, f"[[{text}]]"), by=anna)
    return await rig.world.say(rig.general, hook, text, age=timedelta(0), reply_to=None, heard=True, **ids)


KINDS: tuple[Callable[[Rig], Awaitable[Post]], ...] = (
    _text,
    _reply,
    _forward,
    _poll_question,
    _poll_answer,
    _file_name,
    _alt_text,
    _sticker,
    _edited_in,
    _in_a_voice_channel,
    _in_a_thread,
    _forum_title,
    _forum_tag,
    _thread_title,
    _stage_topic,
    _open_webhook,
    _embed,
    _layout,
    _members_own_app,
    _proxied,
)


@pytest.mark.parametrize("put", KINDS, ids=lambda put: put.__name__.strip("_"))
async def test_words_are_found_wherever_they_stand(
    rig: Rig, tmp_path: Path, put: Callable[[Rig], Awaitable[Post]]
) -> None:
    """The message goes, and one card quotes them."""
    async with rig.connected(), database(tmp_path) as store:
        process = Process(rig, store, script=_script)
        post = await put(rig)
        await rig.world.until(lambda: rig.events and _is_last(rig, post))
        await process.take(*rig.events)
        assert await process.state(post) is State.DONE
    assert post.id not in post.channel.posts
    [card] = rig.world.posted(rig.log)
    assert WORD in card.texts()


def _is_last(rig: Rig, post: Post) -> bool:
    message = getattr(rig.events[-1], "message", rig.events[-1])
    return isinstance(message, Message) and message.ref == rig.ref(post) and WORD in message.judged_text


@pytest.mark.parametrize(("kind", "text"), [(4, f"bert the {WORD}"), (21, "")], ids=["renamed", "at_a_message"])
async def test_a_threads_name_that_nobody_can_delete_is_taken_from_it(
    rig: Rig, tmp_path: Path, kind: int, text: str
) -> None:
    """Discord keeps what stands for a thread's new name, and for a thread that begins at a message."""
    own = next(role for role in rig.guild.roles.values() if role.name == "hallmoot")
    own.permissions |= 1 << 34  # Manage Threads
    async with rig.connected(), database(tmp_path) as store:
        thread, anna = await _thread(rig, rig.general, f"bert the {WORD}")
        post = await rig.world.say(thread, anna, text, type=kind)
        await rig.heard()
        await Process(rig, store, script=_script).take(*rig.events)
        file = await store.cases.file_of(rig.ref(post))
    assert thread.name == "[…]"
    assert file is not None
    assert file.case.author == str(anna.user.id)
    assert rig.guild.audit[-1]["reason"].startswith("[case 1] Insult")


async def test_a_threads_name_stays_and_the_card_says_so_without_the_permission(tmp_path: Path) -> None:
    """The removal waits for the permission."""
    held = {name: name != "manage_threads" for name in USUAL}
    async with rigged(**held) as rig, rig.connected(), database(tmp_path) as store:
        thread, anna = await _thread(rig, rig.general, f"bert the {WORD}")
        post = await rig.world.say(thread, anna, "", type=21)
        await rig.heard()
        await Process(rig, store, script=_script).take(*rig.events)
        file = await store.cases.file_of(rig.ref(post))
        assert file is not None
        waits = next(stored.put_off for stored in file.effects if stored.effect.action is Action.DELETE)
    assert waits is not None
    assert (waits.why.code, waits.why.value("permission")) == (PlatformReason.MISSING_PERMISSION, "Manage Threads")
    assert thread.name == f"bert the {WORD}"
    [card] = rig.world.posted(rig.log)
    assert "Manage Threads" in card.texts()


@pytest.mark.parametrize("put", ["answered", "previewed", "nickname"])
async def test_anothers_words_convict_nobody(rig: Rig, tmp_path: Path, put: str) -> None:
    """What is answered, what a link shows, and how somebody calls themselves."""
    bert = rig.world.member(rig.guild, "bert")
    bert.nick = WORD
    async with rig.connected(), database(tmp_path) as store:
        if put == "answered":
            first = await rig.world.say(rig.general, bert, f"you {WORD}", heard=False)
            post = await _say(rig, "please stop it now", reply_to=first)
        elif put == "previewed":
            preview = {"type": "link", "title": WORD, "url": "https://elsewhere.example"}
            post = await _say(rig, "look: https://elsewhere.example", embeds=[preview])
        else:
            called = bert.user.payload() | {"member": bert.payload()}
            post = await _say(rig, f"good morning, <@{bert.user.id}>", mentions=[called])
        await rig.heard()
        await Process(rig, store, script=_script).take(*rig.events)
    assert post.id in rig.general.posts
    assert rig.world.posted(rig.log) == []


@pytest.mark.parametrize("mark", ["> ", ">>> "])
async def test_a_quotation_convicts_whom_it_is_by(rig: Rig, tmp_path: Path, mark: str) -> None:
    """Bert's words in Anna's message are Bert's; those that Bert never said are Anna's."""
    bert = rig.world.member(rig.guild, "bert")
    async with rig.connected(), database(tmp_path) as store:
        process = Process(rig, store, script=_script, mode=Mode.SHADOW)
        await rig.world.say(rig.general, bert, f"you are such a {WORD}, anna")
        answer = await _say(rig, f"please stop it now\n{mark}you are such a {WORD}")
        made_up = await _say(rig, f"look what bert said\n{mark}all of you are {WORD}s")
        await rig.heard()
        await process.take(*rig.events)
        files = [await store.cases.file_of(rig.ref(post)) for post in (answer, made_up)]
    assert [file is not None for file in files] == [False, True]


async def test_files_that_nobody_opens_are_counted_as_such(rig: Rig, tmp_path: Path) -> None:
    """Their names were judged, what they show was not: coverage says so."""
    async with rig.connected(), database(tmp_path) as store:
        await _say(rig, "look at my cat", attachments=[_file(), _file(filename="dog.png")])
        await Process(rig, store, script=_script).take(await rig.heard())
        coverage = await store.inbox.coverage(rig.community, None, None)
    assert (coverage.seen, coverage.attachments_unjudged) == (1, 2)


async def test_what_others_did_enters_an_authors_history_without_a_card(rig: Rig, tmp_path: Path) -> None:
    """AutoMod, a ban, a timeout and a deletion by people: each counts once, also when it is told twice."""
    anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
    until = [{"key": "communication_disabled_until", "old_value": None, "new_value": "2026-12-01T00:00:00+00:00"}]
    async with rig.connected(), database(tmp_path) as store:
        process = Process(rig, store, script=_script)
        await rig.world.say(rig.log, anna, "", type=24)
        await members.record_by(rig.world, rig.guild, mod.user.id, members.MEMBER_UPDATE, anna.user.id, changes=until)
        await members.record_by(rig.world, rig.guild, mod.user.id, members.BAN_ADD, anna.user.id)
        post = await rig.world.say(rig.general, anna, "an ordinary sentence")
        await rig.heard(4)
        await rig.world.remove(post, by=mod)
        await rig.heard(6)
        await process.take(*rig.events, *rig.events)
        known = await store.cases.history(rig.community, person(anna))
    assert (known.sanctions, known.removals) == (3, 1)
    assert rig.world.posted(rig.log) == []


async def test_what_a_moderator_removes_although_it_was_judged_safe_is_suggested_as_missed(
    rig: Rig, tmp_path: Path
) -> None:
    """From the server's audit log to the record; no card asks anybody."""
    anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
    async with rig.connected(), database(tmp_path) as store:
        process = Process(rig, store, script=_script)
        post = await rig.world.say(rig.general, anna, "an insult that no model knows")
        await process.take(await rig.heard())
        await rig.world.remove(post, by=mod)
        await rig.heard(3)
        await process.take(*rig.events[1:])
        [found] = await store.inbox.missed(rig.community, None, 10)
    assert (found.ref, found.author, found.by) == (rig.ref(post), person(anna), person(mod))
    assert found.message is not None
    assert found.message.own_text == "an insult that no model knows"
    assert rig.world.posted(rig.log) == []
