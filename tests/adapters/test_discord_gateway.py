"""What comes in from Discord: every content kind, edits, deletions, members, and lost connections."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.events import Delete, Edit, Member, MemberChange, Message, Origin, PartKind
from bot.domain.ids import ChannelId
from tests.fakes.clocks import SteppingClock
from tests.fakes.discord import Post, User, members
from tests.fakes.discord.things import new_id
from tests.fakes.discord_rig import Rig, person, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a connected bot."""
    async with rigged() as made, made.connected():
        yield made


def kinds(message: Message) -> list[tuple[PartKind, Origin, str]]:
    """Return the parts as plain values."""
    return [(part.kind, part.origin, part.text) for part in message.parts]


async def said(rig: Rig, text: str = "", **extra: object) -> Message:
    """Return what the adapter makes of a message by a member."""
    before = len(rig.events)
    await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), text, **extra)  # type: ignore[arg-type]
    event = await rig.heard(before + 1)
    assert isinstance(event, Message)
    return event


async def test_a_message_carries_its_author_place_and_time() -> None:
    """Roles, joining date and rights come from the server, the time from the message's id."""
    async with rigged() as rig:
        anna = rig.world.moderator(rig.guild, "anna")
        async with rig.connected():
            post = await rig.world.say(rig.general, anna, "good morning")
            event = await rig.heard()
    assert isinstance(event, Message)
    assert event.ref == rig.ref(post)
    assert event.own_text == "good morning"
    assert event.author.id == person(anna)
    assert event.author.name == "anna"
    assert event.author.is_moderator
    assert not event.author.is_bot
    assert event.author.roles == {str(role) for role in anna.roles}
    assert event.author.joined_at == anna.joined_at
    assert event.url == f"https://discord.com/channels/{rig.guild.id}/{rig.general.id}/{post.id}"


async def test_mentions_and_custom_emoji_read_as_they_show(rig: Rig) -> None:
    """A number says nothing to a reader or a model."""
    bert = rig.world.member(rig.guild, "bert")
    text = f"<@{bert.user.id}> see <#{rig.general.id}> <:wave:123456789012345678>"
    event = await said(rig, text, mentions=[bert.user.payload()])
    assert event.own_text == "@bert see #general :wave:"
    assert event.addresses == 1


async def test_what_a_reply_answers_is_background(rig: Rig) -> None:
    """Somebody else's words never convict."""
    bert = rig.world.member(rig.guild, "bert")
    first = await rig.world.say(rig.general, bert, "you are all fools")
    await rig.heard()
    event = await said(rig, "please stop", reply_to=first)
    assert kinds(event) == [
        (PartKind.REPLY, Origin.BACKGROUND, "you are all fools"),
        (PartKind.TEXT, Origin.OWN, "please stop"),
    ]
    assert event.reply_to == str(first.id)
    assert event.judged_text == "please stop"


async def test_a_bare_forward_is_judged_by_what_it_forwards(rig: Rig) -> None:
    """A forward has no text of its own on Discord; its snapshot has."""
    snapshot = {
        "type": 0,
        "content": "free nitro at evil.example",
        "embeds": [],
        "attachments": [],
        "timestamp": "2026-11-23T00:00:00+00:00",
        "edited_timestamp": None,
    }
    reference = {"type": 1, "message_id": str(new_id()), "channel_id": str(rig.general.id)}
    event = await said(rig, message_reference=reference, message_snapshots=[{"message": snapshot}])
    assert event.judged_text == "free nitro at evil.example"
    assert event.reply_to is None


async def test_a_poll_is_read_with_its_answers(rig: Rig) -> None:
    """Question and answers are the author's own words."""
    answers = [{"answer_id": number, "poll_media": {"text": text}} for number, text in enumerate(("yes", "never"), 1)]
    poll = {
        "question": {"text": "Do you like elves?"},
        "answers": answers,
        "expiry": "2026-12-01T00:00:00+00:00",
        "allow_multiselect": False,
        "layout_type": 1,
    }
    event = await said(rig, poll=poll)
    assert kinds(event) == [(PartKind.POLL, Origin.OWN, "Do you like elves?\n- yes\n- never")]


