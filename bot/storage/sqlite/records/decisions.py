"""Recording decisions and reviews in SQLite: each one unit of work, with all that belongs to it."""

import hashlib
import sqlite3
from typing import Any

from bot.domain.case import Case, ReviewResult
from bot.domain.decision import Decision, StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, MessageRef, Revision
from bot.domain.inbox import Kind
from bot.domain.records import CaseAction, DecisionRecord, Recorded, ReviewRecord
from bot.domain.states import State
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.storage.case_changes import (
    accompanied,
    filed_effects,
    filed_notes,
    filed_results,
    files_under,
    joined,
    may_be_decided,
    opened,
    reviewed,
    search_text,
    takes_in,
)
from bot.storage.codec.decisions import decision_text, people_text, rationale_text, review_text
from bot.storage.codec.documents import to_micros
from bot.storage.codec.events import message_text
from bot.storage.codec.verdicts import verdict_text, words_text
from bot.storage.sqlite.database.rows import Row, ref_values, row_at
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.records.audit import append
from bot.storage.sqlite.records.case_rows import Found, case_covering, case_numbered, case_of
from bot.storage.sqlite.records.effects import hold_back, intend, overturn
from bot.storage.sqlite.records.incidents import write_incident, write_member

_SQL = statements("cases")
_INBOX = statements("inbox")


def record_decision(raw: sqlite3.Connection, record: DecisionRecord) -> Recorded | None:
    """Write a decision with everything that belongs to it; None, with nothing written, when it comes too late."""
    row = row_at(raw, record.key)
    if row is None or not may_be_decided(State(row.state), record.state):
        return None
    if _is_known(raw, record.decision):
        return None
    case_id, case = _case_for(raw, record)
    number = case.number if case is not None else None
    filed_id = case_id if case is not None and files_under(case, record) else None
    _insert_decision(raw, record.decision, row.id, filed_id)
    for verdict in record.verdicts:
        _insert_verdict(raw, record, verdict)
    _move(raw, row, record)
    stored = (
        *intend(raw, filed_effects(record.effects, record.decision, number), record.decision, case_id),
        *hold_back(raw, filed_results(record.held_back, record.decision, number), record.decision, case_id),
    )
    if record.member is not None:
        write_member(raw, record.member, case_id)
    append(raw, filed_notes(record.notes, number))
    return Recorded(case=case, effects=stored)


def record_action(raw: sqlite3.Connection, action: CaseAction) -> tuple[StoredEffect, ...] | None:
    """Write an automatic decision on a case; None when there is no such case, or it is on record already."""
    found = case_numbered(raw, action.community, action.case)
    if found is None or _is_known(raw, action.decision):
        return None
    _insert_decision(raw, action.decision, None, found.id)
    stored = (
        *intend(raw, filed_effects(action.effects, action.decision, action.case), action.decision, found.id),
        *hold_back(raw, filed_results(action.held_back, action.decision, action.case), action.decision, found.id),
    )
    if action.incident is not None:
        write_incident(raw, action.incident)
    append(raw, filed_notes(action.notes, action.case))
    return stored


def record_review(raw: sqlite3.Connection, record: ReviewRecord) -> Recorded | None:
    """Write a person's press; None when the case has another version by now, or the decision is known."""
    found = case_numbered(raw, record.community, record.case)
    if found is None or found.case.version != record.expected_version:
        return None
    if record.decision is not None and _is_known(raw, record.decision):
        return None
    case = reviewed(found.case, record)
    _update_case(raw, found.id, case)
    raw.execute(_SQL["case_changed"], {"id": found.id})
    if record.review is not None:
        values = {"id": found.id, "by": record.review.by, "body": review_text(record.review)}
        raw.execute(_SQL["insert_review"], values)
        if record.review.result is ReviewResult.OVERTURNED:
            overturn(raw, found.id)
    effects = filed_effects(record.effects, record.decision, record.case)
    stored: tuple[StoredEffect, ...] = ()
    if record.decision is not None:
        _insert_decision(raw, record.decision, None, found.id)
        stored = intend(raw, effects, record.decision, found.id)
    append(raw, filed_notes(record.notes, record.case))
    return Recorded(case=case, effects=stored)


def _is_known(raw: sqlite3.Connection, decision: Decision) -> bool:
    return raw.execute(_SQL["decision_exists"], {"decision": decision.id}).fetchone() is not None


def _case_for(raw: sqlite3.Connection, record: DecisionRecord) -> tuple[int | None, Case | None]:
    """Return the case that the decision opens or joins, with its row, as it is from now on."""
    found = case_of(raw, record.decision.ref)
    other = _other_case(raw, record) if found is None else None
    if other is not None and takes_in(other.case, record):
        return other.id, _accompany(raw, other, record)
    if found is None and not record.decision.makes_case:
        return None, None
    if found is None:
        case = opened(record, _next_number(raw, record.decision.ref.community))
        case_id = raw.execute(_SQL["insert_case"], _case_values(case)).lastrowid
    else:
        case_id = found.id
        revisions = raw.execute(_SQL["revisions_of_case"], {"id": case_id})
        case = joined(found.case, record, frozenset(Revision(revision) for (revision,) in revisions))
        _update_case(raw, case_id, case)
    if record.decision.makes_case:
        _keep_text(raw, case_id, record.message)
    _cover(raw, case_id, record.covers)
    return case_id, case


