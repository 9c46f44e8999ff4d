"""The writer: batches, units that fail, commits that fail, callers that give up."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.errors import StorageError
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.writer import MOST_IN_A_BATCH, Writer

ORDERED = 50


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return a database with one table of numbers, each of which may point to another that has to exist at commit."""
    path = tmp_path / "numbers.db"
    with sqlite3.connect(path) as raw:
        raw.execute(
            "CREATE TABLE numbers (n INTEGER PRIMARY KEY,"
            " other INTEGER REFERENCES numbers (n) DEFERRABLE INITIALLY DEFERRED)"
        )
    raw.close()
    return path


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[Writer]:
    """Yield a writer on it."""
    opened = Writer(await Connection.writer(path))
    yield opened
    await opened.close()


def add(raw: sqlite3.Connection, number: int, other: int | None = None) -> int:
    """Insert a number."""
    raw.execute("INSERT INTO numbers VALUES (?, ?)", (number, other))
    return number


def numbers(path: Path) -> list[int]:
    """Return what is on disk, as another process sees it."""
    raw = sqlite3.connect(path)
    try:
        return [number for (number,) in raw.execute("SELECT n FROM numbers ORDER BY n")]
    finally:
        raw.close()


class Gate:
    """A unit that holds the writer's thread until it is opened, so that other units gather behind it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.entered = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def unit(self, _raw: sqlite3.Connection) -> None:
        """Wait, in the writer's thread."""
        self._loop.call_soon_threadsafe(self.entered.set)
        assert self._open.wait(10)

    def open(self) -> None:
        """Let the writer go on."""
        self._open.set()


async def test_a_unit_is_on_disk_when_its_caller_is_answered(writer: Writer, path: Path) -> None:
    """And the caller gets what the unit returned."""
    assert await writer.run(lambda raw: add(raw, 7)) == 7
    assert numbers(path) == [7]


async def test_a_unit_runs_in_the_connections_own_thread(writer: Writer) -> None:
    """The one private method of aiosqlite that this stands on still hops there, and hands over sqlite3's connection."""
    thread, kind = await writer.run(lambda raw: (threading.current_thread(), type(raw)))
    again = await writer.run(lambda _raw: threading.current_thread())
    assert kind is sqlite3.Connection
    assert thread is again is not threading.main_thread()


async def test_units_run_in_the_order_they_were_handed_in(writer: Writer) -> None:
    """Also when there are more than fit in one batch."""
    seen: list[int] = []
    await asyncio.gather(
        *(writer.run(lambda _raw, number=number: seen.append(number)) for number in range(MOST_IN_A_BATCH + ORDERED))  # type: ignore[misc]
    )
    assert seen == list(range(MOST_IN_A_BATCH + ORDERED))


async def test_what_gathers_while_a_batch_is_written_is_one_transaction(writer: Writer, path: Path) -> None:
    """A unit sees what the one before it wrote, while nobody else sees it yet."""
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.unit))
    await gate.entered.wait()
    adding = asyncio.create_task(writer.run(lambda raw: add(raw, 1)))
    looking = asyncio.create_task(
        writer.run(lambda raw: (raw.execute("SELECT count(*) FROM numbers").fetchone()[0], numbers(path)))
    )
    await asyncio.sleep(0)
    gate.open()
    await held
    await adding
    assert await looking == (1, [])


async def test_a_unit_that_fails_is_rolled_back_alone(writer: Writer, path: Path) -> None:
    """The others of its batch are committed, and its caller hears what it failed with."""

    def fails(raw: sqlite3.Connection) -> None:
        add(raw, 2)
        raise RuntimeError("halfway")

    gate = Gate()
    held = asyncio.create_task(writer.run(gate.unit))
    await gate.entered.wait()
    first = asyncio.create_task(writer.run(lambda raw: add(raw, 1)))
    second = asyncio.create_task(writer.run(fails))
    third = asyncio.create_task(writer.run(lambda raw: add(raw, 3)))
    await asyncio.sleep(0)
    gate.open()
    await held
    assert (await first, await third) == (1, 3)
    with pytest.raises(RuntimeError, match="halfway"):
        await second
    assert numbers(path) == [1, 3]


async def test_an_error_of_sqlite_is_told_as_ours(writer: Writer, path: Path) -> None:
    """The caller above `storage` never sees a sqlite3 error, and the file is named."""
    await writer.run(lambda raw: add(raw, 1))
    with pytest.raises(StorageError, match=str(path)):
        await writer.run(lambda raw: add(raw, 1))


