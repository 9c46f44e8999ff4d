"""What a card says, before it has words: `messages` writes the sentences, an adapter draws them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.case import AuthorHistory, Case, Review, RuleRecord
from bot.domain.decision import Decision, StoredEffect
from bot.domain.events import Message
from bot.domain.ids import ChannelId, MessageRef, PersonId
from bot.domain.reasons import StepCode
from bot.domain.verdict import Verdict


class Gathering(StrEnum):
    """What the messages of a case have in common.

    ONE: there is but one. COPIES: they say the same. WAVE: they say different things, break one rule, and come from
    accounts that joined together. LINES: one member sent them in a row, and they were read together. ACCOUNT: a
    built-in check saw them on one account.
    """

    ONE = "one"
    COPIES = "copies"
    WAVE = "wave"
    LINES = "lines"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One report: by whom, None where that was asked to stay unsaid, and in which words, empty where there are none."""

    by: PersonId | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveMessage:
    """One message of a wave. `text` is None once it is no longer kept; `is_gone` says that it was removed."""

    ref: MessageRef
    author: PersonId
    author_name: str
    text: str | None
    sent_at: datetime
    is_gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One case as moderators see it.

    `message` is None once its text is gone. `verdict` is the one that decided, None for a bare report. `rule_title` is
    the category's title, `policy_title` its policy's, each empty where the other says it all; `severe` says that the
    quoted text is hidden behind a spoiler. `answered` is the name of whom the message answers. `reports` are the latest
    ones, the newest first.

    `copies` counts the messages of the case, `authors` the accounts that wrote them, `kind` says what they have in
    common, `channels` where they stand, the case's own channel first. `wave` are a wave's messages, oldest first.
    `right_removes` says that “Right” removes those that still stand.
    """

    case: Case
    message: Message | None
    verdict: Verdict | None
    decision: Decision
    effects: tuple[StoredEffect, ...]
    reviews: tuple[Review, ...]
    history: AuthorHistory
    record: RuleRecord | None
    rule_title: str
    severe: bool
    answered: str
    policy_title: str = ""
    copies: int = 1
    authors: int = 1
    kind: Gathering = Gathering.ONE
    channels: tuple[ChannelId, ...] = ()
    reports: tuple[Reported, ...] = ()
    wave: tuple[WaveMessage, ...] = ()
    right_removes: bool = False

    @property
    def is_reported(self) -> bool:
        """Return whether a member asked for a look, with or without their name."""
        steps = {step.code for step in self.decision.steps}
        return bool(self.reports or self.case.reported_by) or StepCode.REPORTED in steps

    @property
    def reporters(self) -> int:
        """Return how many members reported it: those without a name too."""
        return max(len(self.reports), len(self.case.reported_by), int(self.is_reported))
