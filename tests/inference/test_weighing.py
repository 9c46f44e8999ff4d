"""How likely a violation is, read from the first token's candidates."""

import math

import pytest

from bot.inference.request import Answer, Ended
from bot.inference.weighing import read_weights


def _answer(*candidates: tuple[str, float], logarithms: bool = False) -> Answer:
    listed = tuple((token, value if logarithms else math.log(value)) for token, value in candidates)
    return Answer(text="", ended=Ended.LENGTH, candidates=listed)


def test_the_likelier_number_decides() -> None:
    """0.7 against 0.2 violates; both logarithms are kept."""
    weights = read_weights(_answer(("1", 0.7), ("0", 0.2), (" ", 0.1)))
    assert weights is not None
    assert weights.violates
    assert math.exp(weights.logprob_violates) == pytest.approx(0.7)
    assert math.exp(weights.logprob_safe) == pytest.approx(0.2)


def test_a_tie_is_no_violation() -> None:
    """Half against half."""
    weights = read_weights(_answer(("1", 0.5), ("0", 0.5)))
    assert weights is not None
    assert not weights.violates


@pytest.mark.parametrize(("one", "nought"), [(0.3, 0.19), (0.0001, 0.0001), (0.0001, 0.49)])
def test_less_than_half_of_the_probability_on_the_two_numbers_is_not_read(one: float, nought: float) -> None:
    """The model meant to say something else."""
    assert read_weights(_answer((" ", 1 - one - nought), ("1", one), ("0", nought))) is None


def test_half_of_the_probability_on_the_two_numbers_is_enough() -> None:
    """A little more than half, in fact."""
    assert read_weights(_answer((" ", 0.4999), ("1", 0.3), ("0", 0.2001))) is not None


def test_a_number_that_is_not_listed_is_taken_for_as_likely_as_it_can_be() -> None:
    """No more than the least listed, and no more than what they leave over."""
    least = read_weights(_answer(("1", 0.6), ("2", 0.2), (" ", 0.05)))
    assert least is not None
    assert math.exp(least.logprob_safe) == pytest.approx(0.05)
    left = read_weights(_answer(("0", 0.99)))
    assert left is not None
    assert not left.violates
    assert math.exp(left.logprob_violates) == pytest.approx(0.01)
    certain = read_weights(_answer(("1", 1.0)))
    assert certain is not None
    assert certain.violates
    assert math.isfinite(certain.logprob_safe)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, 5.0])
def test_what_is_no_log_probability_is_not_read(wrong: float) -> None:
    """Nor is anything that is listed beside it."""
    assert read_weights(_answer(("1", -0.01), ("0", wrong), logarithms=True)) is None


def test_an_answer_without_log_probabilities_is_not_read() -> None:
    """An old server sends none."""
    assert read_weights(Answer(text="1", ended=Ended.LENGTH)) is None
