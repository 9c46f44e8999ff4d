"""One `run` per database: a lock that ends with its process, however that ends."""

import os
import sys
from pathlib import Path
from typing import Self

from bot.domain.errors import AlreadyRunning, StorageError
from bot.storage.private_files import open_private
from bot.storage.sqlite.database.files import make_folder

if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 30
    """Where the locked byte is: one that is locked can't be read, and others have to read who the holder is."""

    def _hold(handle: int) -> None:
        os.lseek(handle, _BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _let_go(handle: int) -> None:
        os.lseek(handle, _BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _hold(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class InstanceLock:
    """Holds `<database>.lock`. The file stays when the lock ends; it is the lock on it that counts."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, database: Path) -> Self:
        """Take the lock. Raise AlreadyRunning when another holds it, StorageError when its file can't be made."""
        path = database.with_name(f"{database.name}.lock")
        make_folder(database)
        try:
            handle = open_private(path, os.O_RDWR)
        except OSError as error:
            raise StorageError(
                f"Lock file {path}: it can't be opened ({error.strerror}). Check that its folder exists and that this "
                "user may write there."
            ) from error
        try:
            _hold(handle)
        except OSError as error:
            os.lseek(handle, 0, os.SEEK_SET)
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise AlreadyRunning(
                f"Database {database}: process {holder or '(unknown)'} uses it already. One database serves one "
                "`hallmoot run` at a time: stop that process, or give this one a database of its own (`storage.path`)."
            ) from error
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"{os.getpid()}\n".encode("ascii"))
        return cls(handle)

    def release(self) -> None:
        """End the lock."""
        _let_go(self._handle)
        os.close(self._handle)
