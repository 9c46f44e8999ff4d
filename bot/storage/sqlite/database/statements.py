"""SQL in files: each `sql/*.sql` holds named blocks, each `migrations/NNNN_*.sql` a step of the schema."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

_HOME = "bot.storage.sqlite"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_MIGRATION = re.compile(r"^(\d{4})_\w+\.sql$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema: the version that it leads to, and its statements."""

    version: int
    statements: tuple[str, ...]


def statements(name: str) -> Mapping[str, str]:
    """Return the named blocks of `sql/<name>.sql`. Each begins with a line `-- name: xyz` and is one statement."""
    text = resources.files(_HOME).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    pieces = _NAME.split(text)[1:]
    names, bodies = pieces[::2], pieces[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"sql/{name}.sql names a block twice")
    return MappingProxyType({name: body.strip() for name, body in zip(names, bodies, strict=True)})


def migrations() -> tuple[Migration, ...]:
    """Return every step of the schema in order; ValueError when a number is missing."""
    folder = resources.files(_HOME).joinpath("migrations")
    found = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    steps = [
        Migration(version=int(match[1]), statements=split(text))
        for name, text in found
        if (match := _MIGRATION.match(name))
    ]
    if [step.version for step in steps] != list(range(1, len(steps) + 1)):
        raise ValueError("the migrations are not numbered 1, 2, 3, …")
    return tuple(steps)


def split(script: str) -> tuple[str, ...]:
    """Return the statements of a script; sqlite3 runs one at a time inside a transaction of ours."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return tuple(found)
