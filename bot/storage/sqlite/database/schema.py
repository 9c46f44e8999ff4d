"""Which version of the schema a file has, and the way to this one: verified backup first, then all steps or none."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import AlreadyRunning, NewerDatabase, StorageError
from bot.logs import get_logger
from bot.storage.sqlite.database.backup import copy_verified
from bot.storage.sqlite.database.connection import BUSY_SECONDS, uri_of
from bot.storage.sqlite.database.faults import explain
from bot.storage.sqlite.database.files import is_there, make_private, refuse_what_is_no_file, restore_command
from bot.storage.sqlite.database.lock import InstanceLock
from bot.storage.sqlite.database.statements import Migration

APPLICATION_ID = 0x48414C4C
"""`HALL`, in the file's header: it tells our databases from any other's."""

_LOG = get_logger(__name__)


def bring_up_to_date(path: Path, steps: tuple[Migration, ...], *, lock: InstanceLock | None) -> None:
    """Make the database where there is none, and bring an older one to the present schema.

    Before an older one is changed, it is backed up next to it. Without the instance lock that is done under a lock of
    its own: AlreadyRunning when a `run` of the older version is at work. NewerDatabase and StorageError as they say.
    """
    make_private(path)
    try:
        with closing(_connect(path)) as raw:
            version = version_of(raw, path, steps)
            if version == len(steps):
                return
            if version == 0:
                _apply(raw, steps, version)
                return
            if lock is not None:
                _upgrade(raw, path, steps, version)
                return
            _upgrade_locked(raw, path, steps, version)
    except sqlite3.Error as error:
        raise explain(error, path) from error


def require_known(path: Path, steps: tuple[Migration, ...]) -> int:
    """Return the schema's version of an existing database of ours; StorageError when it is none."""
    refuse_what_is_no_file(path)
    if not is_there(path):
        raise StorageError(f"Database {path}: there is none. Check the name, and that it was made already.")
    try:
        with closing(_connect(path)) as raw:
            return version_of(raw, path, steps)
    except sqlite3.Error as error:
        raise explain(error, path) from error


def require_records(path: Path, steps: tuple[Migration, ...]) -> None:
    """Raise StorageError unless the file is a database of ours with records in it, of this version or an older one."""
    if require_known(path, steps) == 0:
        raise StorageError(f"Database {path}: this file is empty, and so no backup. Name another one.")


def require_present(path: Path, steps: tuple[Migration, ...]) -> None:
    """Raise StorageError unless the file is a database of this very version, ready to be read.

    Where there is none it names the databases beside it: the demo keeps its own.
    """
    refuse_what_is_no_file(path)
    if not is_there(path):
        others = sorted(str(other) for other in path.parent.glob("*.db"))
        beside = f" There is {', '.join(others)}: name it with --db." if others else ""
        raise StorageError(f"Database {path}: there is none yet. `hallmoot run` and `hallmoot replay` make it.{beside}")
    version = require_known(path, steps)
    if version < len(steps):
        raise StorageError(
            f"Database {path}: it has schema {version}, and this version of Hallmoot reads {len(steps)}. Start "
            "`hallmoot run` once: it makes a backup and brings the database up to date."
        )


def version_of(raw: sqlite3.Connection, path: Path, steps: tuple[Migration, ...]) -> int:
    """Return the version of a database's schema, 0 for an empty file.

    Raise NewerDatabase when this version does not know it, StorageError when the file belongs to something else.
    """
    (application,) = raw.execute("PRAGMA application_id").fetchone()
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    (tables,) = raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (tables or version):
        raise StorageError(
            f"Database {path}: it belongs to another program. Name another file (`storage.path`); this one was not "
            "changed."
        )
    if version > len(steps):
        raise NewerDatabase(
            f"Database {path}: a later version of Hallmoot wrote it (schema {version}; this one knows up to "
            f"{len(steps)}). Install the later version, or restore a backup from before it with "
            "`hallmoot backup --restore FILE`. The file was not changed."
        )
    return int(version)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(uri_of(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _upgrade_locked(raw: sqlite3.Connection, path: Path, steps: tuple[Migration, ...], version: int) -> None:
    try:
        lock = InstanceLock.take(path)
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error} The schema is an older one, which can't be changed meanwhile.") from error
    try:
        _upgrade(raw, path, steps, version)
    finally:
        lock.release()


def _upgrade(raw: sqlite3.Connection, path: Path, steps: tuple[Migration, ...], version: int) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    backup = path.with_name(f"{path.name}.schema-{version}.{stamp}.backup")
    copy_verified(path, backup)
    restore = restore_command(backup, path)
    try:
        _apply(raw, steps, version)
    except sqlite3.Error as error:
        raise StorageError(
            f"Database {path}: bringing it from schema {version} to {len(steps)} failed ({error}). It was not changed. "
            f"A verified backup is {backup}; to go back to it: `{restore}`. Please report this."
        ) from error
    _LOG.info(
        "database_upgraded", database=str(path), before=version, after=len(steps), backup=str(backup), undo=restore
    )


def _apply(raw: sqlite3.Connection, steps: tuple[Migration, ...], version: int) -> None:
    raw.execute("BEGIN IMMEDIATE")
    try:
        (present,) = raw.execute("PRAGMA user_version").fetchone()
        if present == version:  # otherwise another process has just done it
            for step in steps[version:]:
                for statement in step.statements:
                    raw.execute(statement)
            raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            raw.execute(f"PRAGMA user_version = {len(steps)}")
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
