"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.durations import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("10m", 600), ("24h", 86_400), ("90d", 7_776_000), ("2w", 1_209_600), (" 1h 30m ", 5400), ("0s", 0)],
)
def test_a_number_and_a_unit_are_read(text: str, seconds: int) -> None:
    """Alone or joined, with or without spaces."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "10", "m", "1.5h", "-1h", "10 minutes", "1h,30m", "PT10M", 10, None, True, ["1h"]]
)
def test_anything_else_is_refused_with_an_example(value: object) -> None:
    """The unit is never guessed."""
    with pytest.raises(ValueError, match="Write a number and a unit: 30s, 10m, 24h, 90d or 2w"):
        parse_duration(value)


def test_a_length_beyond_a_hundred_years_is_refused() -> None:
    """Reckoned back from today it would lie before the calendar begins."""
    assert parse_duration("36500d") == timedelta(days=36_500)
    with pytest.raises(ValueError, match="a hundred years"):
        parse_duration("36501d")
    with pytest.raises(ValueError, match="a hundred years"):
        parse_duration("999999999w " * 9)


@given(st.integers(min_value=0, max_value=999_999_999))
def test_what_is_written_is_read_back(seconds: int) -> None:
    """No second is lost on the way."""
    assert parse_duration(duration_text(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
