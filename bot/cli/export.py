"""`hallmoot export`: cases as a table or as JSON lines, for people who keep their own records."""

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from bot.bootstrap.stores import reading, recording_exports
from bot.cli.cases import file_dict
from bot.cli.communities import names_of
from bot.cli.shared.moments import Since, Until
from bot.cli.shared.options import Community, Config, Database, example
from bot.cli.shared.output import err
from bot.cli.shared.surroundings import settings_for
from bot.cli.shared.tallies import every_case
from bot.config.text_files import is_there
from bot.core.exports.export_rows import COLUMNS, REASONING, row_of
from bot.domain.case import CaseFile, CaseStatus
from bot.domain.errors import InputError
from bot.domain.ids import CategoryId, CommunityId, PolicyId
from bot.domain.records import CaseFilter
from bot.ports.store import Store

EPILOG = example(
    "hallmoot export cases.csv", "hallmoot export --format jsonl --since 2026-10-01 cases.jsonl", "hallmoot export -"
)


class ExportFormat(StrEnum):
    """What cases are written as."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    database: str
    community: str | None
    cases: CaseFilter
    target: Path | None
    format: ExportFormat
    reasoning: bool


def export(
    file: Annotated[
        Path | None, typer.Argument(help="A new file; `-` or nothing writes to the output.", show_default=False)
    ] = None,
    format_: Annotated[ExportFormat | None, typer.Option("--format", help="Else as the file's name ends; CSV.")] = None,
    status: Annotated[CaseStatus | None, typer.Option(case_sensitive=False, help="Only cases that stand so.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only cases under this policy.")] = None,
    category: Annotated[str | None, typer.Option(help="Only cases under this rule.")] = None,
    since: Since = None,
    until: Until = None,
    reasoning: Annotated[
        bool, typer.Option("--reasoning", help="With what the model wrote while thinking: for moderators' eyes alone.")
    ] = False,
    community: Community = None,
    config: Config = None,
    db: Database = None,
) -> None:
    """Write cases to a file, each with its text where retention keeps it. The audit log notes it.

    Cells that a spreadsheet would take for a formula begin with an apostrophe.
    """
    file = None if file == Path("-") else file
    if file is not None and is_there(file):
        raise InputError(f"{file} exists already. Name a new file.")
    loaded = settings_for(config=config, db=db)
    by_name = ExportFormat.JSON_LINES if file is not None and file.suffix in {".jsonl", ".ndjson"} else ExportFormat.CSV
    wanted = _Wanted(
        database=loaded.process.storage.path,
        community=community,
        cases=CaseFilter(
            status=status,
            policy=PolicyId(policy) if policy else None,
            category=CategoryId(category) if category else None,
            since=since,
            until=until,
        ),
        target=file,
        format=format_ or by_name,
        reasoning=reasoning,
    )
    count = asyncio.run(_export(wanted))
    if file is not None:
        err().print(f"{count} cases are in {file}.")


async def _export(wanted: _Wanted) -> int:
    async with reading(wanted.database) as store:
        names = await names_of(store, wanted.community)
        await recording_exports(Path(wanted.database), names, wanted.format.value)
        with target(wanted.target) as out:
            write = _table(out, wanted) if wanted.format is ExportFormat.CSV else _lines(out, wanted)
            count = 0
            async for case_file in _files(store, names, wanted.cases):
                write(case_file)
                count += 1
    return count


async def _files(store: Store, names: tuple[CommunityId, ...], wanted: CaseFilter) -> AsyncIterator[CaseFile]:
    async for case in every_case(store.cases, names, wanted):
        found = await store.cases.file(case.community, case.number)
        if found is not None:
            yield found


@contextmanager
def target(path: Path | None) -> Iterator[TextIO]:
    """Open a new file that only its owner reads, or hand out standard output. Raises InputError."""
    if path is None:
        yield sys.stdout
        return
    try:
        path.touch(mode=0o600, exist_ok=False)
        with _removed_unless_whole(path), path.open("w", encoding="utf-8", newline="") as out:
            yield out
    except OSError as error:
        raise InputError(f"{path}: this file can't be written ({error.strerror or error}).") from error


@contextmanager
def _removed_unless_whole(path: Path) -> Iterator[None]:
    """Take away what was begun and came to no end: half an export looks like a whole one."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _table(out: TextIO, wanted: _Wanted) -> Any:
    columns = (*COLUMNS, REASONING) if wanted.reasoning else COLUMNS
    # Every cell in quotes: a program that splits at semicolons or tabs would find a formula behind one.
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    return lambda file: writer.writerow(row_of(file, columns))


def _lines(out: TextIO, wanted: _Wanted) -> Any:
    def write(file: CaseFile) -> None:
        row = file_dict(file)
        if wanted.reasoning:
            row["reasoning"] = _reasoning(file)
        out.write(json.dumps(row, default=str) + "\n")

    return write


def _reasoning(file: CaseFile) -> str:
    return "\n\n".join(verdict.reasoning for verdict in file.verdicts if verdict.reasoning)
