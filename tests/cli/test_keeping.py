"""Copies of the records, the way back, and people's right to be forgotten."""

import shlex
from pathlib import Path

import pytest

from tests.cli.running import hallmoot
from tests.fakes.ollama.server import StandIn


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
    restored = hallmoot("backup", "--restore", "copy.db", "--json", "--yes", "--db", database)
    assert restored.status == 0
    assert Path(restored.json["former"]).exists()
    assert hallmoot("audit", "verify", "--db", database).status == 0


def test_a_backup_never_writes_over_a_file(database: str) -> None:
    """Whatever is there stays."""
    assert hallmoot("backup", "copy.db", "--db", database).status == 0
    again = hallmoot("backup", "copy.db", "--db", database)
    assert (again.status, "copy.db" in again.err) == (2, True)


def test_what_is_typed_to_put_a_backup_back_names_the_database_it_was_made_of(folder: Path, database: str) -> None:
    """Without that, the line would put it in the place of whatever database is the usual one here."""
    said = hallmoot("backup", "a copy.db", "--db", database).out
    [line] = [line for line in said.split("\n") if "--restore" in line]
    words = shlex.split(line.partition(": ")[2])
    assert words == ["hallmoot", "backup", "--restore", str(folder / "a copy.db"), "--db", database]
    assert hallmoot(*words[1:], piped="y\n").status == 0


def test_putting_a_backup_back_is_asked_for_first(folder: Path, database: str) -> None:
    """The question names the database and whose records are in it; whoever does not answer yes has changed nothing."""
    hallmoot("backup", "copy.db", "--db", database)
    before = Path(database).read_bytes()
    for answer in ("n\n", "\n", ""):
        ended = hallmoot("backup", "--restore", "copy.db", "--db", database, piped=answer)
        said = " ".join(ended.err.split())
        assert (ended.status, database in said, "console:demo" in said, "othing" in said) == (2, True, True, True)
    assert Path(database).read_bytes() == before
    assert [path.name for path in (folder / "data").glob("*.replaced.*")] == []


def test_a_copy_of_other_communities_needs_force(folder: Path, database: str, ollama: StandIn) -> None:
    """It would take these records away, and is most likely a slip."""
    export = Path(__file__).parents[2] / "examples" / "exports" / "conversation.jsonl"
    saved = ("--policy", "spam", "--community", "discord:7", "--save", "other.db")
    assert hallmoot("replay", str(export), *saved, "--ollama", ollama.url).status == 0
    before = len(hallmoot("cases", "list", "--json", "--db", database).json)
    hallmoot("backup", "copy.db", "--db", "other.db")
    refused = hallmoot("backup", "--restore", "copy.db", "--yes", "--db", database)
    assert (refused.status, "console:demo" in refused.err, "--force" in refused.err) == (2, True, True)
    assert len(hallmoot("cases", "list", "--json", "--db", database).json) == before > 0
    assert hallmoot("backup", "--restore", "copy.db", "--yes", "--force", "--db", database).status == 0
    assert hallmoot("backup", "--restore", "copy.db", "--yes", "--db", str(folder / "new.db")).status == 0


def test_an_empty_file_is_no_backup(folder: Path, database: str) -> None:
    """It would replace the records by nothing."""
    (folder / "empty.db").touch()
    for name in ("empty.db", "/dev/null"):
        refused = hallmoot("backup", "--restore", name, "--yes", "--db", database)
        assert (refused.status, name in refused.err) == (2, True)
    assert len(hallmoot("cases", "list", "--json", "--db", database).json) == 4


def test_nobody_is_erased_without_an_answer(database: str) -> None:
    """The question stands among the remarks, and no answer is no."""
    ended = hallmoot("erase", "--community", "console:demo", "--author", "bruno", "--db", database)
    assert (ended.status, "bruno" in ended.err, "--yes" in ended.err) == (2, True, True)
    assert "Bruno" in hallmoot("cases", "list", "--json", "--db", database).out


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
    assert hallmoot("backup", "--restore", "before.db", "--yes", "--db", database).status == 0
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
