"""Retention, erasure and backups in SQLite."""

import asyncio
import contextlib
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path, PurePath

from bot.domain.ids import CommunityId, PersonId
from bot.domain.keeping import Backup, Cutoffs, Dropped, ErasureReceipt
from bot.logs import get_logger
from bot.ports.keeping import Keeping
from bot.storage.ledger import Erasure, Ledger
from bot.storage.sqlite.database.backup import back_up
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.writer import Writes
from bot.storage.sqlite.keeping.erasure import erase, missing_erasures, note_carried_out
from bot.storage.sqlite.keeping.retention import drop_words

_LOG = get_logger(__name__)


class SqliteKeeping(Keeping):
    """What is kept of the SQLite store, and for how long."""

    def __init__(self, path: Path, writer: Writes, reports: Connection, ledger: Ledger) -> None:
        self._path = path
        self._writer = writer
        self._reports = reports
        self._ledger = ledger

    async def drop_words(self, cutoffs: Cutoffs) -> Dropped:
        """Drop the words of what is older."""
        return await drop_words(self._writer, cutoffs)

    async def erase(self, community: CommunityId, person: PersonId, at: datetime) -> ErasureReceipt:
        """Erase a person from every table of a community."""
        erasure = Erasure(mark=self._ledger.mark(community, person), erased_at=at.isoformat())
        # The ledger comes first: after a crash in between, the next start carries the erasure out.
        await asyncio.to_thread(self._ledger.add, erasure)
        receipt = await self._writer.run(lambda raw: erase(raw, community, person, erasure))
        await asyncio.to_thread(_empty_log, self._path)
        return receipt

    async def backup(self, path: PurePath) -> Backup:
        """Copy everything to a new file, and check the copy."""
        return await asyncio.to_thread(back_up, self._path, Path(path))

    async def catch_up(self) -> int:
        """Carry out the ledger's erasures that this database has not seen: it is an older copy. Return how many."""
        ledger = await asyncio.to_thread(self._ledger.erasures)
        if not ledger:
            return 0
        missing, people = await self._reports.read(lambda raw: missing_erasures(raw, ledger))
        marks = {self._ledger.mark(community, person): (community, person) for community, person in people}
        for erasure in missing:
            await self._writer.run(lambda raw, entry=erasure: _carry_out(raw, entry, marks.get(entry.mark)))  # type: ignore[misc]
        return len(missing)


def _carry_out(raw: sqlite3.Connection, erasure: Erasure, who: tuple[CommunityId, PersonId] | None) -> None:
    note_carried_out(raw, erasure)
    if who is None:
        return
    receipt = erase(raw, *who, erasure)
    _LOG.info("erasure_repeated", community=who[0], erased_at=erasure.erased_at, rows=receipt.total)


def _empty_log(path: Path) -> None:
    """Have the write-ahead log forget the erased words now; while a reader holds it, the next checkpoint does."""
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
