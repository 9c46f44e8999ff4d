"""One crowd: messages that say the same, where each of them stands, and what is to be done next. Pure rules."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.inbox import InboxKey
from bot.domain.incident import Incident, IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.domain.verdict import Verdict

WINDOW = timedelta(minutes=10)
"""How long after its latest member a crowd takes another one in."""
FORMS_AT = 3
MOST_ASKED = 5
EXEMPLARS = 40
MOST_EXEMPLARS = 200
NEW_ACCOUNT = timedelta(hours=24)
NEW_ACCOUNTS = 3
"""So many accounts that joined within a day confirm an incident in a live category."""

_FOUR_FROM, _THREE_FROM = 100, 10
_JUDGED = frozenset({MemberState.VIOLATES, MemberState.SAFE})

Rule = tuple[PolicyId, CategoryId]


class Move(StrEnum):
    """What is to be done with a crowd. ASK: put the farthest that waits to the model."""

    WAIT = "wait"
    ASK = "ask"
    FIND = "find"
    SPLIT = "split"
    DISSOLVE = "dissolve"


@dataclass(eq=False, slots=True, kw_only=True)
class Seat:
    """A message in a crowd. `apart` counts the edits from what it is most like; `text` is empty once it follows."""

    key: InboxKey
    author: PersonId
    joined_at: datetime | None
    sent_at: datetime
    spared: bool
    standing: MemberState = MemberState.ASKED
    rule: Rule | None = None
    apart: int = 0
    text: str = ""

    @classmethod
    def of(cls, key: InboxKey, message: Message, *, apart: int) -> "Seat":
        """Return the seat of a message."""
        author = message.author
        return cls(
            key=key,
            author=author.id,
            joined_at=author.joined_at,
            sent_at=message.sent_at,
            spared=author.is_moderator,
            apart=apart,
            text=message.judged_text,
        )

    @classmethod
    def again(cls, member: Member) -> "Seat":
        """Return the seat of a member on record."""
        rule = (member.policy, member.category) if member.policy and member.category else None
        return cls(
            key=member.key,
            author=member.author,
            joined_at=member.joined_at,
            sent_at=member.sent_at,
            spared=member.spared,
            standing=member.standing,
            rule=rule,
        )

    @property
    def ref(self) -> MessageRef:
        """Return the message."""
        return self.key.ref

    @property
    def is_new_account(self) -> bool:
        """Return whether its author had joined within a day."""
        return self.joined_at is not None and not self.spared and self.sent_at - self.joined_at <= NEW_ACCOUNT

    def member(self, incident: IncidentId) -> Member:
        """Return the membership that goes on record."""
        policy, category = self.rule or (None, None)
        return Member(
            incident=incident,
            key=self.key,
            author=self.author,
            joined_at=self.joined_at,
            sent_at=self.sent_at,
            standing=self.standing,
            spared=self.spared,
            policy=policy,
            category=category,
        )


@dataclass(eq=False, slots=True, kw_only=True)
class Crowd:
    """Messages that say the same. `verdict` is the first that found a violation, on the message `verdict_of`.

    `acted_on` are messages whose removal is on record already, `shown_at` is when the card was last redrawn.
    """

    community: CommunityId
    last: datetime
    seats: dict[MessageRef, Seat] = field(default_factory=dict)
    incident: Incident | None = None
    case: CaseNumber | None = None
    verdict: Verdict | None = None
    verdict_of: MessageRef | None = None
    dissolved: bool = False
    was_split: bool = False
    kept: int = 0
    farthest: int = 0
    new_accounts: set[PersonId] = field(default_factory=set)
    acted_on: set[MessageRef] = field(default_factory=set)
    shown_at: datetime | None = None

    @property
    def formed(self) -> Incident:
        """Return the incident; LookupError while it is none."""
        if self.incident is None:
            raise LookupError("this crowd is no incident")
        return self.incident

    @property
    def judged(self) -> list[Seat]:
        """Return the members that the model judged."""
        return [seat for seat in self.seats.values() if seat.standing in _JUDGED]

    @property
    def outcome(self) -> Rule | None:
        """Return the rule that the judged members break; None where they keep to the rules."""
        return next((seat.rule for seat in self.judged if seat.rule is not None), None)

    def standing(self, standing: MemberState) -> list[Seat]:
        """Return the members that stand so."""
        return [seat for seat in self.seats.values() if seat.standing is standing]

    def add(self, seat: Seat) -> None:
        """Take a member in."""
        self.seats[seat.ref] = seat
        if seat.is_new_account:
            self.new_accounts.add(seat.author)

    def form(self, now: datetime) -> None:
        """Make an incident of the crowd."""
        first = next(iter(self.seats.values()))
        name = hashlib.sha256(f"{self.community}\x1f{first.ref.channel}\x1f{first.ref.message}".encode()).hexdigest()
        self.incident = Incident(
            id=IncidentId(name[:24]),
            community=self.community,
            kind=IncidentKind.COPIES,
            state=IncidentState.OPEN,
            formed_at=now,
        )

    def change(self, state: IncidentState, rule: Rule | None = None) -> None:
        """Move the incident on."""
        self.dissolved = state is IncidentState.DISSOLVED
        policy, category = rule or (self.formed.policy, self.formed.category)
        self.incident = replace(self.formed, state=state, policy=policy, category=category)

    def wants_another(self, seat: Seat) -> bool:
        """Return whether a member that comes after the finding is judged: now and then the farthest so far is."""
        asked = len([other for other in self.seats.values() if other.standing in _ASKED_OR_JUDGED])
        wanted = asked < min(_wanted(self), MOST_ASKED) and seat.apart >= self.farthest
        self.farthest = max(self.farthest, seat.apart)
        return wanted and self.incident is not None and self.incident.state is IncidentState.FOUND

    def may_unite(self, other: "Crowd") -> bool:
        """Return whether two crowds may be one: neither has come to another end than the other."""
        if self.dissolved or other.dissolved or self.was_split or other.was_split:
            return False
        outcomes = {(seat.standing, seat.rule) for seat in (*self.judged, *other.judged)}
        return len(outcomes) <= 1

    def take_in(self, other: "Crowd") -> None:
        """Take the members of another crowd in."""
        for seat in other.seats.values():
            self.add(seat)
        self.case = self.case or other.case
        if self.verdict is None:
            self.verdict, self.verdict_of = other.verdict, other.verdict_of
        self.kept += other.kept
        self.acted_on |= other.acted_on


_ASKED_OR_JUDGED = _JUDGED | {MemberState.ASKED, MemberState.UNDECIDED}


def next_move(crowd: Crowd) -> Move:
    """Return what is to be done with a crowd now."""
    if crowd.incident is None or crowd.dissolved:
        return Move.WAIT
    held, judged = crowd.standing(MemberState.HELD), crowd.judged
    if len({seat.rule for seat in judged}) > 1:
        return Move.SPLIT
    if crowd.standing(MemberState.ASKED) and crowd.incident.state is IncidentState.OPEN:
        return Move.WAIT
    asked = len(judged) + len(crowd.standing(MemberState.UNDECIDED))
    if held and len(judged) < _wanted(crowd) and asked < MOST_ASKED:
        return Move.ASK
    if judged and judged[0].rule is not None:
        return Move.FIND
    return Move.DISSOLVE if held or judged else Move.WAIT


def _wanted(crowd: Crowd) -> int:
    """Return how many members are to be judged: two, and more as the crowd grows; one more once it has split."""
    size = len(crowd.seats)
    number = 4 if size >= _FOUR_FROM else 3 if size >= _THREE_FROM else 2
    return min(number + crowd.was_split, MOST_ASKED)


@dataclass(slots=True, kw_only=True)
class Changes:
    """What follows from one event: rows to write, deliveries that go on by themselves, crowds to look after."""

    incidents: list[Incident] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    left: list[MessageRef] = field(default_factory=list)
    freed: list[InboxKey] = field(default_factory=list)
    found: list[Crowd] = field(default_factory=list)
