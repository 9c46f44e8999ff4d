"""Copies of the records, the way back, and people's right to be forgotten."""

from pathlib import Path

import pytest

from tests.cli.running import hallmoot


@pytest.fixture
def database(folder: Path) -> str:
    """Return the demo's database."""
    hallmoot("demo")
    return str(folder / "data" / "demo.db")


def test_a_backup_is_checked_and_can_be_put_back(folder: Path, database: str) -> None:
    """The former database is kept under another name."""
    made = hallmoot("backup", "copy.db", "--json", "--db", database)
    assert (made.status, made.json["file"]) == (0, "copy.db")
    assert (folder / "copy.db").exists()
    restored = hallmoot("backup", "--restore", "copy.db", "--json", "--db", database)
    assert restored.status == 0
    assert Path(restored.json["former"]).exists()
    assert hallmoot("audit", "verify", "--db", database).status == 0


def test_a_backup_never_writes_over_a_file(database: str) -> None:
    """Whatever is there stays."""
    assert hallmoot("backup", "copy.db", "--db", database).status == 0
    again = hallmoot("backup", "copy.db", "--db", database)
    assert (again.status, "copy.db" in again.err) == (2, True)


def test_an_erasure_leaves_a_receipt_and_a_chain_that_verifies(database: str) -> None:
    """The person's words and name are gone; the decision's skeleton stays."""
    asked = ("erase", "--community", "console:demo", "--author", "bruno", "--yes", "--json", "--db", database)
    receipt = hallmoot(*asked)
    assert (receipt.status, receipt.json["total"] > 0) == (0, True)
    assert "bruno" not in receipt.out
    assert "Bruno" not in hallmoot("cases", "list", "--json", "--db", database).out
    assert hallmoot("audit", "verify", "--db", database).status == 0


def test_a_backup_from_before_an_erasure_does_not_bring_the_person_back(database: str) -> None:
    """The ledger beside the database remembers whom to leave out."""
    hallmoot("backup", "before.db", "--db", database)
    hallmoot("erase", "--community", "console:demo", "--author", "bruno", "--yes", "--db", database)
    assert hallmoot("backup", "--restore", "before.db", "--db", database).status == 0
    assert "Bruno" not in hallmoot("cases", "list", "--json", "--db", database).out


def test_wrong_input_changes_nothing(folder: Path, database: str) -> None:
    """An unknown community, a file that is no backup, two files at once."""
    unknown = hallmoot("erase", "--community", "console:no", "--author", "x", "--yes", "--db", database)
    assert (unknown.status, "console:demo" in unknown.err) == (2, True)
    (folder / "notes.db").write_text("just notes\n" * 200)
    no_backup = hallmoot("backup", "--restore", "notes.db", "--db", database)
    assert (no_backup.status, "notes.db" in no_backup.err) == (2, True)
    assert hallmoot("backup", "a.db", "--restore", "b.db", "--db", database).status == 2
    assert len(hallmoot("cases", "list", "--json", "--db", database).json) == 4
