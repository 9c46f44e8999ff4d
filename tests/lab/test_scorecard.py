"""The scorecard's numbers: by hand, and against scikit-learn and scipy."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)

from bot.domain.golden import GoldenRow
from bot.domain.ids import CategoryId, PolicyId
from bot.domain.verdict import Label, UndecidedReason, Verdict, VerdictSource, undecided
from bot.lab.scorecard import Rate, Scored, score, wilson
from tests.factories import model_run

VIOLATES, SAFE = Label.VIOLATES, Label.SAFE


def _row(label: Label, category: str | None = None, language: str = "en") -> GoldenRow:
    return GoldenRow(
        id="r",
        text="text",
        context=(),
        label=label,
        category=CategoryId(category) if category else None,
        language=language,
        tags=frozenset(),
        split="",
        note="",
        place="g.csv:2",
    )


def _verdict(label: Label, category: str = "A", seconds: float = 1.0) -> Verdict:
    run = model_run(wall_seconds=seconds, prompt_tokens=100, output_tokens=10)
    if label is Label.UNDECIDED:
        return undecided(PolicyId("p"), "h", UndecidedReason.TIMEOUT)
    return Verdict(
        policy=PolicyId("p"),
        policy_hash="h",
        label=label,
        source=VerdictSource.MODEL,
        category=CategoryId(category) if label is VIOLATES else None,
        run=run,
    )


def _scored(*pairs: tuple[Label, Label]) -> list[Scored]:
    return [Scored(row=_row(labelled), verdict=_verdict(called)) for labelled, called in pairs]


def _near(rate: Rate, value: float, low: float, high: float) -> bool:
    found = (rate.value, rate.low, rate.high)
    return all(
        got is not None and math.isclose(got, want, abs_tol=5e-5)
        for got, want in zip(found, (value, low, high), strict=True)
    )


def test_the_numbers_of_twelve_rows_are_those_worked_out_by_hand() -> None:
    """3 found, 1 false alarm, 2 missed, 4 rightly safe, 1 violation and 1 safe row undecided."""
    card = score(
        _scored(
            *[(VIOLATES, VIOLATES)] * 3,
            (SAFE, VIOLATES),
            *[(VIOLATES, SAFE)] * 2,
            *[(SAFE, SAFE)] * 4,
            (VIOLATES, Label.UNDECIDED),
            (SAFE, Label.UNDECIDED),
        )
    )
    overall = card.overall
    assert (overall.rows, overall.decided, overall.undecided) == (12, 10, 2)
    assert _near(overall.precision, 3 / 4, 0.30064, 0.95441)
    assert _near(overall.recall, 3 / 5, 0.23072, 0.88238)
    assert _near(overall.recall_of_all, 3 / 6, 0.18761, 0.81239)
    assert _near(overall.f1, 2 / 3, 2 * 0.18761 / 1.18761, 2 * 0.81239 / 1.81239)
    assert _near(overall.accuracy, 7 / 10, 0.39678, 0.89221)
    assert _near(overall.undecided_share, 2 / 12, 0.04697, 0.44803)
    assert card.reasons == (("timeout", 2),)


def test_a_share_of_nothing_is_no_number() -> None:
    """Neither zero nor one: there is nothing to count."""
    assert wilson(0, 0) == Rate(value=None, low=None, high=None)
    assert score([]).overall.f1.value is None


@given(st.integers(1, 500).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_intervals_are_scipys(counts: tuple[int, int]) -> None:
    """Wilson's score interval, for any counts."""
    found = wilson(*counts)
    theirs = binomtest(*counts).proportion_ci(method="wilson")
    assert found.low == pytest.approx(theirs.low, abs=1e-9)
    assert found.high == pytest.approx(theirs.high, abs=1e-9)


@given(
    st.lists(st.tuples(st.sampled_from([VIOLATES, SAFE]), st.sampled_from([VIOLATES, SAFE])), min_size=1, max_size=60)
)
def test_the_numbers_are_scikit_learns(pairs: Sequence[tuple[Label, Label]]) -> None:
    """For any labels and verdicts; where a number does not exist, ours is None."""
    overall = score(_scored(*pairs)).overall
    labels, calls = [a is VIOLATES for a, _ in pairs], [b is VIOLATES for _, b in pairs]
    for rate, theirs in (
        (overall.precision, precision_score(labels, calls) if any(calls) else None),
        (overall.recall, recall_score(labels, calls) if any(labels) else None),
        (overall.f1, f1_score(labels, calls) if any(labels) or any(calls) else None),
        (overall.accuracy, accuracy_score(labels, calls)),
    ):
        assert rate.value == (None if theirs is None else pytest.approx(theirs))


def test_rows_are_split_by_category_and_language_where_there_are_several() -> None:
    """One split with one part would repeat the whole."""
    card = score(
        [
            Scored(row=_row(VIOLATES, "A"), verdict=_verdict(VIOLATES, "A")),
            Scored(row=_row(VIOLATES, "A", "de"), verdict=_verdict(VIOLATES, "B")),
            Scored(row=_row(VIOLATES, "B"), verdict=_verdict(SAFE)),
            Scored(row=_row(SAFE), verdict=_verdict(SAFE)),
        ]
    )
    assert [(name, one.true_positive, one.false_negative) for name, one in card.by_category] == [
        ("-", 0, 0),
        ("A", 2, 0),
        ("B", 0, 1),
    ]
    assert [(name, one.rows) for name, one in card.by_language] == [("de", 1), ("en", 3)]
    assert card.categories == (("A", "A", 1), ("A", "B", 1), ("B", "SAFE", 1))
    assert score(_scored((SAFE, SAFE))).by_language == ()


def test_cost_is_of_the_rows_that_a_model_judged() -> None:
    """The median, the 95th of 100, and tokens on average."""
    rows = [Scored(row=_row(SAFE), verdict=_verdict(SAFE, seconds=float(second))) for second in range(1, 21)]
    cost = score([*rows, *_scored((SAFE, Label.UNDECIDED))]).cost
    assert cost is not None
    assert (cost.rows, cost.median_seconds, cost.slow_seconds) == (20, 10.5, 19.0)
    assert (cost.prompt_tokens, cost.output_tokens) == (100, 10)
    assert score(_scored((SAFE, Label.UNDECIDED))).cost is None
