"""Incidents in memory."""

from datetime import datetime

from bot.domain.ids import CaseNumber, CommunityId, MessageRef
from bot.domain.incident import Incident, IncidentId, IncidentState, Member, MemberState
from bot.ports.incidents import Incidents
from tests.memory.records import Records

_UNJUDGED = frozenset({MemberState.HELD, MemberState.ASKED})


class MemoryIncidents(Incidents):
    """The incidents of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def form(self, incident: Incident, members: tuple[Member, ...]) -> None:
        """Write an incident with its first members."""
        self._records.write_incident(incident)
        await self.join(members)

    async def join(self, members: tuple[Member, ...]) -> None:
        """Write members."""
        for member in members:
            self._records.write_member(member, None)

    async def leave(self, messages: tuple[MessageRef, ...]) -> None:
        """Take messages out of their incidents."""
        for ref in messages:
            self._records.incident_members.pop(ref, None)

    async def members(self, incident: IncidentId) -> tuple[Member, ...]:
        """Return the members of an incident, in the order of their joining."""
        return tuple(member for member in self._records.incident_members.values() if member.incident == incident)

    async def incident(self, incident: IncidentId) -> Incident | None:
        """Return an incident as it stands."""
        return self._records.incidents.get(incident)

    async def since(self, moment: datetime) -> tuple[Incident, ...]:
        """Return the incidents that are not dissolved and have a member sent since then, or one that waits."""
        fresh = {
            member.incident
            for member in self._records.incident_members.values()
            if member.sent_at >= moment or member.standing in _UNJUDGED
        }
        return _in_order(
            [
                incident
                for incident in self._records.incidents.values()
                if incident.id in fresh and incident.state is not IncidentState.DISSOLVED
            ]
        )

    async def of_case(self, community: CommunityId, number: CaseNumber) -> tuple[Incident, ...]:
        """Return the incidents that a case is about."""
        found = self._records.incidents.values()
        return _in_order([one for one in found if (one.community, one.case) == (community, number)])


def _in_order(incidents: list[Incident]) -> tuple[Incident, ...]:
    return tuple(sorted(incidents, key=lambda incident: (incident.formed_at, incident.id)))
