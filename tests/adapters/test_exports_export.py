"""Any export: what it is, what is wrong with a row whichever format it came in, and what it costs to read."""

import gzip
import json
import os
import re
import subprocess
import sys
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
from bot.config import packed
from bot.domain.errors import InputError
from bot.domain.events import Message
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
    assert not any(isinstance(row, ReadRow) for row in rows)
    assert all(len(row.fault) < 300 for row in rows if isinstance(row, BrokenRow))


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


def _packed(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def test_files_packed_by_gzip_are_read_as_what_is_in_them(tmp_path: Path) -> None:
    """Each format that is one file; the progress is of the bytes on the disk."""
    write_all(tmp_path)
    discord = next((tmp_path / "discord").glob("*.json"))
    for plain in (tmp_path / "conversation.jsonl", tmp_path / "conversation.csv", discord):
        packed_file = _packed(tmp_path / f"{plain.name}.gz", plain.read_bytes())
        export = Export(path=packed_file, now=NOW)
        expected = [row.event for row in Export(path=plain, now=NOW).rows() if isinstance(row, ReadRow)]
        assert [row.event for row in export.rows() if isinstance(row, ReadRow)] == expected
        assert expected
        assert export.meter.share == 1.0


def test_a_packed_file_that_breaks_off_or_is_a_bomb_is_told_where_it_does(tmp_path: Path) -> None:
    """What came before is read; a bomb is never unpacked whole."""
    rows = [json.dumps({**ROW, "id": str(number), "text": os.urandom(900).hex()}) for number in range(400)]
    whole = gzip.compress("\n".join(rows).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    read = list(Export(path=tmp_path / "cut.jsonl.gz", now=NOW).rows())
    assert sum(isinstance(row, ReadRow) for row in read) > 50
    assert isinstance(read[-1], BrokenRow)
    assert "can't be read on from here" in read[-1].fault
    bomb = _packed(tmp_path / "bomb.jsonl.gz", json.dumps(ROW).encode() + b"\n" + b" " * (3 * packed.RATIO_FREE))
    told = list(Export(path=bomb, now=NOW).rows())
    assert isinstance(told[-1], BrokenRow)
    assert "as a bomb does" in told[-1].fault


TELEGRAM = {"name": "Club", "type": "private_group", "id": 1, "messages": [{"id": 1, "type": "message", "text": "hi"}]}
MESSENGER = {"participants": [{"name": "Ann"}], "messages": [{"sender_name": "Ann", "content": "hi"}], "title": "Club"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps(TELEGRAM, indent=1).encode(), "an export of Telegram, not a line for each message"),
        (json.dumps(TELEGRAM).encode(), "an export of Telegram"),
        (json.dumps({**TELEGRAM, "messages": TELEGRAM["messages"] * 50_000}).encode(), "an export of Telegram"),  # type: ignore[operator]
        (json.dumps(MESSENGER, indent=2).encode(), "an export of Messenger or Instagram"),
        (json.dumps({"conversation": [ROW, ROW]}, indent=2).encode(), "one JSON document of another tool"),
        (gzip.compress(json.dumps(TELEGRAM, indent=1).encode(), mtime=0), "an export of Telegram"),
        (b"SQLite format 3\0" + bytes(100), "this is an SQLite database"),
        (gzip.compress(b"x" * 257 + b"ustar" + bytes(300), mtime=0), "this is a tar archive"),
        (b"\x89PNG\r\n\x1a\n\0\0\0,;", "this is no text file"),
        (b"<!DOCTYPE html><html>", "this is a web page"),
    ],
)
def test_files_of_other_tools_are_refused_by_their_name(tmp_path: Path, content: bytes, told: str) -> None:
    """In one sentence, instead of a complaint about each of their lines."""
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match=told) as raised:
        list(Export(path=tmp_path / "file", now=NOW).rows())
    assert "\n" not in str(raised.value)


def test_json_lines_whose_first_lines_are_broken_are_json_lines_all_the_same(tmp_path: Path) -> None:
    """A line that was cut off tells nothing of the others."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"id": "0", "chan\n' + json.dumps(ROW) + "\n")
    assert [type(row) for row in Export(path=path, now=NOW).rows()] == [BrokenRow, ReadRow]


def test_a_table_may_begin_after_a_title_or_excels_own_line(tmp_path: Path) -> None:
    """Each line that was passed over is told; a chat's own words are never taken for a header."""
    path = tmp_path / "c.csv"
    path.write_text("Our chat of 2025\n\nauthor,text\nann,hello\n")
    passed, read = list(Export(path=path, now=NOW).rows())
    assert passed == BrokenRow(place="c.csv:1", fault="this line is no part of the table; passed over")
    assert isinstance(read, ReadRow)
    assert read.place == "c.csv:4"
    path.write_bytes("sep=;\r\nauthor;text\r\nann;hello\r\n".encode("utf-16"))
    (read,) = Export(path=path, now=NOW).rows()
    assert isinstance(read, ReadRow)
    path.write_text("who,what\nann,text\nann,hello\n")
    with pytest.raises(InputError, match="no column seems to hold the text"):
        list(Export(path=path, now=NOW).rows())


def _program_of(tool: str) -> str:
    """Return the program that docs/json-lines.md has for exports of a tool."""
    docs = (Path(__file__).parents[2] / "docs" / "json-lines.md").read_text("utf-8")
    found = re.search(rf"^{tool}.*?```python\n(.*?)```", docs, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("tool", "export", "said"),
    [
        (
            "Telegram",
            {
                **TELEGRAM,
                "messages": [
                    {"id": 1, "type": "service", "action": "join"},
                    {
                        "id": 2,
                        "type": "message",
                        "from": "Ann",
                        "from_id": "user7",
                        "date_unixtime": "1760000000",
                        "text": "hi",
                    },
                    {
                        "id": 3,
                        "type": "message",
                        "from": None,
                        "from_id": "user8",
                        "date_unixtime": "1760000060",
                        "text": ["see ", {"type": "link", "text": "a.example"}],
                        "reply_to_message_id": 2,
                    },
                ],
            },
            [("user7", "hi"), ("user8", "see a.example")],
        ),
        (
            "Messenger",
            {
                **MESSENGER,
                "messages": [
                    {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 1760000060000, "content": "na \u00c3\u00bc"},
                    {"sender_name": "Ann", "timestamp_ms": 1760000000000},
                ],
            },
            [("Ann", ""), ("Zo\u00eb", "na \u00fc")],
        ),
    ],
)
def test_the_programs_in_the_docs_make_lines_that_are_read(
    tmp_path: Path, tool: str, export: object, said: list[tuple[str, str]]
) -> None:
    """As they are printed there."""
    (tmp_path / "convert.py").write_text(_program_of(tool))
    (tmp_path / "result.json").write_text(json.dumps(export))
    made = subprocess.run(
        [sys.executable, "convert.py", "result.json"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    )
    (tmp_path / "chat.jsonl").write_bytes(made.stdout)
    events = [row.event for row in Export(path=tmp_path / "chat.jsonl", now=NOW).rows() if isinstance(row, ReadRow)]
    assert [(event.author.id, event.own_text) for event in events if isinstance(event, Message)] == said
