"""Lines that begin with `>`: another's words only where somebody else really said them here, a short while ago.

A made-up quotation would be a way to say anything and be judged for nothing, so what is on record decides, once, when a
message comes in: the latest messages of its channel, and the one that it answers. Where its words are not found there,
a quotation is its writer's own. A removed message counts where it was judged before, as long as its text is kept: an
accomplice could say anything for a second, to have it quoted. What was found is kept with the message as places in its
text, so the text, and with it the revision, stays what the platform sent, whenever that sends it again.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby, islice

from bot.domain.events import Edit, Event, Message, Origin, Part, PartKind, Report, unmarked
from bot.domain.states import State
from bot.domain.texts.evidence import as_seen, holds_words
from bot.domain.texts.text import MAX_CHARACTERS
from bot.ports.inbox import Inbox

RECENT = timedelta(days=1)
"""How long before a quotation its words may have been said."""
MOST_BEFORE = 100
MOST_CHARACTERS = 20_000
"""How many messages, and how many characters of them, are looked through for one message: the latest."""
MOST_PARTS, MOST_TRIED = 3, 60
"""Of how many parts of a message how many quotations and lines are looked for; what comes after is its writer's own."""
LINE = 20
"""Characters from which a line of a longer quotation counts by itself. Short ones could be put together to anything."""

_QUOTED_LINE = re.compile(r"[ \t]*>")
_ALL_THAT_FOLLOWS = re.compile(r"[ \t]*>>>[ \t]")
_Span = tuple[int, int]


async def confirmed_event(event: Event, inbox: Inbox) -> Event:
    """Return an event whose message says which of its lines are another's words."""
    if isinstance(event, Message):
        return await confirmed(event, inbox)
    if isinstance(event, Edit) or (isinstance(event, Report) and event.message is not None):
        message = event.message
        return event if message is None else replace(event, message=await confirmed(message, inbox))
    return event


async def confirmed_page(page: Sequence[Message], inbox: Inbox) -> tuple[Message, ...]:
    """Return messages of one channel, oldest first, none of which is on record yet, as `confirmed` returns each."""
    made: list[Message] = []
    for message in page:
        made.append(await confirmed(message, inbox, beside=made))
    return tuple(made)


async def confirmed(message: Message, inbox: Inbox, beside: Sequence[Message] = ()) -> Message:
    """Return a message that says which of its lines are another's words.

    `beside` are messages of its channel that are known and not on record yet, oldest first.
    """
    if not has_quotation(message):
        return message
    said = [*await inbox.said_before(message, MOST_BEFORE), *beside]
    if message.reply_to is not None:
        answered = await inbox.current(replace(message.ref, message=message.reply_to))
        if answered is not None and answered.message is not None and answered.state is not State.WITHDRAWN:
            said.append(replace(answered.message, sent_at=message.sent_at))
    return with_quotations(message, said)


def has_quotation(message: Message) -> bool:
    """Return whether any line of a message is written as a quotation."""
    return any(_can_quote(part) for part in message.parts)


def with_quotations(message: Message, said: Iterable[Message]) -> Message:
    """Return a message that says which of its lines are others' words, of those that were said (oldest first)."""
    if not has_quotation(message):
        return message
    heard = list(_heard(message, tuple(said)))
    parts = [part for part in message.parts if _can_quote(part)][:MOST_PARTS]
    found = {id(part): tuple(_found(part.text, heard, MOST_TRIED)) for part in parts}
    return replace(message, parts=tuple(replace(part, quoted=found.get(id(part), ())) for part in message.parts))


def _can_quote(part: Part) -> bool:
    return (
        part.kind is PartKind.TEXT
        and part.origin is Origin.OWN
        and ">" in part.text
        and len(part.text) <= MAX_CHARACTERS
        and any(map(_QUOTED_LINE.match, part.text.split("\n")))
    )


def _heard(message: Message, said: tuple[Message, ...]) -> Iterator[str]:
    """Yield what others said lately, the latest first, as people see it; not more than may be looked through."""
    characters = 0
    for other in reversed(said):
        characters += len(other.judged_text)
        if characters > MOST_CHARACTERS:
            return
        is_others = other.author.id != message.author.id and other.ref != message.ref
        if is_others and message.sent_at - other.sent_at <= RECENT:
            yield as_seen(other.judged_text)


def _found(text: str, heard: list[str], most: int) -> Iterator[_Span]:
    """Yield where a text repeats what was heard: whole lines, without the end of the last. So many places are tried."""
    found: list[_Span] = []
    for span, counts in islice(_places(text), most):
        if counts and not (found and span[1] <= found[-1][1]) and _was_said(text[slice(*span)], heard):
            found.append(span)
            yield span


def _places(text: str) -> Iterator[tuple[_Span, bool]]:
    """Yield the whole of each quotation, and then its lines; with each whether it is long enough to count by itself."""
    for lines in _blocks(text):
        yield (lines[0][0], lines[-1][1]), True
        for line in lines if len(lines) > 1 else ():
            yield line, len(as_seen(unmarked(text[slice(*line)]))) >= LINE


def _was_said(quotation: str, heard: list[str]) -> bool:
    words = as_seen(unmarked(quotation))
    return bool(words) and any(holds_words(each, words) for each in heard)


def _blocks(text: str) -> Iterator[list[_Span]]:
    """Yield the lines of each quotation: those that begin with `>` one after the other, or all after a `>>>`."""
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append((start, start + len(line)))
        start += len(line) + 1
    for number, (begin, _) in enumerate(lines):
        if _ALL_THAT_FOLLOWS.match(text, begin):
            yield from _marked_blocks(text, lines[:number])
            yield lines[number:]
            return
    yield from _marked_blocks(text, lines)


def _marked_blocks(text: str, lines: list[_Span]) -> Iterator[list[_Span]]:
    for is_quoted, block in groupby(lines, lambda line: _QUOTED_LINE.match(text, *line) is not None):
        if is_quoted:
            yield list(block)
