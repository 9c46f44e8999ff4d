"""Finding the words that a model quotes in the message that it read.

They are compared as the model read them. Where that finds nothing they are compared once more as a person reads them:
without markup, with look-alike letters as the Latin ones, without accents, with escapes in addresses decoded, without
the marks around the quote. A quote that leaves something out (`...`) counts when all of its pieces stand in the
message, in that order. What is found is always a place in the original: people see their own words marked.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.domain.texts.look_alikes import LOOK_ALIKES
from bot.domain.texts.text import MAX_CHARACTERS, Aligned, fold, fold_char, is_hidden, neutralise, normalise

Span = tuple[int, int]
"""Offsets into the original text, code points, end excluded."""

_ENOUGH = 3
"""What the characters of a quote have to weigh together: three letters, or two that say as much as a word."""
_A_WORD = 2
_MOST_PIECES = 4
_MOST_LOOKED_AT = 20
_LEFT_OUT = re.compile(r"\W{0,2}\.{3,8}\W{0,2}")
_MARKUP = frozenset("*_~|`\\")
"""What a platform shows as bold, struck through, hidden until pressed, or code, and does not show itself."""
_ESCAPES = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_ONE_ESCAPE = 3
_ACCENTS = (
    range(0x0300, 0x0370),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE20, 0xFE30),
)
"""Marks for letters of any script. Those of one script are left: there they are vowels, and make other words."""
_DENSE = (
    range(0x0E00, 0x0F00),
    range(0x1000, 0x10A0),
    range(0x1780, 0x1800),
    range(0x3041, 0x3130),
    range(0x31F0, 0x3200),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xAC00, 0xD7A4),
    range(0xF900, 0xFB00),
    range(0x20000, 0x40000),
)
"""Thai, Lao, Burmese, Khmer, kana, ideographs, Korean syllables: two of them are a word."""
_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A text in a form in which quotes are looked for, and its way back to the original."""

    text: str
    places: tuple[Aligned, ...]

    def span(self, start: int, end: int) -> Span:
        for aligned in self.places:
            start, end = aligned.span(start, end)
        return start, end


def find_quote(quote: str, judged_text: str) -> Span | None:
    """Return where `judged_text` holds the quote, the first piece of it; None when it does not count."""
    return next(iter(Quotable(judged_text).places(quote)), None)


def as_seen(text: str) -> str:
    """Return a text as a person sees it, for comparing: without markup, look-alikes and the marks around it.

    Empty for a text that no model reads, since it is too long.
    """
    read = _read(text)
    return _trimmed(_shown(read.text).text) if read is not None else ""


def holds_words(text: str, words: str) -> bool:
    """Return whether a text holds these words (both `as_seen`), and not only letters within other words.

    The first `_MOST_LOOKED_AT` places are looked at.
    """
    at = -1
    for _ in range(_MOST_LOOKED_AT if words else 0):
        at = text.find(words, at + 1)
        if at < 0:
            return False
        if not (_runs_on(text, at) or _runs_on(text, at + len(words))):
            return True
    return False


class Quotable:
    """A judged text in which quotes are looked for; it is read once, however many there are."""

    def __init__(self, judged_text: str) -> None:
        self._readable = _read(judged_text)

    def find(self, quote: str) -> Span | None:
        """Return where the text holds the quote, the first piece of it; None when it does not count."""
        return next(iter(self.places(quote)), None)

    def places(self, quote: str) -> tuple[Span, ...]:
        """Return where the text holds the quote: several places for one that leaves something out, none if it doesn't.

        A quote needs three letters (digits and emoji count), or two characters of a script that says a word with them,
        unless it is the whole text.
        """
        return tuple(span for span, enough in self._found(quote) if enough)

    def is_too_short(self, quote: str) -> bool:
        """Return whether the text holds the quote, but too little of it to count."""
        found = self._found(quote)
        return bool(found) and not any(enough for _, enough in found)

    def _found(self, quote: str) -> tuple[tuple[Span, bool], ...]:
        """Return each place of the quote, and whether it is long enough to count."""
        read = _read(quote)
        if self._readable is None or read is None:
            return ()
        spaced = neutralise(read.text)
        exact, dressed = fold(spaced).text.strip(), _shown(spaced).text
        shown = _trimmed(dressed)
        whole = exact == self._as_read.text.strip() or shown == self._words_shown
        for compared, needle in ((self._as_read, exact), (self._as_shown, shown)):
            at = compared.text.find(needle) if needle else -1
            if at >= 0:
                return ((compared.span(at, at + len(needle)), whole or _is_enough(needle)),)
        return self._pieces(dressed)

    def _pieces(self, quote: str) -> tuple[tuple[Span, bool], ...]:
        """Return the places of a quote's pieces, in their order; none unless all of them are there."""
        pieces = [piece for piece in map(_trimmed, _LEFT_OUT.split(quote, _MOST_PIECES)) if piece]
        if not 1 < len(pieces) <= _MOST_PIECES:
            return ()
        whole, at, found = self._as_shown, 0, []
        for piece in pieces:
            at = whole.text.find(piece, at)
            if at < 0:
                return ()
            found.append((whole.span(at, at + len(piece)), _is_enough(piece)))
            at += len(piece)
        return tuple(found)

    @cached_property
    def _spaced(self) -> _Compared:
        """The text without control tokens, as the model read it."""
        readable = self._readable or Aligned(text="", starts=(), ends=())
        spaced = _neutralised(readable.text)
        return _Compared(text=spaced.text, places=(spaced, readable))

    @cached_property
    def _as_read(self) -> _Compared:
        made = fold(self._spaced.text)
        return _Compared(text=made.text, places=(made, *self._spaced.places))

    @cached_property
    def _words_shown(self) -> str:
        return _trimmed(self._as_shown.text)

    @cached_property
    def _as_shown(self) -> _Compared:
        made = _shown(self._spaced.text)
        return _Compared(text=made.text, places=(made, *self._spaced.places))


