"""DiscordChatExporter's JSON: what a reader sees becomes parts, and what can't be read is told with its place."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from hypothesis import given

from bot.adapters.exports.discord_chat_exporter import NOT_EXPORTED, Recent, is_export, read_file
from bot.adapters.exports.rows import BrokenRow, LeftOut, ReadRow
from bot.domain.events import Attachment, Message, Origin, Part, PartKind
from bot.domain.ids import ChannelId
from tests.hostile import row_over, unhurried

CHANNEL = {"id": "20", "type": "GuildTextChat", "categoryId": "9", "category": "Talk", "name": "hall"}
ANN: dict[str, Any] = {"id": "1", "name": "ann", "nickname": "Ann", "isBot": False, "roles": [{"id": "5", "name": "r"}]}
BOB: dict[str, Any] = {"id": "2", "name": "bob", "nickname": None, "isBot": False, "roles": []}
PLAIN: dict[str, Any] = {
    "id": "100",
    "type": "Default",
    "timestamp": "2026-11-20T18:00:00+01:00",
    "content": "hello",
    "author": ANN,
}


def _document(*messages: object, channel: Mapping[str, Any] = CHANNEL) -> bytes:
    return json.dumps({"guild": {"id": "10", "name": "G"}, "channel": channel, "messages": messages}).encode()


def _rows(content: bytes, recent: Recent | None = None) -> list[ReadRow | BrokenRow]:
    names: dict[ChannelId, str] = {}
    openers = (lambda: io.BytesIO(content)), (lambda: io.BytesIO(content))
    read = read_file(openers, "hall.json", None, names, recent or Recent())
    return [row for row in read if not isinstance(row, LeftOut)]


def _messages(*messages: object, channel: Mapping[str, Any] = CHANNEL) -> list[Message]:
    rows = _rows(_document(*messages, channel=channel))
    return [row.event for row in rows if isinstance(row, ReadRow) and isinstance(row.event, Message)]


def test_a_message_keeps_its_place_time_author_and_address() -> None:
    """Ids are Discord's own; the community is the server."""
    (message,) = _messages(PLAIN)
    assert (message.community, message.ref.channel, message.ref.message) == ("discord:10", "20", "100")
    assert message.sent_at == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert (message.author.id, message.author.name, message.author.roles) == ("1", "Ann", frozenset({"5"}))
    assert message.parent is None
    assert message.url == "https://discord.com/channels/10/20/100"


def test_a_reply_quotes_what_it_answers_as_background() -> None:
    """The exporter names the answered message only; its words come from what was read before."""
    reply = PLAIN | {"id": "101", "type": "Reply", "content": "no!", "author": BOB, "reference": {"messageId": "100"}}
    _, message = _messages(PLAIN, reply)
    assert message.parts == (
        Part(kind=PartKind.REPLY, text="hello", origin=Origin.BACKGROUND),
        Part(kind=PartKind.TEXT, text="no!"),
    )
    assert (message.reply_to, message.addresses) == ("100", 1)


def test_only_the_latest_messages_are_remembered_for_replies() -> None:
    """Memory does not grow with the file: an answer to something long ago has no quote."""
    talk = [PLAIN | {"id": str(number)} for number in range(200, 204)]
    reply = PLAIN | {"id": "300", "reference": {"messageId": "200"}}
    (row,) = _rows(_document(*talk, reply), Recent(most=3))[-1:]
    assert isinstance(row, ReadRow)
    assert isinstance(row.event, Message)
    assert [part.kind for part in row.event.parts] == [PartKind.TEXT]


def test_a_forward_is_background_with_its_files_counted() -> None:
    """A bare forward is judged by its words; its files are seen and never opened."""
    forwarded = {"content": "look", "attachments": [{"fileName": "a.png", "fileSizeBytes": 9}]}
    (message,) = _messages(PLAIN | {"content": "", "reference": {"type": "Forward"}, "forwardedMessage": forwarded})
    assert message.parts == (Part(kind=PartKind.FORWARD, text="look\na.png", origin=Origin.BACKGROUND),)
    assert message.attachments == (Attachment(name="a.png", size=9),)
    assert message.reply_to is None
    assert message.judged_text == "look\na.png"


def test_the_first_message_of_a_thread_shows_the_threads_name() -> None:
    """A forum's post has the id of its thread; the thread belongs to the channel that the file names."""
    thread = CHANNEL | {"id": "100", "type": "GuildPublicThread", "categoryId": "20", "name": "a title"}
    (message,) = _messages(PLAIN, channel=thread)
    assert message.parts[0] == Part(kind=PartKind.TITLE, text="a title")
    assert message.parent == "20"


def test_a_links_preview_is_not_the_authors_words() -> None:
    """Beside words it is left out; beside nothing but a link it is background; a program's embed is its own."""
    embed = {"title": "T", "description": "D", "fields": [{"name": "N", "value": "V"}], "footer": {"text": "F"}}
    beside, alone, program = _messages(
        PLAIN | {"content": "read https://x.example", "embeds": [embed]},
        PLAIN | {"id": "101", "content": "https://x.example", "embeds": [embed]},
        PLAIN | {"id": "102", "content": "", "embeds": [embed], "author": ANN | {"isBot": True}},
    )
    assert [part.kind for part in beside.parts] == [PartKind.TEXT]
    assert alone.parts[1] == Part(kind=PartKind.EMBED, text="T\nD\nN\nV\nF", origin=Origin.BACKGROUND)
    assert program.parts == (Part(kind=PartKind.EMBED, text="T\nD\nN\nV\nF"),)


