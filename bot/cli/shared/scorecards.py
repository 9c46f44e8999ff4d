"""A scorecard as tables, and as JSON."""

from collections import Counter
from typing import Any

from rich.table import Table

from bot.adapters.console.cards import harmless
from bot.cli.shared.output import heading, out
from bot.domain.verdict import Label
from bot.lab.scorecard import Confusion, Rate, Scorecard, Scored

_RATES = ("precision", "recall", "f1", "accuracy", "recall_of_all", "undecided_share")
_TITLES = {
    "precision": "Precision: of what was called a violation, so much is one",
    "recall": "Recall: of the decided violations, so many were found",
    "f1": "F1: both in one number",
    "accuracy": "Accuracy: of the decided rows, so many were called rightly",
    "recall_of_all": "Recall, undecided violations counted as missed",
    "undecided_share": "Undecided",
}
_LONGEST_TEXT = 300
_FAULTS_SHOWN = 5


def show_scorecard(card: Scorecard) -> None:
    """Print all numbers of an evaluation."""
    screen = out()
    screen.print(_rates(card.overall))
    screen.print(heading("\nRows by label and verdict"))
    screen.print(_counts(card.overall))
    for title, split in (("category", card.by_category), ("language", card.by_language)):
        if split:
            screen.print(heading(f"\nBy {title}"))
            screen.print(_split(title, split))
    if len({labelled for labelled, _, _ in card.categories}) > 1:
        screen.print(heading("\nViolations: labelled as, called"))
        screen.print(_categories(card))
    for why, count in card.reasons:
        screen.print(f"{count} undecided: {why}")
    if card.cost is not None:
        cost = card.cost
        screen.print(
            f"\n{cost.rows} rows by the model: {cost.median_seconds:.2f} s each at the median, "
            f"{cost.slow_seconds:.2f} s at the 95th of 100; "
            f"{cost.prompt_tokens:.0f} tokens read and {cost.output_tokens:.0f} written a row"
        )


def show_faults(scored: tuple[Scored, ...]) -> None:
    """Print what the model's server said of rows that got no verdict: each of its sentences once, with their number."""
    counted = Counter((str(one.verdict.reason), one.verdict.fault) for one in scored if one.verdict.fault)
    for (why, fault), count in counted.most_common(_FAULTS_SHOWN):
        out().print(f"{count} undecided ({why}): {harmless(fault)}", soft_wrap=True)


def show_errors(scored: tuple[Scored, ...]) -> None:
    """Print the rows whose verdict is not their label, with what the model gave as its reason."""
    screen = out()
    wrong = [one for one in scored if one.verdict.label != one.row.label]
    screen.print(heading(f"\nRows whose verdict is not their label: {len(wrong)}"))
    for one in wrong:
        row, verdict = one.row, one.verdict
        called = " ".join(filter(None, (verdict.label.value, str(verdict.reason or verdict.category or ""))))
        screen.print(f"\n{row.place} {row.id}: labelled {row.label.value} {row.category or ''}, called {called}")
        screen.print(f"  {harmless(row.text[:_LONGEST_TEXT])}")
        if verdict.rationale or verdict.fault:
            screen.print(f"  Why: {harmless(verdict.rationale or verdict.fault)}")


def shown(rate: Rate, digits: int = 3) -> str:
    """Return a rate with its interval, or a dash where there is nothing to count."""
    if rate.value is None or rate.low is None or rate.high is None:
        return "-"
    return f"{rate.value:.{digits}f} ({rate.low:.{digits}f} to {rate.high:.{digits}f})"


def _rates(confusion: Confusion) -> Table:
    table = Table()
    table.add_column("95 of 100 such intervals hold the true value")
    table.add_column("Value", justify="right")
    for name in _RATES:
        table.add_row(_TITLES[name], shown(getattr(confusion, name)))
    return table


def _counts(confusion: Confusion) -> Table:
    table = Table()
    table.add_column("Labelled")
    for label in Label:
        table.add_column(f"called {label.value}", justify="right")
    found, missed = confusion.true_positive, confusion.false_negative
    table.add_row(Label.VIOLATES.value, str(found), str(missed), str(confusion.undecided_positive))
    wrongly, rightly = confusion.false_positive, confusion.true_negative
    table.add_row(Label.SAFE.value, str(wrongly), str(rightly), str(confusion.undecided_negative))
    return table


def _split(title: str, split: tuple[tuple[str, Confusion], ...]) -> Table:
    table = Table()
    table.add_column(title.capitalize())
    for name in ("Rows", "Found", "Missed", "False alarms", "Rightly safe", "Undecided"):
        table.add_column(name, justify="right")
    for name in ("Precision", "Recall"):
        table.add_column(name)
    for name, one in split:
        counts = (one.rows, one.true_positive, one.false_negative, one.false_positive, one.true_negative, one.undecided)
        table.add_row(name, *map(str, counts), shown(one.precision, digits=2), shown(one.recall, digits=2))
    return table


def _categories(card: Scorecard) -> Table:
    table = Table()
    for name in ("Labelled", "Called"):
        table.add_column(name)
    table.add_column("Rows", justify="right")
    for labelled, called, count in card.categories:
        table.add_row(labelled, called, str(count))
    return table


def scorecard_dict(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard as JSON shows it."""
    cost = card.cost
    return {
        **_confusion_dict(card.overall),
        "by_category": {name: _confusion_dict(one) for name, one in card.by_category},
        "by_language": {name: _confusion_dict(one) for name, one in card.by_language},
        "confusion": [
            {"labelled": labelled, "called": called, "rows": count} for labelled, called, count in card.categories
        ],
        "undecided_reasons": dict(card.reasons),
        "cost": None
        if cost is None
        else {
            "rows": cost.rows,
            "median_seconds": cost.median_seconds,
            "p95_seconds": cost.slow_seconds,
            "prompt_tokens": cost.prompt_tokens,
            "output_tokens": cost.output_tokens,
        },
    }


def _confusion_dict(confusion: Confusion) -> dict[str, Any]:
    rates = {name: getattr(confusion, name) for name in _RATES}
    return {
        "rows": confusion.rows,
        "true_positive": confusion.true_positive,
        "false_positive": confusion.false_positive,
        "false_negative": confusion.false_negative,
        "true_negative": confusion.true_negative,
        "undecided_positive": confusion.undecided_positive,
        "undecided_negative": confusion.undecided_negative,
        **{name: {"value": rate.value, "low": rate.low, "high": rate.high} for name, rate in rates.items()},
    }


def row_dict(one: Scored) -> dict[str, Any]:
    """Return one row with its verdict as JSON shows it; without the model's reasoning."""
    return {
        "row": one.row.id,
        "place": one.row.place,
        "label": one.row.label,
        "labelled_category": one.row.category,
        "verdict": one.verdict.label,
        "category": one.verdict.category,
        "reason": one.verdict.reason,
        "rationale": one.verdict.rationale,
        "fault": one.verdict.fault,
        "copy_of": one.verdict.copy_of or None,
        "text": one.row.text,
    }
