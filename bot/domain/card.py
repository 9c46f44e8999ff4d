"""What a card says, before it has words: `messages` writes the sentences, an adapter draws them."""

from dataclasses import dataclass

from bot.domain.case import AuthorHistory, Case, Review, RuleRecord
from bot.domain.decision import Decision, StoredEffect
from bot.domain.events import Message
from bot.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One case as moderators see it.

    `message` is None once its text is gone. `verdict` is the one that decided, None for a bare report. `rule_title` is
    the category's title; `severe` says that the quoted text is hidden behind a spoiler. `answered` is the name of
    whom the message answers, `reported_words` what the latest report said that said anything. `copies` counts the
    messages of the case, `authors` the accounts that wrote them.
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
    copies: int = 1
    reported_words: str = ""
    authors: int = 1
