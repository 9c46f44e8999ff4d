"""Erasure in SQLite: one unit of work over every table."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.domain.decision import Effect
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId
from bot.domain.keeping import ErasureReceipt
from bot.storage.codec.decisions import (
    decision_text,
    effect_text,
    effect_words,
    people_text,
    result_text,
    review_text,
    to_decision,
    to_review,
)
from bot.storage.codec.events import message_text, report_text, report_words, to_message, to_report
from bot.storage.codec.verdicts import to_verdict, verdict_text
from bot.storage.erasing import COUNTED, Erasing, erasing, without_exemption
from bot.storage.ledger import Erasure
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.records.case_rows import Found, to_found
from bot.storage.sqlite.records.effects import stored_effect

_SQL = statements("erasure")


def erase(raw: sqlite3.Connection, community: CommunityId, person: PersonId, erasure: Erasure) -> ErasureReceipt:
    """Take a person out of every table of a community; `erasure` is the line in the ledger that says so."""
    who = {"community": community, "person": person}
    cases = [to_found(found) for found in raw.execute(_SQL["cases_of"], who)]
    messages = _messages(raw, who)
    made = erasing(community, person, {*messages, *(found.case.ref for found in cases)})
    counts: Counter[str] = Counter(cases=len(cases))
    counts["audit_details"] = _drop_audit_details(raw, made, cases, list(messages.values()))
    _drop_messages(raw, list(messages.values()), counts)
    counts["incidents"] = _leave_incidents(raw, who, messages)
    _rename_decisions(raw, made, cases)
    counts["effects"] = _rename_effects(raw, made, cases)
    for found in cases:
        _rename_case(raw, made, found)
    _rename_copies(raw, made)
    _rename_in_others(raw, made, counts)
    counts["quotes"] = _drop_quotes(raw, made)
    raw.execute(_SQL["squeeze_case_words"])
    note_carried_out(raw, erasure)
    return ErasureReceipt(
        community=community,
        erased_at=datetime.fromisoformat(erasure.erased_at),
        counts=tuple((kind, counts[kind]) for kind in COUNTED),
        cases=tuple(found.case.number for found in cases),
    )


def missing_erasures(
    raw: sqlite3.Connection, ledger: tuple[Erasure, ...]
) -> tuple[tuple[Erasure, ...], tuple[tuple[CommunityId, PersonId], ...]]:
    """Return the ledger's erasures that this database has not seen, and everyone it knows, to find them among."""
    missing = tuple(
        entry
        for entry in ledger
        if raw.execute(_SQL["was_carried_out"], {"mark": entry.mark, "erased_at": entry.erased_at}).fetchone() is None
    )
    if not missing:
        return (), ()
    found: set[tuple[str, str]] = set(raw.execute(_SQL["people"]))
    for community, document in raw.execute(_SQL["people_lists"]):
        found |= {(community, word) for word in _words_of(json.loads(document))}
    return missing, tuple((CommunityId(community), PersonId(person)) for community, person in sorted(found))


def note_carried_out(raw: sqlite3.Connection, entry: Erasure) -> None:
    """Remember that a line of the ledger holds here, also where nobody of that mark was known."""
    raw.execute(_SQL["carried_out"], {"mark": entry.mark, "erased_at": entry.erased_at})


