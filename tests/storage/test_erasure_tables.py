"""Erasure against the schema itself: no column may hold a person without erasure knowing of it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.actions import Action
from bot.domain.audit import AuditCode
from bot.domain.events import Message
from bot.domain.ids import MessageId, PersonId
from bot.domain.inbox import key_of
from bot.domain.incident import Incident, IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.domain.reasons import Reason
from bot.domain.verdict import VerdictSource
from bot.storage.sqlite.store import SqliteStore, open_store
from tests.factories import (
    AT,
    COMMUNITY,
    audit_note,
    author,
    decision,
    decision_record,
    effect,
    effect_result,
    later,
    member,
    message,
    report,
    review,
    review_record,
    safe,
    safe_record,
    violates,
)

QUILLON = PersonId("u-quillon")
NAME, WORDS, MESSAGE = "Quillon the Quick", "zephyrous xylophones vex", "m-quillon"
TRACES = ("quillon", "zephyrous", "Quick")
"""Whatever holds one of these tells who they are, what they wrote, or which message was theirs."""

OF_PEOPLE = {
    "audit_details": {"details"},
    "case_messages": {"message"},
    "case_words": {"words"},
    "cases": {"author", "message", "people", "rationale", "body"},
    "decisions": {"body"},
    "effects": {"person", "by_person", "target", "body", "words"},
    "inbox": {"discriminator", "body", "report", "report_words"},
    "incident_members": {"author", "message"},
    "members": {"person", "by_person", "event_id"},
    "messages": {"author", "message"},
    "people": {"person"},
    "reviews": {"by_person", "body"},
    "settings": {"body"},
    "verdicts": {"body", "words"},
}
"""Columns that hold people, their words or ids of their messages. Erasure empties or renames each of them."""

OF_NOBODY = {
    "audit_details": {"community", "sequence", "salt"},
    "audit_entries": {
        *("community", "sequence", "code", "at", "case_number", "decision"),
        *("details_hash", "previous_hash", "entry_hash"),
    },
    "audit_heads": {"community", "count", "entry_hash"},
    "breaks": {"community", "since"},
    "case_counters": {"community", "last"},
    "case_messages": {"community", "channel", "case_id"},
    "cases": {
        *("id", "community", "number", "channel", "status", "version", "opened_at"),
        *("policy", "category", "severity", "action", "card_id", "changes", "shown"),
    },
    "channels": {"community", "channel", "newest", "open_end"},
    "decisions": {"seq", "id", "community", "inbox_id", "case_id", "revision", "makes_case", "made_at"},
    "delivered_until": {"community", "until"},
    "deliveries": {"community", "delivery", "at"},
    "effects": {
        *("id", "decision", "action", "community", "case_id", "mode", "made_at", "begun", "outcome", "result"),
        *("policy", "category", "incident", "put_off", "next_at"),
    },
    "erasures": {"mark", "erased_at"},
    "facts": {"name", "body"},
    "gaps": {"id", "community", "channel", "after", "before", "opened_at", "left_open", "reason"},
    "inbox": {
        *("id", "message_id", "kind", "is_current", "state", "reason", "received_at", "edited_at"),
        *("files", "decision"),
    },
    "incident_members": {
        *("seq", "incident", "community", "channel", "kind", "discriminator", "joined_at", "sent_at"),
        *("standing", "spared", "policy", "category"),
    },
    "incidents": {"id", "community", "kind", "state", "formed_at", "policy", "category", "case_id"},
    "members": {"community", "channel", "change", "at", "detail"},
    "messages": {"id", "community", "channel", "sent_at", "edited", "deleted_at", "judged"},
    "people": {"community", "messages", "first_seen", "joined_at"},
    "reviews": {"id", "case_id"},
    "settings": {"community"},
    "unread_events": {"community", "event", "kind", "at"},
    "unread_pieces": {"inbox_id", "kind", "number"},
    "unwatched_channels": {"community", "name"},
    "uploaded_policies": {"community", "policy", "name", "body"},
    "verdicts": {
        *("id", "decision", "community", "policy", "label", "source", "reason", "prompt_hash", "digest", "copy_hash"),
    },
}
"""Columns of numbers, codes, hashes, channels, rules, the bot's own posts and the process's own facts.

