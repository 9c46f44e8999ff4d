"""Golden rows: messages whose right label a person wrote down."""

from dataclasses import dataclass

from bot.domain.ids import CategoryId
from bot.domain.verdict import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRow:
    """One labelled message. `category` of a SAFE row is the one it is near; `split` is `write`, `test` or empty.

    `label` is VIOLATES or SAFE. `place` names the file and line it came from.
    """

    id: str
    text: str
    context: tuple[str, ...]
    label: Label
    category: CategoryId | None
    language: str
    tags: frozenset[str]
    split: str
    note: str
    place: str