def _read(text: str) -> Aligned | None:
    """Return the text as the model reads it; None for one that it never reads, too long as written or as read."""
    if len(text) > MAX_CHARACTERS:
        return None
    read = normalise(text)
    return read if len(read.text) <= MAX_CHARACTERS else None


def _neutralised(text: str) -> Aligned:
    """Return what `neutralise` makes of a text, aligned with it."""
    chars: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        if char == "|" and index and text[index - 1] == "<":
            chars.append(" ")
            places.append(index)
        chars.append(char)
        places.append(index)
    return Aligned(text="".join(chars), starts=tuple(places), ends=tuple(place + 1 for place in places))


def _shown(text: str) -> Aligned:
    """Return a text that was read as a person sees it, aligned with it: white space is collapsed, ends not stripped."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for char, start, end in _unescaped(text):
        made = _shown_as(char)
        if made == " " and out and out[-1] == " ":
            ends[-1] = end
            continue
        out.extend(made)
        starts.extend([start] * len(made))
        ends.extend([end] * len(made))
    return Aligned(text="".join(out), starts=tuple(starts), ends=tuple(ends))


@lru_cache(maxsize=4_096)
def _shown_as(char: str) -> str:
    """Return what stands for a character where texts are compared by their look; nothing for what is not seen."""
    if char in _MARKUP or _is_accent(char) or is_hidden(char):
        return ""
    letters = fold_char(char)
    bare = unicodedata.normalize("NFKD", letters)
    if all(map(_is_accent, bare[1:])):
        letters = bare[:1]
    return letters.translate(LOOK_ALIKES)


def _is_accent(char: str) -> bool:
    return any(ord(char) in marks for marks in _ACCENTS)


def _unescaped(text: str) -> Iterator[tuple[str, int, int]]:
    """Go through a text's characters with their places; one written as `%E2%82%AC` is one character."""
    last = 0
    for run in _ESCAPES.finditer(text):
        yield from ((text[index], index, index + 1) for index in range(last, run.start()))
        yield from _decoded(run[0], run.start())
        last = run.end()
    yield from ((text[index], index, index + 1) for index in range(last, len(text)))


def _decoded(escapes: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Go through the characters that a run of escapes stands for; what is no UTF-8 stays as it is written."""
    data, index = bytes.fromhex(escapes.replace("%", "")), 0
    while index < len(data):
        size = _utf8_size(data[index])
        piece = data[index : index + size]
        place = start + index * _ONE_ESCAPE
        try:
            char = piece.decode()
        except UnicodeDecodeError:
            size = 1
            written = escapes[index * _ONE_ESCAPE : (index + 1) * _ONE_ESCAPE]
            yield from ((char, place + offset, place + offset + 1) for offset, char in enumerate(written))
        else:
            yield char, place, place + size * _ONE_ESCAPE
        index += size


def _utf8_size(first: int) -> int:
    """Return how many bytes a character takes whose first byte this is, as UTF-8 counts them."""
    return 1 + (first >= 0xC2) + (first >= 0xE0) + (first >= 0xF0)  # noqa: PLR2004 - UTF-8's own bounds


def _trimmed(text: str) -> str:
    """Return the text without marks and spaces at its ends."""
    start, end = 0, len(text)
    while start < end and _is_mark(text[start]):
        start += 1
    while end > start and _is_mark(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_mark(char: str) -> bool:
    return char.isspace() or unicodedata.category(char).startswith("P")


def _runs_on(text: str, at: int) -> bool:
    """Return whether a word goes on at a place; of a script that writes none apart, none does."""
    return 0 < at < len(text) and all(char.isalnum() and not _is_dense(char) for char in text[at - 1 : at + 1])


def _is_dense(char: str) -> bool:
    return any(ord(char) in script for script in _DENSE)


def _is_enough(piece: str) -> bool:
    return sum(map(_weight, piece)) >= _ENOUGH


def _weight(char: str) -> int:
    """Return how much of a word a character is, where three make one."""
    code = ord(char)
    if code in _TONES:
        return 0
    if code in _FLAG_LETTERS:
        return 1
    category = unicodedata.category(char)
    if _is_dense(char):
        return _A_WORD if category[0] in "LMN" else 0
    if category == "So":
        return _A_WORD
    return int(char.isalnum() or category == "Sk")
