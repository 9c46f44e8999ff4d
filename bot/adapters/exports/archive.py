"""An export of many files, as a folder or a zip file: its files, opened one at a time and never unpacked to disk.

A zip file is hostile until shown otherwise: entries whose names climb out of it, that unpack to far more than they
hold, that are encrypted or damaged are each refused by name, and the others are read.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from bot.adapters.exports.rows import BrokenRow
from bot.adapters.exports.streams import Meter, Metered
from bot.domain.errors import InputError

MOST_ENTRIES = 100_000
MOST_RATIO = 100
"""Bytes that one byte of a zip entry may unpack to; real chats stay below 30."""
RATIO_FREE = 1024 * 1024
"""Entries that unpack to less are never called bombs, in bytes."""
LARGEST_ENTRY = 4 * 1024 * 1024 * 1024
_ENCRYPTED = 0x1

Opener = Callable[[], BinaryIO]


@dataclass(slots=True, kw_only=True)
class Archive:
    """The files of an export by their names, with slashes, and the entries that were refused."""

    name: str
    meter: Meter
    refused: list[BrokenRow] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    raw: Callable[[str], BinaryIO]

    def names(self) -> tuple[str, ...]:
        """Return every usable file's name, sorted."""
        return tuple(sorted(self.sizes))

    def place(self, name: str) -> str:
        """Return how a fault names a file in here."""
        return f"{self.name}/{name}"

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading bytes that count as progress. Raises OSError or zipfile.BadZipFile."""
        return cast("BinaryIO", Metered(self.raw(name), self.meter))

    def peek(self, name: str) -> BinaryIO:
        """Open a file for a look that does not count as progress."""
        return self.raw(name)


READ_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""What reading an entry of a damaged or encrypted archive raises."""


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a folder or a zip file. Raises InputError when it can't be read at all."""
    if path.is_dir():
        yield _folder(path)
        return
    try:
        with zipfile.ZipFile(path) as zipped:
            yield _zip(path, zipped)
    except zipfile.BadZipFile:
        raise InputError(
            f"{path}: this zip file is damaged or cut short, so its table of contents can't be read. Download it again."
        ) from None


def _folder(path: Path) -> Archive:
    archive = Archive(name=path.name, meter=Meter(), raw=lambda name: (path / name).open("rb"))
    root = path.resolve()
    for folder, _, files in os.walk(path):
        for file in files:
            found = Path(folder, file)
            name = found.relative_to(path).as_posix()
            fault = _fault_of_file(found, root)
            if fault:
                archive.refused.append(BrokenRow(place=archive.place(name), fault=fault))
                continue
            archive.sizes[name] = found.stat().st_size
        _check_count(path, len(archive.sizes))
    archive.meter.total = _to_read(archive)
    return archive


def _fault_of_file(found: Path, root: Path) -> str:
    try:
        if not found.resolve().is_relative_to(root):
            return "this link leads out of the folder; it was not followed"
        return "" if stat.S_ISREG(found.stat().st_mode) else "this is not a file"
    except OSError as error:
        return f"this file can't be read ({error.strerror or error})"


def _zip(path: Path, zipped: zipfile.ZipFile) -> Archive:
    archive = Archive(name=path.name, meter=Meter(), raw=lambda name: cast("BinaryIO", zipped.open(name)))
    entries = zipped.infolist()
    _check_count(path, len(entries))
    for entry in entries:
        if entry.is_dir():
            continue
        fault = _fault_of_entry(entry, archive)
        if fault:
            archive.refused.append(BrokenRow(place=archive.place(entry.filename), fault=fault))
            continue
        archive.sizes[entry.filename] = entry.file_size
    archive.meter.total = _to_read(archive)
    return archive


def _to_read(archive: Archive) -> int:
    """Return how many bytes a reader goes through: files of other kinds that came along are never opened."""
    return sum(size for name, size in archive.sizes.items() if name.endswith(".json"))


def _check_count(path: Path, count: int) -> None:
    if count > MOST_ENTRIES:
        raise InputError(f"{path}: more than {MOST_ENTRIES} files are in here. Replay a part of the export at a time.")


def _fault_of_entry(entry: zipfile.ZipInfo, archive: Archive) -> str:
    if climbs(entry.filename):
        return "this name climbs out of the archive; the entry was not read"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "this is a link; it was not followed"
    if entry.flag_bits & _ENCRYPTED:
        return "this entry is encrypted; unpack the archive yourself and name the folder"
    if entry.filename in archive.sizes:
        return "the archive has two entries of this name; the second was not read"
    if _is_bomb(entry):
        return (
            f"this entry unpacks from {entry.compress_size} to {entry.file_size} bytes, as a zip bomb does; "
            "it was not read. If you trust it, unpack the archive yourself and name the folder"
        )
    return ""


def climbs(name: str) -> bool:
    """Return whether a name in an archive points out of it: absolute, with a drive, or with `..`."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] if path.parts else True


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    if entry.file_size > LARGEST_ENTRY:
        return True
    return entry.file_size > RATIO_FREE and entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
