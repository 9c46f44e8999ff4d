"""The search for texts like one at hand, by comparing with each."""

from rapidfuzz import fuzz

from bot.domain.ids import CommunityId
from bot.domain.question import NearCopy, Precedent
from bot.ports.near_copies import NearCopies

LIKE_ENOUGH = 85.0
"""rapidfuzz's ratio, 0 to 100."""


class IndexedNearCopies(NearCopies):
    """Keeps precedents in memory."""

    def __init__(self) -> None:
        self._precedents: dict[tuple[CommunityId | None, str], Precedent] = {}

    async def add(self, community: CommunityId | None, precedents: tuple[Precedent, ...]) -> None:
        """Remember these, for one community or (None) for all."""
        self._precedents |= {(community, precedent.id): precedent for precedent in precedents}

    async def nearest(self, community: CommunityId, text: str) -> NearCopy | None:
        """Return the precedent most like the text, or None."""
        found = [
            NearCopy(precedent=precedent, likeness=fuzz.ratio(text, precedent.text))
            for (owner, _), precedent in self._precedents.items()
            if owner in (None, community)
        ]
        best = max(found, key=lambda copy: copy.likeness, default=None)
        return best if best is not None and best.likeness >= LIKE_ENOUGH else None
