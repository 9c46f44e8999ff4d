"""Copies of a database that were checked before they got their name, and the way back to one."""

import contextlib
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.errors import StorageError
from bot.domain.keeping import Backup
from bot.storage.install_key import KEY_NAME
from bot.storage.private_files import open_private
from bot.storage.sqlite.database.connection import uri_of
from bot.storage.sqlite.database.faults import explain
from bot.storage.sqlite.database.files import is_there, make_private, sync_file, sync_folder

_LOG_FILES = ("-wal", "-shm")
_BUSY_SECONDS = 10.0


def copy_verified(source: Path, target: Path) -> None:
    """Copy a database, in use or not, to a file that must not exist yet, and check the copy.

    The copy is one file. It is written under another name and gets its own only after SQLite's integrity check. Raise
    StorageError when the target exists, can't be written, or the check finds a fault.
    """
    if is_there(target):
        raise StorageError(f"Backup {target}: this file exists already, and backups replace nothing. Name another one.")
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        make_private(partial)
        faults = _copy(source, partial)
        if faults:
            raise StorageError(f"Backup {target}: {source} is damaged ({faults}), and so would be the copy. {_DAMAGED}")
        sync_file(partial)
        partial.rename(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"Backup {target}: {source} can't be copied there ({error}). Check that the folder exists, that this user "
            "may write there and that it has room."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def back_up(database: Path, target: Path) -> Backup:
    """Make a verified copy of a database in use, with the install key beside it; StorageError when that fails."""
    copy_verified(database, target)
    key = database.parent / KEY_NAME
    if is_there(key):
        _copy_private(key, _key_of(target))
    with closing(sqlite3.connect(target)) as raw:
        (chains,) = raw.execute("SELECT count(*) FROM audit_heads").fetchone()
    return Backup(path=target, size=target.stat().st_size, chains=chains)


def communities_of(path: Path) -> frozenset[str]:
    """Return every community that has records or settings in a database of ours, of this schema or an older one.

    Raise StorageError when it can't be read.
    """
    try:
        with closing(sqlite3.connect(uri_of(path), uri=True, timeout=_BUSY_SECONDS)) as raw:
            rows = raw.execute("SELECT community FROM audit_heads UNION SELECT community FROM settings").fetchall()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return frozenset(str(community) for (community,) in rows)


def put_in_place(backup: Path, database: Path) -> Path | None:
    """Put a copy of a backup where the database is; return under which name the former one was kept, None for none.

    The caller holds the instance lock and has seen that the backup is one of ours. The database is there at every
    moment: the former one, or the restored one.
    """
    fresh = database.with_name(f"{database.name}.restored")
    fresh.unlink(missing_ok=True)
    copy_verified(backup, fresh)
    former = None
    if is_there(database):
        former = database.with_name(f"{database.name}.replaced.{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}")
        _put_aside(database, former)
    fresh.replace(database)
    key = database.parent / KEY_NAME
    if is_there(_key_of(backup)) and not is_there(key):
        _copy_private(_key_of(backup), key)
    sync_folder(database.parent)
    return former


def _copy(source: Path, partial: Path) -> str:
    """Copy page by page; return what SQLite's integrity check of the copy finds wrong, empty when nothing is."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)) as raw,
        closing(sqlite3.connect(partial, isolation_level=None)) as copy,
    ):
        raw.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        found = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
    return "" if found == ["ok"] else "; ".join(found)


def _put_aside(database: Path, former: Path) -> None:
    """Give the present database a second name, and take its write-ahead log away from the first one.

    A log that stayed would be played into the restored file. A sound database takes it in first; of a damaged one it is
    kept beside it.
    """
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=_BUSY_SECONDS)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    for suffix in _LOG_FILES:
        log = database.with_name(f"{database.name}{suffix}")
        if is_there(log):
            log.rename(former.with_name(f"{former.name}{suffix}"))
    os.link(database, former)


def _key_of(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.{KEY_NAME}")


def _copy_private(source: Path, target: Path) -> None:
    """Copy a secret to a file that is new and its owner's alone: one that was put there might be read by others.

    Raise StorageError when that can't be done.
    """
    try:
        target.unlink(missing_ok=True)
        handle = open_private(target, os.O_WRONLY | os.O_EXCL)
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
        sync_file(target)
    except OSError as error:
        raise StorageError(
            f"Install key {target}: {source} can't be copied there ({error}). Check that this user may write there."
        ) from error


_DAMAGED = "Stop Hallmoot, keep the file, and restore an earlier backup with `hallmoot backup --restore FILE`."
