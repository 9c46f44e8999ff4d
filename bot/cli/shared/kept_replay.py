"""What a kept replay was begun with, beside its database: to go on from there it has to be the same."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.adapters.exports.export import Export
from bot.adapters.exports.selection import Selection
from bot.config.text_files import is_there
from bot.domain.errors import InputError
from bot.domain.policy import Policy

_SCHEMA = 1
_HEAD = 1024 * 1024


def note_of(database: Path) -> Path:
    """Return where the note on a database stands."""
    return database.with_name(database.name + ".replay.json")


def described(export: Export, selection: Selection, policies: tuple[Policy, ...]) -> dict[str, Any]:
    """Return what makes two replays the same: the file, what is taken of it, and the policies."""
    return {
        "schema": _SCHEMA,
        "file": export.path.name,
        "begins_with": _fingerprint(export.path),
        "format": export.kind().value,
        "community": export.community,
        "selection": {name: _plain(value) for name, value in asdict(selection).items()},
        "columns": asdict(export.columns),
        "policies": {policy.id: policy.policy_hash for policy in policies},
    }


def check_new(database: Path) -> None:
    """Refuse to begin where that is not possible, and leave nothing there. Raises InputError."""
    try:
        database.stat()
    except FileNotFoundError:
        _note(database, "")
        note_of(database).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{database}: no database can be made here ({why.lower()}).") from error
    else:
        raise InputError(
            f"{database} exists already. Go on with that replay by --resume, or name another file with --save."
        )


def begin(database: Path, description: dict[str, Any]) -> None:
    """Note what a new replay begins with. Raises InputError when the database has records already."""
    check_new(database)
    _note(database, json.dumps(description, indent=1))


def _note(database: Path, text: str) -> None:
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        note_of(database).write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{note_of(database)}: this can't be written ({error.strerror or error}).") from error


def check_same(database: Path, description: dict[str, Any]) -> None:
    """Refuse to resume what was begun differently. Raises InputError, naming what differs."""
    if not is_there(database):
        raise InputError(f"{database}: there is nothing to resume. Leave out --resume to begin.")
    try:
        begun = json.loads(note_of(database).read_text("utf-8"))
    except (OSError, ValueError):
        begun = None
    if not isinstance(begun, dict):
        raise InputError(f"{database} was not made by a replay that can be resumed: {note_of(database)} is missing.")
    differing = [key for key, value in description.items() if begun.get(key) != json.loads(json.dumps(value))]
    if differing:
        raise InputError(
            f"{database} was begun with another {' and '.join(differing).replace('_', ' ')}. "
            "Resume with the same file, options and policies, or begin anew with another --save."
        )


def _fingerprint(path: Path) -> str:
    if path.is_dir():
        names = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
        return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()
    with path.open("rb") as raw:
        return hashlib.sha256(raw.read(_HEAD)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    return value if value is None or isinstance(value, int) else str(value)
