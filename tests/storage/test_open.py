"""Opening a database: new ones, older and newer ones, files that are none, and two at once."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.domain.errors import AlreadyRunning, NewerDatabase, StorageError
from bot.storage.sqlite.database.lock import InstanceLock
from bot.storage.sqlite.database.schema import APPLICATION_ID, bring_up_to_date
from bot.storage.sqlite.database.statements import Migration, migrations
from bot.storage.sqlite.store import open_readonly, open_store, restore
from tests.factories import AT, message

LATEST = len(migrations())
NEXT = Migration(
    version=LATEST + 1, statements=("CREATE TABLE moods (mood TEXT)", "INSERT INTO moods VALUES ('merry')")
)
BROKEN = Migration(version=LATEST + 1, statements=("CREATE TABLE moods (mood TEXT)", "INSERT INTO nowhere VALUES (1)"))
NOBODY = 65534


@contextmanager
def as_anybody() -> Iterator[None]:
    """Go on without root's rights: root may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a database may be made, in a folder that is not there yet."""
    return tmp_path / "data" / "hallmoot.db"


async def made(path: Path) -> None:
    """Make a database with one message in it."""
    store = await open_store(path, exclusive=True)
    await store.inbox.accept(message(), AT)
    await store.close()


def version_of(path: Path) -> int:
    """Return the schema's version in the file."""
    with closing(sqlite3.connect(path)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


async def waiting(path: Path) -> int:
    """Return how many messages wait in a database."""
    store = await open_readonly(path)
    try:
        return len(await store.inbox.waiting(10))
    finally:
        await store.close()


async def test_a_database_is_made_where_there_is_none(path: Path) -> None:
    """With its folder, its key and its log, all of them for their owner alone."""
    store = await open_store(path, exclusive=True)
    await store.inbox.accept(message(), AT)
    files = sorted(entry.name for entry in path.parent.iterdir())
    assert files == ["hallmoot.db", "hallmoot.db-shm", "hallmoot.db-wal", "hallmoot.db.lock", "install.key"]
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()
    assert version_of(path) == LATEST


async def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    """And opening changes nothing."""
    await made(path)
    assert await waiting(path) == 1
    store = await open_store(path, exclusive=True)
    assert len(await store.inbox.waiting(10)) == 1
    await store.close()


async def test_writes_are_synced_and_readers_do_not_write(path: Path) -> None:
    """What the facts on durability were measured with is what is set."""
    store = await open_store(path, exclusive=True)
    settings = await store._writer.run(
        lambda raw: [
            raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    )
    read_only = await store._readers[0].hop(lambda raw: raw.execute("PRAGMA query_only").fetchone()[0])
    await store.close()
    assert settings == [2, "wal", 1]
    assert read_only == 1


# One at a time


async def test_one_database_serves_one_run(path: Path) -> None:
    """The second is told who holds it; when the first ends, it may."""
    first = await open_store(path, exclusive=True)
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()} uses it already"):
        await open_store(path, exclusive=True)
    await first.close()
    second = await open_store(path, exclusive=True)
    await second.close()


async def test_other_commands_work_beside_a_run(path: Path) -> None:
    """They read, and write in short units of their own."""
    running = await open_store(path, exclusive=True)
    beside = await open_store(path, exclusive=False)
    await beside.inbox.accept(message(), AT)
    assert len(await running.inbox.waiting(10)) == 1
    assert await waiting(path) == 1
    await beside.close()
    await running.inbox.accept(message(id="2"), AT)
    await running.close()


async def test_what_was_opened_to_read_writes_nothing(path: Path) -> None:
    """Whatever is tried."""
    await made(path)
    store = await open_readonly(path)
    with pytest.raises(StorageError, match="reading only"):
        await store.inbox.recover()
    await store.close()


# Other versions


async def test_a_newer_database_is_left_alone(path: Path) -> None:
    """This version can't know what it means: it says which schema it has, and what to do."""
    await made(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {LATEST + 7}")
    before = path.read_bytes()
    for attempt in (open_store(path, exclusive=True), open_store(path, exclusive=False), open_readonly(path)):
        with pytest.raises(NewerDatabase, match=rf"schema {LATEST + 7}.*hallmoot backup --restore FILE"):
            await attempt
    assert path.read_bytes() == before


async def test_an_older_database_is_backed_up_and_brought_up_to_date(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log names the backup and the command that goes back to it, and that backup is whole."""
    await made(path)
    bring_up_to_date(path, (*migrations(), NEXT), lock=InstanceLock.take(path))
    assert version_of(path) == LATEST + 1
    (backup,) = path.parent.glob("hallmoot.db.schema-*.backup")
    assert f"hallmoot backup --restore {backup}" in capsys.readouterr().out
    assert version_of(backup) == LATEST
    assert await waiting(backup) == 1


async def test_going_back_is_what_the_log_says(path: Path) -> None:
    """After restoring the backup, this version opens it again, and the newer file is kept."""
    await made(path)
    lock = InstanceLock.take(path)
    bring_up_to_date(path, (*migrations(), NEXT), lock=lock)
    lock.release()
    (backup,) = path.parent.glob("hallmoot.db.schema-*.backup")
    former = await restore(backup, path)
    assert await waiting(path) == 1
    assert former is not None
    assert version_of(former) == LATEST + 1


async def test_a_step_that_fails_changes_nothing(path: Path) -> None:
    """All steps or none; the error names the backup and the command all the same."""
    await made(path)
    lock = InstanceLock.take(path)
    with pytest.raises(StorageError, match=r"was not changed.*hallmoot backup --restore .*schema-.*backup"):
        bring_up_to_date(path, (*migrations(), BROKEN), lock=lock)
    lock.release()
    assert version_of(path) == LATEST
    assert await waiting(path) == 1


async def test_an_older_database_in_use_is_not_changed_under_it(path: Path) -> None:
    """A command of a newer version beside a `run` of an older one is refused."""
    await made(path)
    running = await open_store(path, exclusive=True)
    with pytest.raises(AlreadyRunning, match="older"):
        bring_up_to_date(path, (*migrations(), NEXT), lock=None)
    await running.close()
    bring_up_to_date(path, (*migrations(), NEXT), lock=None)
    assert version_of(path) == LATEST + 1


async def test_an_older_database_is_not_read_as_it_is(path: Path) -> None:
    """Reading alone changes nothing, so it has to be brought up to date first."""
    await made(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {LATEST - 1}")
    with pytest.raises(StorageError, match="hallmoot run"):
        await open_readonly(path)


# Files that are none of ours


async def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    """The error says so, and names another way."""
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)
    for attempt in (open_store(path, exclusive=True), open_readonly(path)):
        with pytest.raises(StorageError, match=r"not a database.*Name another file"):
            await attempt
    assert path.read_text() == "Dear diary, " * 100


async def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    """Not one table is added to it."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE recipes (cake TEXT)")
    with pytest.raises(StorageError, match="another program"):
        await open_store(path, exclusive=False)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT name FROM sqlite_schema").fetchall() == [("recipes",)]
        assert raw.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,)


async def test_reading_needs_a_database(path: Path) -> None:
    """None is made by looking for one."""
    with pytest.raises(StorageError, match="there is none"):
        await open_readonly(path)
    assert not path.exists()


@pytest.mark.parametrize("exclusive", [True, False])
async def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path, *, exclusive: bool) -> None:
    """A file stands where a folder should be."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match=r"taken/data/hallmoot\.db.*folder"):
        await open_store(tmp_path / "taken" / "data" / "hallmoot.db", exclusive=exclusive)


@pytest.mark.parametrize("exclusive", [True, False])
async def test_a_folder_in_the_files_place_is_named(tmp_path: Path, *, exclusive: bool) -> None:
    """The database's own name is a folder's."""
    (tmp_path / "hallmoot.db").mkdir()
    with pytest.raises(StorageError, match=r"hallmoot\.db: this is a folder"):
        await open_store(tmp_path / "hallmoot.db", exclusive=exclusive)


@pytest.mark.parametrize("exclusive", [True, False])
async def test_a_folder_that_may_not_be_written_is_named(path: Path, *, exclusive: bool) -> None:
    """The error says who has to be allowed what."""
    await made(path)  # all that is imported late is imported now: anybody may not read root's Python
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with as_anybody(), pytest.raises(StorageError, match="user may write"):
            await open_store(Path(folder) / "hallmoot.db", exclusive=exclusive)


@pytest.mark.parametrize("text", ["", "not hexadecimal", "abcd"])
async def test_a_key_that_is_none_is_named(path: Path, text: str) -> None:
    """Making a new one silently would disown the ledger of erasures."""
    path.parent.mkdir()
    (path.parent / "install.key").write_text(text)
    with pytest.raises(StorageError, match=r"install\.key.*Restore the file from a backup"):
        await open_store(path, exclusive=True)
    (path.parent / "install.key").unlink()
    await made(path)
