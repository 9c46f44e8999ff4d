"""Everything the in-memory store holds, and the few changes that several of its ports share."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from bot.domain.actions import NOTICED_BY_MEMBERS, Action, Mode, Outcome
from bot.domain.audit import GENESIS, AuditEntry, AuditHead, AuditNote, link
from bot.domain.case import Case, Review
from bot.domain.coverage import Gap
from bot.domain.decision import Decision, EffectKey, EffectResult, PutOff, StoredEffect
from bot.domain.events import Author, Member, Message, Report, Unread
from bot.domain.ids import CaseNumber, ChannelId, CommunityId, DecisionId, MessageRef, PersonId, PolicyId, position
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.incident import Incident, IncidentId
from bot.domain.incident import Member as IncidentMember
from bot.domain.policy import PolicyUpload
from bot.domain.reasons import Reason
from bot.domain.states import TERMINAL, State
from bot.domain.verdict import Verdict


@dataclass(slots=True, kw_only=True)
class Row:
    """One delivery to judge. `decision` is the latest automatic decision on it."""

    key: InboxKey
    message: Message | None
    state: State
    received_at: datetime
    files: int
    unread: tuple[str, ...] = ()
    reason: str = ""
    edited_at: datetime | None = None
    report: Report | None = None
    decision: DecisionId | None = None


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of a message besides its texts. `sent_at` and `author` are None while only its end is known."""

    order: int
    author: PersonId | None = None
    sent_at: datetime | None = None
    current: InboxKey | None = None
    edited: bool = False
    deleted_at: datetime | None = None
    judged: int = 0
    texts: list[InboxKey] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Person:
    """What is known of a member in one community."""

    messages: int = 0
    first_seen: datetime | None = None
    joined_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Decided:
    """A decision on record: an automatic one, on a row, or a person's. `copy_key` is empty once its text is gone."""

    decision: Decision
    verdicts: tuple[Verdict, ...]
    case: tuple[CommunityId, CaseNumber] | None
    row: InboxKey | None
    copy_key: str
    effects: list[EffectKey] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Span:
    """A gap on record. `given_up` once it is not going to be fetched."""

    gap: Gap
    opened_at: datetime
    given_up: bool = False


