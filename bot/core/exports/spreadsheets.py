"""Cells that a spreadsheet takes as text, whatever members wrote."""

import re
import unicodedata

_BEGINS_FORMULA = frozenset("=+-@")
_SPACE_LIKE = frozenset("\t\r\n")
_SPLITS = re.compile(r"(?<=[;\t|\r\n])")


def defused(cell: str) -> str:
    """Return the cell with an apostrophe before all that a spreadsheet would take for a formula.

    Programs look past white space, quotes and format characters, and some take fullwidth signs for the usual ones.
    Where lists are written with semicolons, they split a line at these and at its end, whatever quotes say; so what
    follows one is looked at like a cell.
    """
    made = "".join(_guarded(piece) for piece in _SPLITS.split(cell))
    return f"'{made}" if cell[:1] in _SPACE_LIKE and cell else made


def _guarded(piece: str) -> str:
    for char in piece:
        if char.isspace() or char in "\"';|" or unicodedata.category(char) in ("Cf", "Cc"):
            continue
        return f"'{piece}" if unicodedata.normalize("NFKC", char)[:1] in _BEGINS_FORMULA else piece
    return piece
