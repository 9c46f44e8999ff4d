"""Copies of a database that were checked before they got their name."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.domain.errors import StorageError
from bot.storage.sqlite.files import make_private, sync_file, sync_folder


def copy_verified(raw: sqlite3.Connection, target: Path) -> None:
    """Copy a database, in use or not, to a file that must not exist yet, and check the copy.

    The copy is one file. It is written under another name and gets its own only after SQLite's integrity check. Raise
    StorageError when the target exists, can't be written, or the check finds a fault; sqlite3.Error from the source.
    """
    if target.exists():
        raise StorageError(f"Backup {target}: this file exists already, and backups replace nothing. Name another one.")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        make_private(partial)
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            raw.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            faults = check(copy)
        if faults:
            raise StorageError(f"Backup {target}: the copy is damaged ({faults}), and was not kept. Check the disk.")
        sync_file(partial)
        partial.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StorageError(f"Backup {target}: it can't be written ({os.strerror(error.errno or 0)}).") from error
    finally:
        partial.unlink(missing_ok=True)


def check(raw: sqlite3.Connection) -> str:
    """Return what SQLite's integrity check finds wrong, empty when nothing is."""
    found = [row[0] for row in raw.execute("PRAGMA integrity_check(5)")]
    return "" if found == ["ok"] else "; ".join(found)
