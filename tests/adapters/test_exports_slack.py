"""Slack's exports: markup reads as it shows, edits and deletions become events, and faults are told by their place."""

import json
import zipfile
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.exports.archive import open_archive
from bot.adapters.exports.rows import AnyRow, BrokenRow, LeftOut, ReadRow
from bot.adapters.exports.slack_export import event_of, read_archive
from bot.adapters.exports.slack_workspace import Person, Workspace, root_of
from bot.domain.events import Attachment, Delete, Edit, Event, Message, Origin, Part, PartKind, Unread
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.texts.slack_markup import BlockReader
from tests.hostile import row_over, unhurried

PLAIN: dict[str, Any] = {"type": "message", "user": "U1", "text": "hello", "ts": "1760000000.000100"}
WORKSPACE = Workspace(
    community=CommunityId("slack:T1"),
    people={"U1": Person(name="Ann", is_bot=False, is_moderator=True)},
    channels={ChannelId("C1"): "hall"},
    ids={"hall": ChannelId("C1")},
)


def _event(**changes: object) -> Event | LeftOut:
    return event_of({**PLAIN, **changes}, ChannelId("C1"), WORKSPACE)


def _message(**changes: object) -> Message:
    event = _event(**changes)
    assert isinstance(event, Message)
    return event


def _export(folder: Path, days: Mapping[str, object], users: object = None) -> Path:
    known = users if users is not None else [{"id": "U1", "team_id": "T1", "name": "ann", "is_admin": True}]
    everything = {"users.json": known, "channels.json": [{"id": "C1", "name": "hall"}], **days}
    for name, value in everything.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return folder


def _everything(path: Path) -> list[AnyRow]:
    with open_archive(path) as archive:
        root = root_of(archive)
        assert root is not None
        return list(read_archive(archive, root, None, {}))


def _rows(path: Path) -> list[ReadRow | BrokenRow]:
    return [row for row in _everything(path) if not isinstance(row, LeftOut)]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<@U1> and <@U2|bea> and <@U3>", "@Ann and @bea and @member"),
        ("<#C1> <#C9|den> <#C8>", "#hall #den #channel"),
        ("<!here> <!channel> <!subteam^S1|@crew> <!subteam^S2>", "@here @channel @crew @group"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example|free money>", "free money (https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
        ("<not closed", "<not closed"),
    ],
)
def test_markup_reads_as_it_shows(written: str, shown: str) -> None:
    """A label can lie about its address, so both are read; entities are undone once, and last."""
    assert WORKSPACE.show(written) == shown


def test_a_message_keeps_its_place_time_and_author() -> None:
    """The timestamp is the id."""
    message = _message(text="hi <@U2>, <@U1>")
    assert (message.community, message.ref.channel, message.ref.message) == ("slack:T1", "C1", "1760000000.000100")
    assert message.sent_at == datetime(2025, 10, 9, 8, 53, 20, 100, tzinfo=UTC)
    assert (message.author.id, message.author.name, message.author.is_moderator) == ("U1", "Ann", True)
    assert message.addresses == 1


def test_a_reply_in_a_thread_answers_its_root_in_the_same_channel() -> None:
    """A thread of Slack has no channel of its own, and its root answers nobody."""
    reply = _message(ts="1760000005.0", thread_ts="1760000000.000100", parent_user_id="U7")
    root = _message(thread_ts="1760000000.000100")
    assert (reply.ref.channel, reply.reply_to, reply.addresses) == ("C1", "1760000000.000100", 1)
    assert (root.reply_to, root.addresses) == (None, 0)


