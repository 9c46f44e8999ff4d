"""Cells that a spreadsheet would run stay text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.spreadsheets import defused


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("https://evil.example")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "  =1+1",
        "\t=1",
        "\r=1",
        "\n=1",
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


@pytest.mark.parametrize("cell", ["", "hello", "1+1=2", "a@b.example", "'quoted'", "  spaced", "über"])
def test_ordinary_cells_stay_as_they_are(cell: str) -> None:
    """A sign within the text is harmless."""
    assert defused(cell) == cell


@given(st.text(max_size=20))
def test_a_defused_cell_never_begins_with_a_sign(cell: str) -> None:
    """Whatever it holds."""
    assert defused(cell).lstrip(' \u00a0"')[:1] not in ("=", "+", "-", "@", "\t", "\r")
