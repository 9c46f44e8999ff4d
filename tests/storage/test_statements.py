"""The SQL files: every block is a statement that SQLite accepts, and is used."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.storage.sqlite
from bot.storage.sqlite.database.statements import migrations, split, statements

FOLDER = Path(bot.storage.sqlite.__file__).parent
NAMES = sorted(path.stem for path in (FOLDER / "sql").glob("*.sql"))


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """Yield an empty database of the present schema."""
    raw = sqlite3.connect(":memory:", isolation_level=None)
    for step in migrations():
        for statement in step.statements:
            raw.execute(statement)
    yield raw
    raw.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_one_statement_of_this_schema(name: str, database: sqlite3.Connection) -> None:
    """A misspelt column is found here, not by the first message that needs it."""
    for block, sql in statements(name).items():
        values = dict.fromkeys(re.findall(r":(\w+)", sql)) or (None,) * sql.count("?")
        try:
            database.execute(f"EXPLAIN {sql}", values)
        except sqlite3.Error as error:
            pytest.fail(f"{name}.sql, {block}: {error}")


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_used(name: str) -> None:
    """What nobody runs is taken out."""
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py"))
    assert [block for block in statements(name) if f'"{block}"' not in code] == []


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("inbox", "waiting_rows"),
        ("inbox", "row_of"),
        ("inbox", "current_row"),
        ("inbox", "earlier"),
        ("inbox", "said_before"),
        ("inbox", "recover"),
        ("inbox", "judging_rows"),
        ("inbox", "settle_all"),
        ("effects", "pending"),
        ("effects", "count_automatic"),
        ("cases", "exact_copy"),
        ("cases", "case_of"),
        ("cases", "cards_due"),
        ("effects", "postponed"),
        ("effects", "due_in"),
        ("retention", "rows_to_empty"),
    ],
)
def test_what_runs_for_every_message_reads_no_whole_table(name: str, block: str, database: sqlite3.Connection) -> None:
    """Each of these looks something up, or reads through an index of a few rows, however many there are in all."""
    sql = statements(name)[block]
    plan = database.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(re.findall(r":(\w+)", sql))).fetchall()
    few = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    of_few = {index for (index,) in database.execute(few)}
    scans = [step[3] for step in plan if step[3].startswith("SCAN") and step[3].split()[-1] not in of_few]
    assert scans == []


def test_a_script_is_split_into_its_statements() -> None:
    """A semicolon in a string, a comment or a trigger ends none."""
    script = """
    -- one; two
    INSERT INTO a VALUES (';');
    CREATE TRIGGER t AFTER INSERT ON a BEGIN
      DELETE FROM b;
      DELETE FROM c;
    END;
    """
    assert [statement.split()[-1] for statement in split(script)] == ["(';');", "END;"]


OUR_OWN_IDS = frozenset({"id", "decision", "case_id", "incident", "message_id"})
"""Values that no button, command or file carries: row numbers and random ids, looked up within a community before."""
OF_ALL = {
    "audit": {"communities"},
    "cases": {"keep_words", "insert_review"},
    "cursors": {"communities"},
    "deliveries": {"forget"},
    "effects": {"standing", "due_in"},
    "erasure": {"people", "people_lists", "was_carried_out", "carried_out", "squeeze_case_words"},
    "facts": {"load", "save"},
    "inbox": {"waiting_rows", "waiting_counts", "judging_rows", "unjudged_counts", "settle_all", "recover", "recent"},
    "incidents": {"since"},
    "retention": {"rows_to_empty", "cases_to_empty"},
    "settings": {"communities", "uploads"},
}
"""What the process does for every community by itself: waking up, going on, forgetting. Nobody asks for any of it. Two
insert below a row that was just found, two keep the process's own facts."""
OF_ONE_OR_ALL = {
    "cases": {"find", "cards_due"},
    "effects": {"pending", "postponed"},
    "coverage": {"by_state", "by_reason", "by_undecided", "by_source", "unread", "gaps", "unwatched"},
    "inbox": {"waiting_messages", "missed"},
}
"""What the command line may ask of all; the desk always names one, which its own tests see to."""


def scope(sql: str) -> str:
    """Return what keeps a statement within one community: its `community`, an `id` of our own, or nothing."""
    flat = " ".join(sql.split())
    if ":community IS NULL" in flat:
        return "community or none"
    if re.search(r"community = :community|\(:community|VALUES \(\?|:community,", flat):
        return "community"
    return "id" if OUR_OWN_IDS & set(re.findall(r"= :(\w+)", flat)) else ""


@pytest.mark.parametrize("name", NAMES)
def test_every_block_keeps_to_one_community(name: str) -> None:
    """A new one that does not has to be put into a list above, with what it is for; none slips in unseen."""
    found = {block: scope(sql) for block, sql in statements(name).items()}
    assert {block for block, kept in found.items() if not kept} == OF_ALL.get(name, set())
    assert {block for block, kept in found.items() if kept == "community or none"} == OF_ONE_OR_ALL.get(name, set())


def test_only_the_command_line_and_the_start_ask_of_all_communities() -> None:
    """Whoever asks through a platform is of one."""
    root = FOLDER.parents[1]
    asking = re.compile(r"(?:cases\.find|inbox\.coverage|cases\.tallies)\(\s*None")
    found = {
        path.relative_to(root).parts[0]
        for path in root.rglob("*.py")
        if asking.search(path.read_text(encoding="utf-8")) and path.name != "precedents.py"
    }
    assert found <= {"cli", "bench", "lab"}