@dataclass(slots=True, kw_only=True)
class Records:
    """All tables. Only the ports' implementations touch them, each call without a pause, so that none sees half."""

    arrivals: Iterator[int] = field(default_factory=count)
    rows: dict[InboxKey, Row] = field(default_factory=dict)
    known: dict[MessageRef, Known] = field(default_factory=dict)
    people: dict[tuple[CommunityId, PersonId], Person] = field(default_factory=lambda: defaultdict(Person))
    members: dict[InboxKey, Member] = field(default_factory=dict)
    unread: dict[tuple[CommunityId, ChannelId | None, str], Unread] = field(default_factory=dict)
    decisions: dict[DecisionId, Decided] = field(default_factory=dict)
    judged_texts: dict[tuple[CommunityId, str], list[DecisionId]] = field(default_factory=lambda: defaultdict(list))
    effects: dict[EffectKey, StoredEffect] = field(default_factory=dict)
    pending: dict[EffectKey, None] = field(default_factory=dict)
    cases: dict[tuple[CommunityId, CaseNumber], Case] = field(default_factory=dict)
    case_of: dict[MessageRef, CaseNumber] = field(default_factory=dict)
    case_covers: dict[MessageRef, CaseNumber] = field(default_factory=dict)
    changes: Counter[tuple[CommunityId, CaseNumber]] = field(default_factory=Counter)
    shown: Counter[tuple[CommunityId, CaseNumber]] = field(default_factory=Counter)
    case_messages: dict[tuple[CommunityId, CaseNumber], Message] = field(default_factory=dict)
    reviews: dict[tuple[CommunityId, CaseNumber], list[Review]] = field(default_factory=lambda: defaultdict(list))
    chains: dict[CommunityId, list[AuditEntry]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[CommunityId, AuditHead] = field(default_factory=dict)
    settings: dict[CommunityId, dict[str, object]] = field(default_factory=dict)
    uploads: dict[tuple[CommunityId, PolicyId], PolicyUpload] = field(default_factory=dict)
    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    incident_members: dict[MessageRef, IncidentMember] = field(default_factory=dict)
    facts: dict[str, dict[str, object]] = field(default_factory=dict)
    newest: dict[tuple[CommunityId, ChannelId], str] = field(default_factory=dict)
    spans: dict[tuple[CommunityId, ChannelId], list[Span]] = field(default_factory=lambda: defaultdict(list))
    breaks: dict[CommunityId, str] = field(default_factory=dict)
    unwatched: dict[CommunityId, frozenset[str]] = field(default_factory=dict)
    deliveries: dict[tuple[CommunityId, str], datetime] = field(default_factory=dict)
    complete: dict[CommunityId, datetime] = field(default_factory=dict)

    def message(self, ref: MessageRef) -> Known:
        """Return what is known of a message; a new entry when that is nothing yet."""
        return self.known.setdefault(ref, Known(order=next(self.arrivals)))

    def is_new(self, community: CommunityId, delivery: str, at: datetime) -> bool:
        """Note a delivery; return whether it was not on record."""
        before = len(self.deliveries)
        self.deliveries.setdefault((community, delivery), at)
        return len(self.deliveries) > before

    def see(self, ref: MessageRef) -> bool:
        """Move a channel's newest message forward, never back; return whether it moved."""
        place = (ref.community, ref.channel)
        moves = position(ref.message) > position(self.newest.get(place, ""))
        if moves:
            self.newest[place] = ref.message
        return moves

    def item(self, row: Row) -> InboxItem:
        """Return a row as the core sees it."""
        return InboxItem(
            key=row.key,
            message=row.message,
            state=row.state,
            reason=row.reason,
            received_at=row.received_at,
            judged_before=self.message(row.key.ref).judged,
            report=row.report,
        )

    def end(self, row: Row, state: State, code: str) -> None:
        """Take a row out of its way (edited, deleted) and suppress what its decision has not carried out yet."""
        if row.state in TERMINAL:
            return
        row.state, row.reason = state, code
        self.suppress(row.decision, code)

    def deletes(self, decision: DecisionId | None) -> bool:
        """Return whether a decision has had its message deleted, or is having it deleted just now."""
        decided = self.decisions.get(decision) if decision is not None else None
        live = [self.effects[key] for key in decided.effects if key.action is Action.DELETE] if decided else []
        return any(
            stored.result.outcome is Outcome.APPLIED if stored.result is not None else stored.begun
            for stored in live
            if stored.effect.mode is Mode.LIVE
        )

    def suppress(self, decision: DecisionId | None, code: str) -> None:
        """Give the effects of a decision that members would notice, and that are not under way, the outcome SUPPRESSED.

        The card stays intended: a case is for moderators to see, whatever became of its message.
        """
        for key in self.pending_of(decision):
            if key.action in NOTICED_BY_MEMBERS and not self.effects[key].begun:
                self.conclude(EffectResult(key=key, outcome=Outcome.SUPPRESSED, why=Reason(code=code)))

    def conclude(self, result: EffectResult) -> None:
        """Give an effect its outcome."""
        self.effects[result.key] = replace(self.effects[result.key], result=result, put_off=None)
        self.pending.pop(result.key, None)
        self.effect_changed(result.key)

    def postpone(self, key: EffectKey, put_off: PutOff) -> None:
        """Let an effect wait for its platform."""
        self.effects[key] = replace(self.effects[key], begun=put_off.unclear, put_off=put_off)
        self.effect_changed(key)

    def effect_changed(self, key: EffectKey) -> None:
        """Note that the card of an effect's case shows too little; that there is a card shows by itself."""
        effect = self.effects[key].effect
        if effect.case is not None and effect.action is not Action.FLAG:
            self.changes[effect.community, effect.case] += 1

    def pending_of(self, decision: DecisionId | None) -> list[EffectKey]:
        """Return the effects of a decision that have no outcome yet."""
        decided = self.decisions.get(decision) if decision is not None else None
        return [key for key in decided.effects if key in self.pending] if decided is not None else []

    def settle(self, row: Row) -> None:
        """Move a row from DECIDED to DONE, unless an effect of its decision is pending."""
        if row.state is State.DECIDED and not self.pending_of(row.decision):
            row.state = State.DONE

    def meet(self, community: CommunityId, author: Author, sent_at: datetime) -> None:
        """Count a message of an author."""
        person = self.people[community, author.id]
        person.messages += 1
        person.first_seen = earliest(person.first_seen, sent_at)
        person.joined_at = latest(person.joined_at, author.joined_at)

    def write_incident(self, incident: Incident) -> None:
        """Keep an incident as it is from now on, but for its beginning and its case."""
        before = self.incidents.get(incident.id)
        case, formed_at = (None, incident.formed_at) if before is None else (before.case, before.formed_at)
        self.incidents[incident.id] = replace(incident, case=case, formed_at=formed_at)

    def write_member(self, member: IncidentMember, number: CaseNumber | None) -> None:
        """Keep a member; its incident gets the case, where it has none yet."""
        self.incident_members[member.ref] = member
        incident = self.incidents[member.incident]
        if number is not None and incident.case is None:
            self.incidents[member.incident] = replace(incident, case=number)

    def append(self, notes: tuple[AuditNote, ...]) -> None:
        """Add entries to the chains of their communities."""
        for note in notes:
            head = self.heads.get(note.community, AuditHead(count=0, entry_hash=GENESIS))
            entry = link(note, salt=secrets.token_hex(16), head=head)
            self.chains[note.community].append(entry)
            self.heads[note.community] = AuditHead(count=entry.sequence, entry_hash=entry.entry_hash)


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments, either of which may be unknown."""
    return min((at for at in (one, other) if at is not None), default=None)


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two moments, either of which may be unknown."""
    return max((at for at in (one, other) if at is not None), default=None)
