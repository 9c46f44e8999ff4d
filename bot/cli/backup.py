"""`hallmoot backup`: a checked copy of all records, and the way back."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap.stores import beside, restored
from bot.cli.options import Config, Database, Json, example
from bot.cli.output import out, print_json
from bot.cli.surroundings import settings_for
from bot.domain.errors import InputError
from bot.domain.keeping import Backup

EPILOG = example("hallmoot backup", "hallmoot backup copy.db", "hallmoot backup --restore copy.db")


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="A new file; without one, beside the database.", show_default=False)
    ] = None,
    restore: Annotated[
        Path | None, typer.Option("--restore", metavar="FILE", help="Put this backup in the database's place.")
    ] = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Copy all records while the bot runs, and check the copy; or put a copy back, with the bot stopped.

    The former database is kept under another name. Erasures since the backup are carried out in it again.
    """
    database = Path(settings_for(config=config, db=db).process.storage.path)
    if restore is not None:
        _restore(restore, database, file, as_json=as_json)
        return
    made = asyncio.run(_back_up(database, file or _beside(database)))
    if as_json:
        print_json({"file": str(made.path), "bytes": made.size, "audit_chains": made.chains})
        return
    out().print(f"Written and checked: {made.path} ({made.size / 1e6:.1f} MB)", soft_wrap=True)
    out().print(f"To put it back: hallmoot backup --restore {made.path}", soft_wrap=True)


async def _back_up(database: Path, file: Path) -> Backup:
    async with beside(str(database)) as store:
        return await store.keeping.backup(file)


def _restore(backup_file: Path, database: Path, file: Path | None, *, as_json: bool) -> None:
    if file is not None:
        raise InputError("Name one file: either the new one to write, or with --restore the one to put back.")
    former = asyncio.run(restored(backup_file, database))
    if as_json:
        print_json({"database": str(database), "former": None if former is None else str(former)})
        return
    out().print(f"Put back: {database}", soft_wrap=True)
    if former is not None:
        out().print(f"The former database is kept as {former}.", soft_wrap=True)


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup{database.suffix}")
