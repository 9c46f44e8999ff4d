"""An incident: many messages, one case. Copies of one text, or different texts from accounts that joined together."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.inbox import InboxKey

IncidentId = NewType("IncidentId", str)


class IncidentKind(StrEnum):
    """What its messages share.

    COPIES: one text, with a few changes. WAVE: different texts break the same rule, from accounts that joined within an
    hour of each other.
    """

    COPIES = "copies"
    WAVE = "wave"


class IncidentState(StrEnum):
    """How far it has come.

    OPEN: its members wait for the judgement of a few. FOUND: these break a rule, and the others are flagged. CONFIRMED:
    by a person, or by new accounts in a live category: all members go. DISSOLVED: its members are judged one by one.
    """

    OPEN = "open"
    FOUND = "found"
    CONFIRMED = "confirmed"
    DISSOLVED = "dissolved"


class MemberState(StrEnum):
    """Where a member stands: HELD waits, ASKED is put to the model; VIOLATES, SAFE, UNDECIDED were; FOLLOWS was not."""

    HELD = "held"
    ASKED = "asked"
    VIOLATES = "violates"
    SAFE = "safe"
    UNDECIDED = "undecided"
    FOLLOWS = "follows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident. `policy` and `category` are what its members break, `case` is theirs, once these are known."""

    id: IncidentId
    community: CommunityId
    kind: IncidentKind
    state: IncidentState
    formed_at: datetime
    policy: PolicyId | None = None
    category: CategoryId | None = None
    case: CaseNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A message in an incident, by the revision that is in it. `spared` is a moderator's: nothing happens to it.

    `policy` and `category` are what the model found, for VIOLATES.
    """

    incident: IncidentId
    key: InboxKey
    author: PersonId
    joined_at: datetime | None
    sent_at: datetime
    standing: MemberState
    spared: bool = False
    policy: PolicyId | None = None
    category: CategoryId | None = None

    @property
    def ref(self) -> MessageRef:
        """Return the message."""
        return self.key.ref
