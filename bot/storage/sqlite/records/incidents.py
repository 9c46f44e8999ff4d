"""Incidents in SQLite: the port's methods, each one unit of work, and steps of others."""

import sqlite3
from datetime import datetime
from typing import Any

from bot.domain.ids import CaseNumber, CategoryId, ChannelId, CommunityId, MessageId, MessageRef, PersonId, PolicyId
from bot.domain.inbox import InboxKey, Kind
from bot.domain.incident import Incident, IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.ports.incidents import Incidents
from bot.storage.codec.documents import from_micros, to_micros
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.rows import key_values, ref_values
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes

_SQL = statements("incidents")


class SqliteIncidents(Incidents):
    """The incidents of the SQLite store."""

    def __init__(self, writer: Writes, lookups: Connection) -> None:
        self._writer = writer
        self._lookups = lookups

    async def form(self, incident: Incident, members: tuple[Member, ...]) -> None:
        """Write an incident with its first members."""
        await self._writer.run(lambda raw: _form(raw, incident, members))

    async def join(self, members: tuple[Member, ...]) -> None:
        """Write members."""
        await self._writer.run(lambda raw: _join_all(raw, members))

    async def leave(self, messages: tuple[MessageRef, ...]) -> None:
        """Take messages out of their incidents."""
        await self._writer.run(lambda raw: _leave(raw, messages))

    async def members(self, incident: IncidentId) -> tuple[Member, ...]:
        """Return the members of an incident, in the order of their joining."""
        return await self._lookups.read(
            lambda raw: tuple(_member(row) for row in raw.execute(_SQL["members"], {"incident": incident}))
        )

    async def incident(self, incident: IncidentId) -> Incident | None:
        """Return an incident as it stands."""
        found = await self._lookups.read(
            lambda raw: raw.execute(_SQL["incident"], {"incident": incident}).fetchone(),
        )
        return _incident(found) if found is not None else None

    async def since(self, moment: datetime) -> tuple[Incident, ...]:
        """Return the incidents that are not dissolved and have a member sent since then, or one that waits."""
        values = {"moment": to_micros(moment)}
        return await self._lookups.read(
            lambda raw: tuple(_incident(row) for row in raw.execute(_SQL["since"], values)),
        )

    async def of_case(self, community: CommunityId, number: CaseNumber) -> tuple[Incident, ...]:
        """Return the incidents that a case is about."""
        values = {"community": community, "number": number}
        return await self._lookups.read(
            lambda raw: tuple(_incident(row) for row in raw.execute(_SQL["of_case"], values)),
        )


def write_incident(raw: sqlite3.Connection, incident: Incident) -> None:
    """Write an incident as it is from now on, but for its case."""
    values = {
        "incident": incident.id,
        "community": incident.community,
        "kind": incident.kind.value,
        "state": incident.state.value,
        "formed_at": to_micros(incident.formed_at),
        "policy": incident.policy,
        "category": incident.category,
    }
    raw.execute(_SQL["form"], values)


def write_member(raw: sqlite3.Connection, member: Member, case_id: int | None) -> None:
    """Write a member; its incident gets the case, where it has none yet."""
    values: dict[str, Any] = key_values(member.key) | {
        "incident": member.incident,
        "author": member.author,
        "joined_at": to_micros(member.joined_at) if member.joined_at is not None else None,
        "sent_at": to_micros(member.sent_at),
        "standing": member.standing.value,
        "spared": int(member.spared),
        "policy": member.policy,
        "category": member.category,
    }
    raw.execute(_SQL["join"], values)
    if case_id is not None:
        raw.execute(_SQL["give_case"], {"incident": member.incident, "case_id": case_id})


def _form(raw: sqlite3.Connection, incident: Incident, members: tuple[Member, ...]) -> None:
    write_incident(raw, incident)
    _join_all(raw, members)


def _join_all(raw: sqlite3.Connection, members: tuple[Member, ...]) -> None:
    for member in members:
        write_member(raw, member, None)


def _leave(raw: sqlite3.Connection, messages: tuple[MessageRef, ...]) -> None:
    raw.executemany(_SQL["leave"], [ref_values(ref) for ref in messages])


def _incident(row: tuple[Any, ...]) -> Incident:
    name, community, kind, state, formed_at, policy, category, number = row
    return Incident(
        id=IncidentId(name),
        community=CommunityId(community),
        kind=IncidentKind(kind),
        state=IncidentState(state),
        formed_at=from_micros(formed_at),
        policy=PolicyId(policy) if policy is not None else None,
        category=CategoryId(category) if category is not None else None,
        case=CaseNumber(number) if number is not None else None,
    )


def _member(row: tuple[Any, ...]) -> Member:
    (incident, community, channel, message, kind, discriminator) = row[:6]
    author, joined_at, sent_at, standing, spared, policy, category = row[6:]
    return Member(
        incident=IncidentId(incident),
        key=InboxKey(
            community=CommunityId(community),
            channel=ChannelId(channel),
            message=MessageId(message),
            kind=Kind(kind),
            discriminator=discriminator,
        ),
        author=PersonId(author),
        joined_at=from_micros(joined_at) if joined_at is not None else None,
        sent_at=from_micros(sent_at),
        standing=MemberState(standing),
        spared=bool(spared),
        policy=PolicyId(policy) if policy is not None else None,
        category=CategoryId(category) if category is not None else None,
    )
