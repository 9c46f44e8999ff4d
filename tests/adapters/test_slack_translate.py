"""Slack's events become ours as a reader sees them; whatever else comes is passed over and breaks nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack.incoming.translate import Place, event_of
from bot.adapters.slack.people import People
from bot.domain.events import Delete, Edit, Event, Member, Message, Origin, PartKind, Report, Unread
from bot.domain.ids import CommunityId

TS = "1764000000.000100"


def place() -> Place:
    """Return a workspace with Anna, Elrond (an admin), a bot, a channel and a user group in it."""
    people = People()
    people.add_user({"id": "U1", "team_id": "T1", "profile": {"display_name": "Anna"}})
    people.add_user({"id": "U2", "team_id": "T1", "is_admin": True, "profile": {"real_name": "Elrond"}})
    people.add_user({"id": "UB", "team_id": "T1", "is_bot": True, "name": "parrot"})
    people.add_channel({"id": "C1", "name": "general"})
    people.add_group({"id": "S1", "handle": "mods", "users": ["U2"]})
    return Place(
        community=CommunityId("slack:T1"), url="https://r.slack.com/", own_user="UOWN", own_bot="BOWN", people=people
    )


def event(**fields: Any) -> Event | None:
    """Translate a message event of Anna's."""
    made = {"type": "message", "channel": "C1", "user": "U1", "ts": TS, "event_ts": TS, "text": "hello"} | fields
    return event_of({"event": made, "event_id": "Ev1"}, place())


def message(**fields: Any) -> Message:
    """Translate what is a message."""
    made = event(**fields)
    assert isinstance(made, Message)
    return made


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a rich text block of one paragraph."""
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}]


def test_a_plain_message() -> None:
    """Who, where, when, and the link to it."""
    made = message()
    assert made.own_text == "hello"
    assert (made.author.id, made.author.name, made.author.is_bot, made.author.is_moderator) == (
        "U1",
        "Anna",
        False,
        False,
    )
    assert made.sent_at == datetime.fromtimestamp(1764000000.0001, UTC)
    assert made.url == "https://r.slack.com/archives/C1/p1764000000000100"


@pytest.mark.parametrize("subtype", [None, "file_share", "me_message", "thread_broadcast"])
def test_what_is_said_is_judged(subtype: str | None) -> None:
    """In whichever of Slack's forms."""
    assert isinstance(event(subtype=subtype), Message)


@pytest.mark.parametrize(
    "subtype",
    [
        "channel_join",
        "channel_leave",
        "group_convert_to_private",
        "pinned_item",
        "bot_add",
        "huddle_thread",
    ],
)
def test_housekeeping_is_passed_over(subtype: str) -> None:
    """Nobody said anything."""
    assert event(subtype=subtype) is None


def test_our_own_posts_are_passed_over() -> None:
    """Cards quote what others said; they are not said again."""
    assert event(user="UOWN") is None
    assert event(user="UX", bot_id="BOWN") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<@U1> &amp; <@U9>", "@Anna & @member"),
        ("<@U1|anna.x>", "@anna.x"),
        ("in <#C1> or <#C9|secret>", "in #general or #secret"),
        ("<!here> <!channel> <!subteam^S1> <!subteam^S2|@crew>", "@here @channel @mods @crew"),
        ("<https://evil.example|click here>", "click here (https://evil.example)"),
        ("<https://evil.example>", "https://evil.example"),
        ("<http://evil.example|evil.example>", "http://evil.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!date^1392734382^{date}|18 February 2014>", "18 February 2014"),
        ("a &lt;b&gt; &amp;lt;", "a <b> &lt;"),
        ("1 < 2 > 0", "1 < 2 > 0"),
    ],
)
def test_markup_reads_as_it_shows(text: str, shown: str) -> None:
    """Names, addresses behind labels, entities resolved once."""
    assert message(text=text).own_text == shown


def test_blocks_are_what_the_channel_shows() -> None:
    """With names and addresses, in the same words as the text."""
    blocks = rich(
        {"type": "text", "text": "look "},
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://evil.example", "text": "here"},
        {"type": "emoji", "name": "wave"},
    )
    made = message(text="look <@U1> <https://evil.example|here>:wave:", blocks=blocks)
    assert [part.text for part in made.parts] == ["look @Anna here (https://evil.example):wave:"]


