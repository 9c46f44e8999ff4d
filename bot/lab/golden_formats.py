"""Golden sets in the forms in which people have them, read as golden rows.

Rows that can't be used are told with their place, and the others are read. What a whole file lacks (a named column) is
an InputError.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from bot.config.policy_files.golden import HEADER, parse_golden
from bot.domain.errors import InputError, PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import CategoryId
from bot.domain.policy import Policy
from bot.domain.texts.text import MAX_CHARACTERS
from bot.domain.verdict import Label
from bot.lab.data_files import Start, csv_rows, first_of, from_line, is_json, json_rows, keys_of, start_of, text_of

_SAFE_LABEL = "SP0"
_SECTIONED_LABEL = re.compile(r"[A-Z]{2,4}\d{1,2}")
_MODERATION_KEYS = ("S", "H", "V", "HR", "SH", "S3", "H2", "V2")
_MOST_COLUMNS = 30
_OBJECTS_LOOKED_AT = 20
_USUAL = {
    "text": frozenset(
        {
            "text",
            "comment_text",
            "comment",
            "body",
            "content",
            "message",
            "prompt",
            "user_input",
            "tweet",
            "post",
            "msg",
        }
    ),
    "label": frozenset(
        {
            "label",
            "labels",
            "class",
            "target",
            "toxic",
            "toxicity",
            "spam",
            "is_spam",
            "hate",
            "verdict",
            "category",
            "y",
        }
    ),
}
"""Names that columns often have, for what is shown where none was named; nothing is read by them."""


class GoldenFormat(StrEnum):
    """The forms that are known."""

    GOLDEN = "golden"
    SECTIONED = "sectioned"
    OPENAI_MODERATION = "openai-moderation"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenOptions:
    """What was said of a file: its form, its columns or keys, and which values mean a violation."""

    format: GoldenFormat | None = None
    text: str = ""
    label: str = ""
    positive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """Rows to judge, and a sentence with its place for each row that can't be used."""

    rows: tuple[GoldenRow, ...]
    faults: tuple[str, ...]


def read_golden_set(path: Path, policy: Policy, options: GoldenOptions) -> GoldenSet:
    """Read a golden set. Raises InputError or PolicyError when nothing of it can be used."""
    text = text_of(path)
    form = options.format or _form_of(text, options)
    if form is GoldenFormat.GOLDEN:
        return _own_form(path, text, policy)
    reading = _Reading(path.name)
    if form is GoldenFormat.OPENAI_MODERATION:
        rows = tuple(reading.moderation(text, options.label))
    elif form is GoldenFormat.SECTIONED:
        rows = tuple(reading.sectioned(text))
        if not rows and options.format is None:
            raise InputError(f"{path}: no row of it can be judged. {_how_to_name_columns(text)}")
    else:
        rows = tuple(reading.table(text, options))
    if not rows:
        told = "\n".join(reading.faults[:10])
        raise InputError(f"{path}: no row of it can be judged.\n{told}".rstrip())
    return GoldenSet(rows=rows, faults=tuple(reading.faults))


def _form_of(text: str, options: GoldenOptions) -> GoldenFormat:
    if options.text or options.positive:
        return GoldenFormat.TABLE
    if is_json(text):
        keys = frozenset(key for _, row in islice(json_rows(text), _OBJECTS_LOOKED_AT) if row for key in row)
        known = {"prompt", "text"} & keys and frozenset(_MODERATION_KEYS) & keys
        return GoldenFormat.OPENAI_MODERATION if known else GoldenFormat.SECTIONED
    return GoldenFormat.GOLDEN if start_of(text, _is_own) is not None else GoldenFormat.SECTIONED


def _is_own(columns: frozenset[str]) -> bool:
    return columns >= {"id", "text", "label"}


def _how_to_name_columns(text: str) -> str:
    """Return what to type for a table that nothing is known of, with its own columns."""
    start = None if is_json(text) else first_of(text)
    columns = start.columns if start is not None else keys_of(text)
    guessed = {
        role: next((name for name in columns if name.casefold() in names), "COLUMN") for role, names in _USUAL.items()
    }
    named = " ".join(f"--{role} {name if name.isidentifier() else repr(name)}" for role, name in guessed.items())
    there = ", ".join(repr(column) for column in columns[:_MOST_COLUMNS]) or "none that could be found"
    return (
        f"Name its columns with --text and --label, such as {named}, and the labels that mean a violation with "
        f"--positive. There are: {there}."
    )


def _own_form(path: Path, text: str, policy: Policy) -> GoldenSet:
    """Read our own form; where some rows are faulty, the others are read all the same."""
    start = start_of(text, _is_own) or Start(line=1, columns=(), delimiter=",")
    table, passed = from_line(text, start.line), _passed_over(path.name, start)
    try:
        return GoldenSet(rows=parse_golden(table, str(path), policy, start.delimiter), faults=passed)
    except PolicyError as error:
        rows = tuple(_good_rows(path.name, csv_rows(table, start.delimiter), policy))
        if not rows:
            raise
        return GoldenSet(rows=rows, faults=(*passed, *str(error).split("\n")))


def _passed_over(source: str, start: Start) -> tuple[str, ...]:
    """Return the sentence on lines before a table, where there are any."""
    last = start.line - 1
    lines = "this line is" if last == 1 else f"this line and those up to {last} are"
    return (f"{source}:1: {lines} no part of the table; passed over.",) if last else ()


