"""Counts that several commands show: verdicts, coverage, cases by rule and by day."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.adapters.console.cards import terminal_catalogue
from bot.cli.shared.output import heading, out
from bot.domain.actions import Action
from bot.domain.case import Case, CaseFile
from bot.domain.coverage import Coverage
from bot.domain.ids import CommunityId
from bot.domain.reckoning import became, removed
from bot.domain.records import CaseFilter
from bot.domain.verdict import Label
from bot.messages.coverage import coverage_lines
from bot.ports.cases import Cases

_INDENT = "  "

REMOVES = frozenset({Action.DELETE, Action.QUARANTINE, Action.TIMEOUT})
"""Actions that take the message away."""
_PAGE = 500


@dataclass(slots=True, kw_only=True)
class CaseTally:
    """Cases counted: by rule and what became of them, and by the day that they were opened on.

    `removed` are the messages that were removed and not put back.
    """

    cases: int = 0
    by_rule: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    by_day: Counter[tuple[str, str]] = field(default_factory=Counter)
    removed: int = 0

    def add(self, file: CaseFile) -> None:
        """Count a case by its outcomes: what was only decided, refused, or is only practised did nothing."""
        self._count(file.case, became(file).code.removeprefix("headline."))
        self.removed += len(removed(file.effects))

    def add_practised(self, case: Case) -> None:
        """Count a case of a recording, in which nothing is carried out, by what would have been done."""
        self._count(case, str(case.action or ""))
        self.removed += case.action in REMOVES

    def _count(self, case: Case, what: str) -> None:
        rule = str(case.category or "")
        self.cases += 1
        self.by_rule[str(case.policy or ""), rule, what] += 1
        self.by_day[case.opened_at.date().isoformat(), rule] += 1

    def as_dict(self, what: str = "became") -> dict[str, Any]:
        """Return the counts as JSON shows them; `what` names the third of what cases are counted by."""
        return {
            "cases": self.cases,
            "removed": self.removed,
            "by_rule": [
                {"policy": policy, "category": rule, what: value, "cases": count}
                for (policy, rule, value), count in sorted(self.by_rule.items())
            ],
            "by_day": [
                {"day": day, "category": rule, "cases": count} for (day, rule), count in sorted(self.by_day.items())
            ],
        }


async def every_case(cases: Cases, communities: tuple[CommunityId, ...], wanted: CaseFilter) -> AsyncIterator[Case]:
    """Yield cases of these communities, the newest of each first, a page at a time."""
    for community in communities:
        before = wanted.before
        while True:
            page = await cases.find(community, _page(wanted, before))
            for case in page:
                yield case
            if len(page) < _PAGE:
                break
            before = page[-1].number


def _page(wanted: CaseFilter, before: Any) -> CaseFilter:
    return CaseFilter(
        status=wanted.status,
        policy=wanted.policy,
        category=wanted.category,
        author=wanted.author,
        since=wanted.since,
        until=wanted.until,
        words=wanted.words,
        limit=_PAGE,
        before=before,
    )


def rule_table(tally: CaseTally, what: str, name_of: Callable[[str], str] = str) -> Table:
    """Return cases by rule and a third thing, with what its column is called and how its values are named."""
    table = Table()
    for title in ("Policy", "Rule", what):
        table.add_column(title)
    table.add_column("Cases", justify="right")
    for (policy, rule, value), count in sorted(tally.by_rule.items()):
        table.add_row(policy or "reported", rule, name_of(value), str(count))
    return table


def day_table(tally: CaseTally) -> Table:
    """Return cases by day and rule."""
    table = Table()
    table.add_column("Day")
    table.add_column("Rule")
    table.add_column("Cases", justify="right")
    for (day, rule), count in sorted(tally.by_day.items()):
        table.add_row(day, rule, str(count))
    return table


def show_coverage(coverage: Coverage) -> None:
    """Print what became of the messages. A line that is too long for a terminal goes on beneath its own beginning."""
    screen = out()
    screen.print(heading("Coverage"))
    for said in coverage_lines(coverage, terminal_catalogue("en")):
        line = Text(said)
        for piece in line.wrap(screen, screen.width - len(_INDENT)) if screen.is_terminal else (line,):
            piece.rstrip()
            screen.print(Text(_INDENT).append_text(piece), soft_wrap=True)


def show_verdicts(coverage: Coverage) -> None:
    """Print how many verdicts say what; nothing at all where there is none yet."""
    if coverage.sources:
        out().print(heading("\nVerdicts, one for each policy that a message was put to"))
        out().print(_verdict_table(coverage))


def _verdict_table(coverage: Coverage) -> Table:
    """Return how many verdicts say what, by what they rest on; where there is none, nothing is what it rests on."""
    counts: Counter[tuple[str, str]] = Counter()
    for label, source, count in coverage.sources:
        counts["nothing" if label == Label.UNDECIDED else source.replace("_", " "), label] += count
    table = Table()
    table.add_column("Rests on")
    for label in Label:
        table.add_column(label.value, justify="right")
    for source in dict.fromkeys(source for (source, _), count in counts.items() if count):
        table.add_row(source, *(str(counts[source, label.value]) for label in Label))
    return table


def coverage_dict(coverage: Coverage) -> dict[str, Any]:
    """Return coverage as JSON shows it."""
    return {
        "seen": coverage.seen,
        "judged": coverage.judged,
        "states": {state.value: count for state, count in coverage.by_state},
        "reasons": {f"{state.value}:{code}": count for state, code, count in coverage.reasons},
        "undecided": [
            {"policy": policy, "reason": code, "messages": count} for policy, code, count in coverage.undecided
        ],
        "verdicts": [list(entry) for entry in coverage.sources],
        "attachments_unjudged": coverage.attachments_unjudged,
        "unread": dict(coverage.unread),
        "not_fetched": [
            {"channel": gap.channel, "after": gap.after, "before": gap.before, "reason": gap.reason or ""}
            for gap in coverage.gaps
        ],
        "unwatched_channels": list(coverage.unwatched),
    }
