"""The process's own facts in SQLite."""

import json
import sqlite3

from bot.ports.facts import Facts
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes

_SQL = statements("facts")


class SqliteFacts(Facts):
    """The facts of the SQLite store."""

    def __init__(self, writer: Writes, lookups: Connection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def load(self, name: str) -> dict[str, object] | None:
        """Return what was saved."""
        return await self._lookups.read(lambda raw: _load(raw, name))

    async def save(self, name: str, values: dict[str, object]) -> None:
        """Replace what was saved."""
        body = json.dumps(values)
        await self._writer.run(lambda raw: _save(raw, name, body))


def _load(raw: sqlite3.Connection, name: str) -> dict[str, object] | None:
    found = raw.execute(_SQL["load"], {"name": name}).fetchone()
    values: dict[str, object] | None = json.loads(found[0]) if found is not None else None
    return values


def _save(raw: sqlite3.Connection, name: str, body: str) -> None:
    raw.execute(_SQL["save"], {"name": name, "body": body})
