"""The install key: a secret of this installation, from which prompt fences and erasure marks are made."""

import os
import secrets
from pathlib import Path

from bot.domain.errors import StorageError

FILE_NAME = "install.key"
_BYTES = 32


def install_key(folder: Path) -> bytes:
    """Return the key kept in a data folder, made on first use with mode 0600. Raises StorageError."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise StorageError(f"{path}: can't be written ({error.strerror}). Choose a folder you may write to.") from error
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: can't be read ({error.strerror}). Make it yours again (chown).") from error
    if len(key) != _BYTES:
        raise StorageError(f"{path}: this is no install key, it has {len(key)} bytes. Restore it from a backup.")
    return key
