"""The search for texts that say the same as one at hand, among those of the last minutes."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from typing import TypeVar

from bot.domain.ids import CommunityId, MessageRef
from bot.ports.recent_texts import Like, RecentTexts
from bot.storage.comparing.likeness import SHORT, Shape, shape_of
from bot.storage.comparing.near_copies import marks_of
from bot.storage.comparing.same_words import edits_between

_MOST_OF_A_MARK = 16
"""Texts looked at for one mark, the newest first."""
_COMPARED = 5
MOST_KEPT = 10_000
"""Texts of one community, the oldest forgotten first: each takes 12 KB, and a raid of texts unlike one another would
fill the memory of everybody."""
_Key = TypeVar("_Key")
_Slots = int | dict[int, None]
"""The slot of the one text that has a mark, or of several, the oldest first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    ref: MessageRef
    shape: Shape
    marks: tuple[int, ...]
    at: datetime


class IndexedRecentTexts(RecentTexts):
    """Finds candidates by the marks that near copies are found by, and counts the edits of those."""

    def __init__(self) -> None:
        self._slots = count()
        self._slot_of: dict[MessageRef, int] = {}
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._slots_in: dict[CommunityId, dict[int, None]] = defaultdict(dict)
        # Most marks stand in one text alone: for these the slot itself is kept, which takes a tenth of the memory.
        self._marked: dict[CommunityId, dict[int, _Slots]] = defaultdict(dict)
        self._equal: dict[tuple[CommunityId, str], dict[int, None]] = defaultdict(dict)

    def put(self, ref: MessageRef, text: str, at: datetime) -> None:
        """Remember a message's text."""
        if ref in self._slot_of:
            self._drop(self._slot_of[ref])
        shape, slot = shape_of(text), next(self._slots)
        marks = marks_of(shape.text) if len(shape.text) >= SHORT else ()
        self._slot_of[ref] = slot
        self._kept[slot] = _Kept(ref, shape, marks, at)
        self._slots_in[ref.community][slot] = None
        self._equal[ref.community, shape.text][slot] = None
        for mark in marks:
            _enter(self._marked[ref.community], mark, slot)
        if len(self._slots_in[ref.community]) > MOST_KEPT:
            self._drop(next(iter(self._slots_in[ref.community])))

    def like(self, community: CommunityId, text: str) -> tuple[Like, ...]:
        """Return messages that say the same, those with the fewest edits first."""
        shape = shape_of(text)
        equal = next(iter(self._equal.get((community, shape.text), ())), None)
        if shape.quotes or (equal is None and len(shape.text) < SHORT):
            return ()
        if equal is not None:
            return (Like(ref=self._kept[equal].ref, edits=0),)
        kept = [self._kept[slot] for slot in self._candidates(community, shape)]
        compared = ((entry.ref, edits_between(shape, entry.shape)) for entry in kept)
        found = [Like(ref=ref, edits=edits) for ref, edits in compared if edits is not None]
        return tuple(sorted(found, key=lambda like: like.edits))

    def edits(self, one: str, other: str) -> int | None:
        """Return by how many characters two texts differ."""
        return edits_between(shape_of(one), shape_of(other))

    def forget(self, before: datetime) -> None:
        """Forget what was put before then."""
        while self._kept:
            slot, kept = next(iter(self._kept.items()))
            if kept.at >= before:
                return
            self._drop(slot)

    def _candidates(self, community: CommunityId, shape: Shape) -> Iterable[int]:
        shared: Counter[int] = Counter()
        marked = self._marked.get(community, {})
        for mark in marks_of(shape.text):
            found = marked.get(mark)
            if isinstance(found, int):
                shared[found] += 1
            elif found is not None:
                shared.update(islice(reversed(found), _MOST_OF_A_MARK))
        return (slot for slot, _ in shared.most_common(_COMPARED))

    def _drop(self, slot: int) -> None:
        kept = self._kept.pop(slot)
        del self._slot_of[kept.ref]
        _take(self._slots_in, kept.ref.community, slot)
        _take(self._equal, (kept.ref.community, kept.shape.text), slot)
        marked = self._marked[kept.ref.community]
        for mark in kept.marks:
            held = marked[mark]
            if isinstance(held, dict):
                del held[slot]
            if isinstance(held, int) or not held:
                del marked[mark]
        if not marked:
            del self._marked[kept.ref.community]


class NothingAlike(RecentTexts):
    """Finds nothing: each message is judged by itself, whatever was said before it."""

    def put(self, ref: MessageRef, text: str, at: datetime) -> None:
        """Forget it at once."""

    def like(self, community: CommunityId, text: str) -> tuple[Like, ...]:
        """Return nothing."""
        del community, text
        return ()

    def edits(self, one: str, other: str) -> int | None:
        """Return None: no text is like another."""
        del one, other
        return None

    def forget(self, before: datetime) -> None:
        """Do nothing."""


def _enter(marked: dict[int, _Slots], mark: int, slot: int) -> None:
    held = marked.get(mark)
    if held is None:
        marked[mark] = slot
    elif isinstance(held, int):
        marked[mark] = {held: None, slot: None}
    else:
        held[slot] = None


def _take(index: dict[_Key, dict[int, None]], key: _Key, slot: int) -> None:
    left = index[key]
    del left[slot]
    if not left:
        del index[key]
