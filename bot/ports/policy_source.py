"""Where policies come from."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import Policy


class PolicySource(Protocol):
    """Hands out loaded policies and their golden rows."""

    def of(self, community: CommunityId) -> "PolicySource":
        """Return what one community can choose from: itself, where communities send no policies of their own."""
        del community
        return self

    @abstractmethod
    def policies(self) -> tuple[Policy, ...]:
        """Return every policy, in the order in which ties are settled."""

    def unusable(self) -> frozenset[PolicyId]:
        """Return policies that are named somewhere and can't be used now: nothing is judged by them until then."""
        return frozenset()

    @abstractmethod
    def get(self, policy: PolicyId) -> Policy | None:
        """Return one policy, or None when there is none of that id."""

    @abstractmethod
    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return the golden rows beside a policy; none is an empty tuple. Raises PolicyError for an unusable file."""
