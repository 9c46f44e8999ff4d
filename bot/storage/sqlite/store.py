"""All records in SQLite, and the ways to open them."""

import asyncio
from pathlib import Path

from bot.ports.audit import Audit
from bot.ports.cases import Cases
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.facts import Facts
from bot.ports.inbox import Inbox
from bot.ports.incidents import Incidents
from bot.ports.settings import StoredSettings
from bot.ports.store import Store
from bot.storage.install_key import install_key
from bot.storage.ledger import Ledger
from bot.storage.sqlite.database.backup import put_in_place
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.lock import InstanceLock
from bot.storage.sqlite.database.schema import bring_up_to_date, require_present, require_records
from bot.storage.sqlite.database.statements import migrations
from bot.storage.sqlite.database.writer import NoWriter, Writer, Writes
from bot.storage.sqlite.keeping.keeping import SqliteKeeping
from bot.storage.sqlite.records.audit import SqliteAudit
from bot.storage.sqlite.records.cases import SqliteCases
from bot.storage.sqlite.records.cursors import SqliteCursors
from bot.storage.sqlite.records.deliveries import SqliteDeliveries
from bot.storage.sqlite.records.facts import SqliteFacts
from bot.storage.sqlite.records.inbox import SqliteInbox
from bot.storage.sqlite.records.incidents import SqliteIncidents
from bot.storage.sqlite.records.settings import SqliteSettings


class SqliteStore(Store):
    """A store on disk. Its one writer owns a connection; short questions and long reports have one each."""

    def __init__(self, path: Path, writer: Writes, readers: tuple[Connection, Connection], ledger: Ledger) -> None:
        self._readers = readers
        self._writer = writer
        self.lock: InstanceLock | None = None
        lookups, reports = readers
        self._inbox = SqliteInbox(writer, lookups, reports)
        self._cases = SqliteCases(writer, lookups, reports)
        self._audit = SqliteAudit(writer, reports)
        self._settings = SqliteSettings(writer, lookups)
        self._facts = SqliteFacts(writer, lookups)
        self._cursors = SqliteCursors(writer, lookups)
        self._deliveries = SqliteDeliveries(writer, lookups)
        self._keeping = SqliteKeeping(path, writer, reports, ledger)
        self._incidents = SqliteIncidents(writer, lookups)

    @property
    def inbox(self) -> Inbox:
        """Return the deliveries."""
        return self._inbox

    @property
    def cases(self) -> Cases:
        """Return decisions, cases, effects and reviews."""
        return self._cases

    @property
    def audit(self) -> Audit:
        """Return the audit chains."""
        return self._audit

    @property
    def settings(self) -> StoredSettings:
        """Return saved community settings."""
        return self._settings

    @property
    def incidents(self) -> Incidents:
        """Return the incidents."""
        return self._incidents

    @property
    def facts(self) -> Facts:
        """Return what the process remembers of itself."""
        return self._facts

    @property
    def cursors(self) -> Cursors:
        """Return how far each channel was delivered."""
        return self._cursors

    @property
    def deliveries(self) -> Deliveries:
        """Return what platforms delivered."""
        return self._deliveries

    @property
    def keeping(self) -> SqliteKeeping:
        """Return retention, erasure and backups."""
        return self._keeping

    async def close(self) -> None:
        """Finish what is being written, let go of the database, end the instance lock."""
        try:
            for connection in self._readers:
                await connection.close()
        finally:
            await self._writer.close()
            if self.lock is not None:
                self.lock.release()


async def open_store(path: Path, *, exclusive: bool) -> SqliteStore:
    """Open a database to write to it; make it where there is none, bring an older one up to date.

    `exclusive` takes the instance lock, as `run` does: AlreadyRunning when another process has it. Other commands go
    without, and write in short units beside a `run`. Erasures that the ledger knows and an older copy does not are
    carried out before this returns. NewerDatabase and StorageError as they say.
    """
    lock = await asyncio.to_thread(InstanceLock.take, path) if exclusive else None
    try:
        await asyncio.to_thread(bring_up_to_date, path, migrations(), lock=lock)
        key = await asyncio.to_thread(install_key, path.parent)
        connection = await Connection.writer(path)
        store = await _with_readers(path, Writer(connection), Ledger(path, key))
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    store.lock = lock
    try:
        await store.keeping.catch_up()
    except BaseException:
        await store.close()
        raise
    return store


async def open_readonly(path: Path) -> SqliteStore:
    """Open a database to read it, beside a `run` or without one; StorageError when there is none or it is not ours."""
    await asyncio.to_thread(require_present, path, migrations())
    return await _with_readers(path, NoWriter(path), Ledger(path, b""))


async def restore(backup: Path, path: Path) -> Path | None:
    """Put a backup in the database's place, with the ledger's erasures carried out in it.

    Return where the former database was kept, None when there was none. AlreadyRunning while a `run` uses it;
    NewerDatabase and StorageError as they say, and then nothing was changed.
    """
    await asyncio.to_thread(require_records, backup, migrations())
    lock = await asyncio.to_thread(InstanceLock.take, path)
    try:
        former = await asyncio.to_thread(put_in_place, backup, path)
    finally:
        lock.release()
    store = await open_store(path, exclusive=True)
    await store.close()
    return former


async def _with_readers(path: Path, writer: Writes, ledger: Ledger) -> SqliteStore:
    opened: list[Connection] = []
    try:
        opened.append(await Connection.reader(path))
        opened.append(await Connection.reader(path))
    except BaseException:
        for connection in opened:
            await connection.close()
        await writer.close()
        raise
    lookups, reports = opened
    return SqliteStore(path, writer, (lookups, reports), ledger)
