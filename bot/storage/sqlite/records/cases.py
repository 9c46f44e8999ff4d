"""Decisions, cases, effects and reviews in SQLite: the port's methods, each one unit of work."""

import json
import sqlite3
from datetime import datetime
from typing import Any

from bot.domain.audit import AuditNote
from bot.domain.case import AuthorHistory, Case, CaseFile, CaseStatus, RuleRecord
from bot.domain.decision import EffectKey, EffectResult, PutOff, StoredEffect
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.incident import IncidentId
from bot.domain.put_off import farthest
from bot.domain.records import (
    CaseAction,
    CaseFilter,
    CaseMember,
    Copy,
    CopyQuery,
    DecisionRecord,
    Judgement,
    Recorded,
    ReviewRecord,
    Standing,
    Withdrawal,
)
from bot.ports.cases import Cases
from bot.storage.case_changes import search_words
from bot.storage.codec.decisions import to_decision, to_review
from bot.storage.codec.documents import from_micros, to_micros
from bot.storage.codec.events import to_message, to_ref
from bot.storage.codec.verdicts import to_verdict
from bot.storage.sqlite.database.connection import Connection
from bot.storage.sqlite.database.rows import ref_values
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes
from bot.storage.sqlite.records.case_rows import Found, case_covering, case_numbered, case_of, to_found
from bot.storage.sqlite.records.decisions import copy_hash, record_action, record_decision, record_review
from bot.storage.sqlite.records.effects import (
    acted,
    begin,
    effects_of_case,
    pending,
    postpone,
    postponed,
    record_result,
    standing,
    withdraw,
)

_SQL = statements("cases")
_EFFECTS = statements("effects")
_TRIGRAM = 3


