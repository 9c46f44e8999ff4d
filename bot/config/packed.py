"""Files packed by gzip, read as what is in them; one that unpacks beyond all measure is refused while it is read."""

import gzip
import io
import zlib
from typing import BinaryIO, cast

MOST_RATIO = 100
"""Bytes that one packed byte may unpack to; real chats stay below 30."""
RATIO_FREE = 16 * 1024 * 1024
"""Bytes that may come out of any file, however small: what is read ahead of need counts as packed, too."""
LARGEST = 4 * 1024 * 1024 * 1024
"""Most bytes that come out of one file."""
UNPACK_ERRORS = (OSError, EOFError, zlib.error)
"""What reading a damaged, cut or refused packed file raises."""
_MAGIC = b"\x1f\x8b"


class PackedTooFar(OSError):
    """A file that unpacks to far more than any text does."""


def is_packed(head: bytes) -> bool:
    """Return whether a file that begins so is packed by gzip."""
    return head.startswith(_MAGIC)


def unpacked(raw: BinaryIO) -> BinaryIO:
    """Return a stream of bytes as they are, or as they were before gzip packed them. `raw` has to be seekable.

    Reading it may raise any of `UNPACK_ERRORS`.
    """
    head = raw.read(len(_MAGIC))
    raw.seek(0)
    return cast("BinaryIO", io.BufferedReader(_Unpacked(raw))) if is_packed(head) else raw


class _Unpacked(io.RawIOBase):
    """What comes out of a packed file, counted against what went in."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._file = gzip.GzipFile(fileobj=raw, mode="rb")
        self._out = 0

    def readable(self) -> bool:
        """Return True: it is read from."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read up to the buffer's length; return how many bytes. Raises PackedTooFar."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._out += len(data)
        if self._out > max(RATIO_FREE, MOST_RATIO * self._raw.tell()) or self._out > LARGEST:
            raise PackedTooFar(
                f"it unpacks to more than {MOST_RATIO} times its size, as a bomb does. "
                "If you trust it, unpack it yourself (gunzip) and name the file"
            )
        return len(data)

    def close(self) -> None:
        """Close the streams beneath as well."""
        if not self.closed:
            self._file.close()
            self._raw.close()
        super().close()
