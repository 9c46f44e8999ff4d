"""`hallmoot audit`: who did what, in a chain that shows later changes."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.adapters.console.cards import harmless
from bot.bootstrap.stores import reading
from bot.cli.communities import names_of
from bot.cli.shared.guard import CHECK_FOUND
from bot.cli.shared.options import Community, Config, Database, Json, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.domain.audit import AuditCode, AuditEntry, AuditReport

app = typer.Typer(help="Read and check the record of who did what.", no_args_is_help=True)

WORDS = {
    AuditCode.DECIDED: "decided",
    AuditCode.EFFECT: "carried out, or tried",
    AuditCode.REVIEWED: "reviewed",
    AuditCode.CASE_CLOSED: "case closed",
    AuditCode.SETTINGS_CHANGED: "settings changed",
    AuditCode.REFUSED_PRESS: "refused",
    AuditCode.STOPPED: "stopped",
    AuditCode.ERASED: "person erased",
    AuditCode.EXPORTED: "exported",
    AuditCode.OUTAGE: "model away or back",
    AuditCode.PLATFORM: "on the platform",
}

_FAULTS = {
    "missing": "entry {number} is not where it belongs: an entry was taken out or put in before it",
    "changed": "entry {number} was changed after it was written",
    "details_changed": "the details of entry {number} were changed after they were written",
    "cut": "the chain does not end where its {number} entries should end: the last ones were cut off or changed",
}


@app.callback()
def _audit() -> None:
    """Read and check the record of who did what."""


@app.command(name="list", epilog=example("hallmoot audit list", "hallmoot audit list --case 12 --json"))
def list_(
    case: Annotated[int | None, typer.Option(min=1, help="Only what belongs to this case.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Look at so many entries, the latest.")] = 200,
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """List what was done, by whom, and what was refused: the latest entries, the newest last."""
    loaded = settings_for(config=config, db=db)
    found = asyncio.run(_entries(loaded.process.storage.path, community, limit))
    chosen = {
        name: [entry for entry in entries if case is None or entry.case == case] for name, entries in found.items()
    }
    if as_json:
        print_json({name: [entry_dict(entry) for entry in entries] for name, entries in chosen.items()})
    else:
        _list(chosen)


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


async def _entries(path: str, community: str | None, limit: int) -> dict[str, tuple[AuditEntry, ...]]:
    async with reading(path) as store:
        return {name: await store.audit.entries(name, limit) for name in await names_of(store, community)}


async def _verify(path: str, community: str | None) -> dict[str, AuditReport]:
    async with reading(path) as store:
        return {name: await store.audit.verify(name) for name in await names_of(store, community)}


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


def _list(found: dict[str, list[AuditEntry]]) -> None:
    screen = out()
    if not any(found.values()):
        screen.print("There are no entries yet.")
    for name, entries in found.items():
        if not entries:
            continue
        table = Table("Entry", "When (UTC)", "What", "Case", "Details", title=name, title_justify="left")
        for entry in entries:
            case = str(entry.case) if entry.case is not None else ""
            told = [f"{key} {value}" for key, value in entry.details or () if value] if entry.salt else ["erased"]
            when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
            table.add_row(str(entry.sequence), when, WORDS[entry.code], case, Text(harmless(", ".join(told))))
        screen.print(table)


def entry_dict(entry: AuditEntry) -> dict[str, object]:
    """Return one entry as JSON shows it; `details` is null once they were erased."""
    return {
        "entry": entry.sequence,
        "at": entry.at.isoformat(),
        "what": entry.code,
        "case": entry.case,
        "decision": entry.decision,
        "details": dict(entry.details) if entry.details is not None else None,
    }


def report_dict(report: AuditReport) -> dict[str, object]:
    """Return what verifying found, as JSON shows it."""
    return {
        "entries": report.entries,
        "details_erased": report.details_erased,
        "faults": [{"fault": code, "entry": number} for code, number in report.faults],
    }
