"""Rows of the inbox as they come from SQL, and the values by which they are found."""

import sqlite3
from typing import Any, NamedTuple

from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef
from bot.domain.inbox import InboxItem, InboxKey, Kind
from bot.domain.states import State
from bot.storage.codec.documents import from_micros
from bot.storage.codec.events import to_message, to_report
from bot.storage.sqlite.database.statements import statements

_SQL = statements("inbox")


class Row(NamedTuple):
    """One row of the view `inbox_items`, in its columns' order."""

    id: int
    community: str
    channel: str
    message: str
    kind: str
    discriminator: str
    state: str
    reason: str
    received_at: int
    judged: int
    body: str | None
    report: str | None
    report_words: str | None
    is_current: int
    edited_at: int | None
    decision: str | None
    message_id: int


def row_at(raw: sqlite3.Connection, key: InboxKey) -> Row | None:
    """Return the row of a key, or None when there is none."""
    found = raw.execute(_SQL["row_of"], key_values(key)).fetchone()
    return Row(*found) if found is not None else None


def key_of_row(row: Row) -> InboxKey:
    """Return the key of a row."""
    return InboxKey(
        community=CommunityId(row.community),
        channel=ChannelId(row.channel),
        message=MessageId(row.message),
        kind=Kind(row.kind),
        discriminator=row.discriminator,
    )


def item_of(row: Row) -> InboxItem:
    """Return a row as the core sees it."""
    return InboxItem(
        key=key_of_row(row),
        message=to_message(row.body) if row.body is not None else None,
        state=State(row.state),
        reason=row.reason,
        received_at=from_micros(row.received_at),
        judged_before=row.judged,
        report=to_report(row.report, row.report_words) if row.report is not None else None,
    )


def ref_values(ref: MessageRef) -> dict[str, Any]:
    """Return the values that name a message in SQL."""
    return {"community": ref.community, "channel": ref.channel, "message": ref.message}


def key_values(key: InboxKey) -> dict[str, Any]:
    """Return the values that name a row in SQL."""
    return ref_values(key.ref) | {"kind": key.kind.value, "discriminator": key.discriminator}