def test_shared_messages_files_and_app_posts_become_parts() -> None:
    """A shared message is background, a preview beside words is left out, a file's name and description are read."""
    attachments = [
        {"is_share": True, "text": "their <words>"},
        {"from_url": "https://x.example", "title": "preview"},
        {"pretext": "P", "title": "T", "text": "X", "fields": [{"title": "F", "value": "V"}]},
    ]
    files = [
        {"name": "cat.png", "title": "My cat", "alt_txt": "a cat", "size": 5, "mimetype": "image/png"},
        {"mode": "tombstone", "name": "gone.png"},
    ]
    message = _message(attachments=attachments, files=files, subtype="file_share")
    assert message.parts == (
        Part(kind=PartKind.TEXT, text="hello"),
        Part(kind=PartKind.FORWARD, text="their words", origin=Origin.BACKGROUND),
        Part(kind=PartKind.EMBED, text="P\nT\nX\nF\nV"),
        Part(kind=PartKind.ATTACHMENT, text="My cat cat.png: a cat"),
    )
    assert message.attachments == (Attachment(name="cat.png", size=5, media_type="image/png"),)


def test_a_message_of_blocks_alone_is_read_from_them() -> None:
    """Its plain text is empty then."""
    elements = [
        {"type": "text", "text": "see "},
        {"type": "user", "user_id": "U1"},
        {"type": "emoji", "name": "wave"},
        {"type": "link", "url": "https://x.example", "text": "here"},
    ]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]
    assert _message(text="", blocks=blocks).own_text == "see @Ann:wave:here (https://x.example)"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "one"}, "fields": [{"text": "two"}]}
    assert BlockReader(WORKSPACE).text([section]) == "one\ntwo"


def _laid_out(words: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}],
        }
    ]


def test_blocks_and_text_are_both_read_as_people_read_them() -> None:
    """Blocks are what the channel shows; a notification shows the text. Who posts through the API lets them differ."""
    differing = _message(text="a harmless line", blocks=_laid_out("win a phone: phish.example"))
    assert [part.text for part in differing.parts] == ["win a phone: phish.example", "a harmless line"]
    assert [part.text for part in _message(text="hello", blocks=_laid_out("hello")).parts] == ["hello"]
    mention = [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U7"}]}],
        }
    ]
    assert _message(text="", blocks=mention).addresses == 1


def test_the_blocks_of_attachments_and_shared_messages_are_read() -> None:
    """They stand in the place of the attachment's text."""
    shared = {"is_share": True, "message_blocks": [{"message": {"blocks": _laid_out("their words")}}]}
    program = {"blocks": _laid_out("laid out"), "text": "plain", "author_name": "App"}
    assert [part.text for part in _message(attachments=[shared, program]).parts] == [
        "hello",
        "their words",
        "App\nlaid out",
    ]


def test_tables_are_read_and_unknown_blocks_are_counted() -> None:
    """A table comes as an attachment; its only words besides are Slack's own. By the rules that hold live."""
    cells = [{"type": "raw_text", "text": words} for words in ("price", "a phone for nothing")]
    table = {"blocks": [{"type": "table", "rows": [cells]}], "fallback": "[no preview available]"}
    assert _message(text="", attachments=[table]).own_text == "price | a phone for nothing"
    assert _message(blocks=[{"type": "hologram"}]).unread == ("block hologram",)
    assert _message(text="", attachments=[{"fallback": "[no preview available]"}]).parts == ()


def test_a_comment_under_a_file_is_its_writers_words() -> None:
    """As Slack kept them until 2018; the file is that of another message."""
    comment = {"id": "Fc1", "user": "U1", "comment": "what a <@U2> picture", "timestamp": 1_760_000_000}
    words = "<@U1|ann> commented on <@U9|zoe>'s file <https://x.example|cat.png>: what a <@U2> picture"
    entry = _message(
        subtype="file_comment", user=None, text=words, comment=comment, file={"name": "cat.png", "user": "U9"}
    )
    assert (entry.author.id, entry.own_text, entry.attachments) == ("U1", "what a @member picture", ())


def test_a_file_alone_under_its_old_name_is_counted_and_read() -> None:
    """Until 2018 an entry had one `file`."""
    entry = _message(subtype="file_share", text="", file={"name": "cat.png", "size": 7, "mimetype": "image/png"})
    assert entry.attachments == (Attachment(name="cat.png", size=7, media_type="image/png"),)
    assert entry.own_text == "cat.png"


