"""How long words are kept, and what an erasure or a backup did."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from bot.domain.ids import CaseNumber, CommunityId


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """Words from before these moments go: of messages without a case, of deleted ones without a case, of cases."""

    without_case: datetime
    deleted: datetime
    of_case: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """How many messages and cases lost their words in one pass."""

    messages: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """What an erasure did: how many rows of each kind were deleted or lost what named the person.

    It holds nothing that names them, so that it may be kept. `cases` are those about their messages: the cards of these
    still show words of theirs on the platform until they are drawn anew.
    """

    community: CommunityId
    erased_at: datetime
    counts: tuple[tuple[str, int], ...]
    cases: tuple[CaseNumber, ...] = ()

    @property
    def total(self) -> int:
        """Return how many rows were changed in all."""
        return sum(number for _, number in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was checked: its file, its size in bytes, and how many audit chains it holds the heads of."""

    path: PurePath
    size: int
    chains: int
