"""How alike two texts are to a reader: tricks of spelling folded away, meaning left alone.

A likeness proves nothing about a verdict: one word turns a text around. So whatever turns it around by rule (another
link, a negation, a quotation, a word in another's place) makes two texts unlike, however many characters they share.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import Indel, Levenshtein
from rapidfuzz.fuzz import ratio

from bot.domain.texts.look_alikes import LOOK_ALIKES
from bot.domain.texts.text import MAX_CHARACTERS, copy_key

SHORT = 20
"""Below this many characters texts are alike only when they are equal."""
CUTOFF = 90.0
"""The least likeness of longer texts, 0 to 100, as rapidfuzz's `ratio` counts."""
FEW_EDITS = 6
"""Insertions and deletions that never make two longer texts unlike: three characters replaced by others."""
NEARLY = 99.9
"""The most that texts get which are not equal as exact copies are compared, so that they are not taken for one."""

_SWAPPED_FROM = 4
_SWAPPED_BELOW = 50.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATIONS = _words(
    """
    no not never none nobody nothing nowhere nor neither without cannot cant dont wont isnt arent wasnt werent doesnt
    didnt hasnt havent hadnt shouldnt wouldnt couldnt mustnt neednt aint
    nicht kein keine keinen keinem keiner keines keins nie niemals nirgends ohne nichts niemand niemanden
    niemandem weder ne pas jamais aucun aucune sans rien nulle nunca ningun ninguno ninguna sin nada nadie jamas tampoco
    non mai senza niente nessuno nessuna nao nem sem nenhum nenhuma ninguem
    niet geen nooit zonder ikke inte aldrig aldri nigdy bez zaden degil yok asla hayir
    """
)
_CYRILLIC_NEGATIONS = _words("не нет ни никогда никто ничего без ні немає ніколи няма")
"""Compared before folding: `не` would be `he`. Only in a text with letters that no Latin one looks like."""
_ONLY_CYRILLIC = re.compile("[бгджзийлпфцчшщъыьэюяєї]")
_WORD = re.compile(r"\w+")
_ELIDED = re.compile(r"(?<![\w'])n'(?=[aehiouy])")
"""The French `ne` before a vowel."""
_URL = re.compile(r"(?:https?://|www\.)(?:[^\s/@?#]{0,256}@)?(?P<host>[^\s/:?#<>\"'()\[\]|]+)")
_BARE_HOST = re.compile(r"(?<![\w@.-])(?P<host>(?:[\w-]+\.)+[a-z]{2,24})(?=[/:?#]|(?P<end>$|[^\w.-]|\.(?:\s|$)))")
_ENDINGS = _words(
    """
    com net org info biz io gg gl me ly co cc tv to app dev xyz link click shop store online site top gift icu live vip
    club fun ru su ua de fr es it nl pl uk eu us ca br in cn jp tk ml ga cf gq
    """
)
"""What makes a host of a name without `https://` or a path; others are more often a missing space after a full stop."""
_QUOTED = re.compile(r'"[^"]{8,}"|(?:^|(?<=\W))\'[^\']{8,}\'(?!\w)')
_QUOTED_LINE = re.compile(r"^[ \t]*>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A text as it is compared. `key` is equal for exact copies, `text` also for look-alike spellings."""

    key: str
    text: str
    hosts: frozenset[str]
    negations: tuple[tuple[str, int], ...]
    quotes: bool


def shape_of(text: str) -> Shape:
    """Return what of a text is compared. ValueError above the length that is normalised at all.

    Of letters that are read as many only the first `MAX_CHARACTERS` are compared: such a text is never judged.
    """
    key = copy_key(text)
    read = key[:MAX_CHARACTERS]
    folded = read if read.isascii() else _without_marks(read.translate(LOOK_ALIKES))[:MAX_CHARACTERS]
    quotes = _QUOTED.search(read) or _QUOTED_LINE.search(text)
    return Shape(
        key=key, text=folded, hosts=_hosts(folded), negations=_negations(read, folded), quotes=quotes is not None
    )


def alike(one: Shape, other: Shape) -> float | None:
    """Return how alike two texts are, 0 to 100, or None when one is no copy of the other."""
    if one.text == other.text:
        return 100.0 if one.key == other.key else NEARLY
    if min(len(one.text), len(other.text)) < SHORT:
        return None
    if one.hosts != other.hosts or one.negations != other.negations or one.quotes != other.quotes:
        return None
    found = ratio(one.text, other.text, score_cutoff=CUTOFF)
    if not found and Indel.distance(one.text, other.text, score_cutoff=FEW_EDITS) > FEW_EDITS:
        return None
    return min(found or ratio(one.text, other.text), NEARLY)


def has_swapped_word(one: Shape, other: Shape) -> bool:
    """Return whether a whole word stands in another's place, as in `I love you all` and `I hate you all`."""
    words, others = _WORD.findall(one.text), _WORD.findall(other.text)
    for edit in Levenshtein.editops(words, others):
        if edit.tag != "replace":
            continue
        word, instead = words[edit.src_pos], others[edit.dest_pos]
        if min(len(word), len(instead)) >= _SWAPPED_FROM and ratio(word, instead) < _SWAPPED_BELOW:
            return True
    return False


def _without_marks(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _hosts(folded: str) -> frozenset[str]:
    found = {match["host"] for match in _URL.finditer(folded)}
    for match in _BARE_HOST.finditer(folded):
        host = match["host"]
        if match["end"] is None or host.rpartition(".")[2] in _ENDINGS:
            found.add(host)
    return frozenset(host.removeprefix("www.").strip(".") for host in found)


def _negations(key: str, folded: str) -> tuple[tuple[str, int], ...]:
    counted = Counter(word for word in _WORD.findall(folded.replace("'", "")) if word in _NEGATIONS)
    counted["ne"] += len(_ELIDED.findall(folded))
    if _ONLY_CYRILLIC.search(key) is not None:
        counted.update(word for word in _WORD.findall(key) if word in _CYRILLIC_NEGATIONS)
    return tuple(sorted((+counted).items()))
