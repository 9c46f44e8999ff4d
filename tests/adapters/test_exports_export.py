"""Any export: what it is, what is wrong with a row whichever format it came in, and what it costs to read."""

import json
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.exports.csv_rows import Columns
from bot.adapters.exports.detect import Format
from bot.adapters.exports.export import Export
from bot.adapters.exports.fingerprints import Fingerprints
from bot.adapters.exports.rows import BrokenRow, ReadRow
from bot.domain.errors import InputError
from tests.samples.write import write_all

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROW = {"id": "1", "channel": "general", "author": "ann", "at": "2026-11-20T18:00:00Z", "text": "hello"}


def _lines(path: Path, *rows: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("discord", Format.DISCORD),
        ("discord/Makers - general [700000000000000100].json", Format.DISCORD),
        ("slack", Format.SLACK),
        ("conversation.jsonl", Format.JSON_LINES),
        ("conversation.csv", Format.CSV),
    ],
)
def test_each_format_is_known_by_its_beginning(tmp_path: Path, name: str, kind: Format) -> None:
    """Names of files mean nothing."""
    write_all(tmp_path)
    assert Export(path=tmp_path / name, now=NOW).kind() is kind


def test_the_shipped_samples_are_what_the_source_says(tmp_path: Path) -> None:
    """examples/exports is made by `python -m tests.samples.write examples/exports`."""
    write_all(tmp_path)
    shipped = Path(__file__).parents[2] / "examples" / "exports"
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.relative_to(shipped): path.read_bytes() for path in shipped.rglob("*") if path.is_file()} == written


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "this file is empty"),
        ("[1, 2]", "this is a JSON list"),
        ("just words", "no format that is known here"),
    ],
)
def test_what_is_nothing_of_it_says_so(tmp_path: Path, content: str, told: str) -> None:
    """One sentence with the remedy."""
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(InputError, match=told):
        Export(path=path, now=NOW).kind()


@pytest.mark.parametrize("digits", [4_200, 5_000, 100_000])
@pytest.mark.parametrize(
    "form",
    [
        '{"id": "1", "channel": "c", "author": "a", "at": @, "text": "x"}\n',
        '{"guild": {"id": @}, "channel": {"id": "2"}, "messages": []}',
        '{"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": [{"id": "5", "content": "x", "author": @}]}',
    ],
)
def test_a_number_of_thousands_of_digits_breaks_its_row_and_nothing_else(
    tmp_path: Path, form: str, digits: int
) -> None:
    """Python refuses to read such a number, by an error of its own: the whole replay ended with it."""
    file = tmp_path / "export.json"
    file.write_text(form.replace("@", "9" * digits))
    try:
        rows = list(Export(path=file, now=NOW).rows())
    except InputError:
        return
    assert all(isinstance(row, BrokenRow) and len(row.fault) < 300 for row in rows)


def test_what_a_row_says_is_quoted_short_and_on_one_line(tmp_path: Path) -> None:
    """A fault is read on a terminal."""
    file = _lines(tmp_path / "a.jsonl", {"kind": "x\x1b[2J\n" * 5_000}, {"kind": {"a": ["b"] * 5_000}})
    faults = [row.fault for row in Export(path=file, now=NOW).rows() if isinstance(row, BrokenRow)]
    assert len(faults) == 2
    assert all(fault.isprintable() and len(fault) < 200 for fault in faults)


def test_a_missing_file_and_a_folder_of_something_else_say_so(tmp_path: Path) -> None:
    """No traceback, whatever was named."""
    with pytest.raises(InputError, match="there is no such file"):
        Export(path=tmp_path / "nope", now=NOW).kind()
    with pytest.raises(InputError, match="neither a Slack export"):
        Export(path=tmp_path, now=NOW).kind()
    with pytest.raises(InputError, match="there is no such file"):
        Export(path=tmp_path / "nope", now=NOW, format=Format.CSV).kind()
    with pytest.raises(InputError, match=r"there is no channels\.json in here"):
        list(Export(path=tmp_path, now=NOW, format=Format.SLACK).rows())


def test_a_second_message_of_an_id_is_told_and_skipped(tmp_path: Path) -> None:
    """The same id in another channel is another message, and an edit is no duplicate."""
    edit = {**ROW, "kind": "edit", "text": "hello!"}
    path = _lines(tmp_path / "c.jsonl", ROW, {**ROW, "text": "other"}, {**ROW, "channel": "hall"}, edit)
    rows = list(Export(path=path, now=NOW).rows())
    assert [type(row) for row in rows] == [ReadRow, BrokenRow, ReadRow, ReadRow]
    assert rows[1] == BrokenRow(place="c.jsonl:2", fault="a message with the id '1' came before; this one is skipped")


def test_a_message_from_the_future_is_told_and_skipped(tmp_path: Path) -> None:
    """A day is forgiven, for time zones."""
    path = _lines(
        tmp_path / "c.jsonl", {**ROW, "at": "2026-11-23T20:00:00Z"}, {**ROW, "id": "2", "at": "2027-01-01T00:00:00Z"}
    )
    rows = list(Export(path=path, now=NOW).rows())
    assert isinstance(rows[0], ReadRow)
    assert rows[1] == BrokenRow(place="c.jsonl:2", fault="it is from the future (2027-01-01 00:00 UTC)")


def test_a_format_and_columns_named_by_options_are_used(tmp_path: Path) -> None:
    """A table of one column does not look like one."""
    path = tmp_path / "words"
    path.write_text("said\nhello\n")
    export = Export(path=path, now=NOW, format=Format.CSV, columns=Columns(text="said"))
    assert [type(row) for row in export.rows()] == [ReadRow]


def _peak(path: Path) -> int:
    tracemalloc.start()
    try:
        for _ in Export(path=path, now=NOW).rows():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["jsonl", "discord", "csv"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    """Of a message of 900 bytes fewer than 100 are kept: a hash of its id."""
    small, large = _made(tmp_path / "small", kind, 3_000), _made(tmp_path / "large", kind, 9_000)
    assert _peak(large) - _peak(small) < 100 * 6_000


def _made(path: Path, kind: str, count: int) -> Path:
    words = "words " * 150
    if kind == "jsonl":
        return _lines(path, *({**ROW, "id": str(number), "text": words} for number in range(count)))
    if kind == "csv":
        path.write_text("text,id\n" + "".join(f"{words},{number}\n" for number in range(count)))
        return path
    author = {"id": "1", "name": "ann"}
    row = {"type": "Default", "timestamp": ROW["at"], "content": words, "author": author}
    messages = ",".join(json.dumps({"id": str(number), **row}) for number in range(count))
    path.write_text(f'{{"guild":{{"id":"1"}},"channel":{{"id":"2","type":"x"}},"messages":[{messages}]}}')
    return path


def test_a_million_things_seen_fit_in_sixteen_megabytes() -> None:
    """Fingerprints know each thing again; growing loses none."""
    seen = Fingerprints()
    assert all(seen.add("c", str(number)) for number in range(20_000))
    assert not any(seen.add("c", str(number)) for number in range(20_000))
    assert len(seen) == 20_000
    assert 1_000_000 / 0.6 * 8 < 16_000_000
