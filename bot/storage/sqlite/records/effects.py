"""Effects in SQLite: intended in the transaction of their decision, ended each in its own."""

import sqlite3
from collections import Counter
from typing import Any

from bot.domain.actions import Outcome
from bot.domain.audit import AuditNote
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult, PutOff, StoredEffect
from bot.domain.reasons import Reason, StepCode
from bot.domain.records import Standing, Withdrawal
from bot.storage.case_changes import filed_notes, replaceable
from bot.storage.codec.decisions import effect_text, effect_words, result_text, to_effect, to_result
from bot.storage.codec.documents import from_micros, to_micros
from bot.storage.codec.put_off import put_off_text, to_put_off
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.records.audit import append

_SQL = statements("effects")
_INBOX = statements("inbox")
_CASES = statements("cases")
_EVER = 2**62
"""Later than every moment, in microseconds."""


def intend(
    raw: sqlite3.Connection, effects: tuple[Effect, ...], decision: Decision, case_id: int | None
) -> tuple[StoredEffect, ...]:
    """Write the effects that a decision intends."""
    stored = tuple(StoredEffect(effect=effect, result=None) for effect in effects)
    _insert(raw, stored, decision, case_id)
    return stored


def hold_back(
    raw: sqlite3.Connection, effects: tuple[StoredEffect, ...], decision: Decision, case_id: int | None
) -> tuple[StoredEffect, ...]:
    """Write the effects that a decision would have had, each with its result."""
    _insert(raw, effects, decision, case_id)
    return effects


def _insert(
    raw: sqlite3.Connection, effects: tuple[StoredEffect, ...], decision: Decision, case_id: int | None
) -> None:
    for stored in effects:
        effect, result = stored.effect, stored.result
        values: dict[str, Any] = _key_values(effect.key) | {
            "community": effect.community,
            "case_id": case_id,
            "person": effect.person,
            "mode": effect.mode.value,
            "by": effect.by,
            "made_at": to_micros(decision.made_at),
            "body": effect_text(effect),
            "words": effect_words(effect),
            "policy": effect.policy,
            "category": effect.category,
            "incident": effect.incident,
            "outcome": result.outcome.value if result is not None else None,
            "result": result_text(result.outcome, result.why, result.platform_id) if result is not None else None,
        }
        raw.execute(_SQL["insert_effect"], values)


def begin(raw: sqlite3.Connection, key: EffectKey) -> bool:
    """Mark an effect as under way; False when there is nothing of that key to carry out."""
    return raw.execute(_SQL["begin"], _key_values(key)).rowcount == 1


def record_result(raw: sqlite3.Connection, result: EffectResult, notes: tuple[AuditNote, ...]) -> bool:
    """Write how an effect ended, and settle the row of its decision when that was the last one."""
    found = raw.execute(_SQL["effect_at"], _key_values(result.key)).fetchone()
    if found is None:
        return False
    stored = stored_effect(found)
    if not replaceable(stored.result, result):
        return False
    text = result_text(result.outcome, result.why, result.platform_id)
    raw.execute(_SQL["conclude"], _key_values(result.key) | {"outcome": result.outcome.value, "result": text})
    raw.execute(_INBOX["settle_decision"], {"decision": result.key.decision})
    raw.execute(_CASES["case_of_effect_changed"], _key_values(result.key))
    append(raw, filed_notes(notes, stored.effect.case))
    return True


def postpone(raw: sqlite3.Connection, key: EffectKey, put_off: PutOff) -> bool:
    """Let an effect wait for its platform; False when there is nothing of that key to carry out."""
    values = {"put_off": put_off_text(put_off), "next_at": to_micros(put_off.next_at), "unclear": put_off.unclear}
    if raw.execute(_SQL["postpone"], _key_values(key) | values).rowcount != 1:
        return False
    raw.execute(_CASES["case_of_effect_changed"], _key_values(key))
    return True


def postponed(
    raw: sqlite3.Connection, community: str | None, due_by: int | None, most: int | None
) -> tuple[StoredEffect, ...]:
    """Return effects that wait for their platform, the next to be tried first."""
    until, limit = _EVER if due_by is None else due_by, -1 if most is None else most
    values = {"community": community, "due_by": until, "most": limit}
    return tuple(stored_effect(found) for found in raw.execute(_SQL["postponed"], values))