def _other_case(raw: sqlite3.Connection, record: DecisionRecord) -> Found | None:
    """Return the case of another message that this one belongs to, if any."""
    ref = record.decision.ref
    if record.joins is not None:
        return case_numbered(raw, ref.community, record.joins)
    return case_covering(raw, ref)


def _accompany(raw: sqlite3.Connection, found: Found, record: DecisionRecord) -> Case:
    case = accompanied(found.case, record)
    if case is not found.case:
        _update_case(raw, found.id, case)
    others = {record.decision.ref, *record.covers} - {case.ref}
    _cover(raw, found.id, tuple(sorted(others)))
    return case


def _cover(raw: sqlite3.Connection, case_id: int | None, messages: tuple[MessageRef, ...]) -> None:
    raw.executemany(_SQL["cover"], [ref_values(ref) | {"id": case_id} for ref in messages])


def _next_number(raw: sqlite3.Connection, community: str) -> CaseNumber:
    ((number,),) = raw.execute(_SQL["next_number"], {"community": community}).fetchall()
    return CaseNumber(number)


def _update_case(raw: sqlite3.Connection, case_id: int, case: Case) -> None:
    raw.execute(_SQL["update_case"], _case_values(case) | {"id": case_id})


def _case_values(case: Case) -> dict[str, Any]:
    return {
        "community": case.community,
        "number": case.number,
        "channel": case.ref.channel,
        "message": case.ref.message,
        "author": case.author,
        "status": case.status.value,
        "version": case.version,
        "opened_at": to_micros(case.opened_at),
        "policy": case.policy,
        "category": case.category,
        "severity": case.severity.value if case.severity is not None else None,
        "action": case.action.value if case.action is not None else None,
        "card_id": case.card_id,
        "people": people_text(case),
        "rationale": rationale_text(case.rationale),
    }


def _keep_text(raw: sqlite3.Connection, case_id: int | None, message: Message) -> None:
    values = {"id": case_id, "body": message_text(message), "words": search_text(message)}
    raw.execute(_SQL["keep_text"], values)
    raw.execute(_SQL["forget_words"], values)
    raw.execute(_SQL["keep_words"], values)


def _insert_decision(raw: sqlite3.Connection, decision: Decision, inbox_id: int | None, case_id: int | None) -> None:
    values: dict[str, Any] = {
        "decision": decision.id,
        "community": decision.ref.community,
        "inbox_id": inbox_id,
        "case_id": case_id,
        "revision": decision.revision,
        "makes_case": int(decision.makes_case),
        "made_at": to_micros(decision.made_at),
        "body": decision_text(decision),
    }
    raw.execute(_SQL["insert_decision"], values)


def _insert_verdict(raw: sqlite3.Connection, record: DecisionRecord, verdict: Verdict) -> None:
    run = verdict.run
    values: dict[str, Any] = {
        "decision": record.decision.id,
        "community": record.decision.ref.community,
        "policy": verdict.policy,
        "label": verdict.label.value,
        "source": verdict.source.value,
        "reason": verdict.reason.value if verdict.reason is not None else None,
        "prompt_hash": run.prompt_hash if run is not None else None,
        "digest": run.digest if run is not None else None,
        "copy_hash": copy_hash(record.copy_key) if _may_be_copied(verdict) and record.copy_key else None,
        "body": verdict_text(verdict),
        "words": words_text(verdict),
    }
    raw.execute(_SQL["insert_verdict"], values)


def _may_be_copied(verdict: Verdict) -> bool:
    return (
        verdict.source is VerdictSource.MODEL
        and verdict.label is not Label.UNDECIDED
        and not verdict.with_context
        and verdict.run is not None
    )


def copy_hash(copy_key: str) -> bytes:
    """Return the SHA-256 of a text as copies are compared: equal texts are found without being kept twice."""
    return hashlib.sha256(copy_key.encode("utf-8", "surrogatepass")).digest()


def _move(raw: sqlite3.Connection, row: Row, record: DecisionRecord) -> None:
    values: dict[str, Any] = {
        "id": row.id,
        "before": row.state,
        "after": record.state.value,
        "reason": record.reason,
        "decision": record.decision.id,
    }
    raw.execute(_INBOX["decided"], values)
    judged = any(verdict.label is not Label.UNDECIDED for verdict in record.verdicts)
    if judged and row.kind == Kind.MESSAGE and record.state is not State.WAITING:
        raw.execute(_INBOX["count_judgement"], {"id": row.message_id})
