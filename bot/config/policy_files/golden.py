"""golden.csv: messages whose right label a person wrote down, one a row."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from bot.config.faults import limited, nearest, shown, told
from bot.config.settings.checks import is_language
from bot.config.text_files import decode, read_bytes
from bot.domain.errors import ConfigError, PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import CategoryId
from bot.domain.policy import Policy
from bot.domain.texts.text import MAX_CHARACTERS
from bot.domain.verdict import Label

HEADER = ("id", "text", "context", "label", "category", "language", "tags", "split", "note")
MOST_BYTES = 8 * 1024 * 1024
_SPLITS = ("write", "test", "")
_LABELS = (Label.VIOLATES, Label.SAFE)
_MOST_CONTEXT = 20
_LONGEST_WORD = 200


def read_golden(path: Path, policy: Policy) -> tuple[GoldenRow, ...]:
    """Return the rows of a golden.csv. Raises PolicyError with every bad row, each with its line."""
    try:
        text = decode(read_bytes(path, MOST_BYTES), str(path))
    except ConfigError as error:
        raise PolicyError(str(error)) from error
    return parse_golden(text, str(path), policy)


def parse_golden(text: str, source: str, policy: Policy, delimiter: str = ",") -> tuple[GoldenRow, ...]:
    """Return the rows of a golden.csv's text; empty lines before its header are none. Raises PolicyError as above."""
    reading = _Reading(source, policy, delimiter)
    rows = tuple(reading.rows(text))
    if reading.faults:
        raise PolicyError("\n".join(limited(reading.faults)))
    return rows


class _Reading:
    """One pass through one file."""

    def __init__(self, source: str, policy: Policy, delimiter: str) -> None:
        self.source = source
        self._delimiter = delimiter
        self.faults: list[str] = []
        self._categories = tuple(category.id for category in policy.categories)
        self._policy = policy.id
        self._seen: dict[str, int] = {}

    def rows(self, text: str) -> Iterator[GoldenRow]:
        """Yield every good row; the faults of the others are gathered."""
        lines = self._lines(text)
        _, header = next((read for read in lines if read[1]), (1, list[str]()))
        columns = [name.strip() for name in header]
        if not self._usable(columns):
            return
        for line, cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                self._fault(line, "", f"this row has {len(cells)} cells, not {len(columns)}. Quote cells with commas.")
                continue
            row = self._row(line, dict(zip(columns, cells, strict=True)))
            if row is not None:
                yield row

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the line it begins on."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=self._delimiter)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            self._fault(line, "", f"this row can't be read as CSV ({error}). Check its quotes.")

    def _usable(self, columns: list[str]) -> bool:
        before = len(self.faults)
        for name in HEADER:
            if columns.count(name) != 1:
                many = "is missing" if name not in columns else "stands more than once"
                self._fault(1, name, f"this column {many}. The first line reads {','.join(HEADER)}")
        for name in columns:
            if name not in HEADER:
                self._fault(1, name, f"there is no such column. {nearest(name, HEADER)}")
        return len(self.faults) == before

    def _row(self, line: int, cells: dict[str, str]) -> GoldenRow | None:
        before = len(self.faults)
        name = self._id(line, cells["id"].strip())
        self._check_text(line, "text", cells["text"])
        context = self._context(line, cells["context"])
        label = cells["label"].strip()
        if label not in _LABELS:
            self._fault(line, "label", f"`{shown(label)}` is no label. {nearest(label, _LABELS)}")
        category = self._category(line, label, cells["category"].strip())
        self._check_words(line, cells)
        if len(self.faults) > before:
            return None
        return GoldenRow(
            id=name,
            text=cells["text"],
            context=context,
            label=Label(label),
            category=category,
            language=cells["language"].strip(),
            tags=frozenset(cells["tags"].split()),
            split=cells["split"].strip(),
            note=cells["note"].strip(),
            place=f"{self.source}:{line}",
        )

    def _id(self, line: int, name: str) -> str:
        if not name or len(name) > _LONGEST_WORD or not name.isprintable():
            self._fault(line, "id", "each row needs an id of its own, such as spam-001.")
        elif name in self._seen:
            self._fault(line, "id", f"`{shown(name)}` is the id of line {self._seen[name]} too. Give each its own.")
        self._seen.setdefault(name, line)
        return name

    def _check_text(self, line: int, column: str, text: str) -> None:
        if not text.strip():
            self._fault(line, column, "there is no text to judge here.")
        if len(text) > MAX_CHARACTERS:
            self._fault(line, column, f"this text has {len(text)} characters; {MAX_CHARACTERS} are the most judged.")

    def _context(self, line: int, cell: str) -> tuple[str, ...]:
        if not cell.strip():
            return ()
        try:
            read = json.loads(cell)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, list) or not all(isinstance(text, str) for text in read):
            self._fault(line, "context", 'must be a JSON list of earlier messages, such as ["hi", "hello you"].')
            return ()
        if len(read) > _MOST_CONTEXT:
            self._fault(line, "context", f"{len(read)} earlier messages are more than {_MOST_CONTEXT}.")
        for text in read:
            self._check_text(line, "context", text)
        return tuple(read)

    def _category(self, line: int, label: str, name: str) -> CategoryId | None:
        if name and name not in self._categories:
            text = f"`{shown(name)}` is no category of {self._policy}. {nearest(name, self._categories)}"
            self._fault(line, "category", text)
        if not name and label == Label.VIOLATES:
            self._fault(line, "category", f"say which category it violates. {nearest('', self._categories)}")
        return CategoryId(name) if name else None

    def _check_words(self, line: int, cells: dict[str, str]) -> None:
        language, split = cells["language"].strip(), cells["split"].strip()
        if language and not is_language(language):
            self._fault(
                line, "language", f"`{shown(language)}` is no language code. Write one such as en, de or pt-BR."
            )
        if split not in _SPLITS:
            self._fault(line, "split", f"`{shown(split)}` is not known here. Write `write`, `test`, or nothing.")
        if max(len(cells["tags"]), len(cells["note"])) > MAX_CHARACTERS:
            self._fault(line, "note", f"tags and note have at most {MAX_CHARACTERS} characters.")

    def _fault(self, line: int, column: str, text: str) -> None:
        self.faults.append(told(self.source, line, column, text))
