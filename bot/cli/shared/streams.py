"""The three standard streams, made fit for anything: closed, full, a reader that has gone, or no letters but ASCII."""

import codecs
import io
import os
import sys
from collections.abc import Callable
from typing import TextIO, TypeVar

T = TypeVar("T")

_READABLE = {"…": "...", "≥": ">=", "≤": "<=", "→": "->", "·": "-", "•": "*", "█": "#", "━": "-", "\u00a0": " "}
"""What our own words use beyond ASCII, as it is written where only ASCII can be; all else is written as an escape."""
_HANDLER = "hallmoot"


def _written_otherwise(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    said = "".join(_READABLE.get(char) or char.encode("ascii", "backslashreplace").decode("ascii") for char in found)
    return said, error.end


class _Results(io.TextIOWrapper):
    """Standard output: a reader that has gone ends the command quietly, any other fault as one sentence."""

    def write(self, text: str, /) -> int:
        """Write a text."""
        return _or_end(lambda: super(_Results, self).write(text), self)

    def flush(self) -> None:
        """Hand on what was written."""
        _or_end(super().flush, self)


class _Remarks(io.TextIOWrapper):
    """Standard error: where nobody can be told anything any more, the work goes on all the same."""

    def write(self, text: str, /) -> int:
        """Write a text."""
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        try:
            super().flush()
        except OSError:
            _discard(self)


def make_fit() -> None:
    """Put streams in place of this process's own that no fault of theirs can end with a traceback."""
    codecs.register_error(_HANDLER, _written_otherwise)
    # In this order: a closed one's number goes to whatever is opened next, which must not be a database.
    if sys.stdin is None:
        sys.stdin = _nowhere(0, os.O_RDONLY)
    sys.stdout = _nowhere(1, os.O_WRONLY) if sys.stdout is None else _as(_Results, sys.stdout)
    sys.stderr = _nowhere(2, os.O_WRONLY) if sys.stderr is None else _as(_Remarks, sys.stderr)


def _nowhere(number: int, how: int) -> io.TextIOWrapper:
    """Return a stream that leads nowhere, under the number of the one that was closed."""
    opened = os.open(os.devnull, how)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    raw = io.FileIO(number, "r" if how == os.O_RDONLY else "w")
    return io.TextIOWrapper(io.BufferedReader(raw) if how == os.O_RDONLY else io.BufferedWriter(raw), encoding="utf-8")


def _as(kind: type[io.TextIOWrapper], stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # somebody put a stream of their own there
    return kind(
        stream.buffer,
        encoding=stream.encoding,
        errors=_HANDLER,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _or_end(write: Callable[[], T], stream: io.TextIOWrapper) -> T:
    try:
        return write()
    except BrokenPipeError as error:
        # Whoever read our output has gone (`| head`): nothing more can be said, and nothing went wrong.
        _discard(stream)
        raise SystemExit(0) from error
    except OSError as error:
        from bot.domain.errors import InputError  # noqa: PLC0415 - read once there is a fault: this is imported first

        _discard(stream)
        raise InputError(
            f"Standard output can't be written to ({(error.strerror or str(error)).lower()}). Make room where it is "
            "sent to, or send it elsewhere."
        ) from error


def _discard(stream: io.TextIOWrapper) -> None:
    """Lead a stream nowhere, so that what is still held back for it does no harm at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
