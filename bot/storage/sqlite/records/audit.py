"""Audit chains in SQLite. Appending is a step of whatever is being recorded."""

import json
import secrets
import sqlite3
from datetime import datetime
from typing import Any

from bot.domain.audit import GENESIS, AuditCode, AuditEntry, AuditHead, AuditNote, AuditReport, link, verify
from bot.domain.ids import CaseNumber, CommunityId
from bot.ports.audit import Audit
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes

_SQL = statements("audit")
_SALT_BYTES = 16
_ALL = -1


class SqliteAudit(Audit):
    """The audit chains of the SQLite store."""

    def __init__(self, writer: Writes, reports: Connection) -> None:
        self._writer = writer
        self._reports = reports

    async def append(self, notes: tuple[AuditNote, ...]) -> None:
        """Add entries in one transaction."""
        await self._writer.run(lambda raw: append(raw, notes))

    async def entries(self, community: CommunityId, limit: int) -> tuple[AuditEntry, ...]:
        """Return the latest entries, oldest first."""
        return await self._reports.read(lambda raw: _entries(raw, community, max(limit, 0)))

    async def verify(self, community: CommunityId) -> AuditReport:
        """Check the whole chain against its links and its head."""
        return await self._reports.read(
            lambda raw: verify(community, _entries(raw, community, _ALL), _head(raw, community))
        )

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community that has a chain."""
        return await self._reports.read(
            lambda raw: tuple(CommunityId(found) for (found,) in raw.execute(_SQL["communities"]))
        )


def append(raw: sqlite3.Connection, notes: tuple[AuditNote, ...]) -> None:
    """Add entries to the chains of their communities, each with a salt of its own."""
    for note in notes:
        entry = link(note, salt=secrets.token_hex(_SALT_BYTES), head=_head(raw, note.community))
        _insert(raw, note.community, entry)


def _insert(raw: sqlite3.Connection, community: CommunityId, entry: AuditEntry) -> None:
    values: dict[str, Any] = {
        "community": community,
        "sequence": entry.sequence,
        "code": entry.code.value,
        "at": entry.at.isoformat(),
        "case_number": entry.case,
        "decision": entry.decision,
        "details_hash": entry.details_hash,
        "previous_hash": entry.previous_hash,
        "entry_hash": entry.entry_hash,
    }
    raw.execute(_SQL["insert_entry"], values)
    details = json.dumps(entry.details)
    raw.execute(_SQL["insert_details"], values | {"salt": entry.salt, "details": details})
    raw.execute(_SQL["set_head"], values | {"count": entry.sequence})


def _head(raw: sqlite3.Connection, community: CommunityId) -> AuditHead:
    found = raw.execute(_SQL["head"], {"community": community}).fetchone()
    count, entry_hash = found if found is not None else (0, GENESIS)
    return AuditHead(count=count, entry_hash=entry_hash)


def _entries(raw: sqlite3.Connection, community: CommunityId, limit: int) -> tuple[AuditEntry, ...]:
    found = raw.execute(_SQL["entries"], {"community": community, "limit": limit}).fetchall()
    return tuple(_to_entry(row) for row in reversed(found))


def _to_entry(row: tuple[Any, ...]) -> AuditEntry:
    sequence, code, at, case_number, decision, details_hash, previous_hash, entry_hash, details, salt = row
    return AuditEntry(
        sequence=sequence,
        code=AuditCode(code),
        at=datetime.fromisoformat(at),
        case=CaseNumber(case_number) if case_number is not None else None,
        decision=decision,
        details_hash=details_hash,
        previous_hash=previous_hash,
        entry_hash=entry_hash,
        details=tuple((name, value) for name, value in json.loads(details)) if details is not None else None,
        salt=salt,
    )
