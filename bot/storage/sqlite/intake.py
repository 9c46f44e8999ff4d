"""What committing an event does to the inbox: units of work, and steps of them."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bot.domain.decision import BOT
from bot.domain.events import Delete, Edit, Event, Member, MemberChange, Message, Report
from bot.domain.ids import MessageRef
from bot.domain.inbox import Acceptance, Accepted, InboxItem, key_of
from bot.domain.states import TERMINAL, State
from bot.storage.case_changes import CHANGED, GONE
from bot.storage.codec.documents import to_micros
from bot.storage.codec.events import message_text, report_text, report_words, to_message
from bot.storage.sqlite.effects import suppress
from bot.storage.sqlite.rows import Row, item_of, ref_values, row_at
from bot.storage.sqlite.statements import statements

_SQL = statements("inbox")
_NOTED = Acceptance(accepted=Accepted.NOTED, item=None)
_KNOWN = Acceptance(accepted=Accepted.KNOWN, item=None)
_UNFINISHED = frozenset(State) - TERMINAL


class Known(NamedTuple):
    """What is known of a message besides its texts. `author` is None while only a report or its end has come in."""

    id: int
    author: str | None
    edited: int
    deleted_at: int | None
    judged: int


def accept(raw: sqlite3.Connection, event: Event, received_at: datetime) -> Acceptance:
    """Commit an event as it is delivered live."""
    if isinstance(event, Member):
        return _note_member(raw, event)
    if isinstance(event, Delete):
        return _delete(raw, event)
    if isinstance(event, Report):
        return _report(raw, event, received_at)
    if isinstance(event, Edit):
        return read(raw, event.message, received_at, event.edited_at)
    place = ref_values(event.ref)
    raw.execute(_SQL["see"], place)
    raw.execute(_SQL["end_open_gap"], place)
    return read(raw, event, received_at, None)


def accept_fetched(raw: sqlite3.Connection, message: Message, received_at: datetime) -> Acceptance:
    """Commit a message as it reads now: with another text than the one on record it counts as edited."""
    place = ref_values(message.ref)
    raw.execute(_SQL["see"], place)
    current = raw.execute(_SQL["current_row"], place).fetchone()
    changed = current is not None and Row(*current).discriminator != message.revision
    return read(raw, message, received_at, received_at if changed else None)


def read(raw: sqlite3.Connection, message: Message, received_at: datetime, edited_at: datetime | None) -> Acceptance:
    """Commit a text of a message; `edited_at` is None for the text that it was sent with."""
    known, is_new = _message(raw, message, edited_at)
    if is_new:
        return _add(raw, known, message, received_at, edited_at)
    row = row_at(raw, key_of(message))
    if row is None:
        return _add(raw, known, message, received_at, edited_at)
    if row.is_current:
        return Acceptance(accepted=Accepted.KNOWN if edited_at is None else Accepted.UNCHANGED, item=item_of(row))
    if edited_at is None or to_micros(edited_at) == row.edited_at:
        return Acceptance(accepted=Accepted.KNOWN, item=item_of(row))
    return _return_to(raw, known, row, received_at, edited_at)


def _message(raw: sqlite3.Connection, message: Message, edited_at: datetime | None) -> tuple[Known, bool]:
    """Return what is known of the message, with its author met, and whether this is all that came in of it so far."""
    values = ref_values(message.ref) | {
        "author": message.author.id,
        "sent_at": to_micros(message.sent_at),
        "edited": int(edited_at is not None),
    }
    made = raw.execute(_SQL["insert_message"], values)
    if made.rowcount and made.lastrowid is not None:
        _meet(raw, message)
        return Known(
            id=made.lastrowid, author=message.author.id, edited=values["edited"], deleted_at=None, judged=0
        ), True
    known = Known(*raw.execute(_SQL["message_of"], values).fetchone())
    if known.author is None:
        raw.execute(_SQL["name_author"], values | {"id": known.id})
        _meet(raw, message)
    return known, False


def _meet(raw: sqlite3.Connection, message: Message) -> None:
    author = message.author
    raw.execute(
        _SQL["meet"],
        {
            "community": message.community,
            "person": author.id,
            "seen_at": to_micros(message.sent_at),
            "joined_at": to_micros(author.joined_at) if author.joined_at is not None else None,
        },
    )


def _add(
    raw: sqlite3.Connection, known: Known, message: Message, received_at: datetime, edited_at: datetime | None
) -> Acceptance:
    """Add a text. The first text of a message that comes in after a later one is superseded already."""
    late = edited_at is None and bool(known.edited)
    state = State.SUPERSEDED if late else State.WITHDRAWN if known.deleted_at is not None else State.WAITING
    reason = {State.SUPERSEDED: CHANGED, State.WITHDRAWN: GONE}.get(state, "")
    judged = known.judged if late else known.judged + _leave_current(raw, message.ref, known, edited_at)
    item = InboxItem(
        key=key_of(message), message=message, state=state, reason=reason, received_at=received_at, judged_before=judged
    )
    edited = to_micros(edited_at) if edited_at is not None else None
    _insert(raw, known.id, item, {"is_current": int(not late), "edited_at": edited, "body": message_text(message)})
    return Acceptance(accepted=Accepted.NEW, item=item)


def _insert(raw: sqlite3.Connection, message_id: int, item: InboxItem, values: Mapping[str, Any]) -> None:
    row = {
        "message_id": message_id,
        "kind": item.key.kind.value,
        "discriminator": item.key.discriminator,
        "state": item.state.value,
        "reason": item.reason,
        "received_at": to_micros(item.received_at),
        "files": len(item.message.attachments) if item.message is not None else 0,
        "report": None,
        "report_words": None,
    }
    raw.execute(_SQL["insert_row"], row | dict(values))


def _leave_current(raw: sqlite3.Connection, ref: MessageRef, known: Known, edited_at: datetime | None) -> int:
    """Supersede the current text, if any; return how many judgements that overtook (0 or 1)."""
    if edited_at is not None and not known.edited:
        raw.execute(_SQL["mark_edited"], {"id": known.id})
    found = raw.execute(_SQL["current_row"], ref_values(ref)).fetchone()
    if found is None:
        return 0
    former = Row(*found)
    overtaken = former.state == State.JUDGING.value
    if overtaken:
        raw.execute(_SQL["count_judgement"], {"id": known.id})
    end(raw, former.id, State(former.state), former.decision, State.SUPERSEDED, CHANGED)
    raw.execute(_SQL["leave_current"], {"id": former.id})
    return int(overtaken)


def _return_to(
    raw: sqlite3.Connection, known: Known, row: Row, received_at: datetime, edited_at: datetime
) -> Acceptance:
    item = item_of(row)
    _leave_current(raw, item.key.ref, known, edited_at)
    raw.execute(_SQL["become_current"], {"id": row.id, "edited_at": to_micros(edited_at)})
    reopened = 0
    if known.deleted_at is None:
        reopened = raw.execute(_SQL["reopen"], {"id": row.id, "received_at": to_micros(received_at)}).rowcount
    after = row_at(raw, item.key)
    accepted = Accepted.REOPENED if reopened else Accepted.KNOWN
    return Acceptance(accepted=accepted, item=item_of(after) if after is not None else item)


def end(raw: sqlite3.Connection, row_id: int, before: State, decision: str | None, after: State, reason: str) -> None:
    """Take a row out of its way (edited, deleted) and suppress what its decision has not carried out yet."""
    if before not in _UNFINISHED:
        return
    raw.execute(_SQL["move"], {"id": row_id, "before": before.value, "after": after.value, "reason": reason})
    if decision is not None:
        suppress(raw, decision, reason)


def _delete(raw: sqlite3.Connection, event: Delete) -> Acceptance:
    values = ref_values(event.ref)
    known = _touch(raw, event.ref)
    if known.deleted_at is not None:
        return _KNOWN
    raw.execute(_SQL["mark_deleted"], {"id": known.id, "deleted_at": to_micros(event.deleted_at)})
    if event.by != BOT:
        rows = raw.execute(_SQL["unfinished_rows_of"], values | {"message_id": known.id}).fetchall()
        for row_id, state, decision in rows:
            end(raw, row_id, State(state), decision, State.WITHDRAWN, GONE)
    return _NOTED


def _touch(raw: sqlite3.Connection, ref: MessageRef) -> Known:
    """Return what is known of a message, with a row of its own from now on."""
    values = ref_values(ref)
    raw.execute(_SQL["insert_message"], values | {"author": None, "sent_at": None, "edited": 0})
    return Known(*raw.execute(_SQL["message_of"], values).fetchone())


def _report(raw: sqlite3.Connection, event: Report, received_at: datetime) -> Acceptance:
    key = key_of(event)
    row = row_at(raw, key)
    if row is not None:
        return Acceptance(accepted=Accepted.KNOWN, item=item_of(row))
    known = _touch(raw, event.ref)
    found = raw.execute(_SQL["current_row"], ref_values(event.ref)).fetchone()
    body = Row(*found).body if found is not None else None
    if body is None and event.message is not None:
        body = message_text(event.message)
    item = InboxItem(
        key=key,
        message=to_message(body) if body is not None else None,
        state=State.WAITING,
        reason="",
        received_at=received_at,
        judged_before=known.judged,
        report=event,
    )
    texts = {"body": body, "report": report_text(event), "report_words": _words_of(event)}
    _insert(raw, known.id, item, {"is_current": 0, "edited_at": None} | texts)
    return Acceptance(accepted=Accepted.NEW, item=item)


def _words_of(event: Report) -> str | None:
    return report_words(event) if event.words or event.message is not None else None


def _note_member(raw: sqlite3.Connection, event: Member) -> Acceptance:
    at = to_micros(event.at)
    values: dict[str, Any] = {
        "community": event.community,
        "channel": event.channel or "",
        "person": event.person,
        "event_id": event.event_id,
        "change": event.change.value,
        "at": at,
        "by": event.by,
        "detail": event.detail,
    }
    if not raw.execute(_SQL["insert_member"], values).rowcount:
        return _KNOWN
    joined_at = at if event.change is MemberChange.JOINED else None
    raw.execute(_SQL["note_member"], values | {"seen_at": at, "joined_at": joined_at})
    return _NOTED
