"""Backups that were tried, the way back, and the erasures that no backup undoes."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.errors import AlreadyRunning, NewerDatabase, StorageError
from bot.domain.ids import PersonId
from bot.domain.inbox import key_of
from bot.domain.records import CaseFilter
from bot.storage.install_key import KEY_NAME, install_key
from bot.storage.sqlite.store import SqliteStore, open_readonly, open_store, restore
from tests.factories import AT, COMMUNITY, audit_note, decision_record, later, message

ANN = PersonId("ann")
SECRET = "The purple elephant dances at midnight"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database is made."""
    return tmp_path / "data" / "hallmoot.db"


async def with_a_case(path: Path, text: str = SECRET) -> SqliteStore:
    """Return an open store with one case on record."""
    store = await open_store(path, exclusive=True)
    await store.inbox.accept(message(text), AT)
    await store.inbox.claim(key_of(message(text)))
    await store.cases.record_decision(decision_record(message(text)))
    return store


def stored_bytes(folder: Path) -> bytes:
    """Return everything that is on disk below a folder."""
    return b"".join(entry.read_bytes() for entry in folder.rglob("*") if entry.is_file())


async def test_a_backup_of_a_store_in_use_can_be_restored(path: Path, tmp_path: Path) -> None:
    """It holds what was committed, it is one file with the key beside it, and its chain verifies."""
    store = await with_a_case(path)
    made = await store.keeping.backup(tmp_path / "copies" / "monday.db")
    await store.inbox.accept(message(id="2"), AT)
    await store.close()
    assert (made.path, made.chains) == (tmp_path / "copies" / "monday.db", 1)
    assert sorted(entry.name for entry in (tmp_path / "copies").iterdir()) == ["monday.db", "monday.db.install.key"]
    former = await restore(tmp_path / "copies" / "monday.db", path)
    again = await open_readonly(path)
    assert len(await again.cases.find(COMMUNITY, CaseFilter(words="elephant"))) == 1
    assert await again.inbox.current(message(id="2").ref) is None
    assert (await again.audit.verify(COMMUNITY)).faults == ()
    await again.close()
    assert former is not None
    kept = await open_readonly(former)
    assert await kept.inbox.current(message(id="2").ref) is not None
    await kept.close()


async def test_a_backup_brings_its_key_to_a_new_machine(path: Path, tmp_path: Path) -> None:
    """Where there is a key already, that one stays."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "monday.db")
    await store.close()
    elsewhere = tmp_path / "elsewhere" / "hallmoot.db"
    assert await restore(tmp_path / "monday.db", elsewhere) is None
    assert install_key(elsewhere.parent) == install_key(path.parent)
    other = tmp_path / "other" / "hallmoot.db"
    own = install_key(other.parent)
    await restore(tmp_path / "monday.db", other)
    assert install_key(other.parent) == own != install_key(path.parent)


@pytest.mark.parametrize("kind", ["file", "link"])
async def test_the_key_goes_into_no_file_that_somebody_put_there(path: Path, tmp_path: Path, kind: str) -> None:
    """Whoever may write beside the backup could read it there, or have it written over a file of theirs."""
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    planted, other = target.with_name(f"{target.name}.{KEY_NAME}"), tmp_path / "other"
    other.write_text("as it was")
    if kind == "file":
        planted.touch(mode=0o666)
        planted.chmod(0o666)
    else:
        planted.symlink_to(other)
    store = await with_a_case(path)
    await store.keeping.backup(target)
    await store.close()
    assert planted.read_text() == (path.parent / KEY_NAME).read_text()
    assert stat.S_IMODE(planted.lstat().st_mode) == 0o600
    assert not planted.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert other.read_text() == "as it was"


async def test_backups_replace_nothing(path: Path, tmp_path: Path) -> None:
    """Neither a file that is there nor one that the name was mistyped for."""
    store = await with_a_case(path)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="exists already"):
        await store.keeping.backup(tmp_path / "thesis.txt")
    await store.close()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


async def test_a_backup_that_can_not_be_written_says_so(path: Path, tmp_path: Path) -> None:
    """And leaves nothing behind."""
    store = await with_a_case(path)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match="taken"):
        await store.keeping.backup(tmp_path / "taken" / "monday.db")
    await store.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "taken"]


async def test_a_damaged_database_makes_no_backup(path: Path, tmp_path: Path) -> None:
    """The check finds it, and the copy is not kept."""
    store = await with_a_case(path)
    await store.close()
    with path.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(b"\xff" * 4096 * 4)
    store = await open_store(path, exclusive=True)
    with pytest.raises(StorageError, match=r"damaged|malformed"):
        await store.keeping.backup(tmp_path / "monday.db")
    await store.close()
    assert not list(tmp_path.glob("monday*"))


async def test_only_a_database_of_ours_is_restored(path: Path, tmp_path: Path) -> None:
    """Anything else leaves the present one where it is."""
    store = await with_a_case(path)
    await store.close()
    (tmp_path / "text.db").write_text("no database, " * 99)
    with closing(sqlite3.connect(tmp_path / "other.db")) as raw:
        raw.execute("CREATE TABLE recipes (cake TEXT)")
    for name, expected in (
        ("text.db", "not a database"),
        ("other.db", "another program"),
        ("none.db", "there is none"),
    ):
        with pytest.raises(StorageError, match=expected):
            await restore(tmp_path / name, path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerDatabase):
        await restore(path, tmp_path / "new.db")
    assert not list(path.parent.glob("*replaced*"))


async def test_nothing_is_restored_under_a_run(path: Path, tmp_path: Path) -> None:
    """It would go on writing to the file that was put aside."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "monday.db")
    with pytest.raises(AlreadyRunning):
        await restore(tmp_path / "monday.db", path)
    await store.close()


