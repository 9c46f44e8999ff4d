"""Hostile text made readable: normalising with a map back to the original, folding, neutralising control tokens.

What the model reads is NFKC-normalised and free of characters that a reader cannot see. Everything here keeps, for each
character of its result, the place in the original that it came from, so that a quote is marked where people look.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 8_000
"""Longest text that is normalised, in code points."""

_MOST_MARKS = 30
"""Combining marks in a row that are kept, as in Unicode's Stream-Safe Text Format: NFKC sorts each such run, at a cost
that grows with its square. No language needs more than a few; beyond them readers see ink."""

_INVISIBLE = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFF9),
    ]
)
"""Characters outside of category Cf that show nothing: fillers, joiners, variation selectors, reserved ignorables."""
_QUOTES = dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02bc", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u2039\u203a\u300c\u300d", '"'
)
_KEPT_CONTROLS = frozenset("\n\t\r\x0b\x0c\x85")
_LINE_ENDS = frozenset("\r\x0b\x0c\x85")
"""Controls that separate words like a line's end, and become one: dropping them would join the words around them."""
_TAGS_AND_SELECTORS = range(0xE0000, 0xE1000)
_HANGUL_FOLLOWERS = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))
_LAST_COMPOSING = 0x20000
_FIRST_MARK = "\u0300"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A text made from another: character i came from the original's offsets `starts[i]` to `ends[i]`, end excluded."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original that the range `start` to `end` of the text came from, ends excluded.

        IndexError for an empty range: nothing has no place.
        """
        if start >= end:
            raise IndexError(f"an empty range: {start} to {end}")
        return self.starts[start], self.ends[end - 1]


def is_hidden(char: str) -> bool:
    """Return whether a reader cannot see this character: format, tag and control characters, fillers, selectors."""
    code = ord(char)
    if char in _KEPT_CONTROLS:
        return False
    category = unicodedata.category(char)
    return category in ("Cf", "Cc") or code in _INVISIBLE or code in _TAGS_AND_SELECTORS


def hidden_count(text: str) -> int:
    """Return how many characters a reader cannot see; moderators are told."""
    return sum(1 for char in text if is_hidden(char))


def normalise(text: str) -> Aligned:
    """Return the text NFKC-normalised, without hidden characters, aligned with the original.

    Lone surrogates become U+FFFD, since no encoder takes them. ValueError above `MAX_CHARACTERS`: the caller decides
    what to do with such a text, and nothing is cut silently.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters are more than {MAX_CHARACTERS}")
    if _is_plain(text):
        return Aligned(text=text, starts=tuple(range(len(text))), ends=tuple(range(1, len(text) + 1)))
    visible = _without_piled_marks(
        [(index, _encodable(char)) for index, char in enumerate(text) if not is_hidden(char)]
    )
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for segment in _segments(visible):
        made = unicodedata.normalize("NFKC", "".join(char for _, char in segment))
        out.append(made)
        starts.extend([segment[0][0]] * len(made))
        ends.extend([segment[-1][0] + 1] * len(made))
    return Aligned(text="".join(out), starts=tuple(starts), ends=tuple(ends))


def _without_piled_marks(visible: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the characters with at most `_MOST_MARKS` combining marks after one another."""
    kept: list[tuple[int, str]] = []
    run = 0
    for index, char in visible:
        run = run + 1 if char >= _FIRST_MARK and unicodedata.combining(char) else 0
        if run <= _MOST_MARKS:
            kept.append((index, char))
    return kept


def _encodable(char: str) -> str:
    if char in _LINE_ENDS:
        return "\n"
    return "\ufffd" if unicodedata.category(char) == "Cs" else char


def _segments(visible: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Split where NFKC cannot compose across, so that normalising piece by piece equals normalising the whole."""
    segments: list[list[tuple[int, str]]] = []
    for index, char in visible:
        if segments and not _starts_segment(char):
            segments[-1].append((index, char))
        else:
            segments.append([(index, char)])
    return segments


def _starts_segment(char: str) -> bool:
    if char < _FIRST_MARK:
        return True
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.combining(first) == 0 and first not in _composing_followers()


@lru_cache(maxsize=1)
def _composing_followers() -> frozenset[str]:
    """Return the characters that may join the one before them although they are no combining marks."""
    pairs = (unicodedata.decomposition(chr(code)).split() for code in range(_LAST_COMPOSING))
    seconds = (chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<"))  # noqa: PLR2004 - a pair
    return frozenset(seconds) | frozenset(map(chr, _HANGUL_FOLLOWERS))


def neutralise(text: str) -> str:
    """Return the text without the two characters that begin every control token. Always the last step."""
    return text.replace("<|", "< |")


def fold(text: str) -> Aligned:
    """Return the text as quotes are compared: case folded, white space collapsed, quotes unified; ends not stripped."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, char in enumerate(text):
        made = fold_char(char)
        if made == " " and out and out[-1] == " ":
            ends[-1] = index + 1
            continue
        out.extend(made)
        starts.extend([index] * len(made))
        ends.extend([index + 1] * len(made))
    return Aligned(text="".join(out), starts=tuple(starts), ends=tuple(ends))


def copy_key(text: str) -> str:
    """Return the form in which exact copies are compared: normalised, folded, stripped.

    It is `fold(normalise(text).text).text.strip()`, made without the offsets that quotes need: every message is looked
    up by it. Links are folded along, so their exact form has to be compared beside it. ValueError above
    `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters are more than {MAX_CHARACTERS}")
    if _is_plain(text):
        return " ".join(text.replace("`", "'").casefold().split())
    visible = text.translate({ord(char): None if is_hidden(char) else _encodable(char) for char in set(text)})
    if any(map(unicodedata.combining, visible)):
        visible = "".join(char for _, char in _without_piled_marks(list(enumerate(visible))))
    read = unicodedata.normalize("NFKC", visible)
    folded = read.translate({ord(char): fold_char(char) for char in set(read)})
    return " ".join(word for word in folded.split(" ") if word)


def fold_char(char: str) -> str:
    """Return a character as quotes are compared: white space as a space, any quote as a plain one, in lower case."""
    return " " if char.isspace() else _QUOTES.get(char, char).casefold()


def _is_plain(text: str) -> bool:
    """Return whether normalising leaves a text as it is: visible ASCII, line ends and tabs."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()
