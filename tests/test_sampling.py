"""What `make test` leaves out of its longest tests on one day comes on another, and no kind of it is ever left out."""

from collections import Counter

import pytest

from tests import sampling

KINDS = ["before", "inside", "after"] * 20 + ["once"]


@pytest.fixture(autouse=True)
def _a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sampling.DAY, "2026-11-28")
    monkeypatch.delenv(sampling.SOAK, raising=False)


def test_of_each_kind_one_in_so_many_is_taken_and_never_none() -> None:
    """Rounded up, in the order of their places."""
    places = sampling.one_in(6, KINDS, "a test")
    assert places == sorted(set(places))
    assert Counter(KINDS[place] for place in places) == {"before": 4, "inside": 4, "after": 4, "once": 1}


def test_the_same_day_draws_the_same_and_another_day_or_purpose_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that what failed can be repeated, and what was left out is taken sooner or later."""
    first = sampling.one_in(6, KINDS, "a test")
    assert sampling.one_in(6, KINDS, "a test") == first
    assert sampling.one_in(6, KINDS, "another test") != first
    seen = set(first)
    for day in range(1, 29):
        monkeypatch.setenv(sampling.DAY, f"2026-12-{day:02}")
        seen.update(sampling.one_in(6, KINDS, "a test"))
    assert seen == set(range(len(KINDS)))


def test_everything_is_taken_where_everything_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make soak` does."""
    monkeypatch.setenv(sampling.SOAK, "1")
    assert sampling.one_in(6, KINDS, "a test") == list(range(len(KINDS)))
    assert "Nothing was sampled" in sampling.told()


def test_a_day_that_was_named_is_kept_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever repeats a sample names its day."""
    sampling.settle_on_a_day()
    assert "SAMPLE_DAY=2026-11-28" in sampling.told()
    monkeypatch.delenv(sampling.DAY)
    sampling.settle_on_a_day()
    assert "SAMPLE_DAY=20" in sampling.told()