@pytest.mark.parametrize(
    ("subtype", "field"), [("channel_topic", "topic"), ("channel_purpose", "purpose"), ("group_name", "name")]
)
def test_a_channels_new_topic_purpose_and_name_are_words_of_who_set_them(subtype: str, field: str) -> None:
    """Slack's sentence around them is nobody's."""
    entry = _message(subtype=subtype, text="<@U1> set it to: buy now", **{field: "buy now"})
    assert entry.parts == (Part(kind=PartKind.TITLE, text="buy now"),)


def test_every_entry_is_accounted_for(tmp_path: Path) -> None:
    """Read, left out by its kind, or broken: the three add up to what stands in the files."""
    days = {
        "dms.json": [{"id": "D1"}],
        "D1/2025-10-09.json": [PLAIN, PLAIN],
        "hall/2025-10-09.json": [
            PLAIN,
            PLAIN | {"subtype": "channel_join", "ts": "1760000001.0"},
            PLAIN | {"subtype": "channel_join", "ts": "1760000002.0"},
            PLAIN | {"subtype": "pinned_item", "ts": "1760000003.0"},
            PLAIN | {"hidden": True, "ts": "1760000004.0"},
            PLAIN | {"ts": None},
        ],
    }
    rows = _everything(_export(tmp_path, days))
    kinds = Counter(row.kind for row in rows if isinstance(row, LeftOut))
    assert kinds == {"channel_join": 2, "pinned_item": 1, "hidden": 1, "a day of a direct conversation": 1}
    assert Counter(type(row) for row in rows) == {ReadRow: 1, BrokenRow: 1, LeftOut: 5}


def test_apps_are_bots_and_notices_are_nobodys_messages() -> None:
    """A bot is screened out later, with its reason; a notice is no message at all."""
    assert _message(subtype="bot_message", user=None, bot_id="B1", username="App").author.is_bot
    assert _event(subtype="channel_join") == LeftOut(kind="channel_join")
    assert _event(subtype="tombstone") == LeftOut(kind="tombstone")
    assert _event(type="canvas") == LeftOut(kind="canvas")


def test_a_subtype_that_nobody_knows_is_seen_and_not_read() -> None:
    """By the same list as live, also where such a message was changed."""
    seen = _event(subtype="brand_new")
    assert isinstance(seen, Unread)
    assert (seen.kind, seen.event_id) == ("subtype brand_new", PLAIN["ts"])
    changed = _event(subtype="message_changed", message=PLAIN | {"subtype": "brand_new"})
    assert isinstance(changed, Unread)
    assert _event(subtype="file_mention") == LeftOut(kind="file_mention")


def test_an_edit_is_delivered_after_the_text_before_it(tmp_path: Path) -> None:
    """Slack writes the latest text in the message's place; the first one stands with the edit."""
    after = PLAIN | {"text": "second", "edited": {"ts": "1760000060.0"}}
    change = {"type": "message", "subtype": "message_changed", "ts": "1760000060.0", "hidden": True}
    path = _export(tmp_path, {"hall/2025-10-09.json": [after, change | {"message": after, "original": PLAIN}]})
    first, second = [row.event for row in _rows(path) if isinstance(row, ReadRow)]
    assert isinstance(first, Message)
    assert isinstance(second, Edit)
    assert (first.own_text, second.message.own_text) == ("hello", "second")


def test_a_deletion_names_the_message_that_is_gone() -> None:
    """By its timestamp, or by the original that is handed along."""
    first = _event(subtype="message_deleted", deleted_ts="1.0", ts="2.0")
    second = _event(subtype="message_deleted", original={"ts": "1.0"}, ts="2.0")
    assert isinstance(first, Delete)
    assert first == second


