"""Data sets as they are found: packed, in other encodings, with lines before the table; and what is none."""

import gzip
import sqlite3
import zipfile
from pathlib import Path

import pytest

from bot.config import packed
from bot.domain.errors import InputError
from bot.domain.verdict import Label
from bot.lab.golden_formats import GoldenOptions, GoldenSet, read_golden_set
from tests.factories import category, policy

RULE = policy("spam", category("SP2"), category("SP3"))
TABLE = "comment,spam\nbuy now,1\nhello,0\n"
LINES = '{"body": "buy now", "spam": 1}\n{"body": "hello", "spam": 0}\n'
OWN = "id,text,context,label,category,language,tags,split,note\ns-1,buy now,,VIOLATES,SP2,en,,test,\n"


def _read(path: Path, **options: object) -> GoldenSet:
    return read_golden_set(path, RULE, GoldenOptions(**options))  # type: ignore[arg-type]


def _labels(found: GoldenSet) -> list[tuple[str, Label]]:
    return [(row.text, row.label) for row in found.rows]


BOTH = [("buy now", Label.VIOLATES), ("hello", Label.SAFE)]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("set.csv", TABLE.encode("utf-16"), "comment"),
        ("set.csv.gz", gzip.compress(TABLE.encode(), mtime=0), "comment"),
        ("set.jsonl.gz", gzip.compress(LINES.encode(), mtime=0), "body"),
        ("set.csv", ("sep=;\n" + TABLE.replace(",", ";")).encode("utf-8-sig"), "comment"),
        ("set.csv", ("sep=\t\r\n" + TABLE.replace(",", "\t")).encode("utf-16"), "comment"),
        ("set.json", ("[" + LINES.replace("\n", ",")[:-1] + "]").encode(), "body"),
        ("set.json", b'[\n {\n  "body": "buy now",\n  "spam": 1\n },\n {"body": "hello", "spam": 0}\n]', "body"),
    ],
)
def test_it_is_read_however_it_was_saved(tmp_path: Path, name: str, content: bytes, text: str) -> None:
    """Packed by gzip, in UTF-16 as Excel saves it, with Excel's line on what splits it, as one list."""
    (tmp_path / name).write_bytes(content)
    assert _labels(_read(tmp_path / name, text=text, label="spam")) == BOTH


def test_lines_before_a_table_are_passed_over_with_a_word(tmp_path: Path) -> None:
    """Title, source, an empty line; the places of rows stay those of the file."""
    path = tmp_path / "set.csv"
    path.write_text("A set of comments, collected in 2025\nSource: example.org\n\n" + TABLE)
    found = _read(path, text="comment", label="spam")
    assert _labels(found) == BOTH
    assert [row.place for row in found.rows] == ["set.csv:5", "set.csv:6"]
    assert found.faults == ("set.csv:1: this line and those up to 3 are no part of the table; passed over.",)
    path.write_text("# one title\n" + OWN)
    found = _read(path)
    assert [(row.text, row.category) for row in found.rows] == [("buy now", "SP2")]
    assert found.faults == ("set.csv:1: this line is no part of the table; passed over.",)
    path.write_text("sep=;\n" + OWN.replace(",", ";"))
    assert len(_read(path).rows) == 1
    path.write_text("Comments of 2025\n" + LINES)
    assert _labels(_read(path, text="body", label="spam")) == BOTH


@pytest.mark.parametrize(
    ("content", "text"), [(TABLE, "comment"), (LINES, "body"), (LINES.replace("body", "my text"), "")]
)
def test_an_unknown_table_says_how_its_columns_are_named(tmp_path: Path, content: str, text: str) -> None:
    """With its own columns, and the likeliest of them to type."""
    path = tmp_path / "set.any"
    path.write_text(content)
    with pytest.raises(InputError) as raised:
        _read(path)
    told = str(raised.value)
    assert "no row of it can be judged. Name its columns with --text and --label" in told
    assert f"such as --text {text or 'COLUMN'} --label spam, " in told
    assert "--positive" in told
    with pytest.raises(InputError, match="Name its columns with --text and --label"):
        _read(path, label="spam", positive=("1",))


def _database(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE messages (body TEXT)")


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_database, "this is an SQLite database"),
        (_zip, "this is a zip file, as a spreadsheet is too. Unpack it, or save the sheet as CSV."),
        (lambda path: path.write_bytes(b"PAR1 and more"), "a Parquet file"),
        (lambda path: path.write_bytes(b"text,label\0\0\1"), "this is no text file"),
        (lambda path: path.write_bytes(gzip.compress(TABLE.encode(), mtime=0)[:-9]), "can't be unpacked"),
        (lambda path: path.write_bytes(gzip.compress(gzip.compress(TABLE.encode(), mtime=0))), "packed twice by gzip"),
        (lambda path: path.write_bytes(b"\xff\xfeodd"), "begins as UTF-16 does and is not"),
        (lambda path: path.write_bytes(gzip.compress(b"0" * (packed.RATIO_FREE * 2))), "as a bomb does"),
    ],
)
def test_what_is_no_text_is_refused_by_its_name(tmp_path: Path, make: object, told: str) -> None:
    """With what to do about it."""
    assert callable(make)
    make(tmp_path / "set.data")
    with pytest.raises(InputError, match=told.replace(".", r"\.")):
        _read(tmp_path / "set.data", text="comment", label="spam")
