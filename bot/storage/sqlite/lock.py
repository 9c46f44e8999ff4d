"""One `run` per database: a lock that ends with its process, however that ends."""

import fcntl
import os
from pathlib import Path
from typing import Self

from bot.domain.errors import AlreadyRunning, StorageError
from bot.storage.sqlite.files import make_folder

_MODE = 0o600


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
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        except OSError as error:
            raise StorageError(
                f"Lock file {path}: it can't be opened ({error.strerror}). Check that its folder exists and that this "
                "user may write there."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise AlreadyRunning(
                f"Database {database}: process {holder or '(unknown)'} uses it already. One database serves one "
                "`hallmoot run` at a time: stop that process, or give this one a database of its own (`storage.path`)."
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode("ascii"))
        return cls(handle)

    def release(self) -> None:
        """End the lock."""
        os.close(self._handle)
