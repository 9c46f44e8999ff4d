"""What members and the model wrote, made fit for a card: one line, no hidden characters, or hidden characters shown."""

import re
import unicodedata

from bot.domain.texts.text import is_hidden

LINE_BREAK = "↵"
_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_NOT_A_CHARACTER = "\ufffd"
_SMUGGLED_SHOWN = 40
_TAG_LETTERS = range(0xE0020, 0xE007F)
_TAG_OFFSET = 0xE0000

_PICTURE = "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_ORDINARY = re.compile(
    f"(?<={_PICTURE})\ufe0f"  # an emoji drawn in colour
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"  # a keycap
    f"|(?:(?<={_PICTURE})|(?<={_PICTURE}\ufe0f)|(?<={_TONE}))\u200d(?={_PICTURE})"  # emoji joined into one
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007e]{2,6}\U000e007f"  # the flag of a part of a country
    "|(?<=[\u0600-\u07ff\u0900-\u0dff])[\u200c\u200d](?=[\u0600-\u07ff\u0900-\u0dff])"  # scripts that need joiners
)
"""Hidden characters that honest typing makes. They are left where they are, and are no reason to warn anybody."""


def ordinary_joiners(text: str) -> frozenset[int]:
    """Return the offsets of hidden characters that belong to an emoji or to a script that needs them."""
    return frozenset(index for found in _ORDINARY.finditer(text) for index in range(*found.span()))


def plain_line(text: str, limit: int) -> str:
    """Return the text on one line, without hidden characters, cut with an ellipsis above `limit` code points.

    For names, titles and what the model wrote. Lone surrogates become U+FFFD, since no platform takes them.
    """
    return _capped(" ".join(_visible(text[: limit * 8]).split()), limit)


def plain_text(text: str, limit: int) -> str:
    """Return the text without hidden characters, its lines kept, cut with an ellipsis above `limit` code points."""
    lines = (" ".join(line.split()) for line in _visible(text[: limit * 8]).splitlines())
    return _capped("\n".join(line for line in lines if line), limit)


def unit_of(run: str) -> str:
    """Return a visible character, or a run of white space, as a quote shows it: on one line, no lone surrogates."""
    if not run.isspace():
        return _whole_character(run)
    return f" {LINE_BREAK} " if _LINE_BREAKS.intersection(run) else " "


def is_tag(char: str) -> bool:
    """Return whether this is a tag character: an invisible twin of an ASCII character."""
    return ord(char) in _TAG_LETTERS


def marker_of(run: str) -> str:
    """Return what stands for a run of hidden characters: `U+200B`, `U+200B x3`, or the letters that tags smuggle."""
    if all(map(is_tag, run)):
        smuggled = "".join(chr(ord(char) - _TAG_OFFSET) for char in run[:_SMUGGLED_SHOWN])
        return f"U+E00xx “{smuggled}{'…' if len(run) > _SMUGGLED_SHOWN else ''}”"
    name = f"U+{ord(run[0]):04X}"
    if len(run) == 1:
        return name
    return f"{name} x{len(run)}" if len(set(run)) == 1 else f"{name}… x{len(run)}"


def _visible(text: str) -> str:
    joiners = ordinary_joiners(text)
    kept = (char for index, char in enumerate(text) if index in joiners or char.isspace() or not is_hidden(char))
    return "".join(map(_whole_character, kept))


def _whole_character(char: str) -> str:
    return _NOT_A_CHARACTER if unicodedata.category(char) == "Cs" else char


def _capped(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
