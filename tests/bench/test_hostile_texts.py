"""What one hostile text may keep in memory, and that each is answered; `hallmoot bench hostile` measures the time."""

import pytest

from bot.bench.hostile import LETTERS, repeated
from bot.domain.policy import Effort
from bot.domain.text import MAX_CHARACTERS
from bot.inference.harmony import Harmony
from bot.storage.likeness import shape_of
from tests.inference.samples import question, settings


@pytest.mark.parametrize("piece", ["\ufffd", "ab", " ", "<|end|>"])
def test_reasoning_without_end_is_cut_at_its_budget(piece: str) -> None:
    """A server that writes on and on is cut before anything is counted."""
    rendering = Harmony(install_key=b"key", settings=settings())
    reasoned = rendering.reasoned(rendering.render(question("hello")), repeated(piece, 1_000_000), Effort.LOW)
    assert reasoned.cut
    assert len(reasoned.reasoning) <= 500 * 32


@pytest.mark.parametrize("piece", LETTERS)
def test_of_letters_that_are_read_as_many_no_more_is_compared(piece: str) -> None:
    """Eighteen letters stand in one; of such a text no more counts than is ever judged."""
    assert len(shape_of(repeated(piece, MAX_CHARACTERS)).text) <= MAX_CHARACTERS
