"""What a replay came to, for people and as JSON."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.console.cards import harmless, terminal_catalogue
from bot.adapters.exports.rows import BrokenRow
from bot.cli.cases import case_dict, show_list
from bot.cli.judged_by import tell_judge
from bot.cli.output import err, heading, out, print_json
from bot.cli.tallies import CaseTally, coverage_dict, every_case, rule_table, verdict_table
from bot.domain.case import Case
from bot.domain.coverage import Coverage
from bot.domain.errors import ModelError
from bot.domain.question import ModelIdentity
from bot.domain.records import CaseFilter
from bot.lab.replaying import Progress
from bot.messages.coverage import coverage_lines
from bot.ports.store import Store

_BROKEN_SHOWN = 20
_BROKEN_KEPT = 1_000
_CASES_SHOWN = 20
_CASES_KEPT = 10_000


@dataclass(slots=True)
class BrokenRows:
    """Rows that were skipped: all are counted, the first ones kept."""

    count: int = 0
    first: list[BrokenRow] = field(default_factory=list)

    def add(self, row: BrokenRow) -> None:
        """Count a row."""
        self.count += 1
        if len(self.first) < _BROKEN_KEPT:
            self.first.append(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a replay ended. `saved` is where its records are kept, None when they are gone with the command.

    `lost` is set when it ended since the model stayed away.
    """

    stopped: bool
    lost: ModelError | None
    progress: Progress
    broken: BrokenRows
    saved: Path | None
    model: ModelIdentity | None
    why_no_model: str


async def show_ending(ending: Ending, coverage: Coverage, store: Store, *, as_json: bool) -> None:
    """Print what is on record, all of it, whichever run put it there."""
    communities = await store.audit.communities()
    tally, newest = CaseTally(), list[Case]()
    async for case in every_case(store.cases, communities, CaseFilter()):
        tally.add(case)
        if len(newest) < _CASES_KEPT:
            newest.append(case)
    if as_json:
        print_json(_as_json(ending, coverage, tally, newest))
        return
    _show(ending, coverage, tally, newest)


def _show(ending: Ending, coverage: Coverage, tally: CaseTally, newest: list[Case]) -> None:
    screen = out()
    tell_judge(ending.model, ending.why_no_model, coverage)
    screen.print(heading(f"\nCases: {tally.cases}, of which {tally.removed} would have removed the message"))
    if tally.cases:
        screen.print(rule_table(tally))
        show_list(tuple(newest[:_CASES_SHOWN]))
    if tally.cases > _CASES_SHOWN:
        screen.print(f"The newest {_CASES_SHOWN} are shown.")
    screen.print(heading("\nVerdicts, one for each policy that a message was put to"))
    screen.print(verdict_table(coverage))
    screen.print(heading("\nCoverage"))
    for line in coverage_lines(coverage, terminal_catalogue("en")):
        screen.print(f"  {line}")
    _tell_broken(ending.broken)
    _tell_how_to_go_on(ending)


def _tell_broken(broken: BrokenRows) -> None:
    if not broken.count:
        return
    screen = err()
    screen.print(heading(f"\nRows that were skipped: {broken.count}"))
    for row in broken.first[:_BROKEN_SHOWN]:
        screen.print(f"  {harmless(row.place)}: {harmless(row.fault)}")
    if broken.count > _BROKEN_SHOWN:
        screen.print(f"  and {broken.count - _BROKEN_SHOWN} more (--json shows up to {_BROKEN_KEPT})")


def _tell_how_to_go_on(ending: Ending) -> None:
    screen = out()
    if ending.stopped:
        further = (
            "The same command with --resume goes on from here."
            if ending.saved
            else "With --save FILE it could go on from here by --resume."
        )
        judged = ending.progress.judged_now
        screen.print(f"\nStopped. {judged} {'message was' if judged == 1 else 'messages were'} judged now. {further}")
    if ending.saved:
        screen.print(f"\nEverything is on record in {ending.saved}: hallmoot cases list --db {ending.saved}")


def _as_json(ending: Ending, coverage: Coverage, tally: CaseTally, newest: list[Case]) -> dict[str, Any]:
    return {
        "model": ending.model.model if ending.model is not None else None,
        "why_no_model": ending.why_no_model,
        "stopped": ending.stopped,
        "model_stayed_away": ending.lost is not None,
        "read": ending.progress.events,
        "judged_now": ending.progress.judged_now,
        "coverage": coverage_dict(coverage),
        **tally.as_dict(),
        "newest_cases": [case_dict(case) for case in newest],
        "skipped": _skipped(ending.broken),
    }


def _skipped(broken: BrokenRows) -> dict[str, Any]:
    return {"rows": broken.count, "first": [{"place": row.place, "fault": row.fault} for row in broken.first]}


def show_unjudged(count: int, broken: BrokenRows, why: ModelError, *, as_json: bool) -> None:
    """Print what a file holds that no model was there to judge; nothing of it is on record."""
    if as_json:
        print_json(
            {
                "model": None,
                "why_no_model": str(why),
                "stopped": False,
                "read": count,
                "judged_now": 0,
                "skipped": _skipped(broken),
            }
        )
        return
    screen = out()
    screen.print(heading("No model answered, so nothing was judged and nothing is on record."))
    screen.print(str(why), soft_wrap=True)
    screen.print(f"\nThe file can be read: {count} {'event is' if count == 1 else 'events are'} in it.")
    _tell_broken(broken)