def _good_rows(source: str, lines: Iterable[tuple[int, list[str]]], policy: Policy) -> Iterator[GoldenRow]:
    """Yield the usable rows of a golden.csv some of whose rows are not; only labels and texts have to be sound."""
    categories = {str(category.id) for category in policy.categories}
    for line, cells in lines:
        row = dict(zip(HEADER, cells, strict=False))
        label, words = row.get("label", "").strip(), row.get("text", "")
        category = row.get("category", "").strip()
        named = category in categories or (not category and label == Label.SAFE)
        if len(cells) == len(HEADER) and label in (Label.VIOLATES, Label.SAFE) and _is_readable(words) and named:
            yield _row(source, line, words, Label(label), category=category, id_=row["id"].strip())


def _is_readable(words: str) -> bool:
    return bool(words.strip()) and len(words) <= MAX_CHARACTERS


def _row(
    source: str, line: int, text: str, label: Label, *, category: str = "", id_: str = "", note: str = ""
) -> GoldenRow:
    return GoldenRow(
        id=id_ or f"row-{line}",
        text=text,
        context=(),
        label=label,
        category=CategoryId(category) if category else None,
        language="",
        tags=frozenset(),
        split="",
        note=note,
        place=f"{source}:{line}",
    )


class _Reading:
    """One pass through one file; `faults` gathers what can't be used."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.faults: list[str] = []

    def sectioned(self, text: str) -> Iterator[GoldenRow]:
        """Read a sheet with a title, section and summary rows: a number, a text, and a label in the last filled cell.

        Rows without a number and a text are none of the set. `SP0` means safe, any other such code a violation.
        """
        for line, cells in csv_rows(text):
            filled = [cell.strip() for cell in cells if cell.strip()]
            if len(filled) < 2 or not filled[0].isdigit():  # noqa: PLR2004 - a number and a text
                continue
            words, label = filled[1], filled[-1]
            if len(filled) == 2 or not _SECTIONED_LABEL.fullmatch(label):  # noqa: PLR2004 - no third cell, no label
                self._fault(line, f"this row has a text and no label such as {_SAFE_LABEL}")
            elif self._readable(line, words):
                is_safe = label == _SAFE_LABEL
                yield _row(
                    self._source,
                    line,
                    words,
                    Label.SAFE if is_safe else Label.VIOLATES,
                    category="" if is_safe else label,
                    note=label,
                )

    def moderation(self, text: str, key: str) -> Iterator[GoldenRow]:
        """Read JSON lines with `prompt` and 0 or 1 under short keys; a row without the key is not known: left out."""
        if not key:
            known = ", ".join(_MODERATION_KEYS)
            raise InputError(f"{self._source}: say which label is judged with --label; such files have {known}.")
        unknown = 0
        for line, row in self._objects(text):
            words, value = row.get("prompt", row.get("text")), row.get(key)
            unknown += value not in (0, 1)
            if not isinstance(words, str):
                self._fault(line, "this row has no `prompt`")
            elif value in (0, 1) and self._readable(line, words):
                yield _row(self._source, line, words, Label.VIOLATES if value else Label.SAFE)
        if unknown:
            self.faults.append(f"{self._source}: {unknown} rows say nothing of {key!r} and were left out.")

    def table(self, text: str, options: GoldenOptions) -> Iterator[GoldenRow]:
        """Read a CSV file or JSON lines by the columns named; a label among `positive` is a violation."""
        if not options.text or not options.label:
            raise InputError(f"{self._source}: name its columns with --text and --label. {_how_to_name_columns(text)}")
        positive = {value.casefold() for value in options.positive} or {"1", "1.0", "true", "yes", "violates"}
        for line, row in self._rows_of_table(text, options):
            words, label = row.get(options.text), row.get(options.label)
            value = "" if label is None else str(label).strip()
            if not isinstance(words, str) or not words.strip():
                self._fault(line, f"there is no text under {options.text!r}")
            elif not value:
                self._fault(line, f"there is no label under {options.label!r}")
            elif self._readable(line, words):
                violates = value.casefold() in positive
                yield _row(self._source, line, words, Label.VIOLATES if violates else Label.SAFE, note=value)

    def _rows_of_table(self, text: str, options: GoldenOptions) -> Iterator[tuple[int, Mapping[str, Any]]]:
        if is_json(text):
            yield from self._objects(text)
            return
        start = start_of(text, lambda columns: {options.text, options.label} <= columns)
        if start is None:
            first = first_of(text) or Start(line=1, columns=(), delimiter=",")
            self._check_columns(first, options)
            return
        self.faults += _passed_over(self._source, start)
        rows = csv_rows(from_line(text, start.line), start.delimiter)
        for line, cells in rows:
            if cells and line != start.line:
                yield line, dict(zip(start.columns, cells, strict=False))

    def _check_columns(self, start: Start, options: GoldenOptions) -> None:
        for name in (options.text, options.label):
            if name not in start.columns:
                there = ", ".join(repr(column) for column in start.columns[:_MOST_COLUMNS] if column) or "none"
                raise InputError(f"{self._source}:{start.line}: there is no column {name!r}. There are: {there}.")

    def _objects(self, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for line, row in json_rows(text):
            if row is not None:
                yield line, row
            else:
                self._fault(line, "this line is no JSON object")

    def _readable(self, line: int, words: str) -> bool:
        if len(words) > MAX_CHARACTERS:
            self._fault(line, f"this text has {len(words)} characters; {MAX_CHARACTERS} are the most judged")
        return _is_readable(words)

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(f"{self._source}:{line}: {text}.")
