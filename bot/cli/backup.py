"""`hallmoot backup`: a checked copy of all records, and the way back."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap.stores import beside, looked_at, restored
from bot.cli.shared.asking import make_sure
from bot.cli.shared.options import Config, Database, Json, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.domain.errors import InputError
from bot.domain.keeping import Backup
from bot.storage.sqlite.database.files import restore_command

EPILOG = example("hallmoot backup", "hallmoot backup copy.db", "hallmoot backup --restore copy.db --yes")


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="A new file; without one, beside the database.", show_default=False)
    ] = None,
    restore: Annotated[
        Path | None, typer.Option("--restore", metavar="FILE", help="Put this backup in the database's place.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --restore: do not ask whether it is meant.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --restore: also where the copy lacks communities that are on record.")
    ] = False,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Copy all records while the bot runs, and check the copy; or put a copy back, with the bot stopped.

    The former database is kept under another name. Erasures since the backup are carried out in it again.
    """
    database = Path(settings_for(config=config, db=db).process.storage.path)
    if restore is not None:
        if file is not None:
            raise InputError("Name one file: either the new one to write, or with --restore the one to put back.")
        _make_sure(restore, database, yes=yes, force=force)
        _restore(restore, database, as_json=as_json)
        return
    made = asyncio.run(_back_up(database, file or _beside(database)))
    if as_json:
        print_json({"file": str(made.path), "bytes": made.size, "audit_chains": made.chains})
        return
    out().print(f"Written and checked: {made.path} ({made.size / 1e6:.1f} MB)", soft_wrap=True)
    out().print(f"To put it back: {restore_command(Path(made.path), database)}", soft_wrap=True)


async def _back_up(database: Path, file: Path) -> Backup:
    async with beside(str(database)) as store:
        return await store.keeping.backup(file)


def _make_sure(backup_file: Path, database: Path, *, yes: bool, force: bool) -> None:
    """Ask whether this database is meant. Raises InputError for a copy of others than are on record here."""
    found = asyncio.run(looked_at(backup_file, database))
    if found.lost and not force:
        raise InputError(
            f"{backup_file} knows nothing of {', '.join(sorted(found.lost))}, on record in {database}. Name the "
            "database that it is a copy of with --db, or say with --force that these records are to go."
        )
    if found.communities is None or yes:
        return
    there = ", ".join(sorted(found.communities)) or "nothing yet"
    make_sure(f"Put {backup_file} in the place of {database} (on record there: {there})?")


def _restore(backup_file: Path, database: Path, *, as_json: bool) -> None:
    former = asyncio.run(restored(backup_file, database))
    if as_json:
        print_json({"database": str(database), "former": None if former is None else str(former)})
        return
    out().print(f"Put back: {database}", soft_wrap=True)
    if former is not None:
        out().print(f"The former database is kept as {former}.", soft_wrap=True)


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup{database.suffix}")
