"""Which part of an export is replayed: a span of time, some channels, a sample."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.exports.rows import AnyRow, LeftOut, PlacedRows, ReadRow
from bot.core.recordings.playback import moment_of
from bot.domain.errors import InputError
from bot.domain.events import Edit, Event, Member, Message, Unread
from bot.domain.ids import ChannelId, MessageRef

NOT_ASKED_FOR = "not asked for"
"""The kind of what stands outside of a selection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """None and empty leave a field open. `channels` are ids or names; `sample` counts messages, drawn by `seed`."""

    since: datetime | None = None
    until: datetime | None = None
    channels: frozenset[str] = frozenset()
    sample: int | None = None
    seed: int = 0

    def takes(self, event: Event, names: Mapping[ChannelId, str]) -> bool:
        """Return whether an event is in the span and the channels; an edit counts as its message does."""
        at = event.message.sent_at if isinstance(event, Edit) else moment_of(event)
        if (self.since and at < self.since) or (self.until and at >= self.until):
            return False
        return not self.channels or bool(self.channels & _places(event, names))


def _places(event: Event, names: Mapping[ChannelId, str]) -> set[str]:
    """Return the ids and names of an event's channel, and of the channel that its thread belongs to."""
    if isinstance(event, Member):
        return set()
    if isinstance(event, Unread):
        known = {event.channel} if event.channel is not None else set()
        return {str(channel) for channel in known} | {names[channel] for channel in known if channel in names}
    message = event.message if isinstance(event, Edit) else event
    channels = {message.ref.channel, message.parent} if isinstance(message, Message) else {message.ref.channel}
    known = {channel for channel in channels if channel is not None}
    return {str(channel) for channel in known} | {names[channel] for channel in known if channel in names}


def selected(read: Callable[[], PlacedRows], names: Mapping[ChannelId, str], selection: Selection) -> Iterator[AnyRow]:
    """Yield the selected rows of a file, every broken one, and which were left out. For a sample it is read twice.

    Raises InputError when a file with messages has none in the channels named.
    """
    drawn = _drawn(read(), names, selection) if selection.sample is not None else None
    met = False
    for row in read():
        if not isinstance(row, ReadRow):
            yield row
        elif selection.takes(row.event, names) and (drawn is None or _ref_of(row.event) in drawn):
            met = True
            yield row
        else:
            yield LeftOut(kind=NOT_ASKED_FOR)
    if selection.channels and not met:
        there = ", ".join(sorted({*names.values()} - {""})[:20]) or "the file names none"
        raise InputError(f"Nothing was sent in {', '.join(sorted(selection.channels))}. Channels: {there}.")


def _drawn(rows: PlacedRows, names: Mapping[ChannelId, str], selection: Selection) -> set[MessageRef]:
    """Return the messages of a sample, each as likely as any other: what stays in a reservoir of that size."""
    draw = random.Random(selection.seed)  # noqa: S311 - a sample that can be drawn again, not a secret
    kept: list[MessageRef] = []
    size, seen = selection.sample or 0, 0
    for row in rows:
        if not isinstance(row, ReadRow) or not isinstance(row.event, Message) or not selection.takes(row.event, names):
            continue
        seen += 1
        if len(kept) < size:
            kept.append(row.event.ref)
        elif (place := draw.randrange(seen)) < size:
            kept[place] = row.event.ref
    return set(kept)


def _ref_of(event: Event) -> MessageRef | None:
    if isinstance(event, Member | Unread):
        return None
    return event.message.ref if isinstance(event, Edit) else event.ref
