"""Opening files that only their owner may read, on every system alike."""

import os
from pathlib import Path

_MODE = 0o600
_AS_IT_IS: int = getattr(os, "O_BINARY", 0)
"""Windows would change the ends of lines otherwise. Nowhere do programs that we start inherit the file: PEP 446."""


def open_private(path: Path, how: int) -> int:
    """Open a file, made for its owner alone where there is none, and return its number. Raises OSError.

    `how` is what is done with it, such as `os.O_RDWR`. Windows keeps files apart by their folder, not by such modes.
    """
    return os.open(path, how | os.O_CREAT | _AS_IT_IS, _MODE)
