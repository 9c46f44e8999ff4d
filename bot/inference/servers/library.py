"""The library `ollama`, imported so that nothing in the environment can break the import.

At its import it makes a client of its own, which nobody here uses, of whatever OLLAMA_HOST, the proxy variables and
SSL_CERT_FILE say; one of them mistyped would end every command, even `--version`, with a traceback. What they say
is read elsewhere, and checked: `bot/config/settings/load.py`. Everybody here imports the library from here.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

_READ_AT_IMPORT = re.compile(r"OLLAMA_.*|SSL_CERT_FILE|SSL_CERT_DIR|.*_PROXY", re.IGNORECASE)


@contextmanager
def _as_if_unset(names: re.Pattern[str]) -> Iterator[None]:
    hidden = {name: value for name, value in os.environ.items() if names.fullmatch(name)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


with _as_if_unset(_READ_AT_IMPORT):
    import ollama

__all__ = ["ollama"]
