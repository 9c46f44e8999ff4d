"""The vocabulary is had without a download, proved by its hash, and written so that two processes can't tear it."""

import hashlib
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.errors import InputError
from bot.inference.prompts.vocabulary import (
    FILE_NAME,
    FOLDER_VARIABLE,
    SHA256,
    cache_folder,
    ensure_vocabulary,
    load_encoding,
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give each test an empty cache folder, no variable, and an encoding that is not loaded yet."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_encoding.cache_clear()
    yield
    load_encoding.cache_clear()


def _make(folder: str) -> None:
    ensure_vocabulary(Path(folder))


def test_it_is_made_and_has_the_hash_that_harmony_checks(tmp_path: Path) -> None:
    """3,613,922 bytes, and nothing else is left in the folder."""
    folder = ensure_vocabulary(tmp_path / "deep" / "down")
    made = (folder / FILE_NAME).read_bytes()
    assert len(made) == 3_613_922
    assert hashlib.sha256(made).hexdigest() == SHA256
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_a_right_file_is_kept_and_a_damaged_one_made_anew(tmp_path: Path) -> None:
    """The file's hash decides, not its presence."""
    path = ensure_vocabulary(tmp_path) / FILE_NAME
    written = path.stat().st_mtime_ns
    ensure_vocabulary(tmp_path)
    assert path.stat().st_mtime_ns == written
    path.write_bytes(path.read_bytes()[:1_000_000])
    ensure_vocabulary(tmp_path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256


def test_processes_that_make_it_at_once_do_not_disturb_one_another(tmp_path: Path) -> None:
    """Three write, one whole file stays."""
    context = multiprocessing.get_context("spawn")
    makers = [context.Process(target=_make, args=(str(tmp_path),)) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert [maker.exitcode for maker in makers] == [0, 0, 0]
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert hashlib.sha256((tmp_path / FILE_NAME).read_bytes()).hexdigest() == SHA256


def test_the_cache_is_below_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_CACHE_HOME does not count, as its specification says."""
    assert cache_folder() == tmp_path / "hallmoot"
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "hallmoot"


def test_loading_makes_the_cache_and_leaves_the_environment_alone(tmp_path: Path) -> None:
    """The variable that harmony reads is set while it loads, and not a moment longer."""
    encoding = load_encoding()
    assert encoding.encode("<|end|>", allowed_special="all") == [200_007]
    assert FOLDER_VARIABLE not in os.environ
    assert (tmp_path / "hallmoot" / FILE_NAME).is_file()


def test_a_folder_that_can_not_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoding loads all the same, from a file that is gone afterwards."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert load_encoding().encode("hello") == [24_912]


def test_the_given_folder_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TIKTOKEN_ENCODINGS_BASE wins over the cache, and stays set."""
    given = ensure_vocabulary(tmp_path / "given")
    monkeypatch.setenv(FOLDER_VARIABLE, str(given))
    load_encoding()
    assert os.environ[FOLDER_VARIABLE] == str(given)
    assert not (tmp_path / "hallmoot").exists()


@pytest.mark.parametrize(("content", "says"), [(None, "there is no o200k_base"), (b"IQ== 0\n", "not the vocabulary")])
def test_a_given_folder_without_the_right_file_is_refused(
    content: bytes | None, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the folder and the way out."""
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=says) as caught:
        load_encoding()
    assert str(tmp_path) in str(caught.value)
    assert f"Unset {FOLDER_VARIABLE}" in str(caught.value)
