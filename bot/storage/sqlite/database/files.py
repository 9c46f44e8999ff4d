"""Files with members' words in them: made so that only their owner reads them, and moved whole."""

import os
import shlex
import stat
from pathlib import Path

from bot.domain.errors import StorageError
from bot.storage.private_files import open_private

_FOLDER_MODE = 0o700


def is_there(path: Path) -> bool:
    """Return whether something is at a path; False also for a path that can't be. pathlib would raise there."""
    return os.path.exists(path)  # noqa: PTH110 - see above


def refuse_what_is_no_file(path: Path) -> None:
    """Raise StorageError where a folder stands in a database's place, or what stands there may not be looked at."""
    try:
        mode = path.stat().st_mode
    except PermissionError as error:
        raise StorageError(
            f"Database {path}: this user may not look into its folder. Check who owns {path.parent}, or name "
            "another file (`storage.path`)."
        ) from error
    except (OSError, ValueError):
        return
    if stat.S_ISDIR(mode):
        raise StorageError(
            f"Database {path}: this is a folder, where a file is expected. Name the file itself (`storage.path`), or "
            "take the folder away if it is empty; a container makes such a folder where a file is missing."
        )


def restore_command(backup: Path, database: Path) -> str:
    """Return what to type to put a backup in the place of the database that it was made of, and of no other."""
    return (
        f"hallmoot backup --restore {shlex.quote(str(backup.absolute()))} --db {shlex.quote(str(database.absolute()))}"
    )


def make_folder(path: Path) -> None:
    """Make the folders above a database, for their owner alone, unless they exist; StorageError when that fails."""
    try:
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Database {path}: its folder can't be made ({error.strerror}: {error.filename}). Make it by hand, or name "
            "another file (`storage.path`)."
        ) from error


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, unless it exists. SQLite's other files follow its permissions.

    Raise StorageError when that is not possible.
    """
    refuse_what_is_no_file(path)
    make_folder(path)
    try:
        os.close(open_private(path, os.O_RDWR))
    except OSError as error:
        raise StorageError(
            f"Database {path}: it can't be opened ({error.strerror}). Check that this user may write in "
            f"{path.parent}, or name another file (`storage.path`)."
        ) from error


def sync_folder(folder: Path) -> None:
    """Have a renamed file's new name survive a power loss; Windows opens no folders, and sees to that itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Have what was written to a file survive a power loss."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