async def test_files_and_stickers_are_read_by_name_and_alt_text(rig: Rig) -> None:
    """The file itself is never fetched, and counts as not judged."""
    file = {"id": "1", "filename": "cat.png", "description": "a rude cat", "size": 9, "url": "u", "proxy_url": "p"}
    file["content_type"] = "image/png"
    event = await said(rig, attachments=[file], sticker_items=[{"id": "2", "name": "angry elf", "format_type": 1}])
    assert kinds(event) == [
        (PartKind.ATTACHMENT, Origin.OWN, "cat.png: a rude cat"),
        (PartKind.STICKER, Origin.OWN, "angry elf"),
    ]
    assert [(item.name, item.size, item.media_type) for item in event.attachments] == [("cat.png", 9, "image/png")]


async def test_a_link_preview_is_left_out_beside_words_and_is_background_beside_none(rig: Rig) -> None:
    """The linked page's words change without the author and never convict."""
    preview = {"type": "link", "title": "Free Nitro", "description": "Click!", "url": "https://evil.example"}
    beside_words = await said(rig, "look: https://evil.example", embeds=[preview])
    alone = await said(rig, "https://evil.example", embeds=[preview])
    assert kinds(beside_words) == [(PartKind.TEXT, Origin.OWN, "look: https://evil.example")]
    assert kinds(alone)[1] == (PartKind.EMBED, Origin.BACKGROUND, "Free Nitro\nClick!")
    assert alone.judged_text == "https://evil.example"


async def test_a_forums_first_message_shows_the_title_and_tags(rig: Rig) -> None:
    """The title is the author's text; the thread has its forum's settings."""
    forum = rig.world.channel(rig.guild, "help", kind="forum")
    anna = rig.world.member(rig.guild, "anna")
    await rig.world.emit("CHANNEL_CREATE", forum.payload(), rig.guild)
    thread = rig.world.thread(forum, "All elves are fools", anna, "rant")
    await rig.world.emit("CHANNEL_UPDATE", forum.payload(), rig.guild)
    await rig.world.emit("THREAD_CREATE", thread.payload(), rig.guild)
    post = Post(thread.id, thread, anna.user, "I mean it")
    thread.posts[post.id] = post
    await rig.world.emit("MESSAGE_CREATE", rig.world.with_member(post), rig.guild)
    event = await rig.heard()
    assert isinstance(event, Message)
    assert kinds(event)[0] == (PartKind.TITLE, Origin.OWN, "All elves are fools [rant]")
    assert event.parent == str(forum.id)


async def test_a_threads_new_name_is_judged(rig: Rig) -> None:
    """Discord tells of a renaming by a message of its own kind."""
    event = await said(rig, "kick bert out", type=4)
    assert kinds(event) == [(PartKind.TITLE, Origin.OWN, "kick bert out")]


async def test_voice_channel_text_is_heard(rig: Rig) -> None:
    """Voice channels have a chat too."""
    voice = rig.world.channel(rig.guild, "lounge", kind="voice")
    await rig.world.emit("CHANNEL_CREATE", voice.payload(), rig.guild)
    await rig.world.say(voice, rig.world.member(rig.guild, "anna"), "hello there")
    event = await rig.heard()
    assert isinstance(event, Message)
    assert event.ref.channel == str(voice.id)


async def test_a_message_through_a_members_own_app_is_the_members(rig: Rig) -> None:
    """The program is only the pen; a server's own bot stays a program."""
    anna = rig.world.member(rig.guild, "anna")
    app = rig.world.user("some-app", bot=True)
    base = {"id": str(new_id()), "type": 2, "user": anna.user.payload()}
    mine = base | {"authorizing_integration_owners": {"1": str(anna.user.id)}}
    servers = base | {"authorizing_integration_owners": {"0": str(rig.guild.id)}}
    await rig.world.say(rig.general, app, "rude words", interaction_metadata=mine)
    await rig.world.say(rig.general, app, "a song plays", interaction_metadata=servers)
    await rig.heard(2)
    first, second = rig.events
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (first.author.id, first.author.is_bot) == (person(anna), False)
    assert (second.author.id, second.author.is_bot) == (str(app.id), True)


async def test_a_proxied_copy_belongs_to_its_member(rig: Rig) -> None:
    """A webhook of an application that repeats a member's words within seconds speaks for that member."""
    anna = rig.world.member(rig.guild, "anna")
    hook = rig.world.user("Elrond")
    original = await rig.world.say(rig.general, anna, "[[you fool]]")
    await rig.heard()
    await rig.world.say(rig.general, hook, "you fool", webhook_id=str(hook.id), application_id=str(new_id()))
    copy = await rig.heard(2)
    assert isinstance(copy, Message)
    assert copy.author.id == person(anna)
    assert copy.proxy_of == str(original.id)


