"""Whether two texts are one text, changed in a few places: a pure rule.

A raid changes a few letters of each message so that no two are equal. What it does not change is what they say. So a
few edits count as nothing wherever they stand, but for one thing: a word in another's place.
"""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from bot.storage.likeness import SHORT, Shape

MOST_EDITS = 12
"""Characters by which copies may differ: two copies of one text, each changed in six places."""
_CHARACTERS_AN_EDIT = 6
"""A short text may differ by fewer: one character in so many."""
_WORD = re.compile(r"\w+")
_SHORTEST = "not"
_WORD_FROM = 4
_SWAPPED_PART = 0.6
"""A word of four letters or more, so much of which differs, is another word: `love` and `hate`."""


def edits_between(one: Shape, other: Shape) -> int | None:
    """Return by how many characters two texts differ, or None when they do not say the same."""
    if one.quotes or other.quotes or one.hosts != other.hosts:
        return None
    if one.text == other.text:
        return 0
    shorter = min(len(one.text), len(other.text))
    if shorter < SHORT:
        return None
    most = min(MOST_EDITS, shorter // _CHARACTERS_AN_EDIT)
    edits = Levenshtein.distance(one.text, other.text, score_cutoff=most)
    if edits > most or _negates(one, other) or _negates(other, one):
        return None
    ops = list(Levenshtein.editops(one.text, other.text))
    places = [op.src_pos for op in ops if op.tag != "insert"]
    others = [op.dest_pos for op in ops if op.tag != "delete"]
    swapped = _has_swapped_word(one.text, places) or _has_swapped_word(other.text, others)
    return None if swapped else edits


def _negates(one: Shape, other: Shape) -> bool:
    """Return whether one text holds a negation that is not merely a word of the other with a letter changed."""
    if one.negations == other.negations:
        return False
    more = Counter(dict(one.negations)) - Counter(dict(other.negations))
    instead = Counter(_words(other.text)) - Counter(_words(one.text))
    return any(not any(_is_garbled(negation, word) for word in instead) for negation in more)


def _is_garbled(negation: str, word: str) -> bool:
    """Return whether a negation is what a slip of the hand made of a word, as `not` of `hot`; never of its opposite."""
    if word in _opposites(negation) or len(word) < len(_SHORTEST):
        return False
    slips = 1 if len(negation) <= len(_SHORTEST) else 2
    return Levenshtein.distance(negation, word, score_cutoff=slips) <= slips


def _opposites(negation: str) -> frozenset[str]:
    """Return what a word says without its negation: `ever` of `never`, `was` of `wasnt`, `ein` of `kein`."""
    said = {negation.removesuffix("nt"), negation.removesuffix("t"), "now", "know"}
    return frozenset(said | ({negation[1:]} if negation[:1] in ("n", "k") else set()))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("'", ""))


def _has_swapped_word(text: str, places: Sequence[int]) -> bool:
    """Return whether any word lost most of its letters at these places."""
    if len(places) < _SWAPPED_PART * _WORD_FROM:
        return False
    changed = Counter((text.rfind(" ", 0, place) + 1, text.find(" ", place)) for place in places if text[place] != " ")
    for (start, found), number in changed.items():
        length = (found if found >= 0 else len(text)) - start
        if length >= _WORD_FROM and number >= _SWAPPED_PART * length:
            return True
    return False
