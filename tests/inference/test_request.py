"""What a server tells of an answer, taken into our own words: whatever it is, it can be stored and added up."""

import math

import pytest

from bot.inference.request import Answer, Ended, count, seconds, word

NANO = 1e-9
NOTHING = [None, "7", "", True, [1], {"a": 1}, -1, -(10**400), 0]


@pytest.mark.parametrize("told", [*NOTHING, 1.5, math.nan, math.inf])
def test_what_is_no_count_is_none(told: object) -> None:
    """A text, a truth, a part of one, less than nothing."""
    assert count(told) == 0


@pytest.mark.parametrize("told", [*NOTHING, math.nan, -math.inf])
def test_what_is_no_duration_is_none(told: object) -> None:
    """Nor is what is no number at all."""
    assert seconds(told, NANO) == 0.0


@pytest.mark.parametrize("told", [10**400, 2**63, math.inf, 1e300])
def test_what_is_far_too_much_is_a_few_days(told: float) -> None:
    """Added up, it still fits a database's numbers; and it was loaded anew, as far as anybody can tell."""
    assert seconds(told, NANO) == pytest.approx(2**18)
    assert not isinstance(told, int) or count(told) == 2**48
    assert Answer(text="", ended=Ended.STOP, load_seconds=seconds(told, NANO)).reloaded


def test_honest_numbers_are_as_they_were_told() -> None:
    """In seconds."""
    assert (count(926), seconds(1_500_000_000, NANO), seconds(12.5, 1e-3)) == (926, 1.5, 0.0125)


@pytest.mark.parametrize("told", ["x" * 10_000_000, "\ud800", "a\nb\x1b[31m", "\u2028\u202e", None, {"a": "b" * 999}])
def test_a_servers_own_word_is_short_and_on_one_line(told: object) -> None:
    """It stands in messages."""
    assert len(word(told)) <= 40
    assert word(told).isprintable()
