"""Looking at what is on record, and checking that nobody changed it."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.audit import WORDS
from bot.domain.audit import AuditCode
from bot.domain.events import MemberChange
from bot.domain.inbox import key_of
from bot.domain.missed import deletion_of
from bot.storage.sqlite.store import open_store
from tests.cli.running import hallmoot
from tests.factories import AT, member, message, safe_record


@pytest.fixture
def database(folder: Path) -> str:
    """Return the demo's database."""
    hallmoot("demo")
    return str(folder / "data" / "demo.db")


def test_cases_can_be_narrowed(database: str) -> None:
    """By status, rule and author."""
    every = hallmoot("cases", "list", "--json", "--db", database).json
    spam = hallmoot("cases", "list", "--policy", "spam", "--json", "--db", database).json
    assert 0 < len(spam) < len(every)
    assert hallmoot("cases", "list", "--status", "upheld", "--db", database).out == "No cases.\n"


def test_figures_of_a_time_without_any_draw_no_empty_table(database: str) -> None:
    """Coverage says in words that nothing came in; a heading with nothing beneath it would say less."""
    told = hallmoot("stats", "--until", "2001-01-01", "--db", database).out
    assert ("Verdicts" in told, "Rests on" in told, "Cases: 0" in told) == (False, False, True)
    assert "Rests on" in hallmoot("stats", "--db", database).out


def test_an_unknown_case_or_database_is_told_with_what_to_do(database: str) -> None:
    """Exit status 2, no traceback."""
    assert "hallmoot cases list" in hallmoot("cases", "show", "999", "--db", database).err
    missing = hallmoot("cases", "list", "--db", "nowhere.db")
    assert (missing.status, "nowhere.db" in missing.err) == (2, True)


def test_where_there_is_no_database_the_one_beside_it_is_named(database: str) -> None:
    """After the demo, `cases list` has nothing of its own to show; it says where the demo's records are."""
    missing = hallmoot("cases", "list")
    assert (missing.status, "there is none yet" in missing.err, database in missing.err) == (2, True, True)


def test_who_did_what_can_be_read(database: str) -> None:
    """Each entry with what belongs to it, the newest last; an erased person's details are gone and said to be."""
    every = hallmoot("audit", "list", "--json", "--db", database).json["console:demo"]
    first = hallmoot("audit", "list", "--json", "--case", "1", "--db", database).json["console:demo"]
    assert [entry["entry"] for entry in every] == list(range(1, len(every) + 1))
    assert [(entry["what"], entry["case"], entry["details"]["action"]) for entry in first] == [
        ("decided", 1, "flag"),
        ("effect", 1, "flag"),
    ]
    hallmoot(
        "erase", "--community", "console:demo", "--author", first[0]["details"]["author"], "--yes", "--db", database
    )
    told = hallmoot("audit", "list", "--db", database).out
    assert ("person erased" in told, "erased" in told, first[0]["details"]["author"] in told) == (True, True, False)
    assert hallmoot("audit", "verify", "--db", database).status == 0


def test_every_kind_of_entry_has_words() -> None:
    """A new kind without any would break the list."""
    assert set(WORDS) == set(AuditCode)


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "list"),
        ("audit", "verify"),
        ("cases", "list"),
        ("cases", "show", "1"),
        ("cases", "search", "keycaps"),
        ("cases", "missed"),
        ("stats",),
        ("export", "-"),
        ("backlog", "show"),
        ("backlog", "forget", "--yes"),
    ],
)
def test_a_community_without_records_is_told_with_those_that_have_some(database: str, command: tuple[str, ...]) -> None:
    """Exit status 2: a typing mistake is never told as "nothing is there"."""
    ended = hallmoot(*command, "--community", "discord:1", "--db", database)
    assert (ended.status, "console:demo" in ended.err, ended.out) == (2, True, "")


def test_a_changed_entry_of_the_audit_log_is_found(database: str) -> None:
    """Whoever edits the file by hand is noticed: exit status 1, with the entry's number."""
    with sqlite3.connect(database) as raw:
        raw.execute("UPDATE audit_entries SET code = 'exported' WHERE sequence = 2")
    raw.close()
    ended = hallmoot("audit", "verify", "--db", database)
    assert (ended.status, "entry 2 was changed" in ended.out) == (1, True)


