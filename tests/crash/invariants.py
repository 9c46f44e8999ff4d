"""What must hold whenever the bot is at rest, however it got there. Each fault is told in a sentence."""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.case import CaseFile
from bot.domain.decision import BOT, EffectKey, StoredEffect
from bot.domain.events import Edit, Message
from bot.domain.inbox import key_of
from bot.domain.records import CaseFilter
from bot.domain.states import TERMINAL, State, may_follow
from bot.ports.store import Store
from bot.storage.sqlite.store import open_readonly
from tests.crash.script import EVENTS, VIOLATIONS
from tests.crash.world import World, key_in
from tests.factories import COMMUNITY

_ALL = 10_000
FRESH = 60.0
"""Seconds for which a message is acted on without looking at it again."""
STALE = 1200.0
"""Ten minutes in which a decision may act, and ten in which it may be carried out."""


async def faults(store: Store, world: World, violations: Iterable[str]) -> list[str]:
    """Return everything that does not hold. `violations` are the texts on which something automatic may happen."""
    found = [fault async for fault in _unfinished(store, world)]
    cases = await store.cases.find(None, CaseFilter(limit=_ALL))
    files = [file for case in cases if (file := await store.cases.file(case.community, case.number)) is not None]
    found += _cases(files, world)
    stored = {entry.effect.key: entry for file in files for entry in file.effects}
    found += _effects(stored, world, frozenset(violations))
    for community in await store.audit.communities():
        report = await store.audit.verify(community)
        found += [f"the audit log of {community} is not whole: {report.faults}"] if report.faults else []
    return found


async def _unfinished(store: Store, world: World) -> AsyncIterator[str]:
    """Tell which delivered texts are lost or have not ended, and whether coverage counts every message once."""
    taken = [world.events[number] for number in sorted(world.numbers("acked"))]
    for event in taken:
        if isinstance(event, Message | Edit):
            item = await store.inbox.item(key_of(event))
            if item is None:
                yield f"{event} was acknowledged and is not on record"
            elif item.state not in TERMINAL:
                yield f"{item.key} is {item.state}, which is no end"
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    if coverage.count(*(frozenset(State) - TERMINAL)):
        yield f"coverage shows unfinished messages: {coverage.by_state}"
    messages = {event.ref for event in taken if isinstance(event, Message)}
    if coverage.seen != len(messages):
        yield f"{len(messages)} messages were delivered, coverage counts {coverage.seen}: {coverage.by_state}"
    for pending in await store.cases.pending_effects():
        yield f"{pending.effect.key} has no outcome"


def _cases(files: list[CaseFile], world: World) -> Iterator[str]:
    """Tell where a message has more than one case, or a case no card of its own."""
    for ref, number in Counter(file.case.ref for file in files).items():
        if number > 1:
            yield f"{ref} has {number} cases"
    known = {line["id"]: line["case"] for line in world.all_of("posted")}
    for file in files:
        if known.get(file.case.card_id) != file.case.number:
            yield f"case {file.case.number} has no card of its own: {file.case.card_id!r}"


def _effects(stored: dict[EffectKey, StoredEffect], world: World, violations: frozenset[str]) -> Iterator[str]:
    """Tell what was done twice, without a record or against the rules, and where the record says otherwise."""
    done = [*world.all_of("performed"), *world.all_of("told")]
    yield from done_twice(world)
    for key in {key_in(line) for line in done}:
        entry = stored.get(key)
        if entry is None or entry.result is None or entry.result.outcome is not Outcome.APPLIED:
            yield f"{key} was carried out, and the record says {entry.result if entry else None}"
    for line in done:
        if not line["committed"]:
            yield f"{key_in(line)} was carried out before it was on record with a rationale or a name"
    for line in world.all_of("performed"):
        automatic = line["by"] == BOT and line["action"] not in (Action.FLAG, Action.ESCALATE)
        if automatic and line["mode"] == Mode.SHADOW:
            yield f"{key_in(line)} was carried out in shadow mode"
        if automatic and line["text"] is not None and line["text"] not in violations and _old(line, FRESH):
            yield f"{key_in(line)} was carried out on {line['text']!r}, which breaks no rule"
        if automatic and line["age"] is not None and _old(line, STALE):
            yield f"{key_in(line)} was carried out on a message {line['age']} seconds old"
    yield from _claimed(stored, {key_in(line) for line in done})


def done_twice(world: World) -> list[str]:
    """Return what was carried out, told or posted more than once."""
    done = Counter(str(key_in(line)) for line in [*world.all_of("performed"), *world.all_of("told")])
    done.update(str(line["key"]) for line in world.all_of("posted"))
    return [f"{key} was done {number} times" for key, number in done.items() if number > 1]


def _old(line: dict[str, Any], seconds: float) -> bool:
    return line["age"] is None or float(line["age"]) > seconds


def _claimed(stored: dict[EffectKey, StoredEffect], done: set[EffectKey]) -> Iterator[str]:
    """Tell what is on record as carried out and was not; removals of what was gone already are no fault."""
    for key, entry in stored.items():
        applied = entry.result is not None and entry.result.outcome is Outcome.APPLIED
        if applied and key not in done and key.action not in (Action.FLAG, Action.ESCALATE, Action.DELETE):
            yield f"{key} is on record as carried out, and was not"


async def faults_in(folder: Path) -> list[str]:
    """Return everything that does not hold in a folder of the crash test, whose last life has ended by itself."""
    store = await open_readonly(folder / "records.db")
    try:
        found = await faults(store, World(EVENTS, folder / "platform.jsonl"), VIOLATIONS)
    finally:
        await store.close()
    return found + unlawful_moves(folder / "records.db") + doubles_taken(folder / "records.db")


def watch_states(database: Path) -> None:
    """Have every change of a row's state written down beside it, in the same transaction."""
    with closing(sqlite3.connect(database)) as raw:
        raw.executescript(
            "CREATE TABLE moves (row INTEGER, before TEXT, after TEXT);"
            "CREATE TRIGGER watch AFTER UPDATE OF state ON inbox WHEN old.state <> new.state "
            "BEGIN INSERT INTO moves VALUES (old.id, old.state, new.state); END;"
        )


def unlawful_moves(database: Path) -> list[str]:
    """Return the changes of states that the law does not allow."""
    with closing(sqlite3.connect(database)) as raw:
        moves = raw.execute("SELECT row, before, after FROM moves").fetchall()
    return [
        f"row {row}: {before} became {after}"
        for row, before, after in moves
        if not may_follow(State(before), State(after))
    ]


def doubles_taken(database: Path) -> list[str]:
    """Return the tables that take a second row of a key that there can be only one of."""
    found = []
    with closing(sqlite3.connect(database)) as raw:
        for table, number in _NUMBER.items():
            columns = ", ".join(name for _, name, *_ in raw.execute(f"PRAGMA table_info({table})") if name != number)
            try:
                raw.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1")  # noqa: S608
            except sqlite3.IntegrityError:
                continue
            found.append(f"{table} takes the same row twice")
        raw.rollback()
    return found


_NUMBER = {"messages": "id", "inbox": "id", "decisions": "seq", "cases": "id", "effects": "id"}
"""Tables, and the column of each that only numbers its rows."""
