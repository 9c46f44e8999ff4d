"""Bytes from a file on their way to a reader: counted for the progress, bounded, and made into UTF-8 text."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from bot.adapters.exports.rows import RowFault

CHUNK = 64 * 1024
LONGEST_LINE = 1_000_000
"""Longest line or row that is read, in bytes; a longer one is skipped."""


_ESCAPED = re.compile(r"[\ud800-\udfff]")


class Meter:
    """How much of a file has been read, in bytes; `total` is 0 where it is not known."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.done = 0

    @property
    def share(self) -> float:
        """Return the part that was read, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


def encoding_of(head: bytes) -> str:
    """Return the encoding that a byte order mark tells of, else UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


class Metered(io.RawIOBase):
    """A binary stream whose bytes are counted as they are read."""

    def __init__(self, raw: BinaryIO, meter: Meter) -> None:
        self._raw = raw
        self._meter = meter

    def readable(self) -> bool:
        """Return True: it is read from."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read up to the buffer's length; return how many bytes."""
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._meter.done += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place, where the stream beneath can: a look at its beginning is taken back so."""
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the stream beneath."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the stream beneath as well."""
        if not self.closed:
            self._raw.close()
        super().close()


class Utf8Text:
    """A binary stream as text. What is not in its encoding becomes U+FFFD, and `repaired` tells that there was some."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._decoder: codecs.IncrementalDecoder | None = None
        self.repaired = False

    def read(self, at_least: int = 0) -> str:
        """Return the next text, of about `at_least` characters or a chunk, whichever is more; nothing at the end."""
        pieces: list[str] = []
        wanted = max(at_least, 1)
        while wanted > 0 and (data := self._raw.read(CHUNK)):
            if self._decoder is None:
                self._decoder = codecs.getincrementaldecoder(encoding_of(data))(errors="surrogateescape")
            pieces.append(self._decoder.decode(data))
            wanted -= len(pieces[-1])
        if wanted > 0 and self._decoder is not None:
            pieces.append(self._decoder.decode(b"", final=True))
            self._decoder.reset()
        return self._whole("".join(pieces))

    def _whole(self, decoded: str) -> str:
        if decoded.isascii() or not _ESCAPED.search(decoded):
            return decoded
        self.repaired = True
        return _ESCAPED.sub("\ufffd", decoded)


def lines_of(raw: BinaryIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1, line ends kept. One longer than `LONGEST_LINE` characters is cut there.

    The stream is closed at the end, or when nobody wants more.

    Bytes that are not in the file's encoding come as lone surrogates: `check_line` finds both.
    """
    buffered = io.BufferedReader(cast("io.RawIOBase", raw), CHUNK)
    encoding = encoding_of(buffered.peek(4))
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    wrapped = io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="")
    number = 0
    with wrapped:
        while line := wrapped.readline(LONGEST_LINE + 1):
            number += 1
            rest = line
            while len(rest) > LONGEST_LINE and not rest.endswith(("\n", "\r")):
                rest = wrapped.readline(LONGEST_LINE + 1)
            yield number, line


def check_line(line: str) -> None:
    """Refuse a line that is too long or was not in the file's encoding. Raises RowFault."""
    if len(line) > LONGEST_LINE:
        raise RowFault(f"the line has more than {LONGEST_LINE} characters")
    if not line.isascii() and _ESCAPED.search(line):
        raise RowFault("the line is not UTF-8 text; save the file as UTF-8")
