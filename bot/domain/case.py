"""A case: a numbered record that people look at, what was decided, and what they said of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.decision import Decision, StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.policy import Severity
from bot.domain.verdict import Verdict


class CaseStatus(StrEnum):
    """Where a case stands. CLOSED: ended without a judgement of the rule (the message is gone, a request was met)."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    OVERTURNED = "OVERTURNED"
    UNCLEAR = "UNCLEAR"
    CLOSED = "CLOSED"


class ReviewResult(StrEnum):
    """What a person says of a decision: Right, Wrong, or can't tell."""

    UPHELD = "UPHELD"
    OVERTURNED = "OVERTURNED"
    UNCLEAR = "UNCLEAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One person's word on a case. `by_name` is what cards show; it never reaches the author."""

    case: CaseNumber
    result: ReviewResult
    by: PersonId
    by_name: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A numbered record. `version` rises with every change, for compare-and-set."""

    community: CommunityId
    number: CaseNumber
    ref: MessageRef
    author: PersonId
    author_name: str
    status: CaseStatus
    version: int
    opened_at: datetime
    policy: PolicyId | None
    category: CategoryId | None
    severity: Severity | None
    action: Action | None
    rationale: str
    reported_by: tuple[PersonId, ...] = ()
    card_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with everything on record about it. `message` is None once retention has dropped its text.

    `copies` counts the messages that it is about. Decisions on those that led to no effect are not among `decisions`.
    `changes` rises with whatever its card should show, and `shown` is how far it does: see `Cases.cards_due`.
    """

    case: Case
    message: Message | None
    verdicts: tuple[Verdict, ...]
    decisions: tuple[Decision, ...]
    effects: tuple[StoredEffect, ...]
    reviews: tuple[Review, ...]
    copies: int = 1
    changes: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorHistory:
    """What is on record about one author in one community. Overturned cases weigh nothing.

    `removals` counts their messages that were removed, by the bot and by people; `sanctions` what was done to
    themselves: warnings, time-outs, quarantines, kicks, bans, each once for a case, and what other programs report.
    """

    person: PersonId
    messages: int
    cases_upheld: int
    cases_open: int
    cases_overturned: int
    removals: int
    sanctions: int
    first_seen: datetime | None
    joined_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """How often reviews found a rule right. People are shown this instead of an uncalibrated percentage."""

    policy: PolicyId
    category: CategoryId
    right: int
    wrong: int
