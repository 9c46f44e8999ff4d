"""JSON lines: every kind of event is read, and a line that says nothing usable costs only itself."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.exports.json_lines import read, read_file
from bot.adapters.exports.rows import BrokenRow, LeftOut, ReadRow
from bot.domain.events import Attachment, Delete, Edit, Message, Origin, Part, PartKind, Report
from bot.domain.ids import CommunityId
from tests.hostile import row_over, unhurried

COMMUNITY = CommunityId("console:test")
BASE = {"id": "1", "channel": "general", "author": "ann", "at": "2026-11-20T18:00:00Z", "text": "hello"}


def _one(**changes: object) -> object:
    (row,) = read([json.dumps({**BASE, **changes})], "chat.jsonl", COMMUNITY)
    return row


def test_a_line_with_everything_becomes_a_message_in_reading_order() -> None:
    """Title, quote, text, forward, embed, poll, sticker and file stand as parts in the order a reader meets them."""
    message = _one(
        title="a title",
        quoted="a quote",
        forwarded="a forward",
        embed="an embed",
        poll={"question": "which?", "answers": ["this", "that"]},
        sticker="wave",
        attachments=[{"name": "cat.png", "alt": "a cat", "size": 12, "type": "image/png"}],
        reply_to="0",
        mentions=2,
        parent="hall",
        roles=["r1"],
        moderator=True,
        joined="2026-11-19T00:00:00+02:00",
    )
    assert isinstance(message, Message)
    assert message.parts == (
        Part(kind=PartKind.TITLE, text="a title"),
        Part(kind=PartKind.REPLY, text="a quote", origin=Origin.BACKGROUND),
        Part(kind=PartKind.TEXT, text="hello"),
        Part(kind=PartKind.FORWARD, text="a forward", origin=Origin.BACKGROUND),
        Part(kind=PartKind.EMBED, text="an embed"),
        Part(kind=PartKind.POLL, text="which?\n- this\n- that"),
        Part(kind=PartKind.STICKER, text="wave"),
        Part(kind=PartKind.ATTACHMENT, text="cat.png a cat"),
    )
    assert message.attachments == (Attachment(name="cat.png", size=12, media_type="image/png"),)
    assert (message.reply_to, message.addresses, message.parent) == ("0", 3, "hall")
    assert message.author.joined_at == datetime(2026, 11, 18, 22, tzinfo=UTC)
    assert (message.author.roles, message.author.is_moderator) == (frozenset({"r1"}), True)


def test_edits_deletions_and_reports_are_events_of_their_own() -> None:
    """The other three kinds of a line."""
    edit = _one(kind="edit", text="hello again", edited_at="2026-11-20T18:05:00Z")
    delete = _one(kind="delete", by="mo")
    report = _one(kind="report", reporter="rita", words="look at this")
    assert isinstance(edit, Edit)
    assert (edit.message.own_text, edit.edited_at) == ("hello again", datetime(2026, 11, 20, 18, 5, tzinfo=UTC))
    assert isinstance(delete, Delete)
    assert delete.by == "mo"
    assert isinstance(report, Report)
    assert (report.reporter, report.words) == ("rita", "look at this")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": None}, '"id" is missing'),
        ({"author": ""}, '"author" is missing'),
        ({"at": "yesterday"}, "\"at\" is 'yesterday'; write a time like 2026-11-20T18:00:00Z"),
        ({"at": 1e300}, "\"at\" is '1e+300'; write a time like 2026-11-20T18:00:00Z"),
        ({"at": [[1]]}, "\"at\" is 'a list'; write a time like 2026-11-20T18:00:00Z"),
        ({"text": ["a"]}, '"text" is neither text nor a number'),
        ({"mentions": -1}, '"mentions" is not a whole number of 0 or more'),
        ({"roles": "admin"}, '"roles" is not a list'),
        ({"attachments": ["x"]}, '"attachments" is not a list of objects'),
        ({"poll": "which?"}, '"poll" is not an object with a "question" and a list of "answers"'),
        ({"kind": "shout"}, "\"kind\" is 'shout'; it may be message, edit, delete or report"),
    ],
)
def test_a_line_that_says_something_unusable_is_told_with_its_place(changes: dict[str, object], fault: str) -> None:
    """One clear sentence for each fault."""
    assert _one(**changes) == BrokenRow(place="chat.jsonl:1", fault=fault)


def test_times_may_be_seconds_or_milliseconds() -> None:
    """Numbers are seconds since 1970, or milliseconds where they are large."""
    seconds, milliseconds = _one(at=1_763_661_600), _one(at=1_763_661_600_000)
    assert isinstance(seconds, Message)
    assert isinstance(milliseconds, Message)
    assert seconds.sent_at == milliseconds.sent_at == datetime(2025, 11, 20, 18, tzinfo=UTC)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    """JSON can escape what no encoder takes."""
    message = _one(text="a\ud800b")
    assert isinstance(message, Message)
    assert message.own_text == "a\ufffdb"


def test_the_rest_goes_on_after_broken_lines() -> None:
    """Not JSON, not an object, not UTF-8, far too long: each is told by its line, and the two good ones are read."""
    good = json.dumps(BASE).encode()
    lines = [good, b"{nope", b"", b"[1]", b'{"id": "\xff"}', b"x" * 1_000_002, good.replace(b'"1"', b'"2"')]
    rows = list(read_file(io.BytesIO(b"\n".join(lines)), "chat.jsonl", COMMUNITY))
    assert [row.place for row in rows if not isinstance(row, LeftOut)] == [
        f"chat.jsonl:{number}" for number in (1, 2, 4, 5, 6, 7)
    ]
    assert [type(row) for row in rows] == [ReadRow, BrokenRow, BrokenRow, BrokenRow, BrokenRow, ReadRow]
    faults = [row.fault for row in rows if isinstance(row, BrokenRow)]
    assert faults[1:] == [
        "not a JSON object in braces",
        "the line is not UTF-8 text; save the file as UTF-8",
        "the line has more than 1000000 characters",
    ]


def test_a_file_in_utf_16_is_read_by_its_mark() -> None:
    """Windows programs save so."""
    rows = list(read_file(io.BytesIO((json.dumps(BASE) + "\n").encode("utf-16")), "chat.jsonl", COMMUNITY))
    assert [type(row) for row in rows] == [ReadRow]


@unhurried
@given(row_over("kind", "id", "channel", "author", "at", "text", "poll", "attachments", "roles", "joined", "mentions"))
def test_no_json_object_makes_the_reader_fail(row: dict[str, object]) -> None:
    """Whatever stands in the fields, it ends as one event or one told fault."""
    (read_row,) = read([json.dumps({**BASE, **row})], "chat.jsonl", COMMUNITY)
    assert isinstance(read_row, Message | Edit | Delete | Report | BrokenRow)


@unhurried
@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    """Not even those that are no text at all."""
    for row in read_file(io.BytesIO(content), "chat.jsonl", COMMUNITY):
        assert isinstance(row, ReadRow | BrokenRow)


def test_the_lines_in_the_docs_can_be_read() -> None:
    """docs/json-lines.md shows every kind, and names every field that it shows."""
    page = (Path(__file__).parents[2] / "docs" / "json-lines.md").read_text("utf-8")
    lines = page.split("```")[1].removeprefix("jsonl\n").splitlines()
    rows = list(read(lines, "docs", COMMUNITY))
    assert {type(row) for row in rows} == {Message, Edit, Delete, Report}
    fields = {field for line in lines for field in json.loads(line)}
    table = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    assert {field for field in fields if f"`{field}`" not in table} == set()