class SqliteCases(Cases):
    """The cases of the SQLite store. `lookups` answers short questions, `reports` those that read much."""

    def __init__(self, writer: Writes, lookups: Connection, reports: Connection) -> None:
        self._writer = writer
        self._lookups = lookups
        self._reports = reports

    async def record_decision(self, record: DecisionRecord) -> Recorded | None:
        """Write a decision with everything that belongs to it."""
        return await self._writer.run(lambda raw: record_decision(raw, record))

    async def record_action(self, action: CaseAction) -> tuple[StoredEffect, ...] | None:
        """Write an automatic decision on a case and its effects."""
        return await self._writer.run(lambda raw: record_action(raw, action))

    async def withdraw(self, withdrawal: Withdrawal) -> int:
        """Suppress pending live effects of ours that members notice."""
        return await self._writer.run(lambda raw: withdraw(raw, withdrawal))

    async def acted(
        self, community: CommunityId, policy: PolicyId | None, category: CategoryId | None, since: datetime
    ) -> tuple[StoredEffect, ...]:
        """Return what members noticed of a rule's automatic effects."""
        rule = Withdrawal(community=community, policy=policy, category=category, code="")
        return await self._reports.read(lambda raw: acted(raw, rule, to_micros(since)))

    async def members(self, community: CommunityId, number: CaseNumber) -> tuple[CaseMember, ...]:
        """Return every message that a case is about, its own first."""
        return await self._lookups.read(lambda raw: _members(raw, case_numbered(raw, community, number)))

    async def incident_effects(self, community: CommunityId, incident: IncidentId) -> int:
        """Count the automatic effects of an incident."""
        values = {"community": community, "incident": incident}
        number: int = await self._lookups.read(
            lambda raw: raw.execute(_EFFECTS["count_of_incident"], values).fetchone()[0]
        )
        return number

    async def record_result(self, result: EffectResult, notes: tuple[AuditNote, ...]) -> bool:
        """Write how an effect ended."""
        return await self._writer.run(lambda raw: record_result(raw, result, notes))

    async def begin_effect(self, key: EffectKey) -> bool:
        """Mark an effect as under way."""
        return await self._writer.run(lambda raw: begin(raw, key))

    async def postpone(self, key: EffectKey, put_off: PutOff) -> bool:
        """Let an effect wait for its platform."""
        return await self._writer.run(lambda raw: postpone(raw, key, put_off))

    async def postponed(
        self, community: CommunityId | None = None, *, due_by: datetime | None = None, most: int | None = None
    ) -> tuple[StoredEffect, ...]:
        """Return effects that wait for their platform."""
        until = to_micros(due_by) if due_by is not None else None
        return await self._lookups.read(lambda raw: postponed(raw, community, until, most))

    async def due_in(self, now: datetime) -> tuple[CommunityId, ...]:
        """Return the communities with an effect whose next try is due."""
        values = {"now": to_micros(now), "farthest": to_micros(farthest(now))}
        return await self._lookups.read(
            lambda raw: tuple(CommunityId(name) for (name,) in raw.execute(_EFFECTS["due_in"], values))
        )

    async def pending_effects(self, community: CommunityId | None = None) -> tuple[StoredEffect, ...]:
        """Return every intended effect without an outcome."""
        return await self._lookups.read(lambda raw: pending(raw, community))

    async def standing(self) -> tuple[Standing, ...]:
        """Return the applied effects that the bot has to end."""
        return await self._lookups.read(standing)

    async def file(self, community: CommunityId, number: CaseNumber) -> CaseFile | None:
        """Return a case with everything on record about it."""
        return await self._lookups.read(lambda raw: _file(raw, case_numbered(raw, community, number)))

    async def file_of(self, ref: MessageRef) -> CaseFile | None:
        """Return the case of a message."""
        return await self._lookups.read(lambda raw: _file(raw, case_of(raw, ref) or case_covering(raw, ref)))

    async def judgements(self, ref: MessageRef) -> tuple[Judgement, ...]:
        """Return every automatic decision on a message, oldest first."""
        return await self._lookups.read(lambda raw: _judgements(raw, ref))

    async def find(self, community: CommunityId | None, wanted: CaseFilter) -> tuple[Case, ...]:
        """Return cases, the newest first."""
        return await self._reports.read(lambda raw: _find(raw, community, wanted))

    async def review(self, record: ReviewRecord) -> Recorded | None:
        """Write a person's word, its decision and effects."""
        return await self._writer.run(lambda raw: record_review(raw, record))

    async def set_card(self, community: CommunityId, number: CaseNumber, card_id: str, shows: int) -> None:
        """Remember which post shows the case, and how much of it."""
        values = {"community": community, "number": number, "card_id": card_id, "shows": shows}
        await self._writer.run(lambda raw: raw.execute(_SQL["set_card"], values).rowcount)

    async def card_changed(self, community: CommunityId, number: CaseNumber) -> None:
        """Note that a card does not show how things are."""
        values = {"community": community, "number": number}
        await self._writer.run(lambda raw: raw.execute(_SQL["card_changed"], values).rowcount)

    async def cards_due(self, community: CommunityId | None = None) -> tuple[Case, ...]:
        """Return cases whose card was never posted or shows too little, oldest first."""
        values = {"community": community}
        return await self._lookups.read(
            lambda raw: tuple(to_found(found).case for found in raw.execute(_SQL["cards_due"], values))
        )

    async def history(self, community: CommunityId, person: PersonId) -> AuthorHistory:
        """Return what is on record about an author."""
        return await self._lookups.read(lambda raw: _history(raw, community, person))

    async def rule_record(self, community: CommunityId, policy: PolicyId, category: CategoryId) -> RuleRecord:
        """Return how often reviews found this rule right."""
        values = {"community": community, "policy": policy, "category": category}
        counts = dict(
            await self._lookups.read(lambda raw: raw.execute(_SQL["rule_counts"], values).fetchall()),
        )
        return RuleRecord(
            policy=policy,
            category=category,
            right=counts.get(CaseStatus.UPHELD, 0),
            wrong=counts.get(CaseStatus.OVERTURNED, 0),
        )

    async def automatic_effects(self, community: CommunityId, person: PersonId | None, since: datetime) -> int:
        """Count automatic effects that members notice."""
        values = {"community": community, "person": person, "since": to_micros(since)}
        number: int = await self._lookups.read(
            lambda raw: raw.execute(_EFFECTS["count_automatic"], values).fetchone()[0]
        )
        return number

    async def exact_copy(self, query: CopyQuery) -> Copy | None:
        """Return the latest verdict of the model on the same text."""
        return await self._lookups.read(lambda raw: _exact_copy(raw, query))


