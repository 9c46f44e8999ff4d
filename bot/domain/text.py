"""Hostile text made readable: normalising with a map back to the original, neutralising control tokens, finding quotes.

What the model reads is NFKC-normalised and free of characters that a reader cannot see. Everything here keeps, for each
character of its result, the place in the original that it came from, so that a quote is marked where people look.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARACTERS = 8_000
"""Longest text that is normalised, in code points. Alternating combining marks cost quadratic time in NFKC."""

_MIN_LETTERS = 3
_INVISIBLE = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]
)
"""Characters outside of category Cf that show nothing: fillers, joiners, variation selectors."""
_QUOTES = dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02bc", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u2039\u203a\u300c\u300d", '"'
)
_KEPT_CONTROLS = frozenset("\n\t")
_TAGS_AND_SELECTORS = range(0xE0000, 0xE1000)
_HANGUL_FOLLOWERS = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))
_LAST_COMPOSING = 0x20000


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A text made from another. `starts[i]` is the offset in the original from which character i came."""

    text: str
    starts: tuple[int, ...]
    original_length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original (end excluded) that the range `start` to `end` of the text came from."""
        first = self.starts[start]
        beyond = self.starts[end - 1] + 1
        while end < len(self.starts) and self.starts[end] < beyond:
            end += 1
        last = self.starts[end] if end < len(self.starts) else self.original_length
        return first, max(beyond, min(last, self.original_length)) if end < len(self.starts) else last


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
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return Aligned(text=text, starts=tuple(range(len(text))), original_length=len(text))
    visible = [(index, _no_surrogate(char)) for index, char in enumerate(text) if not is_hidden(char)]
    out: list[str] = []
    starts: list[int] = []
    for segment in _segments(visible):
        made = unicodedata.normalize("NFKC", "".join(char for _, char in segment))
        for char in made:
            if not is_hidden(char):
                out.append(char)
                starts.append(segment[0][0])
    return Aligned(text="".join(out), starts=tuple(starts), original_length=len(text))


def _no_surrogate(char: str) -> str:
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
    if char < "\u0300":
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
    for index, char in enumerate(text):
        made = " " if char.isspace() else _QUOTES.get(char, char).casefold()
        if made == " " and out and out[-1] == " ":
            continue
        out.extend(made)
        starts.extend([index] * len(made))
    return Aligned(text="".join(out), starts=tuple(starts), original_length=len(text))


def find_quote(quote: str, judged_text: str) -> tuple[int, int] | None:
    """Return where `judged_text` holds the quote (offsets, end excluded), or None when it does not count.

    Both sides are compared as the model read them: normalised, folded, control tokens neutralised. A quote needs three
    letters (digits and emoji count) unless it is the whole text.
    """
    if len(quote) > MAX_CHARACTERS or len(judged_text) > MAX_CHARACTERS:
        return None
    needle = fold(neutralise(normalise(quote).text)).text.strip()
    readable = normalise(judged_text)
    spaced, places = _neutralised_with_places(readable.text)
    hay = fold(spaced)
    if not needle or (needle != hay.text.strip() and _letters(needle) < _MIN_LETTERS):
        return None
    at = hay.text.find(needle)
    if at < 0:
        return None
    start, end = hay.span(at, at + len(needle))
    return readable.span(places[start], places[end - 1] + 1)


def _neutralised_with_places(text: str) -> tuple[str, list[int]]:
    out: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        if char == "|" and index and text[index - 1] == "<":
            out.append(" ")
            places.append(index)
        out.append(char)
        places.append(index)
    return "".join(out), places


def _letters(text: str) -> int:
    return sum(1 for char in text if char.isalnum() or unicodedata.category(char) in ("So", "Sk"))


def copy_key(text: str) -> str:
    """Return the form in which exact copies are compared: normalised, folded, stripped; links stay as they are."""
    return fold(normalise(text).text).text.strip()
