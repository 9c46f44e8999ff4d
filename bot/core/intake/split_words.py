"""One word a line: short lines that one author sends in a row are read as the one thing they say. Pure rules.

Nothing is held back for that. Each line is judged when it comes, joined to those before it, so a slur that is spread
over lines is found with its last piece. What is found has to reach into that piece: what earlier lines say on their own
was judged with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.events import Message, Part, PartKind
from bot.domain.ids import MessageRef
from bot.domain.verdict import Evidence

SHORT = 20
"""A message of fewer characters may be a piece of something."""
PAUSE = timedelta(seconds=30)
"""The longest time between two lines of one run."""
REACH = timedelta(minutes=3)
"""How far back a run is followed."""
_MOST_LINES = 20
_MOST_CHARACTERS = 500
_SYLLABLE = 2
"""Pieces of so many letters are joined without a space: `i`, `di`, `ot` spell a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a run, and where its text stands in what they say together: offsets, end excluded."""

    ref: MessageRef
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a run of messages says together. The newest is the last line."""

    text: str
    lines: tuple[Line, ...]

    @property
    def newest_from(self) -> int:
        """Return where the newest message begins."""
        return self.lines[-1].start

    def as_message(self, newest: Message) -> Message:
        """Return the newest message as moderators are to read it: with the words of all."""
        return replace(newest, parts=(*newest.background, Part(kind=PartKind.TEXT, text=self.text)))


def is_short(message: Message) -> bool:
    """Return whether a message may be a piece of something longer."""
    return 0 < len(message.judged_text.strip()) < SHORT


def join(newest: Message, before: tuple[Message, ...]) -> Joined | None:
    """Return what a short message says together with its author's lines just before it (oldest first).

    None when it stands alone. A run goes back over short lines, none of them more than `PAUSE` after the one before it,
    and ends with the first longer one, which may be the beginning of a sentence.
    """
    if not is_short(newest):
        return None
    run = _run(newest, before)
    if len(run) == 1:
        return None
    text = ""
    lines: list[Line] = []
    for message in run:
        piece = message.judged_text.strip()
        text += _between(lines, piece)
        lines.append(Line(ref=message.ref, start=len(text), end=len(text) + len(piece)))
        text += piece
    return Joined(text=text, lines=tuple(lines))


def covered(joined: Joined, evidence: Iterable[Evidence]) -> tuple[MessageRef, ...]:
    """Return the earlier messages of a run that hold any of the quoted words."""
    spans = [(quote.start, quote.end) for quote in evidence]
    return tuple(
        line.ref for line in joined.lines[:-1] if any(start < line.end and line.start < end for start, end in spans)
    )


def in_newest(joined: Joined, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return quotes from the joined text with their places in the newest message's own."""
    start = joined.newest_from
    return tuple(replace(quote, start=max(quote.start - start, 0), end=max(quote.end - start, 0)) for quote in evidence)


def reaches(evidence: Iterable[Evidence], newest_from: int) -> bool:
    """Return whether any of the quoted words stand in the newest message."""
    return any(quote.end > newest_from for quote in evidence)


def _run(newest: Message, before: tuple[Message, ...]) -> list[Message]:
    run, characters = [newest], len(newest.judged_text)
    for message in reversed(before):
        characters += len(message.judged_text)
        apart = run[0].sent_at - message.sent_at
        if apart > PAUSE or len(run) >= _MOST_LINES or characters > _MOST_CHARACTERS:
            break
        if not message.judged_text.strip():
            continue
        run.insert(0, message)
        if not is_short(message):
            break
    return run


def _between(lines: list[Line], piece: str) -> str:
    if not lines:
        return ""
    before = lines[-1].end - lines[-1].start
    return "" if max(before, len(piece)) <= _SYLLABLE else " "
