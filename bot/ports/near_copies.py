"""The search for texts like one at hand."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.ids import CommunityId
from bot.domain.question import NearCopy, Precedent


class NearCopies(Protocol):
    """Keeps precedents and finds those like a text. What it finds never becomes SAFE."""

    @abstractmethod
    async def add(self, community: CommunityId | None, precedents: tuple[Precedent, ...]) -> None:
        """Remember these, for one community or (None) for all; one of a known id takes the earlier one's place."""

    @abstractmethod
    async def nearest(self, community: CommunityId, text: str, *, but: str = "") -> NearCopy | None:
        """Return the precedent most like the text, or None when none is like enough; the one with the id `but` is none.

        Texts under 20 characters match only when equal; the hosts of links must be the same; a text with a negation
        or a quotation that the other lacks is not a copy.
        """
