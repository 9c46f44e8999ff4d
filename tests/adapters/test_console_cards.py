"""A case on a terminal: what it rests on can be seen without colours, too."""

import io

import pytest
from rich.console import Console

from bot.adapters.console.cards import case_table, draw_card, terminal_catalogue
from bot.domain.card import Card
from bot.domain.verdict import Evidence
from tests import factories


def shown(card: Card, *, width: int) -> str:
    """Return a card and its row in a table as a terminal without colours shows them."""
    written = io.StringIO()
    screen = Console(file=written, width=width, color_system=None)
    words = terminal_catalogue("en")
    screen.print(draw_card(card, words))
    screen.print(case_table([card], words))
    return written.getvalue()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_words_that_a_finding_rests_on_stand_between_marks(width: int) -> None:
    """On the card and in the table, at any width; each stretch has marks of its own."""
    judged = factories.message("you are a fool, and he is a fool too")
    evidence = tuple(Evidence(quote="a fool", start=at, end=at + 6) for at in (8, 26))
    card = factories.card(judged, verdict=factories.violates(evidence=evidence))
    text = shown(card, width=width)
    assert text.replace("\n", "").count("[[") == text.count("]]") == 4
    if width > 100:
        assert "you are [[a fool]], and he is [[a fool]] too" in text


def test_without_evidence_there_are_no_marks() -> None:
    """A report rests on somebody's word."""
    assert "[[" not in shown(factories.card(factories.message("hello"), verdict=None), width=80)