def test_mentions_and_emoji_of_an_unformatted_export_read_as_they_show() -> None:
    """Numbers become names, or the kind of thing that they name."""
    content = "<@2> <@!3> <:wave:9> <a:dance:9> <#20> <@&5> </help:7> 1 < 2"
    (message,) = _messages(PLAIN | {"content": content, "mentions": [BOB]})
    assert message.own_text == "@bob @member :wave: :dance: #channel @role /help 1 < 2"
    assert message.addresses == 1


def test_polls_and_stickers_are_text_where_an_exporter_writes_them() -> None:
    """DiscordChatExporter itself leaves polls out; in Discord's own form they are read."""
    poll = {"question": {"text": "which?"}, "answers": [{"poll_media": {"text": "this"}}]}
    (message,) = _messages(PLAIN | {"content": "", "poll": poll, "stickers": [{"name": "Wave"}]})
    assert [(part.kind, part.text) for part in message.parts] == [
        (PartKind.POLL, "which?\n- this"),
        (PartKind.STICKER, "Wave"),
    ]


@pytest.mark.parametrize("kind", ["GuildMemberJoin", "ChannelPinnedMessage", "21", "24", "ThreadCreated"])
def test_discords_own_notices_are_nobodys_messages(kind: str) -> None:
    """They are neither events nor faults."""
    assert _rows(_document(PLAIN | {"type": kind})) == []


def test_every_kind_that_discord_has_is_known_and_any_other_is_read_and_counted() -> None:
    """As live: what nobody here knows may well be somebody's words."""
    known = {"Default", "Reply", *(str(kind.value) for kind in discord.MessageType)} - {
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
    }
    assert [
        kind
        for kind in sorted(known - {"7", "18", "19"})
        for message in _messages(PLAIN | {"type": kind})
        if message.unread
    ] == []
    for kind in ("77", "VoiceNote"):
        (message,) = _messages(PLAIN | {"type": kind})
        assert ([part.text for part in message.parts], message.unread) == (["hello"], (f"message type {kind.lower()}",))


def test_an_empty_message_held_something_that_was_not_exported() -> None:
    """Discord takes no empty message: this was a poll, which the exporter does not write. A file alone is none."""
    reply = PLAIN | {"id": "101", "type": "Reply", "content": "", "author": BOB, "reference": {"messageId": "100"}}
    empty = PLAIN | {"id": "102", "content": ""}
    file = PLAIN | {"id": "103", "content": "", "attachments": [{"fileName": "a.png", "fileSizeBytes": 1}]}
    assert [message.unread for message in _messages(PLAIN, reply, empty, file)] == [
        (),
        (NOT_EXPORTED,),
        (NOT_EXPORTED,),
        (),
    ]


def test_broken_messages_are_told_and_the_rest_goes_on() -> None:
    """By their number in the file."""
    rows = _rows(_document(7, PLAIN | {"timestamp": "x"}, PLAIN | {"author": None}, PLAIN))
    assert [row.place for row in rows] == [f"hall.json: message {number}" for number in (1, 2, 3, 4)]
    assert [row.fault for row in rows if isinstance(row, BrokenRow)] == [
        "not a JSON object in braces",
        "\"timestamp\" is 'x'; write a time like 2026-11-20T18:00:00Z",
        '"id" is missing',
    ]


def test_a_file_that_ends_too_early_says_after_which_message() -> None:
    """What was read before stands."""
    content = _document(PLAIN, PLAIN | {"id": "101"})
    rows = _rows(content[:-30])
    assert isinstance(rows[0], ReadRow)
    assert isinstance(rows[-1], BrokenRow)
    assert rows[-1].place == "hall.json: after message 1"
    assert rows[-1].fault == "the file ends too early"


def test_a_message_with_bytes_that_are_not_utf_8_is_told_and_the_rest_goes_on() -> None:
    """Mixed encodings come from editing an export by hand."""
    content = _document(PLAIN | {"content": "caf?"}, PLAIN | {"id": "101"}).replace(b"caf?", b"caf\xe9")
    broken, good = _rows(content)
    assert broken == BrokenRow(
        place="hall.json: message 1", fault="holds bytes that are not UTF-8; export the conversation again"
    )
    assert isinstance(good, ReadRow)


def test_a_file_without_a_server_is_no_export_and_says_so() -> None:
    """A file of another kind in the folder costs one message."""
    content = b'{"settings": {"a": [1, 2]}}'
    assert not is_export(lambda: io.BytesIO(content))
    (row,) = _rows(content)
    assert isinstance(row, BrokenRow)
    assert "does not begin with a server and a channel" in row.fault


def test_a_direct_conversation_is_not_replayed() -> None:
    """The bot never reads those."""
    (row,) = _rows(_document(PLAIN, channel=CHANNEL | {"type": "DirectTextChat"}))
    assert isinstance(row, BrokenRow)
    assert "this is a direct conversation" in row.fault


def test_endless_nesting_is_one_told_fault() -> None:
    """Neither memory nor the stack is the file's to spend."""
    bomb = b'{"id": "1", "type": "Default", "content": "\xff", "author": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    content = _document("HERE", PLAIN).replace(b'"HERE"', bomb)
    rows = _rows(content)
    assert rows == [BrokenRow(place="hall.json", fault="the file can't be read on from here (it is nested too deeply)")]


@unhurried
@given(row_over("id", "type", "timestamp", "content", "author", "reference", "forwardedMessage", "embeds", "mentions"))
def test_no_json_object_makes_the_reader_fail(row: dict[str, object]) -> None:
    """Whatever stands in the fields, it ends as one message, one told fault, or a notice."""
    for read in _rows(_document(PLAIN | row)):
        assert isinstance(read, ReadRow | BrokenRow)
