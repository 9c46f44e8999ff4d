"""A set of short hashes that stays small: about 16 bytes for each thing seen, so that a million rows fit in 16 MB."""

import hashlib
from array import array

_START = 1 << 12
_FULLEST = 0.6
_EMPTY = 0


class Fingerprints:
    """Remembers what was seen by 64 bits of its hash; two things share one about once in 10^12 for a million things."""

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 * _START))
        self._count = 0

    def __len__(self) -> int:
        """Return how many different things were added."""
        return self._count

    def add(self, *parts: str) -> bool:
        """Remember a thing; return whether it is new."""
        joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
        value = int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest()) or 1
        if not self._put(self._table, value):
            return False
        self._count += 1
        if self._count > _FULLEST * len(self._table):
            self._grow()
        return True

    @staticmethod
    def _put(table: "array[int]", value: int) -> bool:
        mask = len(table) - 1
        place = value & mask
        while (found := table[place]) != _EMPTY:
            if found == value:
                return False
            place = (place + 1) & mask
        table[place] = value
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._table)))
        for value in self._table:
            if value != _EMPTY:
                self._put(larger, value)
        self._table = larger
