"""Writing a model file in the GGUF format, version 3, as far as the tiny model needs it (little-endian throughout)."""

import struct
from collections.abc import Sequence
from pathlib import Path

_MAGIC, _VERSION, _ALIGNMENT = b"GGUF", 3, 32
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_F32, _F16, _Q8_0 = 0, 1, 8
_BLOCK = 32


class Gguf:
    """Collects facts and tensors, and writes them. Shapes are in GGML's order: the length of a row first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts: list[bytes] = []
        self._tensors: list[tuple[str, tuple[int, ...], int, bytes]] = []

    def add(self, key: str, value: object) -> None:
        """Add a fact: text, a number, a truth value, or a list of texts or whole numbers."""
        self._facts.append(_text(key) + _fact(value))

    def add_floats(self, name: str, shape: tuple[int, ...], numbers: Sequence[float]) -> None:
        """Add a tensor of 32-bit numbers."""
        self._tensors.append((name, shape, _F32, struct.pack(f"<{len(numbers)}f", *numbers)))

    def add_half(self, name: str, shape: tuple[int, ...], content: bytes) -> None:
        """Add a tensor of 16-bit numbers, as `half` packs them."""
        self._tensors.append((name, shape, _F16, content))

    def add_quantised(self, name: str, shape: tuple[int, ...], numbers: bytes) -> None:
        """Add a tensor of signed bytes, all to the same scale."""
        self._tensors.append((name, shape, _Q8_0, quantised(numbers)))

    def write(self) -> None:
        """Write the file. Raises OSError."""
        table, at = [], 0
        for name, shape, kind, content in self._tensors:
            sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
            table.append(_text(name) + sizes + struct.pack("<IQ", kind, at))
            at += _padded(len(content))
        head = _MAGIC + struct.pack("<IQQ", _VERSION, len(self._tensors), len(self._facts))
        head += b"".join((*self._facts, *table))
        with self._path.open("wb") as file:
            file.write(head.ljust(_padded(len(head)), b"\0"))
            for _, _, _, content in self._tensors:
                file.write(content)
                file.write(bytes(_padded(len(content)) - len(content)))


def half(numbers: Sequence[float]) -> bytes:
    """Return numbers of 16 bits each."""
    return struct.pack(f"<{len(numbers)}e", *numbers)


def quantised(numbers: bytes, *, scale: float = 1 / 591) -> bytes:
    """Return signed bytes in blocks of 32 with their scale before each; a row of 64 random ones has about length 1."""
    before = struct.pack("<e", scale)
    return b"".join(before + numbers[at : at + _BLOCK] for at in range(0, len(numbers), _BLOCK))


def _padded(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<Q", len(content)) + content


def _fact(value: object) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", _BOOL, value)
        case int():
            return struct.pack("<II", _UINT32, value)
        case float():
            return struct.pack("<If", _FLOAT32, value)
        case str():
            return struct.pack("<I", _STRING) + _text(value)
        case [str(), *_]:
            return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(_text(str(each)) for each in value)
        case [int(), *_]:
            return struct.pack(f"<IIQ{len(value)}i", _ARRAY, _INT32, len(value), *value)
        case _:
            raise TypeError(f"no fact: {type(value).__name__}")
