"""What is written in one transaction, and what comes back from it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.audit import AuditNote
from bot.domain.case import Case, CaseStatus, Review
from bot.domain.decision import Decision, Effect, StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.inbox import InboxKey
from bot.domain.incident import Incident, Member
from bot.domain.states import State
from bot.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """Everything that one decision writes: the decision, its verdicts, its case if any, its intended effects.

    `key` is the inbox row that moves to `state` with `reason`. `rationale` is the case's. Effects carry no case number
    yet: it is given in the transaction. `notes` go to the audit chain, with the case's number filled in.

    `held_back` are effects that a limit or a stop kept from being intended, each with its result. `joins` is an earlier
    case that the message belongs to; that case stays as it is, and the decision is filed under it where it has effects.
    `covers` are further messages that the case is about. `member` is the message's standing in an incident from now on;
    an incident without a case gets this one.
    """

    key: InboxKey
    message: Message
    decision: Decision
    verdicts: tuple[Verdict, ...]
    effects: tuple[Effect, ...]
    rationale: str
    notes: tuple[AuditNote, ...]
    state: State
    reason: str
    copy_key: str
    reported_by: tuple[PersonId, ...] = ()
    held_back: tuple[StoredEffect, ...] = ()
    joins: CaseNumber | None = None
    covers: tuple[MessageRef, ...] = ()
    member: Member | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `record_decision` answers. `case` is the new case, or the message's earlier one, or None."""

    case: Case | None
    effects: tuple[StoredEffect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRecord:
    """A person's press on a case: their word on it, a decision of theirs, or both.

    It is written only while the case still has `expected_version`. `review` is None for a press that acts without
    judging the rule; `status` is then the one that the case has.
    """

    community: CommunityId
    case: CaseNumber
    expected_version: int
    review: Review | None
    status: CaseStatus
    decision: Decision | None
    effects: tuple[Effect, ...]
    notes: tuple[AuditNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An effect that was carried out and that nothing has taken back yet, and when it was decided."""

    effect: Effect
    decided_at: datetime

    @property
    def ends_at(self) -> datetime | None:
        """Return when its time is over, reckoned from the decision; None for one that lasts until it is lifted."""
        seconds = self.effect.seconds
        return self.decided_at + timedelta(seconds=seconds) if seconds > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An automatic decision on a message with the verdicts that it rests on, whether or not it made a case."""

    decision: Decision
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAction:
    """An automatic decision on a case as a whole, such as the removal of an incident's copies.

    `incident` is written as it is from now on, in the same transaction.
    """

    community: CommunityId
    case: CaseNumber
    decision: Decision
    effects: tuple[Effect, ...]
    held_back: tuple[StoredEffect, ...]
    notes: tuple[AuditNote, ...]
    incident: Incident | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Automatic effects that are not to be carried out any more: of a community, of a policy, or of one category."""

    community: CommunityId
    policy: PolicyId | None
    category: CategoryId | None
    code: str
    notes: tuple[AuditNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMember:
    """A message that a case is about, and who wrote it, None once that was erased."""

    ref: MessageRef
    author: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list shows; None leaves a field open. `words` searches the texts that retention keeps.

    `about` asks for the cases of an author and for all in which anything was to be done about them, as in a raid.
    """

    status: CaseStatus | None = None
    policy: PolicyId | None = None
    category: CategoryId | None = None
    author: PersonId | None = None
    about: PersonId | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    limit: int = 50
    before: CaseNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A verdict that the model gave on the same text, and the message it gave it on."""

    verdict: Verdict
    ref: MessageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyQuery:
    """What must be equal for a verdict to be kept: community, prompt, weights and the text as `copy_key` makes it."""

    community: CommunityId
    policy: PolicyId
    prompt_hash: str
    digest: str
    copy_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An inbox row that ends without a decision."""

    key: InboxKey
    state: State
    reason: str
    notes: tuple[AuditNote, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Waiting messages that end as NOT_JUDGED: of one community or (None) of all, `most` of them at most.

    Only those received before `received_before`. `notes` are written where any message ended.
    """

    reason: str
    received_before: datetime
    community: CommunityId | None = None
    most: int | None = None
    notes: tuple[AuditNote, ...] = field(default=())
