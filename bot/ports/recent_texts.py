"""The search for texts that say the same as one at hand, among those of the last minutes."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.ids import CommunityId, MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """A message that says the same; `edits` counts the characters by which it differs."""

    ref: MessageRef
    edits: int


class RecentTexts(Protocol):
    """Keeps texts in memory and compares them: what it does is done when it returns, and nothing waits for it.

    Two texts say the same when they differ by a few characters, whatever look-alike letters, invisible characters and
    capitals they are written in. Texts under 20 characters have to be equal; the hosts of links must be the same; a
    text with a negation that the other lacks, and any text with a quotation, is no copy.
    """

    @abstractmethod
    def put(self, ref: MessageRef, text: str, at: datetime) -> None:
        """Remember a message's text, in place of an earlier one of it."""

    @abstractmethod
    def like(self, community: CommunityId, text: str) -> tuple[Like, ...]:
        """Return a few messages that say the same, those with the fewest edits first; none is an empty tuple."""

    @abstractmethod
    def edits(self, one: str, other: str) -> int | None:
        """Return by how many characters two texts differ, or None when they do not say the same."""

    @abstractmethod
    def forget(self, before: datetime) -> None:
        """Forget what was put before then."""
