"""Writing files that people keep: all or none, whole or not at all, and never over another without being told to."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import InputError

OWNER_ONLY = 0o600
READABLE = 0o644
_OWNERS_FOLDER = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to write. `mode` is what its permissions are."""

    path: Path
    text: str
    mode: int = READABLE


def write_new(files: Iterable[NewFile]) -> None:
    """Write files where there is none yet. Raises InputError, with nothing written, when one is there already."""
    wanted = tuple(files)
    refuse_present(file.path for file in wanted)
    write_over(wanted)


def refuse_present(paths: Iterable[Path]) -> None:
    """Raise InputError when one of these files is there already."""
    there = [str(path) for path in paths if os.path.lexists(path)]
    if there:
        many = "these files are" if len(there) > 1 else "this file is"
        raise InputError(f"{', '.join(there)}: {many} there already. Use --force to write over what is there.")


def write_over(files: Iterable[NewFile]) -> None:
    """Write files, in place of those that are there. Each is seen by others either whole or not at all.

    Raises InputError when one can't be written.
    """
    for file in files:
        try:
            _write(file)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InputError(f"{file.path}: this file can't be written ({why}).") from error


def _write(file: NewFile) -> None:
    private = file.mode == OWNER_ONLY
    file.path.parent.mkdir(parents=True, exist_ok=True, mode=_OWNERS_FOLDER if private else 0o777)
    # A temporary file is born readable by its owner alone, so that a secret is never open to others in between.
    number, name = tempfile.mkstemp(dir=file.path.parent, prefix=".hallmoot-")
    made = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as out:
            out.write(file.text)
            out.flush()
            os.fsync(out.fileno())
        made.chmod(file.mode)
        made.replace(file.path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
