"""The erasure ledger: a file beside the database that restored backups are held against.

A line is the mark of an erased person and the moment. The mark is an HMAC of community and person under the install
key: whoever reads the ledger can't tell who was erased, and the store can tell whether someone it knows was.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import StorageError
from bot.domain.ids import CommunityId, PersonId
from bot.storage.private_files import open_private

_MARK_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One line: whom, as a mark, and when, in ISO 8601."""

    mark: str
    erased_at: str


class Ledger:
    """The ledger of one database."""

    def __init__(self, database: Path, key: bytes) -> None:
        self.path = database.with_name(f"{database.name}.erasures")
        self._key = key

    def mark(self, community: CommunityId, person: PersonId) -> str:
        """Return the mark of a person in a community."""
        subject = f"{community}\x1f{person}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, subject, hashlib.sha256).hexdigest()

    def add(self, erasure: Erasure) -> None:
        """Write a line and have it survive a power loss; StorageError when that fails."""
        try:
            handle = open_private(self.path, os.O_WRONLY | os.O_APPEND)
            with os.fdopen(handle, "a", encoding="ascii", newline="\n") as file:
                file.write(f"{erasure.mark} {erasure.erased_at}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"Erasure ledger {self.path}: it can't be written ({error.strerror}). Nothing was erased. Check that "
                "this user may write there and that the disk is not full."
            ) from error

    def erasures(self) -> tuple[Erasure, ...]:
        """Return every line, oldest first; none where there is no ledger. StorageError when a line is no such."""
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise StorageError(f"Erasure ledger {self.path}: it can't be read ({error}). {_REMEDY}") from error
        return tuple(self._line(number, line) for number, line in enumerate(lines, start=1) if line.strip())

    def _line(self, number: int, line: str) -> Erasure:
        mark, _, erased_at = line.partition(" ")
        if len(mark) != _MARK_DIGITS or not erased_at:
            raise StorageError(f"Erasure ledger {self.path}, line {number}: it is damaged. {_REMEDY}")
        return Erasure(mark=mark, erased_at=erased_at)


_REMEDY = "Restore the file from a backup of the data folder: without it, erased words could come back with a backup."
