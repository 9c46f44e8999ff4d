"""`hallmoot audit`: the chain that shows later changes."""

import asyncio

import typer

from bot.bootstrap.stores import reading
from bot.cli.guard import CHECK_FOUND
from bot.cli.options import Community, Config, Database, Json, example
from bot.cli.output import out, print_json
from bot.cli.surroundings import settings_for
from bot.domain.audit import AuditReport
from bot.domain.ids import CommunityId

app = typer.Typer(help="Check the record of who did what.", no_args_is_help=True)

_FAULTS = {
    "missing": "entry {number} is not where it belongs: an entry was taken out or put in before it",
    "changed": "entry {number} was changed after it was written",
    "details_changed": "the details of entry {number} were changed after they were written",
    "cut": "the chain does not end where its {number} entries should end: the last ones were cut off or changed",
}


@app.callback()
def _audit() -> None:
    """Check the record of who did what."""


@app.command(epilog=example("hallmoot audit verify", "hallmoot audit verify --community discord:123 --json"))
def verify(community: Community = None, config: Config = None, db: Database = None, as_json: Json = False) -> None:
    """Check every link of the audit log. Exit status 1 when something was changed."""
    loaded = settings_for(config=config, db=db)
    reports = asyncio.run(_verify(loaded.process.storage.path, community))
    if as_json:
        print_json({name: report_dict(report) for name, report in reports.items()})
    else:
        _show(reports)
    raise typer.Exit(CHECK_FOUND if any(report.faults for report in reports.values()) else 0)


async def _verify(path: str, community: str | None) -> dict[str, AuditReport]:
    async with reading(path) as store:
        names = (CommunityId(community),) if community else await store.audit.communities()
        return {name: await store.audit.verify(name) for name in names}


def _show(reports: dict[str, AuditReport]) -> None:
    screen = out()
    if not reports:
        screen.print("There are no entries yet.")
    for name, report in reports.items():
        erased = f", the details of {report.details_erased} erased as asked" if report.details_erased else ""
        verdict = "nothing was changed" if not report.faults else "SOMETHING WAS CHANGED"
        screen.print(f"{name}: {report.entries} entries{erased}: {verdict}")
        for code, number in report.faults:
            screen.print("  " + _FAULTS[code].format(number=number))


def report_dict(report: AuditReport) -> dict[str, object]:
    """Return what verifying found, as JSON shows it."""
    return {
        "entries": report.entries,
        "details_erased": report.details_erased,
        "faults": [{"fault": code, "entry": number} for code, number in report.faults],
    }
