"""The quoted text on a card: cut so that the evidence is seen, hidden characters shown, line breaks marked.

A text becomes units: one visible character each, or one marker for a run of hidden characters. Windows grow evenly
around the evidence until the quote is full.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from bot.domain.texts.evidence import Quotable, find_quote
from bot.domain.texts.text import MAX_CHARACTERS, is_hidden
from bot.domain.verdict import Evidence
from bot.messages.readable import LINE_BREAK, is_tag, marker_of, ordinary_joiners, unit_of

QUOTED_CHARACTERS = 300
"""Most characters that a card quotes, markers and ellipses included."""
_MOST_WINDOWS = 3
_CUT = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a quoted text, for the platform to escape and draw.

    `is_evidence`: the words that the rule's breach was found in. `is_hidden`: stands for characters that nobody sees
    (`U+200B x3`). `is_cut`: an ellipsis of ours, where text is left out.
    """

    text: str
    is_evidence: bool = False
    is_hidden: bool = False
    is_cut: bool = False


class _Kind(Enum):
    VISIBLE = "visible"
    SPACE = "space"
    HIDDEN = "hidden"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    text: str
    start: int
    end: int
    is_hidden: bool

    @property
    def is_blank(self) -> bool:
        return self.text.strip(f" {LINE_BREAK}") == ""


def quoted(text: str, evidence: tuple[Evidence, ...], limit: int = QUOTED_CHARACTERS) -> tuple[Segment, ...]:
    """Return the text in segments of `limit` characters at most, around the evidence where it is longer.

    The offsets of `evidence` are looked up again when the text at them is another one, and left out when the text no
    longer holds them: a mark never stands at the wrong place. Empty for a text without anything to see.
    """
    head = text[:MAX_CHARACTERS]
    units = _units(head)
    marked = _marked(units, _spans(head, evidence[:_MOST_WINDOWS]))
    fits = _length(units) <= limit and len(text) == len(head)
    shown = set(range(len(units))) if fits or not units else _chosen(units, marked, limit)
    segments = _segments(units, marked, shown)
    is_whole = max(shown, default=-1) + 1 == len(units) and len(text) == len(head)
    return segments if is_whole else (*segments, Segment(text=_CUT, is_cut=True))


def hidden_characters(text: str) -> int:
    """Return how many characters nobody sees, but for those of ordinary typing: emoji and scripts that need joiners."""
    joiners = ordinary_joiners(text)
    return sum(1 for index in range(len(text)) if _kind(text, index, joiners) in (_Kind.TAG, _Kind.HIDDEN))


def _spans(text: str, evidence: tuple[Evidence, ...]) -> list[tuple[int, int]]:
    whole = Quotable(text)
    spans = (_span(text, each, whole) for each in evidence)
    return sorted(span for span in spans if span is not None)


def _span(text: str, evidence: Evidence, whole: Quotable) -> tuple[int, int] | None:
    start, end = evidence.start, evidence.end
    if 0 <= start < end <= len(text) and find_quote(evidence.quote, text[start:end]) is not None:
        return start, end
    return whole.find(evidence.quote)


def _units(text: str) -> list[_Unit]:
    joiners = ordinary_joiners(text)
    units: list[_Unit] = []
    for kind, places in groupby(range(len(text)), lambda index: _kind(text, index, joiners)):
        run = list(places)
        pieces = [[index] for index in run] if kind is _Kind.VISIBLE else [run]
        units += [_unit(text, piece[0], piece[-1] + 1, kind) for piece in pieces]
    while units and units[0].is_blank:
        units.pop(0)
    while units and units[-1].is_blank:
        units.pop()
    return units


def _kind(text: str, index: int, joiners: frozenset[int]) -> _Kind:
    char = text[index]
    if char.isspace():
        return _Kind.SPACE
    if not is_hidden(char) or index in joiners:
        return _Kind.VISIBLE
    return _Kind.TAG if is_tag(char) else _Kind.HIDDEN


def _unit(text: str, start: int, end: int, kind: _Kind) -> _Unit:
    run = text[start:end]
    is_marker = kind in (_Kind.TAG, _Kind.HIDDEN)
    shown = marker_of(run) if is_marker else unit_of(run)
    return _Unit(text=shown, start=start, end=end, is_hidden=is_marker)


def _marked(units: list[_Unit], spans: list[tuple[int, int]]) -> set[int]:
    return {
        place for place, unit in enumerate(units) if any(start < unit.end and unit.start < end for start, end in spans)
    }


def _length(units: list[_Unit]) -> int:
    return sum(len(unit.text) for unit in units)


def _windows(marked: set[int]) -> list[range]:
    """Return the runs of marked units, or the beginning of the text where none is marked."""
    windows: list[range] = []
    for place in sorted(marked):
        if windows and windows[-1].stop == place:
            windows[-1] = range(windows[-1].start, place + 1)
        else:
            windows.append(range(place, place + 1))
    return windows[:_MOST_WINDOWS] or [range(1)]


def _chosen(units: list[_Unit], marked: set[int], limit: int) -> set[int]:
    """Return which units are shown: each window from its start, its share at most, then what is around them."""
    windows = _windows(marked)
    budget = limit - len(windows) - 1
    share = budget // len(windows)
    shown: set[int] = set()
    for window in windows:
        room = share
        for place in window:
            room -= len(units[place].text)
            if room < 0:
                break
            shown.add(place)
    room = budget - sum(len(units[place].text) for place in shown)
    return _grown(units, shown or {0}, room)


def _grown(units: list[_Unit], shown: set[int], room: int) -> set[int]:
    """Return the units with their neighbours, one on each side in turn, until there is no room for the next."""
    edges = [(place, step) for place in sorted(shown) for step in (-1, 1) if place + step not in shown]
    while edges:
        going_on = []
        for place, step in edges:
            following = place + step
            if following in shown or not 0 <= following < len(units):
                continue
            room -= len(units[following].text)
            if room < 0:
                return shown
            shown.add(following)
            going_on.append((following, step))
        edges = going_on
    return shown


def _segments(units: list[_Unit], marked: set[int], shown: set[int]) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    previous = -1
    for place in sorted(shown):
        if place != previous + 1:
            segments.append(Segment(text=_CUT, is_cut=True))
        _append(segments, units[place], is_evidence=place in marked)
        previous = place
    return tuple(segments)


def _append(segments: list[Segment], unit: _Unit, *, is_evidence: bool) -> None:
    last = segments[-1] if segments else None
    if last and not last.is_cut and not last.is_hidden and not unit.is_hidden and last.is_evidence == is_evidence:
        segments[-1] = Segment(text=last.text + unit.text, is_evidence=is_evidence)
    else:
        segments.append(Segment(text=unit.text, is_evidence=is_evidence, is_hidden=unit.is_hidden))