def deletes(raw: sqlite3.Connection, decision: str | None) -> bool:
    """Return whether a decision has had its message deleted, or is having it deleted just now."""
    return raw.execute(_SQL["deletes"], {"decision": decision}).fetchone() is not None


def suppress(raw: sqlite3.Connection, decision: str, code: str) -> None:
    """Give the effects of a decision that members would notice, and that are not under way, the outcome SUPPRESSED.

    The card stays intended: a case is for moderators to see, whatever became of its message.
    """
    values = {"decision": decision, "outcome": Outcome.SUPPRESSED.value}
    values |= {"result": result_text(Outcome.SUPPRESSED, Reason(code=code))}
    times = raw.execute(_SQL["suppress"], values).rowcount
    raw.execute(_CASES["cases_of_decision_changed"], {"decision": decision, "times": times})


def withdraw(raw: sqlite3.Connection, withdrawal: Withdrawal) -> int:
    """Suppress the pending live effects of ours that members notice, of a community or a rule; return how many."""
    values = _rule_values(withdrawal) | {
        "outcome": Outcome.SUPPRESSED.value,
        "result": result_text(Outcome.SUPPRESSED, Reason(code=withdrawal.code)),
    }
    withdrawn = _settled(raw, [name for (name,) in raw.execute(_SQL["withdraw"], values)])
    append(raw, withdrawal.notes if withdrawn else ())
    return withdrawn


def overturn(raw: sqlite3.Connection, case_id: int) -> None:
    """Suppress what is intended about a case that was found wrong, and not under way: by the bot and by people."""
    values = {"case_id": case_id, "outcome": Outcome.SUPPRESSED.value}
    values |= {"result": result_text(Outcome.SUPPRESSED, Reason(code=StepCode.OVERTURNED))}
    _settled(raw, [name for (name,) in raw.execute(_SQL["overturn"], values)])


def _settled(raw: sqlite3.Connection, decisions: list[str]) -> int:
    """Settle the rows of decisions that lost effects, a name for each effect; return how many effects those are."""
    for name, times in Counter(decisions).items():
        raw.execute(_INBOX["settle_decision"], {"decision": name})
        raw.execute(_CASES["cases_of_decision_changed"], {"decision": name, "times": times})
    return len(decisions)


def acted(raw: sqlite3.Connection, rule: Withdrawal, since: int) -> tuple[StoredEffect, ...]:
    """Return what members noticed of a rule's automatic effects decided since then, oldest first."""
    return tuple(stored_effect(found) for found in raw.execute(_SQL["acted"], _rule_values(rule) | {"since": since}))


def _rule_values(rule: Withdrawal) -> dict[str, Any]:
    return {"community": rule.community, "policy": rule.policy, "category": rule.category}


def pending(raw: sqlite3.Connection, community: str | None) -> tuple[StoredEffect, ...]:
    """Return every intended effect without an outcome, oldest first."""
    return tuple(stored_effect(found) for found in raw.execute(_SQL["pending"], {"community": community}))


def standing(raw: sqlite3.Connection) -> tuple[Standing, ...]:
    """Return the applied effects that the bot has to end and that no LIFT takes back, oldest first."""
    return tuple(
        Standing(effect=to_effect(body, words), decided_at=from_micros(made_at))
        for body, words, made_at in raw.execute(_SQL["standing"])
    )


def effects_of_case(raw: sqlite3.Connection, case_id: int) -> tuple[StoredEffect, ...]:
    """Return the effects of a case's decisions, in the order of these."""
    return tuple(stored_effect(found) for found in raw.execute(_SQL["of_case"], {"case_id": case_id}))


def stored_effect(found: tuple[str, str | None, int, str | None, str | None]) -> StoredEffect:
    """Return the effect that a row (body, words, begun, result, put_off) holds."""
    body, words, begun, result, waits = found
    effect = to_effect(body, words)
    ended = to_result(result, effect.key) if result is not None else None
    return StoredEffect(
        effect=effect, result=ended, begun=bool(begun), put_off=to_put_off(waits) if waits is not None else None
    )


def _key_values(key: EffectKey) -> dict[str, Any]:
    return {"decision": key.decision, "action": key.action.value, "target": key.target}
