"""The secret of one installation, so that nobody can guess the fences of its prompts or the marks of its erasures."""

import os
import secrets
from pathlib import Path

from bot.domain.errors import StorageError
from bot.storage.private_files import open_private

KEY_NAME = "install.key"
"""The key's file in the data folder."""

_BYTES = 32


def install_key(folder: Path) -> bytes:
    """Return the key kept in the data folder; make it, readable for its owner alone, where there is none.

    Raise StorageError when it can't be made or read, or is no key.
    """
    path = folder / KEY_NAME
    try:
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise StorageError(f"Install key {path}: it can't be read or made ({error}). {_REMEDY}") from error
    if len(key) != _BYTES:
        raise StorageError(f"Install key {path}: it holds {len(key)} bytes instead of {_BYTES}. {_REMEDY}")
    return key


_REMEDY = (
    "Restore the file from a backup. If there is none, remove it and a new one is made; then erasures that were noted "
    "before no longer apply to restored backups."
)


def _make(path: Path) -> None:
    """Write a new key under another name and link it: of two processes at once, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{KEY_NAME}.{os.getpid()}")
    handle = open_private(draft, os.O_WRONLY | os.O_TRUNC)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
