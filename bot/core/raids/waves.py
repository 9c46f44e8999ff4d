"""Different texts that break the same rule, from accounts that joined within an hour of each other: one case for them.

The first two get cards of their own, since two members may well break a rule in the same hour. From the third on they
are a wave, and share a card that counts up. In a community that is new everybody has joined within the hour: there it
is no sign, and no wave begins.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.raids.crowd import Rule
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CommunityId, PersonId
from bot.domain.inbox import InboxKey
from bot.domain.incident import Incident, IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.domain.scope import ALONE, Place
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.incidents import Incidents

JOINED_WITHIN = timedelta(hours=1)
WINDOW = timedelta(hours=1)
"""How long a violation counts towards a wave, and a wave takes another one in."""
FORMS_AT = 3
NEW_COMMUNITY = timedelta(days=1)
"""In a community's first day people join together who have nothing to do with one another."""
EVERYBODY = 0.8
"""Share of the members that joined within that hour, from which on it is no sign: they moved here together."""
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Breach:
    """A violation on record: who broke the rule, when they had joined, its case, and the wave that it is in."""

    author: PersonId
    joined_at: datetime
    at: datetime
    case: CaseNumber
    wave: IncidentId | None


class Waves:
    """Remembers the violations of the last hour by members whose time of joining is known."""

    def __init__(self, incidents: Incidents, clock: Clock, directory: Directory | None = None) -> None:
        self._incidents = incidents
        self._clock = clock
        self._directory = directory
        self._breaches: dict[tuple[CommunityId, Rule], list[_Breach]] = defaultdict(list)

    def restore(self, incident: Incident, members: Iterable[Member]) -> None:
        """Take a wave up again after a start."""
        if incident.case is None or incident.policy is None or incident.category is None:
            return
        known = self._breaches[incident.community, (incident.policy, incident.category)]
        known += [
            _Breach(
                author=member.author,
                joined_at=member.joined_at,
                at=member.sent_at,
                case=incident.case,
                wave=incident.id,
            )
            for member in members
            if member.joined_at is not None
        ]

    async def place(self, key: InboxKey, message: Message, rule: Rule) -> Place:
        """Return the wave that a violation belongs to, with its case; a third one of its kind begins it."""
        near = self._near(message, rule)
        wave = next((breach for breach in reversed(near) if breach.wave is not None), None)
        if wave is not None and wave.wave is not None:
            return Place(joins=wave.case, member=_member(wave.wave, key, message, rule))
        authors = {breach.author for breach in near} | {message.author.id}
        cases = {breach.case for breach in near}
        if len(authors) < FORMS_AT or len(cases) < FORMS_AT - 1:
            return ALONE
        if not await self._joining_tells(message):
            return ALONE
        incident = self._begun(message, rule)
        await self._incidents.form(incident, ())
        return Place(member=_member(incident.id, key, message, rule))

    async def _joining_tells(self, message: Message) -> bool:
        """Return whether it is a sign to have joined when this author did: not where nearly everybody did."""
        joined_at = message.author.joined_at
        if self._directory is None or joined_at is None:
            return True
        growth = await self._directory.growth(message.community, joined_at, JOINED_WITHIN)
        if growth.founded_at is not None and joined_at - growth.founded_at < NEW_COMMUNITY:
            return False
        return growth.share is None or growth.share < EVERYBODY

    def note(self, message: Message, rule: Rule, case: CaseNumber, member: Member | None) -> None:
        """Remember a violation that is on record."""
        joined_at = message.author.joined_at
        if joined_at is None or message.author.is_moderator:
            return
        kept = self._breaches[message.community, rule]
        wave = member.incident if member is not None and member.incident.startswith(_PREFIX) else None
        kept.append(_Breach(author=message.author.id, joined_at=joined_at, at=self._clock.now(), case=case, wave=wave))
        del kept[:-_MOST]

    def end(self, community: CommunityId, case: CaseNumber) -> None:
        """Forget what stands in a case that a person found wrong: nothing joins it any more."""
        for (where, _), kept in self._breaches.items():
            if where == community:
                kept[:] = [breach for breach in kept if breach.case != case]

    def _near(self, message: Message, rule: Rule) -> list[_Breach]:
        joined_at, now = message.author.joined_at, self._clock.now()
        if joined_at is None or message.author.is_moderator:
            return []
        return [
            breach
            for breach in self._breaches.get((message.community, rule), ())
            if now - breach.at <= WINDOW and abs(breach.joined_at - joined_at) <= JOINED_WITHIN
        ]

    def _begun(self, message: Message, rule: Rule) -> Incident:
        ref = message.ref
        name = hashlib.sha256(f"{ref.community}\x1f{ref.channel}\x1f{ref.message}".encode()).hexdigest()
        return Incident(
            id=IncidentId(_PREFIX + name[:24]),
            community=message.community,
            kind=IncidentKind.WAVE,
            state=IncidentState.FOUND,
            formed_at=self._clock.now(),
            policy=rule[0],
            category=rule[1],
        )


_PREFIX = "wave-"


def _member(incident: IncidentId, key: InboxKey, message: Message, rule: Rule) -> Member:
    return Member(
        incident=incident,
        key=key,
        author=message.author.id,
        joined_at=message.author.joined_at,
        sent_at=message.sent_at,
        standing=MemberState.VIOLATES,
        spared=message.author.is_moderator,
        policy=rule[0],
        category=rule[1],
    )
