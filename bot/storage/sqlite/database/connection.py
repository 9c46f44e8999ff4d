"""One SQLite connection with a thread of its own, and the only place that hops to it.

aiosqlite runs every call in the connection's thread. Statement by statement that is slow and lets coroutines interleave
in one transaction, so whole functions are sent instead, through its `_execute`. That method is private: the version is
pinned, and a test sees that it still does what it did.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

from bot.storage.sqlite.database.faults import explain

T = TypeVar("T")
Unit = Callable[[sqlite3.Connection], T]

BUSY_SECONDS = 10.0
"""How long a connection waits for another process's write to end."""
_CACHED_STATEMENTS = 512
_FOR_ALL = ("PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY")
_FOR_WRITER = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
_FOR_READER = ("PRAGMA query_only = ON",)


class Connection:
    """A connection whose work is done in units, one at a time, each in one hop to its thread."""

    def __init__(self, inner: aiosqlite.Connection, path: Path) -> None:
        self._inner = inner
        self.path = path

    @classmethod
    async def writer(cls, path: Path) -> Self:
        """Open a connection that may write; raise StorageError when that is not possible."""
        return await cls._open(path, _FOR_ALL + _FOR_WRITER)

    @classmethod
    async def reader(cls, path: Path) -> Self:
        """Open a connection that refuses to write; raise StorageError when that is not possible."""
        return await cls._open(path, _FOR_ALL + _FOR_READER)

    @classmethod
    async def _open(cls, path: Path, pragmas: tuple[str, ...]) -> Self:
        inner: aiosqlite.Connection | None = None
        try:
            inner = await aiosqlite.connect(
                uri_of(path),
                uri=True,
                isolation_level=None,
                timeout=BUSY_SECONDS,
                cached_statements=_CACHED_STATEMENTS,
            )
            connection = cls(inner, path)
            await connection.hop(lambda raw: [raw.execute(pragma).fetchall() for pragma in pragmas])
        except sqlite3.Error as error:
            if inner is not None:
                await inner.close()
            raise explain(error, path) from error
        return connection

    async def hop(self, unit: Unit[T]) -> T:
        """Run a unit in the connection's thread. A caller that is cancelled does not stop it."""
        execute = cast("Callable[..., Awaitable[Any]]", self._inner._execute)  # noqa: SLF001 - see the module's docstring
        return cast("T", await execute(unit, self._inner._conn))  # noqa: SLF001 - the sqlite3 connection behind it

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only reads, in one transaction, so that its statements see the same moment."""
        try:
            return await self.hop(lambda raw: _in_snapshot(raw, unit))
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    async def close(self) -> None:
        """Let go of the file and end the thread."""
        await self._inner.close()


def uri_of(path: Path) -> str:
    """Return what sqlite3 opens an existing file by: it is not made anew where it is missing."""
    return f"{path.absolute().as_uri()}?mode=rw"


def _in_snapshot(raw: sqlite3.Connection, unit: Unit[T]) -> T:
    raw.execute("BEGIN")
    try:
        return unit(raw)
    finally:
        raw.execute("ROLLBACK")
