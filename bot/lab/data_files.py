"""Data sets as people have them on disk: packed, in UTF-16, with lines before the table, split as Excel splits."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.config.foreign import foreign
from bot.config.packed import UNPACK_ERRORS, is_packed, unpacked
from bot.config.text_files import decode, read_bytes
from bot.domain.errors import ConfigError, InputError

MOST_BYTES = 256 * 1024 * 1024
_LOOKED_AT = 20
"""Lines among which a table may begin: before it there may stand a title, a source, a licence."""
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1_000_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a table begins: the line of its header (from 1), its columns, and what splits them."""

    line: int
    columns: tuple[str, ...]
    delimiter: str


def text_of(path: Path) -> str:
    """Return a data set's text, whether packed or not. Raises InputError, with what to do."""
    try:
        content = read_bytes(path, MOST_BYTES)
        content = _unpacked(content, path) if is_packed(content) else content
        fault = foreign(content[:1024])
        if fault:
            raise InputError(f"{path}: {fault}")
        if content.startswith(_UTF_16):
            return content.decode("utf-16").replace("\r\n", "\n").replace("\r", "\n")
        return decode(content, str(path))
    except ConfigError as error:
        raise InputError(str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: this file begins as UTF-16 does and is not. Save it as UTF-8.") from error


def _unpacked(content: bytes, path: Path) -> bytes:
    try:
        with unpacked(io.BytesIO(content)) as stream:
            found = stream.read(MOST_BYTES + 1)
    except UNPACK_ERRORS as error:
        raise InputError(f"{path}: this file can't be unpacked ({error}).") from error
    if len(found) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise InputError(f"{path}: this file unpacks to more than {most} MiB, the most that is read.")
    return found


def start_of(text: str, is_header: Callable[[frozenset[str]], bool]) -> Start | None:
    """Return where a table begins whose columns are as asked for, among the first lines; None where there is none."""
    return next((start for start in _starts(text) if is_header(frozenset(start.columns))), None)


def first_of(text: str) -> Start | None:
    """Return the first line that could be a table's header: one with two columns or more."""
    return next((start for start in _starts(text) if sum(map(bool, start.columns)) > 1), None)


def _starts(text: str) -> Iterator[Start]:
    """Yield the first lines as the headers that they would be. Excel's `sep=;` says what splits those after it."""
    said = ""
    for number, line in enumerate(text.split("\n", _LOOKED_AT)[:_LOOKED_AT], start=1):
        marked = line.strip().strip('"').casefold()
        if marked.startswith("sep=") and len(marked) <= len("sep=;"):
            said = line.strip().strip('"')[len("sep=") :] or "\t"
            continue
        delimiter = said or max(_DELIMITERS, key=line.count)
        cells = next(iter(csv_rows(line[:_LONGEST_CELL], delimiter)), (1, []))[1]
        yield Start(line=number, columns=tuple(cell.strip() for cell in cells), delimiter=delimiter)


def from_line(text: str, line: int) -> str:
    """Return a text with the lines before this one empty, so that every other keeps its number."""
    rest = text.split("\n", line - 1)[-1]
    return "\n" * (line - 1) + rest


def csv_rows(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return each row with the line that it begins on; one that can't be read is empty.

    The csv module's limit holds for the whole process, so it is put back before anybody else reads.
    """
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        return list(_read_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    finally:
        csv.field_size_limit(before)


def _read_rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []
        yield line, cells
        line = reader.line_num + 1


def is_json(text: str) -> bool:
    """Return whether a text is JSON lines, or one JSON list: lines before the first object are passed over."""
    if text.lstrip().startswith("["):
        return _as_list(text) is not None
    return any(row is not None for _, row in _lines_as_objects("\n".join(text.split("\n", _LOOKED_AT)[:_LOOKED_AT])))


def json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """Yield each object with its line, or its place in the list; None stands for what is no object."""
    listed = _as_list(text) if text.lstrip().startswith("[") else None
    if listed is None:
        yield from _lines_as_objects(text)
        return
    for number, row in enumerate(listed, start=1):
        yield number, row if isinstance(row, Mapping) else None


def keys_of(text: str) -> tuple[str, ...]:
    """Return the keys of the first object."""
    return next((tuple(map(str, row)) for _, row in json_rows(text) if row is not None), ())


def _lines_as_objects(text: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content) if content.lstrip().startswith("{") else None
        except (ValueError, RecursionError):
            row = None
        yield line, row if isinstance(row, dict) else None


def _as_list(text: str) -> Sequence[Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None
