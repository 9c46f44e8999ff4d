"""What platforms delivered, in SQLite."""

import sqlite3
from datetime import datetime

from bot.domain.ids import CommunityId
from bot.ports.deliveries import Deliveries
from bot.storage.codec.documents import from_micros, to_micros
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes

_SQL = statements("deliveries")
_AT_ONCE = 2_000


class SqliteDeliveries(Deliveries):
    """The deliveries of the SQLite store."""

    def __init__(self, writer: Writes, lookups: Connection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def note(self, community: CommunityId, delivery: str, at: datetime) -> bool:
        """Note a delivery that brings nothing for the inbox."""
        return await self._writer.run(lambda raw: is_new(raw, community, delivery, at))

    async def forget(self, before: datetime) -> int:
        """Forget deliveries noted before a moment."""
        values = {"before": to_micros(before), "limit": _AT_ONCE}
        forgotten = 0
        while True:
            count = await self._writer.run(lambda raw: raw.execute(_SQL["forget"], values).rowcount)
            forgotten += count
            if count < _AT_ONCE:
                return forgotten

    async def complete_until(self, community: CommunityId) -> datetime | None:
        """Return until when nothing was missed."""
        values = {"community": community}
        found = await self._lookups.read(lambda raw: raw.execute(_SQL["complete_until"], values).fetchone())
        return from_micros(found[0]) if found is not None else None

    async def set_complete_until(self, community: CommunityId, at: datetime) -> None:
        """Remember until when nothing was missed."""
        values = {"community": community, "until": to_micros(at)}
        await self._writer.run(lambda raw: raw.execute(_SQL["set_complete_until"], values).rowcount)


def is_new(raw: sqlite3.Connection, community: CommunityId, delivery: str, at: datetime) -> bool:
    """Note a delivery, as a step of a larger change; return whether it was not on record."""
    values = {"community": community, "delivery": delivery, "at": to_micros(at)}
    return raw.execute(_SQL["note"], values).rowcount == 1
