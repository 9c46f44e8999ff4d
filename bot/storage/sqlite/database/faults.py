"""What SQLite says, put in words for the person who has to mend it."""

import sqlite3
from pathlib import Path

from bot.domain.errors import StorageError

_REMEDIES = {
    sqlite3.SQLITE_CANTOPEN: "it can't be opened. Check that its folder exists and that this user may write there.",
    sqlite3.SQLITE_READONLY: "it can't be written to. Check who owns the file and its folder, and that the disk is not "
    "mounted read-only.",
    sqlite3.SQLITE_PERM: "this user may not use it. Check who owns the file and its folder.",
    sqlite3.SQLITE_NOTADB: "it is not a database. Name another file (`storage.path`), or restore a backup with "
    "`hallmoot backup --restore FILE`.",
    sqlite3.SQLITE_CORRUPT: "it is damaged. Stop Hallmoot, keep a copy of the file, and restore a backup with "
    "`hallmoot backup --restore FILE`.",
    sqlite3.SQLITE_FULL: "the disk is full. Nothing of what was being written was kept; make room, and it goes on.",
    sqlite3.SQLITE_IOERR: "the disk reported an error. Look at the system's log; a full disk and a lost network drive "
    "look like this.",
    sqlite3.SQLITE_BUSY: "another process has been writing to it for too long. Let that end, or stop it.",
    sqlite3.SQLITE_LOCKED: "another process has been writing to it for too long. Let that end, or stop it.",
}


def explain(error: sqlite3.Error, path: Path) -> StorageError:
    """Return what a sqlite3 error means for the database at this path, and what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    remedy = _REMEDIES.get(code)
    if remedy is None:
        return StorageError(
            f"Database {path}: SQLite failed ({error}). This should not happen: please report it with the log, and "
            "keep a copy of the file."
        )
    return StorageError(f"Database {path}: {remedy} (SQLite: {error})")
