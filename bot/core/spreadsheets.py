"""Cells that a spreadsheet takes as text, whatever members wrote."""

import unicodedata

_BEGINS_FORMULA = frozenset("=+-@")
_SPACE_LIKE = frozenset("\t\r\n")


def defused(cell: str) -> str:
    """Return the cell with an apostrophe before it where a spreadsheet would take it for a formula.

    Programs look past white space, quotes and format characters, and some take fullwidth signs for the usual ones.
    """
    if cell[:1] in _SPACE_LIKE and cell:
        return f"'{cell}"
    for char in cell:
        if char.isspace() or char in "\"'" or unicodedata.category(char) in ("Cf", "Cc"):
            continue
        return f"'{cell}" if unicodedata.normalize("NFKC", char)[:1] in _BEGINS_FORMULA else cell
    return cell
