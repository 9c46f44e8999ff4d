"""The one writer: every change goes through it, many in one transaction, all or none of each.

Callers hand in units of work, plain functions of a connection. Whatever waits is taken as one batch and carried out in
a single hop: BEGIN IMMEDIATE, the units, COMMIT. When a unit fails, the batch is rolled back and carried out anew with
a savepoint for each unit, so that the failing one is rolled back alone; savepoints for all would cost a third more. So
a unit may run twice, and must change nothing but the database. A commit that fails is every unit's failure. Only then
are the callers answered. A caller that is cancelled meanwhile changes nothing: its unit stays in the batch, and is done
or not done as if it had waited.
"""

import asyncio
import sqlite3
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.domain.errors import StorageError
from bot.storage.sqlite.database.connection import Connection, Unit
from bot.storage.sqlite.database.faults import explain

T = TypeVar("T")
AnyUnit = Callable[[sqlite3.Connection], Any]

MOST_IN_A_BATCH = 256
"""Units in one transaction at most, so that none waits long behind others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    unit: AnyUnit
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What became of one unit: its value, or the error that it was rolled back for."""

    value: Any = None
    error: Exception | None = None


class Writes(Protocol):
    """Carries out units that change something."""

    @abstractmethod
    async def run(self, unit: Unit[T]) -> T:
        """Carry out a unit and return its value once it is committed, or raise what it failed with."""

    @abstractmethod
    async def close(self) -> None:
        """Carry out what was handed in, then let go of the database."""


class NoWriter(Writes):
    """Stands where a database was opened for reading alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def run(self, unit: Unit[T]) -> T:
        """Refuse; StorageError."""
        del unit
        raise StorageError(f"Database {self._path}: it was opened for reading only; nothing can be written here.")

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


class Writer(Writes):
    """Owns the only connection that writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._jobs: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._work(), name="storage-writer")

    async def run(self, unit: Unit[T]) -> T:
        """Carry out a unit and return its value once it is committed, or raise what it failed with."""
        if self._closing:
            raise StorageError(f"Database {self._connection.path}: it is closed, and nothing more can be written.")
        job = _Job(unit=unit, answer=asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._wake.set()
        value: T = await job.answer
        return value

    async def close(self) -> None:
        """Carry out what was handed in, then let go of the connection."""
        self._closing = True
        self._wake.set()
        try:
            await asyncio.shield(self._task)
        finally:
            await self._connection.close()

    async def _work(self) -> None:
        try:
            while not (self._closing and not self._jobs):
                await self._wake.wait()
                self._wake.clear()
                while self._jobs:
                    await self._carry_out([self._jobs.popleft() for _ in range(min(len(self._jobs), MOST_IN_A_BATCH))])
        finally:
            self._closing = True
            for job in self._jobs:
                job.answer.cancel()

    async def _carry_out(self, jobs: list[_Job]) -> None:
        units = [job.unit for job in jobs]
        hop = asyncio.ensure_future(self._connection.hop(lambda raw: _batch(raw, units)))
        try:
            results = await asyncio.shield(hop)
        except asyncio.CancelledError:
            # The loop is being torn down. The batch still ends in its thread; its callers are being cancelled too.
            for job in jobs:
                job.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller has to hear of it
            results = [_Result(error=error)] * len(jobs)
        for job, result in zip(jobs, results, strict=True):
            self._answer(job, result)

    def _answer(self, job: _Job, result: _Result) -> None:
        if job.answer.done():
            return
        error = result.error
        if error is None:
            job.answer.set_result(result.value)
        elif isinstance(error, sqlite3.Error):
            explained = explain(error, self._connection.path)
            explained.__cause__ = error
            job.answer.set_exception(explained)
        else:
            job.answer.set_exception(error)


def _batch(raw: sqlite3.Connection, units: Sequence[AnyUnit]) -> list[_Result]:
    """Carry out units in one transaction. Raise sqlite3.Error when none of them is on disk."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        results = _all_at_once(raw, units) or [_alone(raw, unit) for unit in units]
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return results


def _all_at_once(raw: sqlite3.Connection, units: Sequence[AnyUnit]) -> list[_Result]:
    """Carry out units that all succeed; none, in a fresh transaction, when one of them fails."""
    try:
        return [_Result(value=unit(raw)) for unit in units]
    except Exception:  # noqa: BLE001 - which one it was, and whose caller hears of it, shows when each runs alone
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raw.execute("BEGIN IMMEDIATE")
        return []


def _alone(raw: sqlite3.Connection, unit: AnyUnit) -> _Result:
    raw.execute("SAVEPOINT unit")
    try:
        result = _Result(value=unit(raw))
    except Exception as error:
        if not raw.in_transaction:
            # SQLite gave up the whole transaction (a full disk, for one): what ran before is gone as well.
            raise
        raw.execute("ROLLBACK TO unit")
        result = _Result(error=error)
    raw.execute("RELEASE unit")
    return result
