"""The search for texts like one at hand, among precedents kept in memory.

Comparing with each of 10,000 texts is too slow (half a second at 2,000 characters), so candidates come from an index
first. A text is cut into overlapping pieces, these are hashed into 32 groups, and the least hash of each group is a
mark of the text. Two texts share marks as often as they share pieces (one-permutation MinHash), so those that share the
most are compared in full.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from zlib import crc32

from bot.domain.ids import CommunityId
from bot.domain.question import NearCopy, Precedent
from bot.domain.texts.text import MAX_CHARACTERS
from bot.logs import get_logger
from bot.ports.near_copies import NearCopies
from bot.storage.comparing.likeness import SHORT, Shape, alike, has_swapped_word, shape_of

_GROUPS = 32
_PIECES = ((3, range(3, 80)), (6, range(60, MAX_CHARACTERS + 1)))
"""Characters of a piece by the length of the text. Long texts share most trigrams whatever they say; in short ones an
edit would leave no longer piece whole. The lengths overlap, so that copies a few characters apart share some pieces."""
_BYTES = 4
_BEYOND = 1 << 32
_CROWD = 64
"""More texts than this under one mark are a crowd: only its newest are looked at."""
_COMPARED = 8
"""Candidates that are compared in full, of those with rare marks and of those in crowds."""
_LOG = get_logger(__name__)


class IndexedNearCopies(NearCopies):
    """Precedents in memory: those of each community, and those for all."""

    def __init__(self) -> None:
        self._of: dict[CommunityId | None, _Index] = defaultdict(_Index)

    async def add(self, community: CommunityId | None, precedents: tuple[Precedent, ...]) -> None:
        """Remember these. Texts longer than any that is judged are left out, since nothing can be a copy of them."""
        for precedent in precedents:
            if len(precedent.text) > MAX_CHARACTERS:
                _LOG.warning("precedent_too_long", precedent=precedent.id, characters=len(precedent.text))
                continue
            self._of[community].put(precedent)

    async def nearest(self, community: CommunityId, text: str, *, but: str = "") -> NearCopy | None:
        """Return the precedent most like the text, or None when none is like enough."""
        if len(text) > MAX_CHARACTERS:
            return None
        shape = shape_of(text)
        marks = marks_of(shape.text)
        found = [self._of[scope].nearest(shape, marks, but) for scope in (community, None) if scope in self._of]
        return max((copy for copy in found if copy is not None), key=lambda copy: copy.likeness, default=None)


class _Index:
    """The precedents of one scope. A slot is a place in the list; the slot of a replaced precedent is empty."""

    def __init__(self) -> None:
        self._slots: list[tuple[Precedent, Shape] | None] = []
        self._slot_of: dict[str, int] = {}
        self._equal: dict[str, list[int]] = defaultdict(list)
        self._marked: dict[int, list[int]] = defaultdict(list)

    def put(self, precedent: Precedent) -> None:
        """Remember a precedent in place of an earlier one of its id."""
        self._forget(precedent.id)
        shape = shape_of(precedent.text)
        slot = len(self._slots)
        self._slots.append((precedent, shape))
        self._slot_of[precedent.id] = slot
        self._equal[shape.text].append(slot)
        for mark in marks_of(shape.text):
            self._marked[mark].append(slot)

    def nearest(self, shape: Shape, marks: Iterable[int], but: str) -> NearCopy | None:
        """Return the precedent most like a text, but for the one of an id."""
        left_out = self._slot_of.get(but)
        equal = self._best(shape, (slot for slot in self._equal.get(shape.text, ()) if slot != left_out))
        if equal is not None or len(shape.text) < SHORT:
            return equal
        return self._best(shape, self._candidates(marks, left_out))

    def _candidates(self, marks: Iterable[int], left_out: int | None) -> list[int]:
        """Return the slots that share the most marks with a text; rare marks first, since common ones say little."""
        lists = [self._marked.get(mark, ()) for mark in marks]
        found: dict[int, None] = {}
        for some in ([kept for kept in lists if len(kept) <= _CROWD], [kept for kept in lists if len(kept) > _CROWD]):
            shared: Counter[int] = Counter()
            for kept in some:
                shared.update(kept[-_CROWD:])
            if left_out is not None:
                del shared[left_out]  # a Counter lets go of what it does not have, too
            found |= dict.fromkeys(slot for slot, _ in shared.most_common(_COMPARED))
        return list(found)

    def _best(self, shape: Shape, slots: Iterable[int]) -> NearCopy | None:
        best: NearCopy | None = None
        for slot in slots:
            kept = self._slots[slot]
            if kept is None:
                continue
            likeness = alike(shape, kept[1])
            if likeness is None or (best is not None and likeness <= best.likeness):
                continue
            if not has_swapped_word(shape, kept[1]):
                best = NearCopy(precedent=kept[0], likeness=likeness)
        return best

    def _forget(self, precedent_id: str) -> None:
        slot = self._slot_of.pop(precedent_id, None)
        kept = self._slots[slot] if slot is not None else None
        if slot is None or kept is None:
            return
        self._slots[slot] = None
        self._equal[kept[1].text].remove(slot)
        for mark in marks_of(kept[1].text):
            self._marked[mark].remove(slot)


def marks_of(folded: str) -> tuple[int, ...]:
    """Return the marks of a text: of each group of its pieces' hashes the least. The same in every process."""
    data = folded.encode("utf-32-le", "surrogatepass")
    sizes = [size for size, lengths in _PIECES if len(folded) in lengths]
    return tuple(mark for size in sizes for mark in _least_of_groups(data, size * _BYTES))


def _least_of_groups(data: bytes, width: int) -> Iterable[int]:
    least: dict[int, int] = {}
    for piece in {data[start : start + width] for start in range(0, len(data) - width + _BYTES, _BYTES)}:
        hashed = crc32(piece)
        group = hashed % _GROUPS
        if hashed < least.get(group, _BEYOND):
            least[group] = hashed
    return least.values()
