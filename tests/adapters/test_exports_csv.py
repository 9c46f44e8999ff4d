"""CSV: columns by option or by their usual names, and one told fault for each row that can't be used."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.exports.csv_rows import Columns, read_file
from bot.adapters.exports.rows import BrokenRow, LeftOut, PlacedRows, ReadRow
from bot.domain.errors import InputError
from bot.domain.events import Message
from bot.domain.ids import CommunityId
from tests.hostile import unhurried

COMMUNITY = CommunityId("console:test")


def _read(content: str | bytes, columns: Columns | None = None) -> PlacedRows:
    raw = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    return read_file(raw, "chat.csv", COMMUNITY, columns or Columns())


def _messages(content: str | bytes, columns: Columns | None = None) -> list[Message]:
    rows = [row.event for row in _read(content, columns) if isinstance(row, ReadRow)]
    return [event for event in rows if isinstance(event, Message)]


def test_columns_are_found_by_their_usual_names() -> None:
    """A header in any case, with a byte order mark."""
    (message,) = _messages("\ufeffMessage_ID,Timestamp,Channel,User,Content\n7,2026-11-20 18:00,hall,ann,hello\n")
    assert (message.ref.message, message.ref.channel, message.author.id, message.own_text) == (
        "7",
        "hall",
        "ann",
        "hello",
    )
    assert message.sent_at == datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_headers(delimiter: str) -> None:
    """Spreadsheets of many countries write semicolons."""
    (message,) = _messages(f"text{delimiter}author\nhello{delimiter}ann\n")
    assert (message.own_text, message.author.id) == ("hello", "ann")


def test_columns_named_by_options_win_over_guesses() -> None:
    """A table may have a `text` column that is not the message."""
    (message,) = _messages("text,said,who\nwrong,right,ann\n", Columns(text="Said", author="who"))
    assert (message.own_text, message.author.id) == ("right", "ann")


def test_a_named_column_that_is_not_there_is_told_with_those_that_are() -> None:
    """The whole file is unusable: one message."""
    with pytest.raises(InputError, match=r"chat.csv:1: there is no column 'body'. There are: 'text', 'author'."):
        list(_read("text,author\n", Columns(text="body")))


def test_a_table_without_any_text_column_says_how_to_name_it() -> None:
    """Nothing is guessed from the content."""
    with pytest.raises(InputError, match="Name it with --text-column; there are: 'a', 'b'"):
        list(_read("a,b\n1,2\n"))


def test_rows_without_id_time_and_author_get_their_own() -> None:
    """A minute apart, each of somebody else, so that no limit is reached by what the table lacks."""
    first, second = _messages("text\nhello\nagain\n", Columns(text="text"))
    assert (first.ref.message, second.ref.message) == ("row-2", "row-3")
    assert (second.sent_at - first.sent_at).total_seconds() == 60
    assert first.author.id != second.author.id


def test_broken_rows_are_told_by_the_line_they_begin_on_and_the_rest_goes_on() -> None:
    """Too few cells, a bad time, bytes that are not UTF-8, a stray quote; a cell over two lines is none of them."""
    content = (
        b"time,text,author\n"
        b'2026-11-20,"over\ntwo lines",ann\n'
        b"2026-11-20\n"
        b"soon,hello,ann\n"
        b"2026-11-20,caf\xe9,ann\n"
        b'2026-11-20,"a"b,ann\n'
        b"2026-11-20,the last,ann\n"
    )
    rows = list(_read(content))
    assert [row.place for row in rows if not isinstance(row, LeftOut)] == [
        f"chat.csv:{line}" for line in (2, 4, 5, 6, 7, 8)
    ]
    faults = [row.fault for row in rows if isinstance(row, BrokenRow)]
    assert [fault.split(";")[0].split("(")[0].strip() for fault in faults] == [
        "this row has 1 cells, too few",
        "its time is 'soon'",
        "the line is not UTF-8 text",
        "this row can't be read as CSV",
    ]
    assert isinstance(rows[-1], ReadRow)


def test_a_quote_that_is_never_closed_costs_no_more_than_one_told_row() -> None:
    """It swallows what follows up to the longest cell, and says so."""
    rows = list(_read('text,author\nfine,ann\n"never closed,ann\n' + "x,ann\n" * 100))
    assert [type(row) for row in rows] == [ReadRow, BrokenRow]


@unhurried
@given(st.binary(max_size=200))
def test_no_bytes_after_the_header_make_the_reader_fail(content: bytes) -> None:
    """Whatever follows ends as messages or told faults."""
    for row in _read(b"time,text,author\n" + content):
        assert isinstance(row, ReadRow | BrokenRow)
