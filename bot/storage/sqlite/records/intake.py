"""What committing an event does to the inbox: units of work, and steps of them."""

import sqlite3
from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple

from bot.domain.decision import BOT
from bot.domain.events import Delete, Edit, Event, Member, MemberChange, Message, Report, Unread, revision_of
from bot.domain.ids import MessageRef
from bot.domain.inbox import Acceptance, Accepted, InboxItem, key_of
from bot.domain.states import TERMINAL, State
from bot.storage.case_changes import CHANGED, GONE, brought_by
from bot.storage.codec.documents import to_micros
from bot.storage.codec.events import message_text, report_text, report_words
from bot.storage.sqlite.database.rows import Row, item_of, ref_values, row_at
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.records.deliveries import is_new
from bot.storage.sqlite.records.effects import deletes, suppress

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


def accept(raw: sqlite3.Connection, event: Event, received_at: datetime, delivery: str) -> Acceptance:
    """Commit an event as it is delivered live, unless the delivery of this id (empty: it has none) was before."""
    if delivery and not is_new(raw, event.community, delivery, received_at):
        return _KNOWN
    if isinstance(event, Member | Unread):
        return _note_member(raw, event) if isinstance(event, Member) else _note_unread(raw, event)
    if isinstance(event, Delete):
        return _delete(raw, event)
    if isinstance(event, Report):
        return _report(raw, event, received_at)
    if isinstance(event, Edit):
        return read(raw, event.message, received_at, event.edited_at)
    if raw.execute(_SQL["see_first"], (event.community, event.ref.channel, event.ref.message)).rowcount:
        raw.execute(_SQL["open_gap_before"], ref_values(event.ref) | {"at": to_micros(received_at)})
    elif _see(raw, event.ref):
        raw.execute(_SQL["end_open_gap"], ref_values(event.ref))
        raw.execute(_SQL["no_open_end"], ref_values(event.ref))
    return read(raw, event, received_at, None)


def accept_fetched(raw: sqlite3.Connection, message: Message, received_at: datetime) -> Acceptance:
    """Commit a message as it reads now: with another text than the one on record it counts as edited."""
    _see(raw, message.ref)
    current = raw.execute(_SQL["current_row"], ref_values(message.ref)).fetchone()
    changed = current is not None and Row(*current).discriminator != message.revision
    return read(raw, message, received_at, received_at if changed else None)


def _see(raw: sqlite3.Connection, ref: MessageRef) -> bool:
    """Move a channel's newest message forward, never back; return whether that ends a gap of unknown end."""
    moved = raw.execute(_SQL["see"], (ref.community, ref.channel, ref.message)).fetchone()
    return moved is not None and moved[0] == 1


def read(raw: sqlite3.Connection, message: Message, received_at: datetime, edited_at: datetime | None) -> Acceptance:
    """Commit a text of a message; `edited_at` is None for the text that it was sent with."""
    message_id = _insert_message(raw, message, edited_at)
    if message_id is not None:
        item = InboxItem(key=key_of(message), message=message, state=State.WAITING, reason="", received_at=received_at)
        return _add(raw, message_id, item, edited_at, is_current=1)
    known = _known(raw, message)
    row = row_at(raw, key_of(message))
    if row is None:
        return _add_to(raw, known, message, received_at, edited_at)
    if row.is_current:
        return Acceptance(accepted=Accepted.KNOWN if edited_at is None else Accepted.UNCHANGED, item=item_of(row))
    if edited_at is None or to_micros(edited_at) == row.edited_at:
        return Acceptance(accepted=Accepted.KNOWN, item=item_of(row))
    return _return_to(raw, known, row, received_at, edited_at)


def _insert_message(raw: sqlite3.Connection, message: Message, edited_at: datetime | None) -> int | None:
    """Write that there is this message, and count it for its author; None when it was known already."""
    ref = message.ref
    sent_at = to_micros(message.sent_at)
    made = raw.execute(
        _SQL["insert_message"],
        (ref.community, ref.channel, ref.message, message.author.id, sent_at, int(edited_at is not None)),
    )
    if not made.rowcount:
        return None
    _meet(raw, message)
    return made.lastrowid


