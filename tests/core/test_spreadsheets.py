"""Cells that a spreadsheet would run stay text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.exports.spreadsheets import defused


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("https://evil.example")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "  =1+1",
        '"=1+1',
        "\u200b=1+1",
        "\ufeff@cmd",
        "\uff1d1+1",
        "\uff0b1",
    ],
)
def test_what_could_be_a_formula_gets_an_apostrophe(cell: str) -> None:
    """Programs look past white space, quotes and what can't be seen."""
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "made"),
    [
        ("\t=1", "'\t'=1"),
        ("\r\n=1", "'\r\n'=1"),
        ("\nhello", "'\nhello"),
        ("hello;=1+1", "hello;'=1+1"),
        ("hello ; ; \u200b=1", "hello ; ;' \u200b=1"),
        ("hello\n@SUM(A1)|b", "hello\n'@SUM(A1)|b"),
        ("a\t-1+1|+2", "a\t'-1+1|'+2"),
        ("=1;=2", "'=1;'=2"),
        ("one; two\nthree", "one; two\nthree"),
        ("see https://a.example/?b=1;c=2", "see https://a.example/?b=1;c=2"),
    ],
)
def test_what_follows_a_separator_or_a_line_s_end_is_looked_at_like_a_cell(cell: str, made: str) -> None:
    """Where lists are written with semicolons, a spreadsheet splits there, though the cell stands in quotes."""
    assert defused(cell) == made


@pytest.mark.parametrize("cell", ["", "hello", "1+1=2", "a@b.example", "'quoted'", "  spaced", "über"])
def test_ordinary_cells_stay_as_they_are(cell: str) -> None:
    """A sign within the text is harmless."""
    assert defused(cell) == cell


@given(st.text(max_size=20))
def test_a_defused_cell_never_begins_with_a_sign(cell: str) -> None:
    """Whatever it holds."""
    assert defused(cell).lstrip(' \u00a0"')[:1] not in ("=", "+", "-", "@", "\t", "\r")
