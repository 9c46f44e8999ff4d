"""The SQL files: every block is a statement that SQLite accepts, and is used."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.storage.sqlite
from bot.storage.sqlite.statements import migrations, split, statements

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
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    assert [block for block in statements(name) if f'"{block}"' not in code] == []


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("inbox", "waiting_rows"),
        ("inbox", "row_of"),
        ("inbox", "current_row"),
        ("inbox", "earlier"),
        ("inbox", "recover"),
        ("inbox", "settle_all"),
        ("effects", "pending"),
        ("effects", "count_automatic"),
        ("cases", "exact_copy"),
        ("cases", "case_of"),
        ("cases", "without_card"),
        ("retention", "rows_to_empty"),
    ],
)
def test_what_runs_for_every_message_reads_no_whole_table(name: str, block: str, database: sqlite3.Connection) -> None:
    """Each of these goes through an index, however many rows there are."""
    sql = statements(name)[block]
    plan = database.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(re.findall(r":(\w+)", sql))).fetchall()
    scans = [step[3] for step in plan if step[3].startswith("SCAN") and "INDEX" not in step[3]]
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