def test_a_cut_off_end_of_the_audit_log_is_found(database: str) -> None:
    """Its head is kept apart."""
    with sqlite3.connect(database) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("DELETE FROM audit_entries WHERE sequence = (SELECT MAX(sequence) FROM audit_entries)")
    raw.close()
    found = hallmoot("audit", "verify", "--json", "--db", database)
    assert found.status == 1
    assert found.json["console:demo"]["faults"][0]["fault"] == "cut"


def test_what_is_no_database_is_refused(folder: Path) -> None:
    """With its name."""
    (folder / "notes.db").write_text("these are my notes, not a database at all\n" * 50)
    ended = hallmoot("cases", "list", "--db", "notes.db")
    assert (ended.status, "notes.db" in ended.err) == (2, True)


def test_what_a_moderator_removed_although_it_was_found_to_keep_the_rules_is_listed(folder: Path) -> None:
    """As a table and as JSON, with the text while it is kept."""
    path = str(folder / "records.db")
    asyncio.run(_remove_a_safe_message(path))
    shown = hallmoot("cases", "missed", "--db", path).out
    assert "[bold]not markup[/bold] in a calm sentence" in " ".join(shown.replace("│", " ").split())
    [entry] = hallmoot("cases", "missed", "--json", "--db", path).json
    assert (entry["suggested"], entry["removed_by"], entry["author"]) == ("missed", "mod", "ann")
    assert hallmoot("cases", "missed", "--since", "2099-01-01", "--json", "--db", path).json == []
    assert "Nothing" in hallmoot("cases", "missed", "--since", "2099-01-01", "--db", path).out


async def _remove_a_safe_message(path: str) -> None:
    store = await open_store(Path(path), exclusive=True)
    calm = message("[bold]not markup[/bold] in a calm sentence")
    event = member("ann", MemberChange.SANCTIONED, by="mod", channel=calm.ref.channel, detail="deletion")
    try:
        await store.inbox.accept(calm, AT)
        await store.inbox.claim(key_of(calm))
        await store.cases.record_decision(safe_record(calm))
        await store.inbox.accept(replace(event, event_id=deletion_of(calm.ref.message)), AT)
    finally:
        await store.close()


def test_a_list_shows_what_was_said_and_the_rules_title(database: str) -> None:
    """A number and an id alone would have to be looked up one by one."""
    shown = " ".join(hallmoot("cases", "list", "--policy", "spam", "--db", database).out.split())
    assert "selling handmade keycaps" in shown
    assert "SP1 Unasked advertising" in shown
    first = hallmoot("cases", "list", "--policy", "spam", "--json", "--db", database).json[-1]
    assert (first["rule"], first["text"][:7]) == ("Unasked advertising", "selling")


def test_a_list_goes_on_where_the_policies_can_not_be_read(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are there to be looked at, whatever became of the folder of policies."""
    monkeypatch.setenv("HALLMOOT_POLICIES", "nowhere")
    for line in (("list",), ("search", "keycaps"), ("show", "1")):
        ended = hallmoot("cases", *line, "--db", database)
        assert (ended.status, "nowhere" in ended.err, "keycaps" in ended.out) == (0, True, True)


def test_a_time_is_a_day_or_how_long_ago(database: str) -> None:
    """Wherever a command takes one."""
    listed = ("cases", "list", "--json", "--db", database)
    every = len(hallmoot(*listed).json)
    assert len(hallmoot(*listed, "--since", "36000d").json) == every > 0
    assert hallmoot(*listed, "--since", "1h").json == []
    assert len(hallmoot(*listed, "--since", "2026-11-20T18:05").json) < every
    assert len(hallmoot(*listed, "--since", "2026-11-20T20:05+02:00").json) < every
    for line in ("cases list", "cases missed", "stats", "export", "replay x.json"):
        wrong = hallmoot(*line.split(), "--since", "yesterday")
        assert (wrong.status, "or how long ago" in " ".join(wrong.err.replace("│", "").split())) == (2, True)
