"""What every reader of exports yields: events, and the rows that could not be read, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """One row that was skipped. `place` names the file and the line or entry; `fault` says what is wrong with it."""

    place: str
    fault: str


Rows = Iterator[Event | BrokenRow]
"""What a reader yields, in the order of the file."""