async def post_for(rig: Rig, application: int, hook: User, text: str, *, heard: bool = True) -> Post:
    """Post through a webhook of an application."""
    ids = {"webhook_id": str(hook.id), "application_id": str(application)}
    return await rig.world.say(rig.general, hook, text, age=timedelta(0), reply_to=None, heard=heard, **ids)


async def test_a_copy_whose_original_nobody_heard_is_judged_under_the_name_it_was_posted_with(rig: Rig) -> None:
    """Its application was seen to repeat a member, so it is no program; who wrote it can't be told."""
    anna, hook = rig.world.member(rig.guild, "anna"), rig.world.user("Elrond")
    application = new_id()
    await post_for(rig, application, hook, "who reads this?")
    await rig.world.say(rig.general, anna, "[[you fool]]")
    await rig.heard(2)
    await post_for(rig, application, hook, "you fool")
    await post_for(rig, application, hook, "words that nobody said before")
    await rig.heard(4)
    authors = [event.author for event in rig.events if isinstance(event, Message)]
    assert [author.is_bot for author in authors] == [True, False, False, False]
    assert [author.name for author in authors] == ["Elrond", "anna", "anna", "Elrond"]


async def test_which_applications_repeat_members_is_known_to_the_next_process() -> None:
    """So what they posted while nobody listened is judged when it is fetched; PluralKit's is known from the start."""
    async with rigged() as rig:
        anna, hook = rig.world.member(rig.guild, "anna"), rig.world.user("Elrond")
        seen, plural_kit, program = new_id(), 466378653216014359, new_id()
        async with rig.connected():
            await rig.world.say(rig.general, anna, "[[you fool]]")
            await rig.heard()
            last = await rig.world.say(rig.general, hook, "you fool", webhook_id=str(hook.id), application_id=str(seen))
            await rig.heard(2)
        for application in (seen, plural_kit, program):
            await post_for(rig, application, hook, "said meanwhile", heard=False)
        async with rig.connected():
            history, channel = rig.platform.history, ChannelId(str(rig.general.id))
            found = [message async for message in history.since(rig.community, channel, str(last.id), 10)]
    assert [message.author.is_bot for message in found] == [False, False, True]


async def test_everything_that_a_laid_out_message_shows_is_read(rig: Rig) -> None:
    """Descriptions of pictures, names of files, labels: wherever words can stand."""
    media = {"url": "http://x/a.png"}
    gallery = {"type": 12, "id": 2, "items": [{"media": media, "description": "seen in a gallery"}]}
    thumbnail = {"type": 11, "id": 3, "media": media, "description": "seen beside"}
    section = {"type": 9, "id": 4, "components": [{"type": 10, "id": 5, "content": "said"}], "accessory": thumbnail}
    file = {"type": 13, "id": 6, "file": media, "name": "named.zip", "size": 3}
    options = [{"label": "first", "value": "1", "description": "of two"}]
    menu = {"type": 3, "id": 7, "custom_id": "m", "placeholder": "choose", "options": options}
    button = {"type": 2, "id": 8, "custom_id": "b", "style": 1, "label": "press"}
    rows = [{"type": 1, "id": 9, "components": [menu]}, {"type": 1, "id": 10, "components": [button]}]
    box = {"type": 17, "id": 1, "components": [gallery, section, file, *rows]}
    event = await said(rig, "", components=[box], flags=1 << 15)
    wanted = ["seen in a gallery", "said", "seen beside", "named.zip", "choose", "first", "of two", "press"]
    assert event.own_text.splitlines() == wanted
    assert event.unread == ()


@pytest.mark.parametrize(
    ("extra", "unread"),
    [
        ({"components": [{"type": 17, "id": 1, "components": [{"type": 20, "id": 2}]}]}, ("component 20",)),
        ({"type": 77}, ("message type 77",)),
        ({"poll": {"question": {"text": "?"}, "answers": [], "expiry": None, "layout_type": 5}}, ("poll layout 5",)),
        ({"embeds": [{"type": "gift", "title": "for you"}]}, ("embed gift",)),
        ({"checkpoint": {"of": "2026"}, "channel_type": 0, "hats": []}, ("field checkpoint",)),
        ({"message_snapshots": [{"message": {"type": 0, "components": [{"type": 99}]}}]}, ("component 99",)),
    ],
)
async def test_what_nobody_knows_how_to_read_is_counted_by_its_kind(
    rig: Rig, extra: dict[str, object], unread: tuple[str, ...]
) -> None:
    """Discord adds new things every few months; the words beside them are judged."""
    event = await said(rig, "hello there", **extra)
    assert event.own_text.startswith("hello there")
    assert event.unread == unread


