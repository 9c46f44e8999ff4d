"""Files that people keep: whole or not at all, and never over another by accident."""

import os
import stat
from pathlib import Path

import pytest

from bot.config.settings.writing import OWNER_ONLY, NewFile, write_new, write_over
from bot.domain.errors import InputError


def mode_of(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_for_its_owner_alone_and_so_is_its_folder(tmp_path: Path) -> None:
    """Whatever the process allows others by default."""
    before = os.umask(0)
    try:
        write_new([NewFile(path=tmp_path / "secrets" / "token", text="abc\n", mode=OWNER_ONLY)])
        write_new([NewFile(path=tmp_path / "config.yaml", text="a: 1\n")])
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "secrets" / "token") == 0o600
    assert mode_of(tmp_path / "secrets") == 0o700
    assert mode_of(tmp_path / "config.yaml") == 0o644
    assert (tmp_path / "secrets" / "token").read_text() == "abc\n"


def test_nothing_is_written_when_one_file_is_there(tmp_path: Path) -> None:
    """All or none; the way out is named."""
    (tmp_path / "two").write_text("kept")
    files = [NewFile(path=tmp_path / name, text="new") for name in ("one", "two")]
    with pytest.raises(InputError, match=r"two: this file is there already\. Use --force"):
        write_new(files)
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    assert (tmp_path / "two").read_text() == "kept"


def test_a_link_that_leads_nowhere_counts_as_there(tmp_path: Path) -> None:
    """Otherwise a secret could be written to a place that somebody else chose."""
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="there already"):
        write_new([NewFile(path=tmp_path / "token", text="abc", mode=OWNER_ONLY)])
    write_over([NewFile(path=tmp_path / "token", text="abc", mode=OWNER_ONLY)])
    assert not (tmp_path / "elsewhere").exists()


def test_writing_over_keeps_the_new_permissions_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A secret in place of a readable file is not readable."""
    path = tmp_path / "token"
    path.write_text("old")
    path.chmod(0o644)
    write_over([NewFile(path=path, text="new", mode=OWNER_ONLY)])
    assert (path.read_text(), mode_of(path)) == ("new", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["token"]


def test_a_folder_that_can_not_be_is_told(tmp_path: Path) -> None:
    """With the file's name, and nothing left behind."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="this file can't be written"):
        write_new([NewFile(path=tmp_path / "file" / "config.yaml", text="a: 1")])
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="this file can't be written"):
        write_over([NewFile(path=tmp_path / "folder", text="a: 1")])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]