def test_a_quotation_is_read_as_one_however_it_was_made() -> None:
    """By a mark that somebody typed, or by the button: its lines begin with a mark."""
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "you are\nwrong"}]}
    answer = {"type": "rich_text_section", "elements": [{"type": "text", "text": "am I?"}]}
    blocks = [{"type": "rich_text", "elements": [quote, answer]}]
    shown = "> you are\n> wrong\nam I?"
    assert message(text="&gt; you are\n&gt; wrong\nam I?", blocks=blocks).written_text == shown
    assert message(text="", blocks=blocks).written_text == shown
    assert message(text="&gt; you are\n&gt; wrong\nam I?").written_text == shown


def test_a_text_that_differs_from_its_blocks_is_read_too() -> None:
    """Whoever posts through the API can show one thing in the channel and another in the notification."""
    made = message(text="you fool", blocks=rich({"type": "text", "text": "good morning"}))
    assert made.own_text == "good morning\nyou fool"


def test_a_numbered_list_is_read_once() -> None:
    """Slack writes the numbers into the text alone."""
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]} for word in ("one", "two")]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "ordered", "elements": items}]}]
    assert message(text="1. one\n2. two", blocks=blocks).own_text == "1. one\n2. two"


def test_files_show_title_description_and_preview() -> None:
    """And are counted; none is fetched."""
    file = {"name": "x.txt", "title": "My list", "alt_txt": "a list of names", "mimetype": "text/plain", "size": 12}
    made = message(subtype="file_share", files=[file | {"preview": "you fool"}])
    [part] = [part for part in made.parts if part.kind is PartKind.ATTACHMENT]
    assert part.text == "My list\nx.txt\na list of names\nyou fool"
    assert [(each.name, each.size, each.media_type) for each in made.attachments] == [("x.txt", 12, "text/plain")]


def test_a_shared_message_is_anothers() -> None:
    """It is background, unless nothing else is said."""
    shared = {"is_share": True, "is_msg_unfurl": True, "author_name": "Bert", "text": "you fool", "fallback": "x"}
    made = message(text="look what he wrote", attachments=[shared])
    assert [(part.kind, part.origin) for part in made.parts] == [
        (PartKind.TEXT, Origin.OWN),
        (PartKind.FORWARD, Origin.BACKGROUND),
    ]
    assert made.judged_text == "look what he wrote"
    assert "you fool" in message(text="", attachments=[shared]).judged_text


def test_a_link_preview_changes_a_message_only_when_it_says_nothing_else() -> None:
    """The page's words are not the author's."""
    preview = {"from_url": "https://x.example", "title": "Free money", "text": "Click", "fallback": "x"}
    assert (
        message(text="see <https://x.example>", attachments=[preview]).revision
        == message(text="see <https://x.example>").revision
    )
    bare = message(text="<https://x.example>", attachments=[preview])
    assert bare.parts[-1].origin is Origin.BACKGROUND
    assert "Free money" in bare.parts[-1].text


def test_a_reply_in_a_thread() -> None:
    """It stands in the channel, answers the thread, and addresses whom it answers and mentions."""
    made = message(thread_ts="1763999999.000100", parent_user_id="U2", text="no, <@U9> and <@U1>")
    assert (made.ref.channel, made.reply_to, made.addresses) == ("C1", "1763999999.000100", 2)
    assert made.url.endswith("?thread_ts=1763999999.000100&cid=C1")


def test_authors_are_told_apart() -> None:
    """A program, a member through an app, an admin, a workflow, a stranger."""
    assert message(user="UB", bot_id="B2").author.is_bot
    assert not message(user="U1", bot_id="B2", app_id="A2").author.is_bot
    admin = message(user="U2").author
    assert (admin.is_moderator, admin.roles) == (True, frozenset({"S1"}))
    workflow = message(user=None, subtype="bot_message", bot_id="B2", username="Poll").author
    assert (workflow.is_bot, workflow.name) == (True, "Poll")
    assert message(user="UB", bot_id="B2", app_id="A2").programs == {"UB", "B2", "A2"}
    assert message(user=None, subtype="bot_message", bot_id="B2").programs == {"B2"}
    assert message(user="U9").programs == frozenset()
    assert not message(user="U9").author.is_bot
    assert message(user="USLACKBOT").author.is_bot