async def test_a_damaged_database_can_be_replaced(path: Path, tmp_path: Path) -> None:
    """That is what backups are for; the damaged one is kept to be looked at."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "monday.db")
    await store.close()
    path.write_bytes(b"\x00" * 5_000)
    former = await restore(tmp_path / "monday.db", path)
    assert former is not None
    assert former.read_bytes() == b"\x00" * 5_000
    again = await open_readonly(path)
    assert len(await again.cases.find(COMMUNITY, CaseFilter())) == 1
    await again.close()


# Erasures


async def test_erased_words_are_nowhere_on_disk(path: Path) -> None:
    """Neither in freed pages, nor in the search index, nor in the log, nor by name in the ledger."""
    store = await with_a_case(path)
    assert b"elephant" in stored_bytes(path.parent)
    await store.keeping.erase(COMMUNITY, ANN, later(60))
    assert b"elephant" not in stored_bytes(path.parent)
    assert b'"ann"' not in stored_bytes(path.parent)
    await store.close()
    assert b"elephant" not in stored_bytes(path.parent)
    ledger = path.with_name("hallmoot.db.erasures").read_text()
    assert len(ledger.split()) == 2
    assert "ann" not in ledger


async def test_a_restored_backup_does_not_bring_an_erased_person_back(path: Path, tmp_path: Path) -> None:
    """The ledger beside the database is applied before anything else is done with it."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "monday.db")
    await store.keeping.erase(COMMUNITY, ANN, later(60))
    await store.close()
    await restore(tmp_path / "monday.db", path)
    again = await open_readonly(path)
    (case,) = await again.cases.find(COMMUNITY, CaseFilter())
    assert case.author.startswith("erased-")
    assert await again.inbox.current(message().ref) is None
    assert (await again.audit.verify(COMMUNITY)).faults == ()
    await again.close()


async def test_a_copy_put_back_by_hand_does_not_either(path: Path, tmp_path: Path) -> None:
    """Whoever copies an old file over the database has the erasures carried out at the next start."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "monday.db")
    await store.keeping.erase(COMMUNITY, ANN, later(60))
    await store.close()
    path.write_bytes((tmp_path / "monday.db").read_bytes())
    again = await open_store(path, exclusive=True)
    (case,) = await again.cases.find(COMMUNITY, CaseFilter())
    assert case.author.startswith("erased-")
    assert await again.keeping.catch_up() == 0
    await again.close()


async def test_who_came_back_after_an_erasure_stays(path: Path) -> None:
    """An erasure that this database has carried out is not carried out again."""
    store = await with_a_case(path)
    await store.keeping.erase(COMMUNITY, ANN, later(60))
    await store.inbox.accept(message("Back again, with flowers", id="2"), later(70))
    await store.close()
    again = await open_store(path, exclusive=True)
    assert await again.inbox.current(message(id="2").ref) is not None
    await again.close()


async def test_an_erasure_noted_but_not_carried_out_is_carried_out_at_the_next_start(
    path: Path, tmp_path: Path
) -> None:
    """The ledger is written first: a crash in between loses no erasure."""
    store = await with_a_case(path)
    await store.keeping.backup(tmp_path / "before.db")
    await store.keeping.erase(COMMUNITY, ANN, later(60))
    await store.close()
    for entry in path.parent.glob("hallmoot.db-*"):
        entry.unlink()
    path.write_bytes((tmp_path / "before.db").read_bytes())
    again = await open_store(path, exclusive=False)
    assert await again.inbox.current(message().ref) is None
    await again.close()


async def test_a_damaged_ledger_stops_the_start(path: Path) -> None:
    """Passing over a line could bring somebody back."""
    store = await with_a_case(path)
    await store.close()
    path.with_name("hallmoot.db.erasures").write_text("nonsense\n")
    with pytest.raises(StorageError, match=r"erasures, line 1.*Restore the file"):
        await open_store(path, exclusive=True)
    path.with_name("hallmoot.db.erasures").unlink()
    again = await open_store(path, exclusive=True)
    await again.close()


# The chain of the audit log, against whoever writes into the file


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ("UPDATE audit_entries SET code = 'exported' WHERE sequence = 2", (("changed", 2),)),
        ('UPDATE audit_details SET details = \'[["message","x"]]\' WHERE sequence = 2', (("details_changed", 2),)),
        ("DELETE FROM audit_entries WHERE sequence = 3", (("cut", 3),)),
        ("DELETE FROM audit_entries WHERE sequence = 2", (("missing", 2), ("cut", 3))),
    ],
)
async def test_whatever_is_changed_in_the_chain_is_found(
    path: Path, change: str, faults: tuple[tuple[str, int], ...]
) -> None:
    """A changed entry, changed details, a cut tail and a missing link, each by its number."""
    store = await open_store(path, exclusive=True)
    await store.audit.append((audit_note(), audit_note(), audit_note()))
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(change)
    report = await store.audit.verify(COMMUNITY)
    await store.close()
    assert report.faults == faults
