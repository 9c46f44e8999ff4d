"""What every reader of exports yields: events, and the rows that could not be read, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.events import Event


class RowFault(ValueError):
    """One row says something that can't be used: a reader's own signal, which ends as a BrokenRow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """One row that was skipped. `place` names the file and the line or entry; `fault` says what is wrong with it."""

    place: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One entry that was read and is nobody's words, or not asked for: counted by its kind, so that totals agree."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One event and where it stands in the file: what comes later may still find a fault with it."""

    place: str
    event: Event


Rows = Iterator[Event | BrokenRow]
"""What a reader of lines yields, in the order of the file."""

AnyRow = ReadRow | BrokenRow | LeftOut

PlacedRows = Iterator[AnyRow]
"""What a reader of a file yields, in the order of the file, or by time where an export is many files."""