def test_an_edit_is_the_whole_message() -> None:
    """As it reads now."""
    inner = {"user": "U1", "ts": TS, "text": "goodbye", "edited": {"user": "U1", "ts": "1764000009.000000"}}
    made = event(subtype="message_changed", message=inner, event_ts="1764000010.000000")
    assert isinstance(made, Edit)
    assert (made.message.own_text, made.message.ref.message) == ("goodbye", TS)
    assert made.edited_at == datetime.fromtimestamp(1764000010, UTC)


def test_deletions_in_both_forms() -> None:
    """A thread's parent leaves a tombstone in the place of an event."""
    gone = event(subtype="message_deleted", deleted_ts=TS, ts="1764000010.000000")
    assert isinstance(gone, Delete)
    assert gone.ref.message == TS
    stone = event(subtype="message_changed", message={"subtype": "tombstone", "ts": TS, "user": "USLACKBOT"})
    assert isinstance(stone, Delete)
    own = event(subtype="message_deleted", deleted_ts=TS, previous_message={"bot_id": "BOWN"})
    assert own is None


def test_a_red_flag_reports_and_nothing_else_does() -> None:
    """Not one's own message, and no other reaction."""
    item = {"type": "message", "channel": "C1", "ts": TS}
    body = {"type": "reaction_added", "user": "U2", "item": item, "item_user": "U1", "event_ts": "1764000010.000000"}

    def reported(**fields: Any) -> Event | None:
        return event_of({"event": body | fields, "event_id": "Ev2"}, place())

    made = reported(reaction="triangular_flag_on_post")
    assert isinstance(made, Report)
    assert (made.reporter, made.ref.message) == ("U2", TS)
    assert reported(reaction="thumbsup") is None
    assert reported(reaction="triangular_flag_on_post", user="U1") is None


def test_members_come_and_go() -> None:
    """A deactivated account has left."""
    joined = event_of({"event": {"type": "team_join", "user": {"id": "U7"}, "event_ts": TS}, "event_id": "E"}, place())
    assert isinstance(joined, Member)
    changed = {"type": "user_change", "user": {"id": "U7", "deleted": True}, "cache_ts": 1764000000}
    assert isinstance(event_of({"event": changed, "event_id": "E"}, place()), Member)
    renamed = {"type": "user_change", "user": {"id": "U7", "deleted": False}, "cache_ts": 1764000000}
    assert event_of({"event": renamed, "event_id": "E"}, place()) is None


_KEYS = st.sampled_from(
    [
        *("type", "text", "blocks", "elements", "user", "attachments", "files", "message", "subtype", "ts", "edited"),
        *("rows", "options", "option_groups", "placeholder", "fallback", "transcription", "preview", "topic"),
        "skin_tone",
    ]
)
_TEXTS = st.text(max_size=20) | st.sampled_from(["<@U1>", "<!x^", "<|>", "<https://a|b>", TS, "message_changed", "U1"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _JSON, max_size=6), st.sampled_from(["message", "reaction_added", "user_change", "x"]))
def test_whatever_slack_sends_nothing_breaks(fields: dict[str, Any], kind: str) -> None:
    """Hostile or malformed: an event, or none, and never an error."""
    made = {"channel": "C1", "ts": TS, "event_ts": TS} | fields | {"type": kind}
    found = event_of({"event": made, "event_id": "Ev1"}, place())
    assert found is None or isinstance(found, Message | Edit | Delete | Report | Member | Unread)


@given(_TEXTS, _JSON)
def test_no_two_readings_of_one_message_differ(text: str, blocks: Any) -> None:
    """The same event translated twice is the same message: a redelivery is known by its revision."""
    first, second = event(text=text, blocks=blocks), event(text=text, blocks=blocks)
    assert first == second