def test_channels_of_one_day_are_read_side_by_side_by_time(tmp_path: Path) -> None:
    """So the recording's clock never runs ahead of another channel."""
    path = _export(
        tmp_path,
        {
            "hall/2025-10-09.json": [PLAIN | {"ts": "1760000001.0"}, PLAIN | {"ts": "1760000003.0"}],
            "den/2025-10-09.json": [PLAIN | {"ts": "1760000002.0"}],
            "den/2025-10-08.json": [PLAIN | {"ts": "1759900000.0"}],
            "den/notes.json": [PLAIN],
        },
    )
    rows = _rows(path)
    assert [row.place.split("/", 1)[1] for row in rows] == [
        "den/2025-10-08.json: entry 1",
        "hall/2025-10-09.json: entry 1",
        "den/2025-10-09.json: entry 1",
        "hall/2025-10-09.json: entry 2",
    ]


def test_direct_conversations_are_never_read(tmp_path: Path) -> None:
    """A bot in channels never sees them; a full export has them."""
    direct = {"dms.json": [{"id": "D1", "members": ["U1"]}], "mpims.json": [{"id": "G1", "name": "mpdm-ann--bob-1"}]}
    days = {f"{folder}/2025-10-09.json": [PLAIN] for folder in ("hall", "D1", "mpdm-ann--bob-1")}
    assert [row.place.split("/", 1)[1] for row in _rows(_export(tmp_path, {**direct, **days}))] == [
        "hall/2025-10-09.json: entry 1"
    ]


def test_an_export_inside_a_folder_of_its_zip_file_is_found(tmp_path: Path) -> None:
    """People unpack and pack again."""
    source = _export(tmp_path / "in", {"hall/2025-10-09.json": [PLAIN]})
    zipped = tmp_path / "export.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in source.rglob("*.json"):
            archive.write(file, f"My export/{file.relative_to(source).as_posix()}")
    (row,) = _rows(zipped)
    assert isinstance(row, ReadRow)
    assert isinstance(row.event, Message)
    assert (row.event.community, row.event.ref.channel, row.event.author.name) == ("slack:T1", "C1", "ann")


def test_broken_entries_and_files_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """An entry without a time, one of another kind, a file that breaks off, people without ids."""
    days = {
        "hall/2025-10-09.json": [PLAIN | {"ts": None}, 7, PLAIN],
        "hall/2025-10-10.json": b'[{"type": "message", "te',
        "hall/2025-10-11.json": json.dumps([PLAIN | {"text": "caf?"}, PLAIN]).encode().replace(b"?", b"\xe9"),
    }
    rows = _rows(_export(tmp_path, days, users=[{"name": "nobody"}, {"id": "U1", "profile": "none"}]))
    told = [(row.place.split("/", 1)[1], row.fault.split(" (")[0]) for row in rows if isinstance(row, BrokenRow)]
    assert told == [
        ("users.json: entry 1", '"id" is missing'),
        ("hall/2025-10-09.json: entry 1", '"ts" is missing'),
        ("hall/2025-10-09.json: entry 2", "not a JSON object in braces"),
        ("hall/2025-10-10.json", "the file ends too early"),
        ("hall/2025-10-11.json: entry 1", "holds bytes that are not UTF-8; export the conversation again"),
    ]
    assert sum(isinstance(row, ReadRow) for row in rows) == 2


@unhurried
@given(row_over("type", "subtype", "user", "text", "ts", "thread_ts", "files", "attachments", "blocks", "message"))
def test_no_entry_makes_the_reader_fail(row: dict[str, object]) -> None:
    """Whatever stands in the fields: an event, a notice, or the reader's own fault."""
    try:
        _event(**row)
    except ValueError as fault:
        assert type(fault).__name__ == "RowFault"  # noqa: PT017 - any other error goes through


@unhurried
@given(st.text(alphabet="<>@#!|&;^aU1\n ", max_size=60))
def test_no_markup_makes_the_reader_fail(text: str) -> None:
    """Unclosed, nested or empty marks stay text."""
    assert isinstance(WORKSPACE.show(text), str)
