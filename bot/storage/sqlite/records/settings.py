"""Community settings in SQLite."""

import json
import sqlite3

from bot.domain.audit import AuditNote
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import PolicyUpload
from bot.ports.settings import StoredSettings
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes
from bot.storage.sqlite.records.audit import append

_SQL = statements("settings")


class SqliteSettings(StoredSettings):
    """The saved settings of the SQLite store."""

    def __init__(self, writer: Writes, lookups: Connection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def load(self, community: CommunityId) -> dict[str, object] | None:
        """Return what was saved."""
        return await self._lookups.read(lambda raw: _load(raw, community))

    async def save(self, community: CommunityId, values: dict[str, object], note: AuditNote) -> None:
        """Replace what was saved, with its audit entry in the same transaction."""
        body = json.dumps(values)
        await self._writer.run(lambda raw: _save(raw, community, body, note))

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community with saved settings."""
        return await self._lookups.read(
            lambda raw: tuple(CommunityId(found) for (found,) in raw.execute(_SQL["communities"]))
        )

    async def save_upload(self, upload: PolicyUpload, note: AuditNote) -> None:
        """Keep a policy that a community sent, with its audit entry in the same transaction."""
        await self._writer.run(lambda raw: _save_upload(raw, upload, note))

    async def uploads(self) -> tuple[PolicyUpload, ...]:
        """Return what all communities sent."""
        return await self._lookups.read(lambda raw: tuple(_upload(*row) for row in raw.execute(_SQL["uploads"])))


def _load(raw: sqlite3.Connection, community: CommunityId) -> dict[str, object] | None:
    found = raw.execute(_SQL["load"], {"community": community}).fetchone()
    values: dict[str, object] | None = json.loads(found[0]) if found is not None else None
    return values


def _save(raw: sqlite3.Connection, community: CommunityId, body: str, note: AuditNote) -> None:
    raw.execute(_SQL["save"], {"community": community, "body": body})
    append(raw, (note,))


def _save_upload(raw: sqlite3.Connection, upload: PolicyUpload, note: AuditNote) -> None:
    values = {"community": upload.community, "policy": upload.policy, "name": upload.name, "body": upload.text}
    raw.execute(_SQL["save_upload"], values)
    append(raw, (note,))


def _upload(community: str, policy: str, name: str, text: str) -> PolicyUpload:
    return PolicyUpload(community=CommunityId(community), policy=PolicyId(policy), name=name, text=text)
