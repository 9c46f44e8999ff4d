"""Deliveries in SQLite: the port's methods, each one unit of work."""

import sqlite3
from datetime import datetime

from bot.domain.coverage import Coverage
from bot.domain.events import Event, Message, Report
from bot.domain.ids import CommunityId, MessageRef, PersonId
from bot.domain.inbox import Acceptance, InboxItem, InboxKey
from bot.domain.missed import Missed
from bot.domain.records import Finished, GivenUp
from bot.domain.states import TERMINAL, State, may_follow
from bot.ports.inbox import Inbox
from bot.storage.codec.documents import from_micros, to_micros
from bot.storage.codec.events import to_message, to_ref
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.rows import Row, item_of, key_of_row, key_values, ref_values, row_at
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes
from bot.storage.sqlite.records.audit import append
from bot.storage.sqlite.records.coverage import coverage_of
from bot.storage.sqlite.records.intake import accept, end

_SQL = statements("inbox")
_ENDS = TERMINAL - {State.DONE}
_BEFORE_ALL = -(2**63)
_ALL = -1


class SqliteInbox(Inbox):
    """The inbox of the SQLite store. `lookups` answers short questions, `reports` those that read much."""

    def __init__(self, writer: Writes, lookups: Connection, reports: Connection) -> None:
        self._writer = writer
        self._lookups = lookups
        self._reports = reports

    async def accept(self, event: Event, received_at: datetime, delivery: str = "") -> Acceptance:
        """Commit an event."""
        return await self._writer.run(lambda raw: accept(raw, event, received_at, delivery))

    async def claim(self, key: InboxKey) -> InboxItem | None:
        """Move a row from WAITING to JUDGING."""
        return await self._writer.run(lambda raw: _claim(raw, key))

    async def release(self, key: InboxKey) -> None:
        """Move a row from JUDGING back to WAITING."""
        await self._writer.run(lambda raw: _step(raw, key, "release"))

    async def finish(self, finished: Finished) -> bool:
        """End a row without a decision."""
        return await self._writer.run(lambda raw: _finish(raw, finished))

    async def settle(self, key: InboxKey) -> None:
        """Move a row from DECIDED to DONE, once none of its effects is pending."""
        await self._writer.run(lambda raw: _step(raw, key, "settle"))

    async def recover(self) -> int:
        """Move every JUDGING row to WAITING, and settle what was left unsettled."""
        return await self._writer.run(_recover)

    async def waiting(self, limit: int, after: InboxItem | None = None) -> tuple[InboxItem, ...]:
        """Return waiting rows in the order of their receipt."""
        return await self._lookups.read(lambda raw: _waiting(raw, limit, after))

    async def waiting_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many rows wait in each community."""
        return await self._lookups.read(
            lambda raw: tuple((CommunityId(place), count) for place, count in raw.execute(_SQL["waiting_counts"]))
        )

    async def judging(self) -> tuple[InboxKey, ...]:
        """Return the keys of all rows that are being judged."""
        return await self._lookups.read(
            lambda raw: tuple(key_of_row(Row(*found)) for found in raw.execute(_SQL["judging_rows"]))
        )

    async def unjudged_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many messages wait or are being judged in each community."""
        return await self._lookups.read(
            lambda raw: tuple((CommunityId(place), count) for place, count in raw.execute(_SQL["unjudged_counts"]))
        )

    async def give_up(self, given_up: GivenUp) -> tuple[InboxKey, ...]:
        """End waiting messages without a judgement."""
        return await self._writer.run(lambda raw: _give_up(raw, given_up))

    async def item(self, key: InboxKey) -> InboxItem | None:
        """Return a row as it stands."""
        return await self._lookups.read(lambda raw: _item(raw, key))

    async def current(self, ref: MessageRef) -> InboxItem | None:
        """Return the row of a message's current revision."""
        return await self._lookups.read(lambda raw: _current(raw, ref))

    async def reports(self, ref: MessageRef, limit: int) -> tuple[Report, ...]:
        """Return reports of a message, the latest first."""
        return await self._lookups.read(lambda raw: _reports(raw, ref, limit))

    async def earlier(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return messages sent before this one in its channel, oldest first."""
        return await self._lookups.read(lambda raw: _before(raw, "earlier", message, limit))

    async def said_before(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return what `earlier` does, and deleted messages that had been judged."""
        return await self._lookups.read(lambda raw: _before(raw, "said_before", message, limit))

    async def run_before(self, message: Message, since: datetime) -> tuple[Message, ...]:
        """Return what the same author sent in this channel since then and before this message."""
        return await self._lookups.read(lambda raw: _run_before(raw, message, since))

    async def recent(self, since: datetime, limit: int) -> tuple[InboxItem, ...]:
        """Return the current texts of messages sent since then, oldest first."""
        return await self._reports.read(lambda raw: _recent(raw, since, limit))

    async def missed(self, community: CommunityId | None, since: datetime | None, limit: int) -> tuple[Missed, ...]:
        """Return messages that a person removed although they were found to keep the rules."""
        values = {
            "community": community,
            "since": to_micros(since) if since is not None else _BEFORE_ALL,
            "limit": max(limit, 0),
        }
        return await self._reports.read(
            lambda raw: tuple(_missed(found) for found in raw.execute(_SQL["missed"], values))
        )

    async def coverage(self, community: CommunityId | None, since: datetime | None, until: datetime | None) -> Coverage:
        """Count what was delivered."""
        return await self._reports.read(lambda raw: coverage_of(raw, community, since, until))


def _missed(found: tuple[str, str, str, str, str | None, int, str | None]) -> Missed:
    community, channel, message, author, by, at, body = found
    return Missed(
        ref=to_ref([community, channel, message]),
        author=PersonId(author),
        by=PersonId(by) if by is not None else None,
        at=from_micros(at),
        message=to_message(body) if body is not None else None,
    )


def _claim(raw: sqlite3.Connection, key: InboxKey) -> InboxItem | None:
    if not _step(raw, key, "claim"):
        return None
    row = row_at(raw, key)
    return item_of(row) if row is not None else None


def _step(raw: sqlite3.Connection, key: InboxKey, statement: str) -> bool:
    return raw.execute(_SQL[statement], key_values(key)).rowcount == 1


def _finish(raw: sqlite3.Connection, finished: Finished) -> bool:
    row = row_at(raw, finished.key)
    if row is None or finished.state not in _ENDS or not may_follow(State(row.state), finished.state):
        return False
    end(raw, row.id, State(row.state), row.decision, finished.state, finished.reason)
    append(raw, finished.notes)
    return True


def _item(raw: sqlite3.Connection, key: InboxKey) -> InboxItem | None:
    row = row_at(raw, key)
    return item_of(row) if row is not None else None


def _reports(raw: sqlite3.Connection, ref: MessageRef, limit: int) -> tuple[Report, ...]:
    where = ref_values(ref) | {"limit": max(limit, 0)}
    items = [item_of(Row(*found)) for found in raw.execute(_SQL["reports_of"], where)]
    return tuple(item.report for item in items if item.report is not None)


def _waiting(raw: sqlite3.Connection, limit: int, after: InboxItem | None) -> tuple[InboxItem, ...]:
    row = row_at(raw, after.key) if after is not None else None
    place = {"received_at": row.received_at, "id": row.id} if row is not None else {"received_at": _BEFORE_ALL, "id": 0}
    return tuple(item_of(Row(*found)) for found in raw.execute(_SQL["waiting_rows"], place | {"limit": limit}))


def _give_up(raw: sqlite3.Connection, given_up: GivenUp) -> tuple[InboxKey, ...]:
    values = {
        "received_before": to_micros(given_up.received_before),
        "community": given_up.community,
        "most": _ALL if given_up.most is None else given_up.most,
    }
    rows = [Row(*found) for found in raw.execute(_SQL["waiting_messages"], values)]
    for row in rows:
        end(raw, row.id, State.WAITING, row.decision, State.NOT_JUDGED, given_up.reason)
    append(raw, given_up.notes if rows else ())
    return tuple(key_of_row(row) for row in rows)


def _recover(raw: sqlite3.Connection) -> int:
    raw.execute(_SQL["settle_all"])
    return raw.execute(_SQL["recover"]).rowcount


def _current(raw: sqlite3.Connection, ref: MessageRef) -> InboxItem | None:
    found = raw.execute(_SQL["current_row"], ref_values(ref)).fetchone()
    return item_of(Row(*found)) if found is not None else None


def _before(raw: sqlite3.Connection, statement: str, message: Message, limit: int) -> tuple[Message, ...]:
    values = ref_values(message.ref) | {"sent_at": to_micros(message.sent_at), "limit": limit}
    bodies = [body for (body,) in raw.execute(_SQL[statement], values)]
    return tuple(to_message(body) for body in reversed(bodies))


def _run_before(raw: sqlite3.Connection, message: Message, since: datetime) -> tuple[Message, ...]:
    values = ref_values(message.ref) | {
        "author": message.author.id,
        "since": to_micros(since),
        "sent_at": to_micros(message.sent_at),
    }
    return tuple(to_message(body) for (body,) in raw.execute(_SQL["run_before"], values))


def _recent(raw: sqlite3.Connection, since: datetime, limit: int) -> tuple[InboxItem, ...]:
    rows = raw.execute(_SQL["recent"], {"since": to_micros(since), "limit": max(limit, 0)}).fetchall()
    return tuple(item_of(Row(*row)) for row in reversed(rows))