async def test_a_failing_commit_fails_every_unit_of_its_batch(writer: Writer, path: Path) -> None:
    """Nobody is told that something is on disk which is not; the writer goes on afterwards."""
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.unit))
    await gate.entered.wait()
    fine = asyncio.create_task(writer.run(lambda raw: add(raw, 1)))
    dangling = asyncio.create_task(writer.run(lambda raw: add(raw, 2, other=99)))
    await asyncio.sleep(0)
    gate.open()
    await held
    for task in (fine, dangling):
        with pytest.raises(StorageError):
            await task
    assert numbers(path) == []
    assert await writer.run(lambda raw: add(raw, 3)) == 3


async def test_a_full_disk_fails_what_needs_room_and_nothing_else(writer: Writer, path: Path) -> None:
    """The text says so, and once there is room the same unit succeeds."""
    await writer.run(lambda raw: raw.execute("CREATE TABLE texts (text TEXT)").fetchall())
    pages = await writer.run(lambda raw: raw.execute("PRAGMA page_count").fetchone()[0])
    await writer.run(lambda raw: raw.execute(f"PRAGMA max_page_count = {pages}").fetchall())

    def large(raw: sqlite3.Connection) -> None:
        raw.execute("INSERT INTO texts VALUES (?)", ("x" * 100_000,))

    with pytest.raises(StorageError, match="disk is full"):
        await writer.run(large)
    assert await writer.run(lambda raw: add(raw, 1)) == 1
    await writer.run(lambda raw: raw.execute("PRAGMA max_page_count = 1000000").fetchall())
    await writer.run(large)
    assert numbers(path) == [1]


async def test_a_caller_that_is_cancelled_changes_nothing(writer: Writer, path: Path) -> None:
    """Its unit is carried out as if it had waited, before and after the batch has begun, and nobody is blocked."""
    gate = Gate()
    running = asyncio.create_task(writer.run(gate.unit))
    await gate.entered.wait()
    queued = asyncio.create_task(writer.run(lambda raw: add(raw, 1)))
    await asyncio.sleep(0)
    for task in (running, queued):
        task.cancel()
    gate.open()
    for task in (running, queued):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await writer.run(lambda raw: add(raw, 2)) == 2
    assert numbers(path) == [1, 2]


async def test_a_cancelled_callers_failure_troubles_nobody(writer: Writer, path: Path) -> None:
    """Its error has no one to be told to, and the next unit runs."""
    gate = Gate()
    running = asyncio.create_task(writer.run(gate.unit))
    await gate.entered.wait()
    failing = asyncio.create_task(writer.run(lambda raw: add(raw, "no number")))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    failing.cancel()
    gate.open()
    await running
    with pytest.raises(asyncio.CancelledError):
        await failing
    assert await writer.run(lambda raw: add(raw, 2)) == 2
    assert numbers(path) == [2]


async def test_closing_carries_out_what_was_handed_in(path: Path) -> None:
    """And refuses what comes later."""
    writer = Writer(await Connection.writer(path))
    tasks = [asyncio.create_task(writer.run(lambda raw, number=number: add(raw, number))) for number in range(5)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await writer.close()
    assert sorted([await task for task in tasks]) == [0, 1, 2, 3, 4]
    with pytest.raises(StorageError, match="closed"):
        await writer.run(lambda raw: add(raw, 9))
    assert numbers(path) == [0, 1, 2, 3, 4]


async def test_a_unit_waits_for_another_process(writer: Writer, path: Path) -> None:
    """A short write of a command beside `run` delays it, and fails nothing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    add(other, 1)
    waiting = asyncio.create_task(writer.run(lambda raw: add(raw, 2)))
    _, pending = await asyncio.wait({waiting}, timeout=0.05)
    assert pending == {waiting}
    other.execute("COMMIT")
    other.close()
    assert await waiting == 2
    assert numbers(path) == [1, 2]


async def test_a_reader_sees_one_moment_and_can_not_write(writer: Writer, path: Path) -> None:
    """What is committed while it reads comes with its next question."""
    reader = await Connection.reader(path)
    await writer.run(lambda raw: add(raw, 1))

    def twice(raw: sqlite3.Connection) -> tuple[int, int]:
        first = raw.execute("SELECT count(*) FROM numbers").fetchone()[0]
        with sqlite3.connect(path) as other:
            add(other, 2)
        other.close()
        return first, raw.execute("SELECT count(*) FROM numbers").fetchone()[0]

    assert await reader.read(twice) == (1, 1)
    assert await reader.read(lambda raw: raw.execute("SELECT count(*) FROM numbers").fetchone()[0]) == 2
    with pytest.raises(StorageError):
        await reader.read(lambda raw: add(raw, 3))
    await reader.close()
