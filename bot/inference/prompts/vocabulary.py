"""The vocabulary that harmony prompts are encoded with, had without a download and proved by its hash.

openai-harmony would fetch the file at first use. It reads `$TIKTOKEN_ENCODINGS_BASE/o200k_base.tiktoken` instead where
that variable is set; the package splintr-rs carries the same vocabulary, from which the file is made once.
"""

import base64
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from openai_harmony import HarmonyEncoding, HarmonyEncodingName, HarmonyError, load_harmony_encoding
from splintr import Tokenizer

from bot.domain.errors import InputError
from bot.logs import get_logger

FILE_NAME = "o200k_base.tiktoken"
SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
"""Of the 3,613,922 bytes that openai-harmony checks its own download against."""
FOLDER_VARIABLE = "TIKTOKEN_ENCODINGS_BASE"

_TOKENS = 199_998
_environment = threading.Lock()
_log = get_logger(__name__)


@lru_cache(maxsize=1)
def load_encoding() -> HarmonyEncoding:
    """Return harmony's encoding, loaded once per process (about 0.3 s). InputError says what is wrong with its file."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return _load_from(_proved_folder(Path(given)))
    try:
        return _load_from(ensure_vocabulary(cache_folder()))
    except OSError as error:
        _log.warning("vocabulary_not_kept", error=str(error))
        return _load_without_cache()


def words() -> list[bytes]:
    """Return what each plain token stands for, in the tokens' order; special ones come after them."""
    tokenizer = Tokenizer.from_pretrained("o200k_base")
    return [bytes(tokenizer.decode_token_bytes(number)) for number in range(_TOKENS)]


def cache_folder() -> Path:
    """Return the folder that keeps the vocabulary between runs: `hallmoot` below the user's cache folder.

    OSError when this user has no home folder.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if base.is_absolute():
        return base / "hallmoot"
    try:
        return Path.home() / ".cache" / "hallmoot"
    except RuntimeError as error:
        raise FileNotFoundError(f"no cache folder: {error}") from error


def ensure_vocabulary(folder: Path) -> Path:
    """Return the folder, with the right vocabulary file in it: made anew where it is missing or damaged.

    OSError when it can't be written. Two processes may do this at once: each writes a file of its own and renames it.
    """
    target = folder / FILE_NAME
    if _is_right(target):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE_NAME}.")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_vocabulary_bytes())
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise
    return folder


def _proved_folder(folder: Path) -> Path:
    path = folder / FILE_NAME
    if not path.is_file():
        raise InputError(
            f"{FOLDER_VARIABLE} is set to {folder}, but there is no {FILE_NAME} in that folder. "
            f"Unset {FOLDER_VARIABLE} (Hallmoot then makes the file itself), or put the file there."
        )
    if not _is_right(path):
        raise InputError(
            f"{path} is not the vocabulary that gpt-oss uses: its SHA-256 is not {SHA256}. "
            f"Unset {FOLDER_VARIABLE} (Hallmoot then makes the file itself), or put the right file there."
        )
    return folder


def _is_right(path: Path) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    except OSError:
        return False


def _vocabulary_bytes() -> bytes:
    made = b"".join(b"%s %d\n" % (base64.b64encode(word), number) for number, word in enumerate(words()))
    if hashlib.sha256(made).hexdigest() != SHA256:
        raise InputError(
            "The installed splintr-rs carries another vocabulary than gpt-oss uses. "
            "Install the pinned packages: pip install --require-hashes -r requirements/run.txt"
        )
    return made


def _load_without_cache() -> HarmonyEncoding:
    try:
        with tempfile.TemporaryDirectory(prefix="hallmoot-") as folder:
            return _load_from(ensure_vocabulary(Path(folder)))
    except OSError as error:
        raise InputError(
            f"The vocabulary can't be written anywhere: {error}. Set XDG_CACHE_HOME to a folder that can be written to."
        ) from error


def _load_from(folder: Path) -> HarmonyEncoding:
    try:
        with _environment_naming(folder):
            return load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
    except HarmonyError as error:
        raise InputError(
            f"openai-harmony can't read the vocabulary in {folder}: {error}. Start Hallmoot again."
        ) from error


@contextmanager
def _environment_naming(folder: Path) -> Iterator[None]:
    """Name the folder in the environment, the only place openai-harmony looks, for as long as it takes."""
    with _environment:
        before = os.environ.get(FOLDER_VARIABLE)
        os.environ[FOLDER_VARIABLE] = str(folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ[FOLDER_VARIABLE]
            else:
                os.environ[FOLDER_VARIABLE] = before
