"""Recording decisions and reviews in SQLite: each one unit of work, with all that belongs to it."""

import hashlib
import sqlite3
from typing import Any

from bot.domain.case import Case
from bot.domain.decision import Decision, StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, Revision
from bot.domain.inbox import Kind
from bot.domain.records import DecisionRecord, Recorded, ReviewRecord
from bot.domain.states import State
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.storage.case_changes import filed_effects, filed_notes, joined, may_be_decided, opened, reviewed, search_text
from bot.storage.codec.decisions import decision_text, people_text, rationale_text, review_text
from bot.storage.codec.documents import to_micros
from bot.storage.codec.events import message_text
from bot.storage.codec.verdicts import verdict_text, words_text
from bot.storage.sqlite.audit import append
from bot.storage.sqlite.case_rows import case_numbered, case_of
from bot.storage.sqlite.effects import intend
from bot.storage.sqlite.rows import Row, row_at
from bot.storage.sqlite.statements import statements

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
    _insert_decision(raw, record.decision, row.id, case_id)
    for verdict in record.verdicts:
        _insert_verdict(raw, record, verdict)
    _move(raw, row, record)
    stored = intend(raw, filed_effects(record.effects, record.decision, number), record.decision, case_id)
    append(raw, filed_notes(record.notes, number))
    return Recorded(case=case, effects=stored)


def record_review(raw: sqlite3.Connection, record: ReviewRecord) -> Recorded | None:
    """Write a person's press; None when the case has another version by now, or the decision is known."""
    found = case_numbered(raw, record.community, record.case)
    if found is None or found.case.version != record.expected_version:
        return None
    if record.decision is not None and _is_known(raw, record.decision):
        return None
    case = reviewed(found.case, record)
    _update_case(raw, found.id, case)
    if record.review is not None:
        values = {"id": found.id, "by": record.review.by, "body": review_text(record.review)}
        raw.execute(_SQL["insert_review"], values)
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
    return case_id, case


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