How far a channel was delivered (`newest`, `after`, `before`) is a place in time that reads as a message's id.
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Yield an empty database."""
    opened = await open_store(tmp_path / "records.db", exclusive=True)
    yield opened
    await opened.close()


async def _columns(store: SqliteStore) -> dict[str, set[str]]:
    """Return the columns of every table that is not SQLite's own."""

    def read(raw: sqlite3.Connection) -> dict[str, set[str]]:
        names = [row[0] for row in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        ours = [name for name in names if not name.startswith(("sqlite_", "case_words_"))]
        return {name: {row[1] for row in raw.execute(f"PRAGMA table_info({name})")} for name in ours}

    return await store._writer.run(read)


async def _found(store: SqliteStore) -> dict[str, set[str]]:
    """Return the columns in which a trace of the person stands."""
    columns = await _columns(store)

    def read(raw: sqlite3.Connection) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for table, names in columns.items():
            for name in names:
                values = [str(row[0]).lower() for row in raw.execute(f"SELECT {name} FROM {table}")]  # noqa: S608 - ours
                if any(trace.lower() in value for trace in TRACES for value in values):
                    found.setdefault(table, set()).add(name)
        return found

    return await store._writer.run(read)


async def test_every_column_is_known_to_hold_people_or_none(store: SqliteStore) -> None:
    """Whoever adds a table or column says here which, and teaches erasure (both stores) where it holds people."""
    columns = await _columns(store)
    told = {
        table: OF_PEOPLE.get(table, set()) | OF_NOBODY.get(table, set()) for table in {*OF_PEOPLE, *OF_NOBODY, *columns}
    }
    assert columns == told
    assert not [table for table in OF_PEOPLE if OF_PEOPLE[table] & OF_NOBODY.get(table, set())]


async def test_an_erasure_leaves_no_trace_in_any_column(store: SqliteStore) -> None:
    """Each of the columns named above held one before, so that this can fail."""
    await _put_on_record(store)
    assert await _found(store) == OF_PEOPLE
    receipt = await store.keeping.erase(COMMUNITY, QUILLON, later(99))
    assert await _found(store) == {}
    assert all(number for _, number in receipt.counts)
    assert (await store.audit.verify(COMMUNITY)).faults == ()


async def test_no_trace_is_left_in_the_file_itself(tmp_path: Path) -> None:
    """Freed pages are overwritten, and the log is emptied when the database is closed."""
    store = await open_store(tmp_path / "records.db", exclusive=True)
    await _put_on_record(store)
    await store.keeping.erase(COMMUNITY, QUILLON, later(99))
    await store.close()
    files = {path.name: path.read_bytes().lower() for path in tmp_path.iterdir()}
    assert [name for name, content in files.items() for trace in TRACES if trace.lower().encode() in content] == []
    with closing(sqlite3.connect(tmp_path / "records.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("only", ["settings", "audit_details", "cases", "effects", "reviews", "inbox", "members"])
async def test_a_restored_backup_knows_whom_to_erase_wherever_they_stand(tmp_path: Path, only: str) -> None:
    """Even where one place alone names them: as exempt, in the audit log, as a reporter of a case."""
    path = tmp_path / "records.db"
    store = await open_store(path, exclusive=True)
    await _named_in(store, only)
    copy = await store.keeping.backup(tmp_path / "copy.db")
    assert set(await _found(store)) >= {only}
    await store.keeping.erase(COMMUNITY, QUILLON, later(99))
    await store.close()
    path.write_bytes(Path(copy.path).read_bytes())
    again = await open_store(path, exclusive=True)
    found = await _found(again)
    await again.close()
    assert found == {}


async def _judged(store: SqliteStore, of: Message, number: str) -> None:
    """Give a message a case that quotes it, and a notice that returns its text."""
    await store.inbox.accept(of, AT)
    await store.inbox.claim(key_of(of))
    notice = effect(Action.NOTICE, of=of, decision_id=number, returned_text=of.own_text, rationale=of.own_text)
    verdict = violates(of.own_text, rationale=of.own_text)
    made = decision_record(of, id=number, effects=(notice,), verdicts=(verdict,), rationale=of.own_text)
    await store.cases.record_decision(made)
    await store.cases.record_result(effect_result(notice), ())


async def _put_on_record(store: SqliteStore) -> None:
    """Put the person on record in every way there is."""
    who = author(QUILLON, name=NAME)
    mine, other = message(WORDS, id=MESSAGE, by=who), message("Words of Bob, rather rude ones", id="2", by="bob")
    await _judged(store, mine, "d1")
    waiting = message(f"{WORDS} again", id=f"{MESSAGE}-2", by=who)
    await store.inbox.accept(waiting, AT)
    bare = message(f"{WORDS} once more", id=f"{MESSAGE}-3", by=who)
    await store.inbox.accept(bare, AT)
    await store.inbox.claim(key_of(bare))
    await store.cases.record_decision(safe_record(bare, id="d2"))
    await _judged(store, other, "d3")
    told = report(other.ref, by=QUILLON, words=WORDS)
    acceptance = await store.inbox.accept(told, later(30))
    assert acceptance.item is not None
    await store.inbox.claim(acceptance.item.key)
    step = Reason(code="copy_of", values=(("of", MESSAGE),))
    joined = decision_record(other, id="d4", key=acceptance.item.key, effects=())
    copied = safe(policy="spam", source=VerdictSource.EXACT_COPY, copy_of=MESSAGE)
    again = replace(joined.decision, steps=(step,))
    await store.cases.record_decision(
        replace(joined, decision=again, verdicts=(copied,), reported_by=(QUILLON,), covers=(waiting.ref,))
    )
    pressed = decision(other, id="p1", by=QUILLON)
    ban = effect(Action.BAN, of=other, decision_id="p1", by=QUILLON)
    by_them = review(2, by=QUILLON, by_name=NAME)
    await store.cases.review(review_record(2, version=2, review=by_them, decision=pressed, effects=(ban,)))
    await _elsewhere(store, waiting)


async def _elsewhere(store: SqliteStore, waiting: Message) -> None:
    answer = replace(message("Indeed", id="3", by="bob", quoted=WORDS), reply_to=MessageId(MESSAGE))
    await _judged(store, answer, "d5")
    await store.inbox.accept(member(QUILLON), AT)
    await store.inbox.accept(member("bob", event_id="e2", by=QUILLON), AT)
    await store.settings.save(COMMUNITY, {"exempt_people": [QUILLON]}, audit_note(decision=""))
    note = audit_note(AuditCode.REFUSED_PRESS, decision="", details=(("author", QUILLON),))
    await store.audit.append((note,))
    raid = Incident(
        id=IncidentId("raid"), community=COMMUNITY, kind=IncidentKind.COPIES, state=IncidentState.OPEN, formed_at=AT
    )
    seat = Member(
        incident=raid.id,
        key=key_of(waiting),
        author=QUILLON,
        joined_at=AT,
        sent_at=AT,
        standing=MemberState.HELD,
    )
    await store.incidents.form(raid, (seat,))
    await store.inbox.accept(message("Good night", id="the-newest-of-the-channel", by="bob"), AT)


async def _named_in(store: SqliteStore, only: str) -> None:
    """Name the person in one kind of place."""
    other = message("Words of Bob, rather rude ones", id="2", by="bob")
    if only == "settings":
        await store.settings.save(COMMUNITY, {"exempt_people": [QUILLON]}, audit_note(decision="", details=()))
    elif only == "audit_details":
        await store.audit.append((audit_note(AuditCode.REFUSED_PRESS, decision="", details=(("by", QUILLON),)),))
    elif only == "inbox":
        await store.inbox.accept(report(other.ref, by=QUILLON), AT)
    elif only == "members":
        await store.inbox.accept(member("bob", by=QUILLON), AT)
    else:
        await _judged(store, other, "d1")
        await _named_in_case(store, other, only)


async def _named_in_case(store: SqliteStore, other: Message, only: str) -> None:
    if only == "cases":
        acceptance = await store.inbox.accept(report(other.ref), AT)
        assert acceptance.item is not None
        await store.inbox.claim(acceptance.item.key)
        joined = decision_record(other, id="d2", key=acceptance.item.key, effects=(), reported_by=(QUILLON,))
        await store.cases.record_decision(joined)
        return
    pressed = decision(other, id="p1", by=QUILLON if only == "effects" else PersonId("mo"))
    kick = effect(Action.KICK, of=other, decision_id="p1", by=pressed.by)
    word = review(1, by=QUILLON) if only == "reviews" else None
    await store.cases.review(review_record(1, review=word, decision=pressed, effects=(kick,)))