async def test_a_sounds_name_is_read_as_a_stickers_is(rig: Rig) -> None:
    """Members choose both."""
    event = await said(rig, "<sound:0:123>", soundboard_sounds=[{"sound_id": "123", "name": "airhorn"}])
    assert kinds(event) == [
        (PartKind.TEXT, Origin.OWN, ":sound:"),
        (PartKind.STICKER, Origin.OWN, "airhorn"),
    ]


async def test_webhooks_of_programs_are_programs_and_open_ones_are_judged(rig: Rig) -> None:
    """Whoever knows the address of an open webhook can write through it."""
    hook = rig.world.user("deploys")
    await rig.world.say(rig.general, hook, "build 7", webhook_id=str(hook.id), application_id=str(new_id()))
    await rig.world.say(rig.general, hook, "raid!", webhook_id=str(hook.id))
    await rig.heard(2)
    assert [event.author.is_bot for event in rig.events if isinstance(event, Message)] == [True, False]


async def test_a_message_tells_through_which_program_it_was_written(rig: Rig) -> None:
    """A bridge's webhook by its own id and its application's, a bot that says what it is told to by its account."""
    hook, speaker, app = rig.world.user("bridge"), rig.world.user("sayer", bot=True), str(new_id())
    await rig.world.say(rig.general, hook, "over there: hi", webhook_id=str(hook.id), application_id=app)
    await rig.world.say(rig.general, speaker, "what somebody had it say", application_id=str(speaker.id))
    await said(rig, "my own words")
    found = [event.programs for event in rig.events if isinstance(event, Message)]
    assert found == [{str(hook.id), app}, {str(speaker.id)}, frozenset()]


async def test_the_bots_own_messages_and_discords_notices_are_not_handed_on(rig: Rig) -> None:
    """Neither is something that somebody said."""
    await rig.world.say(rig.general, rig.world.bot, "a card")
    await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "", type=7)
    event = await said(rig, "a true message")
    assert rig.events == [event]


async def test_an_edit_of_a_message_from_before_the_start_is_heard(rig: Rig) -> None:
    """Nothing has to be in a cache; the event holds the whole message."""
    post = await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "hello", heard=False)
    await rig.world.edit(post, "hello, fools")
    event = await rig.heard()
    assert isinstance(event, Edit)
    assert event.message.own_text == "hello, fools"
    assert event.edited_at == post.edited_at


async def test_an_unfurled_link_changes_no_revision(rig: Rig) -> None:
    """Discord adds the preview by an edit without a time; the text that counts is the same."""
    post = await rig.world.say(rig.general, rig.world.member(rig.guild, "anna"), "see https://example.org")
    first = await rig.heard()
    await rig.world.edit(post, embeds=[{"type": "link", "title": "Example"}])
    second = await rig.heard(2)
    assert isinstance(first, Message)
    assert isinstance(second, Edit)
    assert second.message.revision == first.revision


async def test_deletions_are_heard_one_by_one_and_in_bulk(rig: Rig) -> None:
    """Each message that is gone is an event."""
    anna = rig.world.member(rig.guild, "anna")
    posts = [await rig.world.say(rig.general, anna, f"number {number}") for number in range(3)]
    await rig.heard(3)
    await rig.world.drop_posts(rig.general, [posts[0].id], by=anna.user)
    await rig.world.drop_posts(rig.general, [post.id for post in posts[1:]], by=anna.user)
    await rig.heard(6)
    assert [event.ref for event in rig.events[3:] if isinstance(event, Delete)] == [rig.ref(post) for post in posts]


async def test_a_moderators_deletion_enters_the_authors_history_with_its_message(rig: Rig) -> None:
    """The audit log names author and channel; the deletion just seen tells which message it was."""
    anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
    post = await rig.world.say(rig.general, anna, "hm")
    await rig.heard()
    await rig.world.remove(post, by=mod)
    await rig.heard(3)
    event = next(item for item in rig.events if isinstance(item, Member))
    assert (event.person, event.by, event.change) == (person(anna), person(mod), MemberChange.SANCTIONED)
    assert (event.detail, event.event_id) == ("deletion", f"deletion:{post.id}")


