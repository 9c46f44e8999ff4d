"""Making a message ready: what is known of it already, and what is left to ask the model."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.intake.split_words import REACH, Joined, is_short, join
from bot.core.judging.context import context_lines
from bot.core.judging.copies import Copies
from bot.core.judging.model_watch import ModelWatch
from bot.domain.events import Message
from bot.domain.ids import PolicyId
from bot.domain.inbox import InboxItem
from bot.domain.policy import Policy
from bot.domain.question import ContextLine, Question
from bot.domain.reasons import Reason
from bot.domain.scope import ITSELF, Scope
from bot.domain.settings import CommunitySettings
from bot.domain.verdict import MODEL_AWAY, UndecidedReason, Verdict, VerdictSource, undecided
from bot.ports.inbox import Inbox

WANTS_A_MODEL = MODEL_AWAY | {UndecidedReason.NO_MODEL}
"""Reasons of an UNDECIDED verdict that a model's return would cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One message made ready: what is known already, and what is left to ask.

    `joined` is what it says together with its author's lines just before it. `scope` says what else a decision is
    about, `confirmed` that all of its incident's messages go, `because` what it rests on besides the verdicts.
    """

    item: InboxItem
    message: Message
    settings: CommunitySettings
    policies: tuple[Policy, ...]
    known: Mapping[PolicyId, Verdict]
    questions: tuple[Question, ...]
    joined: Joined | None = None
    scope: Scope = ITSELF
    confirmed: bool = False
    because: tuple[Reason, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing follows for the message itself: it is a copy that is counted on another's card."""
        flagged = all(verdict.source is VerdictSource.NEAR_COPY for verdict in self.known.values())
        return self.scope.follows and (self.scope.acted_on or (flagged and not self.confirmed))

    def in_order(self, answers: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Return what is known and what was answered, a verdict for each policy, in the policies' order."""
        by_policy = {**self.known, **{answer.policy: answer for answer in answers}}
        return tuple(by_policy[policy.id] for policy in self.policies)


class Briefing:
    """Finds out what needs no model, and puts the rest into questions."""

    def __init__(self, inbox: Inbox, copies: Copies, watch: ModelWatch) -> None:
        self._inbox = inbox
        self._copies = copies
        self._watch = watch

    async def prepare(
        self, item: InboxItem, message: Message, settings: CommunitySettings, policies: tuple[Policy, ...]
    ) -> Brief:
        """Return a message's brief under these policies."""
        known: dict[PolicyId, Verdict] = {}
        questions: list[Question] = []
        joined = await self._joined(item, message)
        for policy in policies:
            lines = await self._context(policy, message, settings, joined)
            verdict = await self._known(item, message, policy, settings, (lines, joined))
            if verdict is not None:
                known[policy.id] = verdict
            else:
                questions.append(_question(policy, message, lines, joined))
        return Brief(
            item=item,
            message=message,
            settings=settings,
            policies=policies,
            known=known,
            questions=tuple(questions),
            joined=joined,
        )

    async def copies_instead(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Where a model is wanting, let a text like a known violation stand in for its policy's verdict."""
        wanting = {verdict.policy for verdict in verdicts if verdict.reason in WANTS_A_MODEL}
        if not wanting:
            return verdicts
        like = await self._copies.near(brief.message, [policy for policy in brief.policies if policy.id in wanting])
        return tuple(like if like is not None and verdict.policy == like.policy else verdict for verdict in verdicts)

    async def _joined(self, item: InboxItem, message: Message) -> Joined | None:
        """Return what a short message says together with its author's lines before it; a report is about one alone."""
        if item.report is not None or not is_short(message):
            return None
        return join(message, await self._inbox.run_before(message, message.sent_at - REACH))

    async def _context(
        self, policy: Policy, message: Message, settings: CommunitySettings, joined: Joined | None
    ) -> tuple[ContextLine, ...]:
        if policy.context_free:
            return ()
        own = {line.ref for line in joined.lines} if joined is not None else set()
        earlier = await self._inbox.earlier(message, settings.context_messages)
        return context_lines(message, tuple(before for before in earlier if before.ref not in own))

    async def _known(
        self,
        item: InboxItem,
        message: Message,
        policy: Policy,
        settings: CommunitySettings,
        around: tuple[tuple[ContextLine, ...], Joined | None],
    ) -> Verdict | None:
        """Return a verdict that costs no question: too many edits, or an exact copy of a judged text."""
        if item.judged_before > settings.edits_judged:
            return undecided(policy.id, policy.policy_hash, UndecidedReason.EDIT_LIMIT)
        if any(around) or item.report is not None:
            return None
        identity = await self._watch.present()
        return None if identity is None else await self._copies.exact(message, policy, identity)


def _question(policy: Policy, message: Message, lines: tuple[ContextLine, ...], joined: Joined | None) -> Question:
    return Question(
        policy=policy,
        text=joined.text if joined is not None else message.judged_text,
        context=lines,
        ref=message.ref,
        revision=message.revision,
        newest_from=joined.newest_from if joined is not None else 0,
    )
