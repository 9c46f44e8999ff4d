"""Which part of an export is taken: a span, channels by id or name, a sample that can be drawn again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.adapters.exports.rows import BrokenRow, ReadRow
from bot.adapters.exports.selection import Selection, selected
from bot.domain.errors import InputError
from bot.domain.events import Event
from bot.domain.ids import ChannelId
from tests.factories import AT, edit, later, message

NAMES = {ChannelId("7"): "hall", ChannelId("8"): "attic"}
EVENTS: tuple[Event, ...] = (
    message("first", id="1", channel="7", at=AT),
    message("second", id="2", channel="8", at=later(60)),
    message("in a thread of the hall", id="3", channel="9", at=later(120), parent=ChannelId("7")),
    edit("first, changed", of=message("first", id="1", channel="7", at=AT), at=later(600)),
)


def _taken(selection: Selection, events: tuple[Event, ...] = EVENTS) -> list[str]:
    def read() -> Iterator[ReadRow | BrokenRow]:
        yield BrokenRow(place="f:0", fault="broken")
        for number, event in enumerate(events, start=1):
            yield ReadRow(place=f"f:{number}", event=event)

    rows = list(selected(read, NAMES, selection))
    assert rows[0] == BrokenRow(place="f:0", fault="broken")
    assert len(rows) == len(events) + 1
    return [row.place for row in rows if isinstance(row, ReadRow)]


def test_everything_is_taken_unless_something_is_said() -> None:
    """Broken rows are told whatever is taken."""
    assert _taken(Selection()) == ["f:1", "f:2", "f:3", "f:4"]


def test_a_span_begins_with_since_and_ends_before_until() -> None:
    """An edit counts as its message does, whenever it was made."""
    assert _taken(Selection(since=later(60), until=later(120))) == ["f:2"]
    assert _taken(Selection(until=AT + timedelta(seconds=1))) == ["f:1", "f:4"]


@pytest.mark.parametrize("channel", ["7", "hall"])
def test_a_channel_is_named_by_its_id_or_its_name_and_has_its_threads(channel: str) -> None:
    """The thread's own id names it alone."""
    assert _taken(Selection(channels=frozenset({channel}))) == ["f:1", "f:3", "f:4"]
    assert _taken(Selection(channels=frozenset({"9"}))) == ["f:3"]


def test_a_channel_that_is_not_there_is_told_with_those_that_are() -> None:
    """A typing mistake would otherwise look like a quiet channel."""
    with pytest.raises(InputError, match=r"Nothing was sent in cellar\. Channels: attic, hall\."):
        _taken(Selection(channels=frozenset({"cellar"})))


def test_a_sample_has_its_size_its_edits_and_can_be_drawn_again() -> None:
    """Every message is as likely as any other: over many seeds, the first and the last are drawn about as often."""
    many: tuple[Event, ...] = tuple(message(f"text {number}", id=str(number)) for number in range(40))
    draws = [_taken(Selection(sample=10, seed=seed), many) for seed in range(200)]
    assert all(len(draw) == 10 for draw in draws)
    assert draws[0] == _taken(Selection(sample=10, seed=0), many) != draws[1]
    for place in ("f:1", "f:40"):
        assert 30 <= sum(place in draw for draw in draws) <= 70
    assert _taken(Selection(sample=3)) == ["f:1", "f:2", "f:3", "f:4"]
