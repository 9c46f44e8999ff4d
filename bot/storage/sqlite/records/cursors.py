"""Cursors and gaps in SQLite."""

import sqlite3
from datetime import datetime
from typing import Any

from bot.domain.coverage import Gap, GapReason
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, position
from bot.domain.inbox import Acceptance
from bot.ports.cursors import Cursors
from bot.storage.codec.documents import to_micros
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes
from bot.storage.sqlite.records.intake import accept_fetched

_SQL = statements("cursors")


class SqliteCursors(Cursors):
    """The cursors of the SQLite store."""

    def __init__(self, writer: Writes, lookups: Connection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def cursor(self, community: CommunityId, channel: ChannelId) -> str | None:
        """Return the id up to which a channel was delivered."""
        values = {"community": community, "channel": channel}
        found = await self._lookups.read(lambda raw: raw.execute(_SQL["cursor"], values).fetchone())
        return str(found[0]) if found is not None else None

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community where any channel has a cursor."""
        return await self._lookups.read(
            lambda raw: tuple(CommunityId(community) for (community,) in raw.execute(_SQL["communities"]))
        )

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return every channel that has a cursor."""
        values = {"community": community}
        return await self._lookups.read(
            lambda raw: tuple(ChannelId(channel) for (channel,) in raw.execute(_SQL["channels"], values))
        )

    async def begin(self, community: CommunityId, channel: ChannelId, newest: str) -> None:
        """Give a channel its first cursor."""
        values = {"community": community, "channel": channel, "newest": newest}
        await self._writer.run(lambda raw: raw.execute(_SQL["begin"], values).rowcount)

    async def interrupted(self, community: CommunityId, at: datetime) -> tuple[Gap, ...]:
        """Record that delivery stopped."""
        return await self._writer.run(lambda raw: _interrupted(raw, community, at))

    async def sought_since(self, community: CommunityId) -> str | None:
        """Return behind which message channels without a cursor are to be read."""
        values = {"community": community}
        found = await self._lookups.read(lambda raw: raw.execute(_SQL["sought_since"], values).fetchone())
        return str(found[0]) if found is not None else None

    async def begin_behind(self, community: CommunityId, channel: ChannelId, after: str, at: datetime) -> None:
        """Give a channel its first cursor, with a gap behind it."""
        values = {"community": community, "channel": channel, "after": after, "at": to_micros(at)}
        await self._writer.run(lambda raw: _begin_behind(raw, values))

    async def sought(self, community: CommunityId) -> None:
        """Record that all channels born before now have a cursor."""
        await self._writer.run(lambda raw: raw.execute(_SQL["sought"], {"community": community}).rowcount)

    async def fill_gap(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Commit messages fetched from a gap, and shrink it."""
        return await self._writer.run(lambda raw: _fill(raw, community, gap, messages, received_at))

    async def fill_late(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Commit messages fetched from a gap, and give up what lies before them."""
        return await self._writer.run(lambda raw: _fill_late(raw, community, gap, messages, received_at))

    async def close_gap(self, community: CommunityId, gap: Gap) -> None:
        """Take an open gap off the record."""
        await self._writer.run(lambda raw: _on_gap(raw, community, gap, "close"))

    async def give_up_gap(self, community: CommunityId, gap: Gap, reason: GapReason) -> None:
        """Leave an open gap as it is for good."""
        await self._writer.run(lambda raw: _on_gap(raw, community, gap, "give_up", reason=reason.value))

    async def leave_out(self, community: CommunityId, gap: Gap, at: datetime) -> None:
        """Put a gap on record."""
        values = _gap_values(community, gap) | {"before": gap.before, "reason": gap.reason or "", "at": to_micros(at)}
        await self._writer.run(lambda raw: raw.execute(_SQL["leave_out"], values).rowcount)

    async def made_up_for(self, community: CommunityId, channel: ChannelId | None, reason: GapReason) -> None:
        """Take gaps that were left out for a reason off the record."""
        values = {"community": community, "channel": channel, "reason": reason}
        await self._writer.run(lambda raw: raw.execute(_SQL["made_up_for"], values).rowcount)

    async def set_unwatched(self, community: CommunityId, names: tuple[str, ...]) -> None:
        """Remember which channels open to all the bot reads nothing in."""
        await self._writer.run(lambda raw: _set_unwatched(raw, community, names))

    async def open_gaps(self, community: CommunityId) -> tuple[Gap, ...]:
        """Return the gaps still to be filled."""
        return await self._lookups.read(lambda raw: _open_gaps(raw, community))


def _set_unwatched(raw: sqlite3.Connection, community: CommunityId, names: tuple[str, ...]) -> None:
    raw.execute(_SQL["all_watched"], {"community": community})
    for name in names:
        raw.execute(_SQL["unwatched"], {"community": community, "name": name})


def _interrupted(raw: sqlite3.Connection, community: CommunityId, at: datetime) -> tuple[Gap, ...]:
    raw.execute(_SQL["note_break"], {"community": community})
    raw.execute(_SQL["interrupted"], {"community": community, "at": to_micros(at)})
    raw.execute(_SQL["open_ends"], {"community": community})
    return _open_gaps(raw, community)


def _begin_behind(raw: sqlite3.Connection, values: dict[str, Any]) -> None:
    if raw.execute(_SQL["begin_behind"], values).rowcount:
        raw.execute(_SQL["open_behind"], values)


def _open_gaps(raw: sqlite3.Connection, community: CommunityId) -> tuple[Gap, ...]:
    found = raw.execute(_SQL["open_gaps"], {"community": community})
    return tuple(Gap(channel=ChannelId(channel), after=after, before=before) for channel, after, before in found)


def _fill(
    raw: sqlite3.Connection, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
) -> tuple[tuple[Acceptance, ...], Gap | None]:
    acceptances = tuple(accept_fetched(raw, message, received_at) for message in messages)
    found = raw.execute(_SQL["gap"], _gap_values(community, gap)).fetchone()
    if found is None:
        return acceptances, None
    gap_id, before = found
    last = max((gap.after, *(message.ref.message for message in messages)), key=position)
    if before and position(last) >= position(before):
        raw.execute(_SQL["close"], {"id": gap_id})
        return acceptances, None
    raw.execute(_SQL["shrink"], {"id": gap_id, "last": last})
    return acceptances, Gap(channel=gap.channel, after=last, before=before)


def _fill_late(
    raw: sqlite3.Connection, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
) -> tuple[tuple[Acceptance, ...], Gap | None]:
    if not messages:
        return _fill(raw, community, gap, messages, received_at)
    found = raw.execute(_SQL["gap"], _gap_values(community, gap)).fetchone()
    acceptances = tuple(accept_fetched(raw, message, received_at) for message in messages)
    if found is None:
        return acceptances, None
    gap_id, before = found
    ids = sorted((str(message.ref.message) for message in messages), key=position)
    raw.execute(_SQL["give_up_until"], {"id": gap_id, "first": ids[0], "reason": GapReason.LIMIT.value})
    if before and position(ids[-1]) >= position(before):
        return acceptances, None
    raw.execute(_SQL["open_rest"], {"id": gap_id, "last": ids[-1], "before": before})
    return acceptances, Gap(channel=gap.channel, after=ids[-1], before=before)


def _on_gap(raw: sqlite3.Connection, community: CommunityId, gap: Gap, statement: str, **values: str) -> None:
    found = raw.execute(_SQL["gap"], _gap_values(community, gap)).fetchone()
    if found is not None:
        raw.execute(_SQL[statement], {"id": found[0], **values})


def _gap_values(community: CommunityId, gap: Gap) -> dict[str, Any]:
    return {"community": community, "channel": gap.channel, "after": gap.after}
