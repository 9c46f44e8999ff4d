"""Zip files and folders: hostile and damaged entries are refused by name, and the others are read."""

import json
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.exports.archive import climbs, open_archive
from bot.adapters.exports.export import Export
from bot.adapters.exports.rows import BrokenRow, ReadRow
from bot.domain.errors import InputError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = json.dumps([{"type": "message", "user": "U1", "text": "hello", "ts": "1760000000.0001"}])


def _zip(path: Path, entries: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("channels.json", '[{"id": "C1", "name": "hall"}]')
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def _faults(path: Path) -> tuple[dict[str, str], int]:
    rows = list(Export(path=path, now=NOW).rows())
    told = {row.place.removeprefix(f"{path.name}/"): row.fault for row in rows if isinstance(row, BrokenRow)}
    return told, sum(isinstance(row, ReadRow) for row in rows)


@pytest.mark.parametrize("name", ["../../evil.json", "/etc/passwd", "a/../../b.json", "C:/evil.json", "..\\evil.json"])
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    """Nothing is unpacked to disk anyway; the entry is told and not read."""
    assert climbs(name)
    told, read = _faults(_zip(tmp_path / "e.zip", {name: DAY, "hall/2025-10-09.json": DAY}))
    assert list(told.values()) == ["this name climbs out of the archive; the entry was not read"]
    assert read == 1


@pytest.mark.parametrize("name", ["hall/2025-10-09.json", "a b/..c.json", "café/x.json"])
def test_ordinary_names_do_not_climb(name: str) -> None:
    """Dots inside a name are no step up."""
    assert not climbs(name)


def test_a_zip_bomb_is_refused_by_its_ratio_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Forty million spaces pack into forty thousand bytes; they are never unpacked."""
    bomb = "[" + " " * 40_000_000 + "]"
    told, read = _faults(_zip(tmp_path / "e.zip", {"hall/2025-10-08.json": bomb, "hall/2025-10-09.json": DAY}))
    assert "as a zip bomb does" in told["hall/2025-10-08.json"]
    assert read == 1


def test_an_entry_that_is_damaged_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The checksum tells."""
    path = _zip(tmp_path / "e.zip", {"hall/2025-10-08.json": DAY, "hall/2025-10-09.json": DAY}, zipfile.ZIP_STORED)
    content = path.read_bytes()
    place = content.index(b"hello")
    path.write_bytes(content[:place] + b"jello" + content[place + 5 :])
    told, read = _faults(path)
    assert list(told) == ["hall/2025-10-08.json: after entry 1"] or list(told) == ["hall/2025-10-08.json"]
    assert "Bad CRC-32" in next(iter(told.values()))
    assert read >= 1


def test_an_encrypted_entry_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """There is nowhere to ask for a password."""
    path = _zip(tmp_path / "e.zip", {"hall/2025-10-08.json": DAY, "hall/2025-10-09.json": DAY})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    (flags,) = struct.unpack_from("<H", content, place + 8)
    struct.pack_into("<H", content, place + 8, flags | 1)
    path.write_bytes(content)
    told, read = _faults(path)
    assert told["hall/2025-10-08.json"].startswith("this entry is encrypted")
    assert read == 1


def test_a_zip_file_that_was_cut_short_says_so_in_one_message(tmp_path: Path) -> None:
    """Its table of contents stands at its end."""
    path = _zip(tmp_path / "e.zip", {"hall/2025-10-09.json": DAY})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"e\.zip: this zip file is damaged or cut short.*Download it again"):
        list(Export(path=path, now=NOW).rows())


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    """A link within it may be."""
    secret = tmp_path / "secret.json"
    secret.write_text(DAY)
    folder = tmp_path / "export"
    (folder / "hall").mkdir(parents=True)
    (folder / "channels.json").write_text("[]")
    (folder / "hall" / "2025-10-09.json").symlink_to(secret)
    (folder / "hall" / "2025-10-10.json").symlink_to(folder / "nowhere.json")
    told, read = _faults(folder)
    assert told["hall/2025-10-09.json"] == "this link leads out of the folder; it was not followed"
    assert "No such file" in told["hall/2025-10-10.json"]
    assert read == 0


def test_two_entries_of_one_name_are_read_once(tmp_path: Path) -> None:
    """Which of them a reader would see is anybody's guess."""
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("channels.json", "[]")
        archive.writestr("hall/2025-10-09.json", DAY)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("hall/2025-10-09.json", DAY)
    told, read = _faults(path)
    assert told == {"hall/2025-10-09.json": "the archive has two entries of this name; the second was not read"}
    assert read == 1


def test_reading_counts_towards_the_whole(tmp_path: Path) -> None:
    """Progress is bytes read of bytes to read, other kinds of files left out."""
    path = _zip(tmp_path / "e.zip", {"hall/2025-10-09.json": DAY, "hall/picture.png": b"x" * 5_000})
    export = Export(path=path, now=NOW)
    list(export.rows())
    assert export.meter.share == 1.0
    with open_archive(path) as archive:
        assert archive.meter.total == len(DAY) + len('[{"id": "C1", "name": "hall"}]')
