"""Reading a text file that a person names: bounded in size, UTF-8, with a clear sentence for everything else."""

import codecs
import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from bot.config.faults import told
from bot.domain.errors import ConfigError

_A_FOLDER = (
    "this is a folder, where a file is expected. Name the file itself; a container makes such a folder by itself where "
    "the file that it should be given is missing."
)
_ALLOWED_CONTROLS = frozenset("\n\t")


def is_there(path: Path) -> bool:
    """Return whether something is at a path; False also where that may not be known. pathlib would raise there."""
    return os.path.exists(path)  # noqa: PTH110 - see above


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; False also where that may not be known. pathlib would raise there."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def current_folder() -> Path:
    """Return the folder that this process is in. Raises ConfigError where there is none any more."""
    try:
        return Path.cwd()
    except OSError as error:
        text = "The folder that this was started in is gone, or may not be looked at. Change into another one first."
        raise ConfigError((text,)) from error


def absolute(folder: Path, path: str) -> Path:
    """Return a path that was written relative to a folder; `~` is the user's own, where there is such a user."""
    with contextlib.suppress(RuntimeError):
        return folder / Path(path).expanduser()
    return folder / path


def read_bytes(path: Path, most: int) -> bytes:
    """Return a regular file's bytes, at most `most` of them. Raises ConfigError with the remedy.

    Opened without waiting, so that a pipe somebody put in the file's place does not hold the program up.
    """
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise ConfigError((_not_opened(path, error),)) from error
    if fault := _no_file(os.fstat(number).st_mode):
        os.close(number)
        raise ConfigError((told(str(path), None, "", fault),))
    with os.fdopen(number, "rb") as file:
        content = _content(path, file, most)
    if len(content) > most:
        remedy = f"this file is larger than {most // 1024} KiB, the most that is read. Is it the right one?"
        raise ConfigError((told(str(path), None, "", remedy),))
    return content


def _no_file(mode: int) -> str:
    """Return what is wrong with something that is no regular file; nothing for one that is."""
    if stat.S_ISDIR(mode):
        return _A_FOLDER
    return "" if stat.S_ISREG(mode) else "this is not a file. Name a text file."


def _content(path: Path, file: BinaryIO, most: int) -> bytes:
    try:
        return file.read(most + 1)
    except OSError as error:
        raise ConfigError((_not_opened(path, error),)) from error


def _not_opened(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return told(str(path), None, "", "there is no such file. Check the spelling, and the folder you are in.")
    if is_folder(path):  # Windows does not open one at all
        return told(str(path), None, "", _A_FOLDER)
    if isinstance(error, PermissionError):
        return told(str(path), None, "", "this file may not be read. Give yourself permission to read it.")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return told(str(path), None, "", f"this file can't be read ({why.lower()}).")


def decode(content: bytes, source: str) -> str:
    """Return UTF-8 bytes as text with plain line feeds, a byte order mark dropped. Raises ConfigError with the line."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError((told(source, None, "", "this file is in UTF-16. Save it as UTF-8."),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((told(source, line, "", "this line is not UTF-8 text. Save the file as UTF-8."),)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def control_faults(text: str, source: str) -> list[str]:
    """Return a fault for each line with control characters, which no text that people write has."""
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        hostile = [char for char in line if _is_control(char)]
        if hostile:
            faults.append(told(source, number, "", f"this line holds a control character, {hostile[0]!r}. Remove it."))
    return faults


def _is_control(char: str) -> bool:
    return (char < " " or "\x7f" <= char < "\xa0") and char not in _ALLOWED_CONTROLS
