"""Whether two texts are one text, changed in a few places: a pure rule.

A raid changes a few letters of each message so that no two are equal. What it does not change is what they say. So a
few edits count as nothing wherever they stand, but for one thing: a word in another's place.
"""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from bot.storage.comparing.likeness import SHORT, Shape

MOST_EDITS = 12
"""Characters by which copies may differ: two copies of one text, each changed in six places."""
_CHARACTERS_AN_EDIT = 6
"""A short text may differ by fewer: one character in so many."""
_WORD = re.compile(r"\w+")
_WORD_FROM = 4
_SLIPS = {"no": {"to"}, "ne": {"be", "he", "me", "we"}, "non": {"on"}, "pas": {"as"}, "sin": {"in"}, "bez": {"be"}}
"""Short words of one language in which a changed letter makes a negation of another one: it negates nothing there."""
_SENSIBLE = {
    "nie": frozenset({"die", "ie", "sie", "wie"}),
    "nicht": frozenset({"licht", "sicht"}),
    "not": frozenset({"lot"}),
    "sans": frozenset({"dans"}),
}
"""Words for which a negation stands in sentences that make sense, although only a letter is changed."""
_SHORT_WORDS = frozenset(
    """
    a i am an as at be by do go he hi if in is it me my of oh ok on or so to up us we
    ab da du er es im ja je ob um wo zu
    y o al de di el en fe ha ir la le lo mi se si su te tu un va ve vi ya yo
    au ce et il ma ni ou sa ta vu ao e eu em na os um
    """.split()  # noqa: SIM905 - a list of quoted words is no easier to read
)
"""Words of one or two letters in English, German, Spanish, French and Portuguese: these are no slips of the hand."""
_PREFIXES = ("un", "dis", "in", "im", "non")
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
    words, others = _words(one.text), _words(other.text)
    instead = Counter(others) - Counter(words)
    if _has_negating_prefix(Counter(words) - Counter(others), instead):
        return True
    if one.negations == other.negations:
        return False
    more = Counter(dict(one.negations)) - Counter(dict(other.negations))
    return any(not any(_is_garbled(negation, word) for word in instead) for negation in more)


def _is_garbled(negation: str, word: str) -> bool:
    """Return whether a negation is what a slip of the hand made of a word, as `not` of `hot`; never of its opposite."""
    if word in _SLIPS.get(negation, ()):
        return True
    if word in _opposites(negation) or word in _SHORT_WORDS:
        return False
    return Levenshtein.distance(negation, word, score_cutoff=1) <= 1


def _opposites(negation: str) -> frozenset[str]:
    """Return what a word says without its negation: `ever` of `never`, `was` of `wasnt`, `ein` of `kein`."""
    said = {negation.removesuffix("nt"), negation.removesuffix("t"), "now", "know"}
    if negation.startswith("kein"):
        said |= {owner + negation.removeprefix("k") for owner in ("m", "d", "s")}
    return frozenset(said | _SENSIBLE.get(negation, frozenset()) | ({negation[1:]} if negation[0] in "nk" else set()))


def _has_negating_prefix(words: Counter[str], instead: Counter[str]) -> bool:
    """Return whether a word is another with a prefix that turns it around: `unwelcome` and `welcome`.

    A prefix that stands there as a word lost the space behind it, no more: `inthis` of `in this`.
    """
    prefixes = [prefix for prefix in _PREFIXES if prefix not in words]
    return any(prefix + word in instead for word in words if len(word) >= _WORD_FROM for prefix in prefixes)


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
