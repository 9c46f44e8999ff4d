"""Texts as Discord shows them: what people or the model wrote never becomes markup, a link or a mention."""

import re

from bot.messages.catalogue import Catalogue, Said, catalogue
from bot.messages.quoting import Segment

LONGEST_TEXT = 3_900
"""Most characters of one laid-out message; Discord takes 4,000."""
_SPECIAL = re.compile(r"([\\*_~`|<>\[\]()#@:+\-.])")
_NUMBER = re.compile(r"[0-9]{15,20}")
_FENCE = "```"
_CUT = "…"


def escape(text: str) -> str:
    """Return the text so that Discord shows it as it is. A backslash before any punctuation stands for it alone."""
    return _SPECIAL.sub(r"\\\1", text)


def speaking(language: str) -> Catalogue:
    """Return the catalogue whose values are escaped for Discord."""
    return catalogue(language, quote=escape)


def is_number(text: str) -> bool:
    """Return whether an id is one of Discord's: only such a one may stand in a mention."""
    return _NUMBER.fullmatch(text) is not None


def code(text: str) -> str:
    """Return a short text as code, easy to copy."""
    return f"`{text.replace('`', chr(0x2CB))}`"


def block(text: str) -> str:
    """Return a text as a block that can be copied whole; a fence within it is broken by an invisible character."""
    broken = text.replace(_FENCE, "``\u200b`")
    return f"{_FENCE}\n{broken}\n{_FENCE}"


def quote_line(segments: tuple[Segment, ...], *, is_spoiler: bool) -> str:
    """Return a quoted text on one line: evidence bold and underlined, stand-ins for hidden characters as code."""
    drawn = "".join(_segment(segment) for segment in segments)
    return f"> ||{drawn}||" if is_spoiler else f"> {drawn}"


def _segment(segment: Segment) -> str:
    if segment.is_hidden:
        return code(segment.text)
    if not segment.is_evidence:
        return escape(segment.text)
    bare = segment.text.strip()
    if not bare:
        return segment.text
    before, _, after = segment.text.partition(bare)
    return f"{before}__**{escape(bare)}**__{after}"


def cut(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return the text, cut at a line's end where it is too long."""
    if len(text) <= limit:
        return text
    kept = text[: limit - len(_CUT) - 1]
    return f"{kept[: kept.rfind(chr(10))] if chr(10) in kept else kept}\n{_CUT}"


def heading(text: str) -> str:
    """Return a text of ours as a heading."""
    return f"### {text}"


def lines(*texts: str | Said) -> str:
    """Return the texts that there are, a line each."""
    return "\n".join(text for text in texts if text)