def _words_of(document: object) -> Iterator[str]:
    """Go through every text in a document: any of them may be the id of a person whom it alone names."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from _words_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from _words_of(value)


def _messages(raw: sqlite3.Connection, who: dict[str, Any]) -> dict[MessageRef, int]:
    return {
        MessageRef(community=who["community"], channel=ChannelId(channel), message=MessageId(message)): row_id
        for row_id, channel, message in raw.execute(_SQL["messages_of"], who)
    }


def _drop_audit_details(raw: sqlite3.Connection, made: Erasing, cases: list[Found], message_ids: list[int]) -> int:
    numbers = {found.case.number for found in cases}
    decisions = {row[0] for found in cases for row in raw.execute(_SQL["decisions_of_case"], {"id": found.id})}
    for message_id in message_ids:
        decisions |= {row[0] for row in raw.execute(_SQL["decisions_of_message"], {"id": message_id})}
    place = {"community": made.community}
    named = [
        sequence
        for sequence, number, decision, details in raw.execute(_SQL["audit_details"], place)
        if number in numbers or decision in decisions or made.is_named_in(json.loads(details))
    ]
    for sequence in named:
        raw.execute(_SQL["drop_audit_details"], place | {"sequence": sequence})
    return len(named)


def _drop_messages(raw: sqlite3.Connection, message_ids: list[int], counts: Counter[str]) -> None:
    for message_id in message_ids:
        for (row_id,) in raw.execute(_SQL["rows_of_message"], {"id": message_id}).fetchall():
            counts["decisions"] += raw.execute(_SQL["drop_decisions_of_row"], {"id": row_id}).rowcount
            raw.execute(_SQL["unhook_decisions_of_row"], {"id": row_id})
        counts["texts"] += raw.execute(_SQL["drop_rows"], {"id": message_id}).rowcount
        counts["messages"] += raw.execute(_SQL["drop_message"], {"id": message_id}).rowcount


def _leave_incidents(raw: sqlite3.Connection, who: dict[str, Any], messages: dict[MessageRef, int]) -> int:
    """Take the person's messages out of incidents and out of others' cases."""
    for ref in messages:
        raw.execute(_SQL["uncover"], {"community": ref.community, "channel": ref.channel, "message": ref.message})
    return raw.execute(_SQL["leave_incidents"], who).rowcount


def _rename_case(raw: sqlite3.Connection, made: Erasing, found: Found) -> None:
    case = made.case(found.case)
    place = {"id": found.id}
    values = place | {"author": case.author, "message": case.ref.message, "people": people_text(case)}
    raw.execute(_SQL["rename_case"], values)
    raw.execute(_SQL["forget_case_words"], place)
    raw.execute(_SQL["empty_verdicts_of_case"], place)


def _rename_decisions(raw: sqlite3.Connection, made: Erasing, cases: list[Found]) -> None:
    bodies = dict(
        raw.execute(
            _SQL["decisions_naming"], {"community": made.community, "quoted": json.dumps(made.person)}
        ).fetchall()
    )
    for found in cases:
        bodies |= dict(raw.execute(_SQL["decisions_of_case"], {"id": found.id}).fetchall())
    for decision, body in bodies.items():
        _rewrite_decision(raw, made, decision, body)


def _rewrite_decision(raw: sqlite3.Connection, made: Erasing, decision: str, body: str) -> None:
    text = decision_text(made.decision(to_decision(body)))
    raw.execute(_SQL["rewrite_decision"], {"id": decision, "body": text})


def _rename_effects(raw: sqlite3.Connection, made: Erasing, cases: list[Found]) -> int:
    who = {"community": made.community, "person": made.person}
    found = {row[0]: row[1:] for row in raw.execute(_SQL["effects_naming"], who)}
    for case in cases:
        found |= {row[0]: row[1:] for row in raw.execute(_SQL["effects_of_case"], {"id": case.id})}
    renamed = 0
    for effect_id, row in found.items():
        before = stored_effect(row)
        after = made.effect(before)
        if after == before:
            continue
        renamed += 1
        raw.execute(_SQL["rewrite_effect"], _effect_values(after.effect) | {"id": effect_id})
        if before.result is None and after.result is not None:
            result = after.result
            text = result_text(result.outcome, result.why, result.platform_id)
            raw.execute(_SQL["conclude_effect"], {"id": effect_id, "outcome": result.outcome.value, "result": text})
    return renamed


def _effect_values(effect: Effect) -> dict[str, Any]:
    return {
        "person": effect.person,
        "by": effect.by,
        "target": effect.key.target,
        "body": effect_text(effect),
        "words": effect_words(effect),
    }


def _rename_copies(raw: sqlite3.Connection, made: Erasing) -> None:
    """Rename the person's messages where verdicts on others' name them as what they are a copy of."""
    for verdict_id, body, decision, decision_body in raw.execute(
        _SQL["verdicts_copied"], {"community": made.community}
    ).fetchall():
        before = to_verdict(body, None)
        after = made.verdict(before)
        if after != before:
            raw.execute(_SQL["rewrite_verdict"], {"id": verdict_id, "body": verdict_text(after)})
            _rewrite_decision(raw, made, decision, decision_body)


def _rename_in_others(raw: sqlite3.Connection, made: Erasing, counts: Counter[str]) -> None:
    """Take the person out of what is on record as done by them, or besides any message."""
    who = {"community": made.community, "person": made.person, "token": made.token}
    for row_id, report in raw.execute(_SQL["reports_by"], who).fetchall():
        text = report_text(made.report(to_report(report, None)))
        raw.execute(_SQL["unname_report"], who | {"id": row_id, "report": text})
        counts["reports"] += 1
    quoted = {"community": made.community, "quoted": json.dumps(made.person)}
    for found in [to_found(row) for row in raw.execute(_SQL["cases_naming"], quoted)]:
        raw.execute(_SQL["unname_reporter"], {"id": found.id, "people": people_text(made.case(found.case))})
    for review_id, body in raw.execute(_SQL["reviews_by"], who).fetchall():
        text = review_text(made.review(to_review(body)))
        raw.execute(_SQL["unname_review"], who | {"id": review_id, "body": text})
        counts["reviews"] += 1
    counts["members"] = raw.execute(_SQL["drop_members"], who).rowcount
    counts["members"] += raw.execute(_SQL["unname_members"], who).rowcount
    counts["people"] = raw.execute(_SQL["drop_person"], who).rowcount
    counts["settings"] = _leave_settings(raw, made)


def _drop_quotes(raw: sqlite3.Connection, made: Erasing) -> int:
    """Take the person's words out of answers that quote them. What still waits keeps its text: its revision says it."""
    place, dropped = {"community": made.community}, 0
    for row_id, body, report, words in raw.execute(_SQL["texts_that_answer"], place).fetchall():
        text = message_text(made.message(to_message(body))) if body is not None else None
        told = report_words(made.brought(to_report(report, words))) if words is not None else None
        if (text, told) != (body, words):
            raw.execute(_SQL["rewrite_texts"], {"id": row_id, "body": text, "report_words": told})
            dropped += 1
    for case_id, body in raw.execute(_SQL["cases_that_answer"], place).fetchall():
        if (text := message_text(made.message(to_message(body)))) != body:
            raw.execute(_SQL["rewrite_case_text"], {"id": case_id, "body": text})
            dropped += 1
    return dropped


def _leave_settings(raw: sqlite3.Connection, made: Erasing) -> int:
    place = {"community": made.community}
    found = raw.execute(_SQL["settings"], place).fetchone()
    before: dict[str, object] = json.loads(found[0]) if found is not None else {}
    after = without_exemption(before, made.person)
    if after == before:
        return 0
    return raw.execute(_SQL["rewrite_settings"], place | {"body": json.dumps(after)}).rowcount