def _file(raw: sqlite3.Connection, found: Found | None) -> CaseFile | None:
    if found is None:
        return None
    place = {"id": found.id}
    body, changes, shown = raw.execute(_SQL["case_text"], place).fetchone()
    (covered,) = raw.execute(_SQL["count_covered"], place).fetchone()
    return CaseFile(
        case=found.case,
        message=to_message(body) if body is not None else None,
        verdicts=tuple(to_verdict(text, words) for text, words in raw.execute(_SQL["verdicts_of_case"], place)),
        decisions=tuple(to_decision(text) for (text,) in raw.execute(_SQL["decisions_of_case"], place)),
        effects=effects_of_case(raw, found.id),
        reviews=tuple(to_review(text) for (text,) in raw.execute(_SQL["reviews_of_case"], place)),
        copies=1 + covered,
        changes=changes,
        shown=shown,
    )


def _judgements(raw: sqlite3.Connection, ref: MessageRef) -> tuple[Judgement, ...]:
    found = raw.execute(_SQL["decisions_on"], ref_values(ref)).fetchall()
    return tuple(
        Judgement(
            decision=to_decision(body),
            verdicts=tuple(
                to_verdict(text, words) for text, words in raw.execute(_SQL["verdicts_of"], {"decision": name})
            ),
        )
        for name, body in found
    )


def _members(raw: sqlite3.Connection, found: Found | None) -> tuple[CaseMember, ...]:
    if found is None:
        return ()
    own = raw.execute(_SQL["author_of"], ref_values(found.case.ref)).fetchone()
    authors: dict[MessageRef, PersonId | None] = {found.case.ref: own[0] if own is not None else None}
    for community, channel, message, author in raw.execute(_SQL["covered"], {"id": found.id}):
        ref = to_ref([community, channel, message])
        authors[ref] = authors.get(ref) or author
    return tuple(CaseMember(ref=ref, author=author) for ref, author in authors.items())


def _find(raw: sqlite3.Connection, community: CommunityId | None, wanted: CaseFilter) -> tuple[Case, ...]:
    words = search_words(wanted.words)
    values: dict[str, Any] = {
        "community": community,
        "status": wanted.status.value if wanted.status is not None else None,
        "policy": wanted.policy,
        "category": wanted.category,
        "author": wanted.author,
        "about": wanted.about,
        "since": to_micros(wanted.since) if wanted.since is not None else None,
        "until": to_micros(wanted.until) if wanted.until is not None else None,
        "before": wanted.before,
        "phrases": _phrases(words),
        "words": json.dumps(words) if words else None,
        "limit": max(wanted.limit, 0),
    }
    return tuple(to_found(row).case for row in raw.execute(_SQL["find"], values))


def _phrases(words: tuple[str, ...]) -> str | None:
    """Return what the index is asked for: the words that it can find by their trigrams; None when there is none."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in words if len(word) >= _TRIGRAM]
    return " AND ".join(quoted) or None


def _history(raw: sqlite3.Connection, community: CommunityId, person: PersonId) -> AuthorHistory:
    values = {"community": community, "person": person}
    known = raw.execute(_SQL["person"], values).fetchone()
    messages, first_seen, joined_at = known if known is not None else (0, None, None)
    counts = dict(raw.execute(_SQL["case_counts"], values).fetchall())
    (removals,) = raw.execute(_SQL["removals"], values).fetchone()
    (sanctions,) = raw.execute(_SQL["sanctions"], values).fetchone()
    return AuthorHistory(
        person=person,
        messages=messages,
        cases_upheld=counts.get(CaseStatus.UPHELD, 0),
        cases_open=counts.get(CaseStatus.OPEN, 0),
        cases_overturned=counts.get(CaseStatus.OVERTURNED, 0),
        removals=removals,
        sanctions=sanctions,
        first_seen=from_micros(first_seen) if first_seen is not None else None,
        joined_at=from_micros(joined_at) if joined_at is not None else None,
    )


def _exact_copy(raw: sqlite3.Connection, query: CopyQuery) -> Copy | None:
    if not query.copy_key:
        return None
    values = {
        "community": query.community,
        "policy": query.policy,
        "prompt_hash": query.prompt_hash,
        "digest": query.digest,
        "copy_hash": copy_hash(query.copy_key),
    }
    found = raw.execute(_SQL["exact_copy"], values).fetchone()
    if found is None:
        return None
    text, words, decision = found
    return Copy(verdict=to_verdict(text, words), ref=to_decision(decision).ref)
