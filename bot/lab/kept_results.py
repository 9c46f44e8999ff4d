"""Verdicts of evaluations on file, so that no row is judged twice under the same prompt by the same model."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from bot.domain.errors import HallmootError, InputError
from bot.domain.golden import GoldenRow
from bot.domain.verdict import Verdict
from bot.storage.codec.verdicts import to_verdict, verdict_text, words_text


def key_of(row: GoldenRow, *, prompt_hash: str, digest: str) -> str:
    """Return what a verdict belongs to: the prompt, the weights, and the row's text with its context."""
    parts = json.dumps([prompt_hash, digest, row.text, row.context], ensure_ascii=True)
    return hashlib.sha256(parts.encode()).hexdigest()


class KeptResults:
    """A file of JSON lines that verdicts are added to as they come; a line that was cut off is judged anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Verdict] = {}
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Read what is there and open the file to add to it. Raises InputError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            content = self.path.read_bytes().decode("utf-8", "replace") if self.path.exists() else ""
            for line in content.split("\n"):
                self._learn(line)
            self._file = self.path.open("a", encoding="utf-8")
            if content and not content.endswith("\n"):
                self._file.write("\n")
        except OSError as error:
            raise InputError(f"{self.path}: results can't be kept here ({error.strerror or error}).") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def get(self, key: str) -> Verdict | None:
        """Return a kept verdict."""
        return self._known.get(key)

    def add(self, key: str, row: GoldenRow, verdict: Verdict) -> None:
        """Keep a verdict; it is on file when this returns."""
        self._known[key] = verdict
        line = {
            "key": key,
            "row": row.id,
            "label": row.label,
            "verdict": json.loads(verdict_text(verdict)),
            "words": json.loads(words_text(verdict)),
        }
        if self._file is not None:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def _learn(self, line: str) -> None:
        try:
            read: Any = json.loads(line) if line.strip() else None
            if isinstance(read, Mapping):
                self._known[str(read["key"])] = to_verdict(json.dumps(read["verdict"]), json.dumps(read["words"]))
        except (ValueError, KeyError, TypeError, HallmootError):
            return


def forget(path: Path) -> None:
    """Remove kept results, to judge everything anew. Raises InputError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: this can't be removed ({error.strerror or error}).") from error