class PatientClock(SteppingClock):
    """Lets those who sleep go on when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for the test."""
        self.slept.append(seconds)
        await self.go_on.wait()


async def test_a_deletion_that_is_heard_of_after_its_entry_is_matched_all_the_same() -> None:
    """Discord promises no order between the two."""
    async with rigged() as rig:
        rig.clock = clock = PatientClock()
        anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
        async with rig.connected():
            post = await rig.world.say(rig.general, anna, "hm")
            await rig.heard()
            where = {"channel_id": str(rig.general.id), "count": "1"}
            ids = (mod.user.id, members.MESSAGE_DELETE, anna.user.id)
            await members.record_by(rig.world, rig.guild, *ids, options=where)
            await rig.world.until(lambda: clock.slept)
            gone = {"id": str(post.id), "channel_id": str(rig.general.id), "guild_id": str(rig.guild.id)}
            await rig.world.emit("MESSAGE_DELETE", gone, rig.guild)
            await rig.heard(2)
            clock.go_on.set()
            event = await rig.heard(3)
    assert isinstance(event, Member)
    assert event.event_id == f"deletion:{post.id}"


async def test_what_programs_delete_is_no_sanction(rig: Rig) -> None:
    """PluralKit deletes each message that it repeats; its members have done nothing."""
    anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
    program = rig.world.join(rig.guild, rig.world.user("PluralKit", bot=True))
    posts = [await rig.world.say(rig.general, anna, text) for text in ("[[one]]", "two")]
    await rig.heard(2)
    await rig.world.remove(posts[0], by=program)
    await rig.world.remove(posts[1], by=mod)
    await rig.world.until(lambda: any(isinstance(event, Member) for event in rig.events))
    await rig.heard(5)
    assert [event.by for event in rig.events if isinstance(event, Member)] == [person(mod)]


async def test_outside_sanctions_enter_the_history_and_our_own_do_not(rig: Rig) -> None:
    """Bans, kicks and timeouts by people are read from the audit log."""
    anna, mod = rig.world.member(rig.guild, "anna"), rig.world.moderator(rig.guild)
    by_us = rig.world.bot.id
    until = [{"key": "communication_disabled_until", "old_value": None, "new_value": "2026-12-01T00:00:00+00:00"}]
    await members.record_by(rig.world, rig.guild, mod.user.id, members.MEMBER_UPDATE, anna.user.id, changes=until)
    await members.record_by(rig.world, rig.guild, by_us, members.BAN_ADD, anna.user.id)
    await members.record_by(rig.world, rig.guild, mod.user.id, members.BAN_ADD, anna.user.id)
    await rig.heard(2)
    assert [event.detail for event in rig.events if isinstance(event, Member)] == ["timeout", "ban"]


async def test_automods_notice_is_a_sanction_and_no_message(rig: Rig) -> None:
    """Discord writes the offender in as the notice's author."""
    anna = rig.world.member(rig.guild, "anna")
    post = await rig.world.say(rig.log, anna, "", type=24)
    event = await rig.heard()
    assert isinstance(event, Member)
    assert (event.person, event.detail, event.event_id) == (person(anna), "automod", f"automod:{post.id}")


async def test_joining_leaving_and_roles_are_heard(rig: Rig) -> None:
    """They feed history and counts."""
    anna = rig.world.member(rig.guild, "anna")
    await rig.world.arrive(anna)
    await rig.heard()
    anna.roles = {rig.world.role(rig.guild, "guest", 1).id}
    await rig.world.emit("GUILD_ROLE_CREATE", {"guild_id": str(rig.guild.id), "role": _role(rig)}, rig.guild)
    await rig.world.emit("GUILD_MEMBER_UPDATE", anna.full_payload() | {"guild_id": str(rig.guild.id)}, rig.guild)
    await rig.heard(2)
    await rig.world.leave(anna)
    await rig.heard(3)
    changes = [event.change for event in rig.events if isinstance(event, Member)]
    assert changes == [MemberChange.JOINED, MemberChange.ROLES, MemberChange.LEFT]


def _role(rig: Rig) -> object:
    return next(role.payload() for role in rig.guild.roles.values() if role.name == "guest")
