"""How a fault in a file is told: where it is, what is wrong there, and the nearest thing that would be right."""

import difflib
from collections.abc import Iterable, Sequence

from bot.logs import redact

MOST_TOLD = 50
"""How many faults of one kind of file are told at once; a file of another kind altogether would have thousands."""

_SHOWN_CHARACTERS = 60
_KEY_CHARACTERS = 200
_LISTED = 12


def shown(text: object, most: int = _SHOWN_CHARACTERS) -> str:
    """Return a piece of a file as it may stand in a message: on one line, without secrets or control characters."""
    plain = str(redact(str(text)))
    cut = plain[:most] + "…" if len(plain) > most else plain
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut)


def told(source: str, line: int | None, key: str, text: str) -> str:
    """Return one fault as a line: file, line number and key path where they are known, then what to do."""
    at = source if line is None else f"{source}:{line}"
    return f"{at}: {shown(key, _KEY_CHARACTERS)}: {text}" if key else f"{at}: {text}"


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return a sentence that names the valid word most like this one, or all of them when none is like it."""
    words = sorted(set(valid))
    by_folded = {known.casefold(): known for known in words}
    found = difflib.get_close_matches(word.casefold()[:_SHOWN_CHARACTERS], by_folded, n=1)
    if found:
        return f"Did you mean `{by_folded[found[0]]}`?"
    if not words:
        return "Nothing may stand here."
    more = " …" if len(words) > _LISTED else ""
    return f"Known here: {', '.join(words[:_LISTED])}{more}."


def choice(word: str, valid: Sequence[str]) -> str:
    """Return the nearest of a few valid words, and all of them in their own order."""
    hint = nearest(word, valid)
    return f"{hint} All: {', '.join(valid)}." if hint.startswith("Did") else f"Known here: {', '.join(valid)}."


def limited(faults: Iterable[str]) -> tuple[str, ...]:
    """Return at most `MOST_TOLD` faults, and a last line that says how many more there are."""
    every = tuple(faults)
    if len(every) <= MOST_TOLD:
        return every
    return (*every[:MOST_TOLD], f"… and {len(every) - MOST_TOLD} more faults.")
