"""What one hostile text may keep in memory, and that each is answered; `hallmoot bench hostile` measures the time."""

import gc

import pytest

from bot.bench.measures.hostile import LETTERS, heap_set_aside, repeated
from bot.domain.policy import Effort
from bot.domain.texts.text import MAX_CHARACTERS
from bot.inference.prompts.harmony import Harmony
from bot.storage.comparing.likeness import shape_of
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


def test_what_else_the_process_holds_is_not_counted() -> None:
    """After other parts there are a million objects, which a full collection in mid-measurement would look through."""
    held = [{"number": [number]} for number in range(50_000)]
    before = gc.get_freeze_count()
    with heap_set_aside():
        assert gc.get_freeze_count() >= before + 2 * len(held)
        assert len(gc.get_objects()) < len(held)
    assert gc.get_freeze_count() <= before
