"""`hallmoot export`: cases for people who keep their own records."""

import csv
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import hallmoot
from tests.fakes.ollama.brain import Brain, Rule
from tests.fakes.ollama.server import StandIn

ROOT = Path(__file__).parents[2]
FORMULA = '=HYPERLINK("https://evil.example","pathetic")'


@pytest.fixture
def database(ollama: StandIn, folder: Path) -> str:
    """Return a database with two cases, one of them about a formula."""
    ollama.brain = Brain(rules=(Rule("pathetic"),))
    row = {"channel": "c", "at": "2026-10-05T09:00:00Z"}
    lines = [
        row | {"id": "1", "author": "=1+1", "text": FORMULA},
        row | {"id": "2", "author": "b", "text": "pathetic\x00"},
    ]
    (folder / "chat.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    assert hallmoot("replay", "chat.jsonl", "--policy", "harassment", "--save", "kept.db").status == 0
    return "kept.db"


def test_a_table_has_every_case_and_no_formula(database: str, folder: Path) -> None:
    """Cells that a spreadsheet would run begin with an apostrophe; nobody else may read the file."""
    ended = hallmoot("export", "cases.csv", "--db", database)
    assert (ended.status, ended.err) == (0, "2 cases are in cases.csv.\n")
    with (folder / "cases.csv").open(newline="") as file:
        rows = {row["message"]: row for row in csv.DictReader(file)}
    assert rows["1"]["text"] == f"'{FORMULA}"
    assert rows["1"]["author"] == "'=1+1"
    assert rows["2"]["status"] == "OPEN"
    assert "flag:applied" in rows["2"]["outcomes"]
    assert (rows["2"]["action"], rows["2"]["became"]) == ("flag", "flag")
    assert "reasoning" not in rows["1"]
    assert stat.S_IMODE((folder / "cases.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_no_formula_hides_behind_another_separator(ollama: StandIn, folder: Path, separator: str) -> None:
    """Where lists are written with semicolons, programs split cells at these: every cell stands in quotes."""
    ollama.brain = Brain(rules=(Rule("pathetic"),))
    row = {"id": "1", "channel": "c", "at": "2026-10-05T09:00:00Z", "author": f"b{separator}=1+1", "text": "pathetic"}
    (folder / "chat.jsonl").write_text(json.dumps(row | {"name": f"b{separator}=1+1"}))
    assert hallmoot("replay", "chat.jsonl", "--policy", "harassment", "--save", "kept.db").status == 0
    written = hallmoot("export", "--db", "kept.db").out
    for cells in csv.reader(written.splitlines(), delimiter=separator):
        assert not [cell for cell in cells if cell.lstrip("'\"").startswith("=") and not cell.startswith("'")]


def test_a_dash_is_the_output(database: str, folder: Path) -> None:
    """As for other commands; nothing but the table is written there."""
    ended = hallmoot("export", "-", "--db", database)
    assert (ended.status, ended.err) == (0, "")
    assert len(list(csv.DictReader(ended.out.splitlines()))) == 2
    assert not (folder / "-").exists()


_WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from bot.cli.export import target
from bot.cli.shared.guard import guarded

def write():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
    with target(Path("cases.csv")) as out:
        for _ in range(10_000):
            out.write("a case, and another case, and one more")

sys.exit(guarded(write))
"""
"""A file that may not grow is what a full disk is."""


def test_an_export_that_finds_no_room_is_one_sentence_and_leaves_nothing(folder: Path) -> None:
    """Half an export looks like a whole one, and would stand in the way of the next."""
    ended = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", _WITHOUT_ROOM],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "cases.csv: this file can't be written" in ended.stderr
    assert not (folder / "cases.csv").exists()


def test_a_reader_that_has_gone_ends_an_export_quietly(database: str, folder: Path) -> None:
    """As in `hallmoot export | head -1`, where only ASCII can be written, too."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "bot", "export", "-", "--db", database],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", "PYTHONIOENCODING": "ascii"},
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_reasoning_is_written_only_when_asked_for(database: str) -> None:
    """In either form."""
    plain = hallmoot("export", "--format", "jsonl", "--db", database).out
    asked = hallmoot("export", "--format", "jsonl", "--reasoning", "--db", database).out
    assert all("reasoning" not in json.loads(line) for line in plain.splitlines())
    assert all(json.loads(line)["reasoning"] for line in asked.splitlines())
    assert "reasoning" in hallmoot("export", "--reasoning", "--db", database).out.splitlines()[0]


def test_json_lines_are_seen_from_the_files_name(database: str, folder: Path) -> None:
    """Texts are as they were written: JSON has no formulas."""
    hallmoot("export", "cases.jsonl", "--db", database)
    rows = [json.loads(line) for line in (folder / "cases.jsonl").read_text().splitlines()]
    assert {row["text"] for row in rows} == {FORMULA, "pathetic\x00"}


def test_a_part_can_be_exported(database: str) -> None:
    """By status, rule and time."""
    assert len(hallmoot("export", "--status", "upheld", "--db", database).out.splitlines()) == 1
    assert len(hallmoot("export", "--policy", "harassment", "--db", database).out.splitlines()) == 3
    assert len(hallmoot("export", "--since", "2026-10-06", "--db", database).out.splitlines()) == 1


def test_a_file_that_is_there_is_never_overwritten(database: str, folder: Path) -> None:
    """Nor is a database made where there is none."""
    (folder / "cases.csv").write_text("precious")
    ended = hallmoot("export", "cases.csv", "--db", database)
    assert (ended.status, "exists already" in ended.err) == (2, True)
    assert hallmoot("export", "other.csv", "--db", "nowhere.db").status == 2
    assert not (folder / "nowhere.db").exists()


def test_an_export_is_on_record(database: str) -> None:
    """The audit log of each community says so, and stays whole."""
    before = hallmoot("audit", "verify", "--db", database, "--json").json["console:replay"]["entries"]
    hallmoot("export", "--db", database)
    after = hallmoot("audit", "verify", "--db", database, "--json").json["console:replay"]
    assert (after["entries"], after["faults"]) == (before + 1, [])
