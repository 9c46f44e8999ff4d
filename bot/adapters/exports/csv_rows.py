"""Any table of messages as CSV: which column holds what is told by options, or guessed from the header."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import BinaryIO

from bot.adapters.exports.fields import moment
from bot.adapters.exports.rows import BrokenRow, PlacedRows, ReadRow, RowFault
from bot.adapters.exports.streams import check_line, lines_of
from bot.domain.errors import InputError
from bot.domain.events import Author, Message, Part, PartKind
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId

TIMELESS_START = datetime(2000, 1, 1, tzinfo=UTC)
"""Rows without a time stand a minute apart from here, so that no limit per hour is reached by their lack of one."""

_DELIMITERS = ",;\t|"
_LINES_BEFORE = 20
"""Lines among which the header is looked for."""
_NO_PART = "this line is no part of the table; passed over"
_GUESSES = {
    "text": ("text", "content", "message", "body", "comment", "msg"),
    "author": ("author", "user", "username", "author_id", "user_id", "name", "from"),
    "time": ("time", "timestamp", "date", "datetime", "at", "created_at", "sent_at", "ts"),
    "id": ("id", "message_id", "msg_id"),
    "channel": ("channel", "channel_name", "channel_id", "room", "thread"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names of the columns; an empty one is guessed, and only the text's column is needed."""

    text: str = ""
    author: str = ""
    time: str = ""
    id: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    text: int
    author: int | None
    time: int | None
    id: int | None
    channel: int | None


def read_file(raw: BinaryIO, name: str, community: CommunityId, columns: Columns) -> PlacedRows:
    """Yield a message for each row. Raises InputError when a named column is not there, or none holds the text."""
    lines = _Lines(lines_of(raw))
    start = _start(lines, name, columns)
    yield from (BrokenRow(place=f"{name}:{line}", fault=_NO_PART) for line in start.passed_over)
    for line, cells in _table(lines, start.delimiter):
        place = f"{name}:{line}"
        try:
            if isinstance(cells, RowFault):
                raise cells
            if cells:
                yield ReadRow(place=place, event=_message(cells, start.places, line, community))
        except RowFault as fault:
            yield BrokenRow(place=place, fault=str(fault))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """Where a table begins: its columns, what splits them, and the lines before it."""

    places: _Places
    delimiter: str
    passed_over: tuple[int, ...]


def _start(lines: "_Lines", name: str, columns: Columns) -> _Start:
    """Read up to the header: a title may stand before it, and Excel's `sep=;`. Raises InputError where there is none.

    Where no column is named, only lines of one cell are passed over: in any other a word of the chat may look like one.
    """
    said, passed, fault = "", list[int](), InputError(f"{name}:1: no row of column names was found here.")
    for line in islice(lines, _LINES_BEFORE):
        marked = line.strip().strip('"')
        if marked.casefold().startswith("sep=") and len(marked) <= len("sep=;"):
            said = marked[len("sep=") :] or "\t"
            continue
        delimiter = said or delimiter_of(line)
        try:
            places = _places(next(csv.reader([line], delimiter=delimiter), []), name, columns)
        except InputError as error:
            fault = error if not passed else fault
            if delimiter in line and not columns.text:
                break
        except csv.Error:
            pass
        else:
            return _Start(places=places, delimiter=delimiter, passed_over=tuple(passed))
        passed += [lines.number] if line.strip() else []
    raise fault


class _Lines(Iterator[str]):
    """Lines with their number, and the fault of those that can't be used: such a line stands empty."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self.number = 0
        self.fault: RowFault | None = None

    def __next__(self) -> str:
        """Return the next line."""
        self.number, line = next(self._lines)
        try:
            check_line(line)
        except RowFault as fault:
            self.fault = fault
            return "\n"
        return line.replace("\0", "\ufffd")


def _table(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | RowFault]]:
    """Yield each row, or the fault that takes its place, with the line it begins on."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, RowFault(f"this row can't be read as CSV ({error}); check its quotes")
            continue
        if lines.fault is not None:
            yield line, lines.fault
            lines.fault = None
        else:
            yield line, cells


def delimiter_of(line: str) -> str:
    """Return what separates a header's columns: the one of comma, semicolon, tab and bar that occurs most."""
    return max(_DELIMITERS, key=line.count)


def _places(header: Sequence[str], name: str, columns: Columns) -> _Places:
    names = [column.strip().casefold() for column in header]
    text = _place(names, header, name, "text", columns.text)
    if text is None:
        raise InputError(
            f"{name}:1: no column seems to hold the text. Name it with --text-column; there are: {_all(header)}."
        )
    return _Places(
        text=text,
        author=_place(names, header, name, "author", columns.author),
        time=_place(names, header, name, "time", columns.time),
        id=_place(names, header, name, "id", columns.id),
        channel=_place(names, header, name, "channel", columns.channel),
    )


def _place(names: list[str], header: Sequence[str], file: str, role: str, wanted: str) -> int | None:
    """Return where a column stands; None where it was not named and can't be guessed. Raises InputError."""
    if wanted:
        if wanted.strip().casefold() not in names:
            raise InputError(f"{file}:1: there is no column {wanted!r}. There are: {_all(header)}.")
        return names.index(wanted.strip().casefold())
    return next((names.index(guess) for guess in _GUESSES[role] if guess in names), None)


def _all(header: Sequence[str]) -> str:
    return ", ".join(repr(column.strip()) for column in header[:30]) or "none"


def _message(cells: list[str], places: _Places, line: int, community: CommunityId) -> Message:
    def cell(place: int | None) -> str:
        if place is None:
            return ""
        if place >= len(cells):
            raise RowFault(f"this row has {len(cells)} cells, too few")
        return cells[place].strip()

    person = cell(places.author) or f"unknown-{line}"
    at = moment(cell(places.time), "its time", UTC) if places.time is not None else _timeless(line)
    words = cell(places.text)
    return Message(
        ref=MessageRef(
            community=community,
            channel=ChannelId(cell(places.channel) or "table"),
            message=MessageId(cell(places.id) or f"row-{line}"),
        ),
        author=Author(id=PersonId(person), name=person),
        sent_at=at,
        parts=(Part(kind=PartKind.TEXT, text=words),) if words else (),
    )


def _timeless(line: int) -> datetime:
    return TIMELESS_START + timedelta(minutes=line)
