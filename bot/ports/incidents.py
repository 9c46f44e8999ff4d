"""Incidents on record, so that a crash loses no member of one."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.ids import CaseNumber, CommunityId, MessageRef
from bot.domain.incident import Incident, IncidentId, Member


class Incidents(Protocol):
    """Every method is one transaction. A message is a member of one incident at most.

    Where a decision is what makes or changes a member, it is written along: see `DecisionRecord.member`.
    """

    @abstractmethod
    async def form(self, incident: Incident, members: tuple[Member, ...]) -> None:
        """Write an incident with its first members; one that is known is brought up to date, its case kept."""

    @abstractmethod
    async def join(self, members: tuple[Member, ...]) -> None:
        """Write members, in place of what was written of these messages before."""

    @abstractmethod
    async def leave(self, messages: tuple[MessageRef, ...]) -> None:
        """Take messages out of their incidents."""

    @abstractmethod
    async def members(self, incident: IncidentId) -> tuple[Member, ...]:
        """Return the members of an incident, in the order of their joining."""

    @abstractmethod
    async def incident(self, incident: IncidentId) -> Incident | None:
        """Return an incident as it stands, or None when there is none."""

    @abstractmethod
    async def since(self, moment: datetime) -> tuple[Incident, ...]:
        """Return the incidents that are not dissolved and have a member sent since then, or one that waits."""

    @abstractmethod
    async def of_case(self, community: CommunityId, number: CaseNumber) -> tuple[Incident, ...]:
        """Return the incidents that a case is about."""
