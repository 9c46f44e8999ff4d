"""How good verdicts are against labels that people gave: pure arithmetic.

A row counts as positive when a person labelled it VIOLATES. UNDECIDED is no verdict: precision and recall are over the
rows that were decided, and the share left undecided stands beside them. `recall_of_all` counts undecided violations as
missed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bot.domain.golden import GoldenRow
from bot.domain.verdict import Label, Verdict

Z_95 = 1.959963984540054
"""The normal distribution's quantile for 95 of 100 intervals to hold the true value."""
NO_CATEGORY = "-"
"""Stands in the confusion where a row has no category or a verdict names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One labelled row and what was said of it."""

    row: GoldenRow
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 of 100 interval. All three are None where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Counts of rows by label and verdict."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    undecided_positive: int
    undecided_negative: int

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return self.decided + self.undecided

    @property
    def decided(self) -> int:
        """Return how many rows got VIOLATES or SAFE."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def undecided(self) -> int:
        """Return how many rows got no verdict."""
        return self.undecided_positive + self.undecided_negative

    @property
    def precision(self) -> Rate:
        """Return which part of what was called a violation is one."""
        return wilson(self.true_positive, self.true_positive + self.false_positive)

    @property
    def recall(self) -> Rate:
        """Return which part of the decided violations was found."""
        return wilson(self.true_positive, self.true_positive + self.false_negative)

    @property
    def recall_of_all(self) -> Rate:
        """Return which part of all violations was found, those without a verdict counted as missed."""
        return wilson(self.true_positive, self.true_positive + self.false_negative + self.undecided_positive)

    @property
    def f1(self) -> Rate:
        """Return the harmonic mean of precision and recall.

        F1 is no share of anything, but grows with one: F* = TP / (TP + FP + FN), F1 = 2F* / (1 + F*). So its interval
        is that of F*, carried over.
        """
        share = wilson(self.true_positive, self.true_positive + self.false_positive + self.false_negative)
        return Rate(value=_f1(share.value), low=_f1(share.low), high=_f1(share.high))

    @property
    def accuracy(self) -> Rate:
        """Return which part of the decided rows was called rightly."""
        return wilson(self.true_positive + self.true_negative, self.decided)

    @property
    def undecided_share(self) -> Rate:
        """Return which part of the rows got no verdict."""
        return wilson(self.undecided, self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a model's verdicts cost: seconds a row at the median and at the 95th of 100, tokens a row on average."""

    rows: int
    median_seconds: float
    slow_seconds: float
    prompt_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All numbers of one evaluation.

    `by_category` splits the rows by their own category. `categories` counts (labelled category, category of the
    verdict or its label) for the rows labelled VIOLATES. `reasons` counts why rows are undecided.
    """

    overall: Confusion
    by_category: tuple[tuple[str, Confusion], ...]
    by_language: tuple[tuple[str, Confusion], ...]
    categories: tuple[tuple[str, str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    cost: Cost | None


def wilson(successes: int, trials: int) -> Rate:
    """Return a share with its Wilson score interval, which stays within 0 and 1 for small counts too."""
    if not trials:
        return Rate(value=None, low=None, high=None)
    share = successes / trials
    scale = 1 + Z_95**2 / trials
    centre = (share + Z_95**2 / (2 * trials)) / scale
    reach = Z_95 / scale * math.sqrt(share * (1 - share) / trials + Z_95**2 / (4 * trials**2))
    return Rate(value=share, low=max(0.0, centre - reach), high=min(1.0, centre + reach))


def _f1(share: float | None) -> float | None:
    return None if share is None else 2 * share / (1 + share)


def confusion_of(scored: Iterable[Scored]) -> Confusion:
    """Count rows by label and verdict."""
    counts = Counter((one.row.label, one.verdict.label) for one in scored)
    return Confusion(
        true_positive=counts[Label.VIOLATES, Label.VIOLATES],
        false_positive=counts[Label.SAFE, Label.VIOLATES],
        false_negative=counts[Label.VIOLATES, Label.SAFE],
        true_negative=counts[Label.SAFE, Label.SAFE],
        undecided_positive=counts[Label.VIOLATES, Label.UNDECIDED],
        undecided_negative=counts[Label.SAFE, Label.UNDECIDED],
    )


def score(scored: Sequence[Scored]) -> Scorecard:
    """Return all numbers of an evaluation."""
    reasons = Counter(str(one.verdict.reason) for one in scored if one.verdict.reason is not None)
    return Scorecard(
        overall=confusion_of(scored),
        by_category=_split(scored, lambda one: str(one.row.category or "")),
        by_language=_split(scored, lambda one: one.row.language),
        categories=_categories(scored),
        reasons=tuple(reasons.most_common()),
        cost=_cost(scored),
    )


def _split(scored: Sequence[Scored], key: Callable[[Scored], str]) -> tuple[tuple[str, Confusion], ...]:
    """Return a confusion for each value of a key, in the order of the values; nothing where all share one."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(key(one), []).append(one)
    if len(groups) <= 1:
        return ()
    return tuple((name or NO_CATEGORY, confusion_of(group)) for name, group in sorted(groups.items()))


def _categories(scored: Iterable[Scored]) -> tuple[tuple[str, str, int], ...]:
    counts = Counter(
        (str(one.row.category or NO_CATEGORY), str(one.verdict.category or one.verdict.label))
        for one in scored
        if one.row.label is Label.VIOLATES
    )
    return tuple((labelled, called, count) for (labelled, called), count in sorted(counts.items()))


def _cost(scored: Iterable[Scored]) -> Cost | None:
    runs = [one.verdict.run for one in scored if one.verdict.run is not None]
    if not runs:
        return None
    seconds = sorted(run.wall_seconds for run in runs)
    return Cost(
        rows=len(runs),
        median_seconds=median(seconds),
        slow_seconds=seconds[max(0, math.ceil(0.95 * len(seconds)) - 1)],
        prompt_tokens=fmean(run.prompt_tokens for run in runs),
        output_tokens=fmean(run.output_tokens for run in runs),
    )
