"""`hallmoot stats`: how much was judged, and what came of it."""

import asyncio
from datetime import datetime

from bot.adapters.console.cards import terminal_catalogue
from bot.bootstrap.stores import reading
from bot.cli.communities import asked_for, names_of
from bot.cli.shared.moments import Since, Until
from bot.cli.shared.options import Community, Config, Database, Json, example
from bot.cli.shared.output import heading, out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.cli.shared.tallies import (
    CaseTally,
    coverage_dict,
    day_table,
    every_case,
    rule_table,
    show_coverage,
    show_verdicts,
)
from bot.domain.coverage import Coverage
from bot.domain.records import CaseFilter

EPILOG = example("hallmoot stats", "hallmoot stats --since 2026-10-01 --json")


def stats(
    since: Since = None,
    until: Until = None,
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Show coverage, verdicts, and cases by rule and by day."""
    loaded = settings_for(config=config, db=db)
    span = (since, until)
    coverage, tally = asyncio.run(_count(loaded.process.storage.path, community, span))
    if as_json:
        print_json({"coverage": coverage_dict(coverage), **tally.as_dict()})
    else:
        _show(coverage, tally)


async def _count(
    path: str, community: str | None, span: tuple[datetime | None, datetime | None]
) -> tuple[Coverage, CaseTally]:
    async with reading(path) as store:
        own = await asked_for(store, community)
        coverage = await store.inbox.coverage(own, *span)
        tally = CaseTally()
        async for case in every_case(store.cases, await names_of(store, own), CaseFilter(since=span[0], until=span[1])):
            file = await store.cases.file(case.community, case.number)
            if file is not None:
                tally.add(file)
    return coverage, tally


def named(became: str) -> str:
    """Return the first line of a card for what became of cases; of several messages without their numbers."""
    return terminal_catalogue("en").say(f"headline.{became}", removed="some", messages="several")


def _show(coverage: Coverage, tally: CaseTally) -> None:
    screen = out()
    show_coverage(coverage)
    show_verdicts(coverage)
    screen.print(heading(f"\nCases: {tally.cases}, messages removed: {tally.removed}"))
    if tally.cases:
        screen.print(rule_table(tally, "Became", named))
        screen.print(day_table(tally))
