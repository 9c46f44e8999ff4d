"""What a replay came to, for people and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.console.cards import harmless
from bot.adapters.exports.rows import AnyRow, BrokenRow, LeftOut
from bot.adapters.exports.selection import NOT_ASKED_FOR
from bot.cli.cases import case_dict, show_list
from bot.cli.shared.judged_by import tell_judge
from bot.cli.shared.output import err, heading, out, print_json
from bot.cli.shared.tallies import CaseTally, coverage_dict, every_case, rule_table, show_coverage, show_verdicts
from bot.domain.case import Case
from bot.domain.coverage import Coverage
from bot.domain.errors import ModelError
from bot.domain.question import ModelIdentity
from bot.domain.records import CaseFilter
from bot.lab.replaying import Progress
from bot.ports.store import Store

_BROKEN_SHOWN = 20
_KINDS_SHOWN = 20
_BROKEN_KEPT = 1_000
_CASES_SHOWN = 20
_CASES_KEPT = 10_000


@dataclass(slots=True)
class Entries:
    """What a file held, each entry once: events that were read, what was left out by its kind, what is broken.

    All are counted; of the broken ones the first are kept.
    """

    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    count: int = 0
    first: list[BrokenRow] = field(default_factory=list)

    def add(self, row: AnyRow) -> None:
        """Count a row."""
        if isinstance(row, LeftOut):
            self.left_out[row.kind] += 1
        elif isinstance(row, BrokenRow):
            self.count += 1
            if len(self.first) < _BROKEN_KEPT:
                self.first.append(row)
        else:
            self.read += 1

    @property
    def total(self) -> int:
        """Return how many entries there are."""
        return self.read + self.left_out.total() + self.count

    @property
    def holds_nothing(self) -> bool:
        """Return whether there was no event in the file, whatever was asked for."""
        return not self.read and not self.left_out[NOT_ASKED_FOR]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a replay ended. `saved` is where its records are kept, None when they are gone with the command.

    `lost` is set when it ended since the model stayed away.
    """

    stopped: bool
    lost: ModelError | None
    progress: Progress
    entries: Entries
    saved: Path | None
    model: ModelIdentity | None
    why_no_model: str


async def show_ending(ending: Ending, coverage: Coverage, store: Store, *, as_json: bool) -> None:
    """Print what is on record, all of it, whichever run put it there."""
    communities = await store.audit.communities()
    tally, newest = CaseTally(), list[Case]()
    async for case in every_case(store.cases, communities, CaseFilter()):
        tally.add_practised(case)
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
        screen.print(rule_table(tally, "Action"))
        show_list(tuple(newest[:_CASES_SHOWN]))
    if tally.cases > _CASES_SHOWN:
        screen.print(f"The newest {_CASES_SHOWN} are shown.")
    show_verdicts(coverage)
    screen.print()
    show_coverage(coverage)
    _tell_entries(ending.entries)
    _tell_broken(ending.entries)
    _tell_how_to_go_on(ending)


def _tell_entries(entries: Entries) -> None:
    """Print how the entries of the file add up, where not all of them are events that were read."""
    if entries.total == entries.read:
        return
    kinds = ", ".join(f"{harmless(kind)} {count}" for kind, count in entries.left_out.most_common(_KINDS_SHOWN))
    parts = [f"{entries.read} were read"]
    parts += [f"{entries.left_out.total()} left out ({kinds})"] if kinds else []
    parts += [f"{entries.count} can't be used"] if entries.count else []
    out().print(f"\nOf {entries.total} entries in the file {', '.join(parts)}.", soft_wrap=True)


def _tell_broken(entries: Entries) -> None:
    if not entries.count:
        return
    screen = err()
    screen.print(heading(f"\nRows that were skipped: {entries.count}"))
    for row in entries.first[:_BROKEN_SHOWN]:
        screen.print(f"  {harmless(row.place)}: {harmless(row.fault)}")
    if entries.count > _BROKEN_SHOWN:
        screen.print(f"  and {entries.count - _BROKEN_SHOWN} more (--json shows up to {_BROKEN_KEPT})")


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
        **tally.as_dict("action"),
        "newest_cases": [case_dict(case) for case in newest],
        "entries": _counted(ending.entries),
        "skipped": _skipped(ending.entries),
    }


def _counted(entries: Entries) -> dict[str, Any]:
    return {"total": entries.total, "read": entries.read, "left_out": dict(entries.left_out), "broken": entries.count}


def _skipped(entries: Entries) -> dict[str, Any]:
    return {"rows": entries.count, "first": [{"place": row.place, "fault": row.fault} for row in entries.first]}


def show_unjudged(entries: Entries, why: ModelError, *, as_json: bool) -> None:
    """Print what a file holds that no model was there to judge; nothing of it is on record."""
    if as_json:
        print_json(
            {
                "model": None,
                "why_no_model": str(why),
                "stopped": False,
                "read": entries.read,
                "judged_now": 0,
                "entries": _counted(entries),
                "skipped": _skipped(entries),
            }
        )
        return
    screen, count = out(), entries.read
    screen.print(heading("No model answered, so nothing was judged and nothing is on record."))
    screen.print(str(why), soft_wrap=True)
    screen.print(f"\nThe file was read: {count} {'event is' if count == 1 else 'events are'} in it.")
    _tell_entries(entries)
    _tell_broken(entries)