def _known(raw: sqlite3.Connection, message: Message) -> Known:
    """Return what is known of a message, with its author met."""
    known = Known(*raw.execute(_SQL["message_of"], ref_values(message.ref)).fetchone())
    if known.author is None:
        author, sent_at = message.author.id, to_micros(message.sent_at)
        raw.execute(_SQL["name_author"], {"id": known.id, "author": author, "sent_at": sent_at})
        _meet(raw, message)
    return known


def _meet(raw: sqlite3.Connection, message: Message) -> None:
    author = message.author
    joined_at = to_micros(author.joined_at) if author.joined_at is not None else None
    raw.execute(_SQL["meet"], (message.community, author.id, to_micros(message.sent_at), joined_at))


def _add_to(
    raw: sqlite3.Connection, known: Known, message: Message, received_at: datetime, edited_at: datetime | None
) -> Acceptance:
    """Add a text to a known message. The first one, coming in after a later one, is superseded already."""
    late = edited_at is None and bool(known.edited)
    state = State.SUPERSEDED if late else State.WITHDRAWN if known.deleted_at is not None else State.WAITING
    item = InboxItem(
        key=key_of(message),
        message=message,
        state=state,
        reason={State.SUPERSEDED: CHANGED, State.WITHDRAWN: GONE}.get(state, ""),
        received_at=received_at,
        judged_before=known.judged + (0 if late else _leave_current(raw, message.ref, known, edited_at)),
    )
    return _add(raw, known.id, item, edited_at, is_current=int(not late))


def _add(
    raw: sqlite3.Connection, message_id: int, item: InboxItem, edited_at: datetime | None, *, is_current: int
) -> Acceptance:
    report, message = item.report, item.message
    row_id = raw.execute(
        _SQL["insert_row"],
        (
            message_id,
            item.key.kind.value,
            item.key.discriminator,
            is_current,
            item.state.value,
            item.reason,
            to_micros(item.received_at),
            to_micros(edited_at) if edited_at is not None else None,
            len(message.attachments) if message is not None else 0,
            message_text(message) if message is not None else None,
            report_text(report) if report is not None else None,
            report_words(report) if report is not None and (report.words or report.message) else None,
        ),
    ).lastrowid
    if message is not None and report is None:
        pieces = Counter(message.unread)
        raw.executemany(_SQL["insert_unread_piece"], [(row_id, kind, number) for kind, number in pieces.items()])
    return Acceptance(accepted=Accepted.NEW, item=item)


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
    known = _touch(raw, event.ref)
    if known.deleted_at is not None:
        return _KNOWN
    raw.execute(_SQL["mark_deleted"], {"id": known.id, "deleted_at": to_micros(event.deleted_at)})
    if event.by != BOT:
        for row_id, state, decision in raw.execute(_SQL["unfinished_rows_of"], {"message_id": known.id}).fetchall():
            if not deletes(raw, decision):
                end(raw, row_id, State(state), decision, State.WITHDRAWN, GONE)
    return _NOTED


def _touch(raw: sqlite3.Connection, ref: MessageRef) -> Known:
    """Return what is known of a message, with a row of its own from now on."""
    raw.execute(_SQL["insert_message"], (ref.community, ref.channel, ref.message, None, None, 0))
    return Known(*raw.execute(_SQL["message_of"], ref_values(ref)).fetchone())


def _report(raw: sqlite3.Connection, event: Report, received_at: datetime) -> Acceptance:
    key = key_of(event)
    row = row_at(raw, key)
    if row is not None:
        return Acceptance(accepted=Accepted.KNOWN, item=item_of(row))
    known = _touch(raw, event.ref)
    found = raw.execute(_SQL["current_row"], ref_values(event.ref)).fetchone()
    stored = item_of(Row(*found)).message if found is not None else None
    item = InboxItem(
        key=key,
        message=stored or brought_by(event),
        state=State.WAITING,
        reason="",
        received_at=received_at,
        judged_before=known.judged,
        report=event,
    )
    return _add(raw, known.id, item, None, is_current=0)


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


def _note_unread(raw: sqlite3.Connection, event: Unread) -> Acceptance:
    values = {
        "community": event.community,
        "event": revision_of(f"{event.channel or ''}/{event.event_id}"),
        "kind": event.kind,
        "at": to_micros(event.at),
    }
    return _NOTED if raw.execute(_SQL["insert_unread_event"], values).rowcount else _KNOWN
