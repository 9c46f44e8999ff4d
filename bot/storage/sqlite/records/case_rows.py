"""Cases as they come from SQL."""

import sqlite3
from typing import Any, NamedTuple

from bot.domain.actions import Action
from bot.domain.case import Case, CaseStatus
from bot.domain.ids import CaseNumber, CategoryId, ChannelId, CommunityId, MessageId, MessageRef, PersonId, PolicyId
from bot.domain.policy import Severity
from bot.storage.codec.decisions import to_rationale, with_people
from bot.storage.codec.documents import choice, from_micros
from bot.storage.sqlite.database.rows import ref_values
from bot.storage.sqlite.database.statements import statements

_SQL = statements("cases")


class Found(NamedTuple):
    """A case and the row that it stands in."""

    id: int
    case: Case


def case_numbered(raw: sqlite3.Connection, community: CommunityId, number: CaseNumber) -> Found | None:
    """Return the case of that number in this community."""
    found = raw.execute(_SQL["case_numbered"], {"community": community, "number": number}).fetchone()
    return to_found(found) if found is not None else None


def case_of(raw: sqlite3.Connection, ref: MessageRef) -> Found | None:
    """Return the case of a message."""
    found = raw.execute(_SQL["case_of"], ref_values(ref)).fetchone()
    return to_found(found) if found is not None else None


def case_covering(raw: sqlite3.Connection, ref: MessageRef) -> Found | None:
    """Return the case of another message that is about this one as well."""
    found = raw.execute(_SQL["case_covering"], ref_values(ref)).fetchone()
    return to_found(found) if found is not None else None


def to_found(row: tuple[Any, ...]) -> Found:
    """Return the case that a row (id, then the columns of a case) holds."""
    (row_id, community, number, channel, message, author, status, version, opened_at) = row[:9]
    policy, category, severity, action, card_id, people, rationale = row[9:]
    ref = MessageRef(community=CommunityId(community), channel=ChannelId(channel), message=MessageId(message))
    case = Case(
        community=ref.community,
        number=CaseNumber(number),
        ref=ref,
        author=PersonId(author),
        author_name="",
        status=CaseStatus(status),
        version=version,
        opened_at=from_micros(opened_at),
        policy=PolicyId(policy) if policy is not None else None,
        category=CategoryId(category) if category is not None else None,
        severity=choice(Severity, severity),
        action=choice(Action, action),
        rationale=to_rationale(rationale),
        card_id=card_id,
    )
    return Found(id=row_id, case=with_people(case, people))
