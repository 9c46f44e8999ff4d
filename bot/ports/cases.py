"""Decisions, cases, effects and reviews on record."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.audit import AuditNote
from bot.domain.case import AuthorHistory, Case, CaseFile, RuleRecord
from bot.domain.decision import EffectKey, EffectResult, PutOff, StoredEffect
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.incident import IncidentId
from bot.domain.records import (
    CaseAction,
    CaseFilter,
    CaseMember,
    Copy,
    CopyQuery,
    DecisionRecord,
    Judgement,
    Recorded,
    ReviewRecord,
    Standing,
    Withdrawal,
)


class Cases(Protocol):
    """Every method is one transaction, scoped by community."""

    @abstractmethod
    async def record_decision(self, record: DecisionRecord) -> Recorded | None:
        """Write a decision with its verdicts, case, intended effects and audit notes, and move the inbox row.

        Return None, with nothing written, when the row may not move to that state any more (edited, deleted) or the
        decision is on record already. A message has at most one case: a later decision on it joins the earlier case.
        So does one on a message that another case covers, or that is to join one.
        """

    @abstractmethod
    async def record_action(self, action: CaseAction) -> tuple[StoredEffect, ...] | None:
        """Write an automatic decision on a case and its effects; None when there is no such case or it is on record."""

    @abstractmethod
    async def withdraw(self, withdrawal: Withdrawal) -> int:
        """Give pending live effects of ours that members notice the outcome SUPPRESSED; return how many those are.

        What is under way already is left to its end. The audit notes are written where there are any.
        """

    @abstractmethod
    async def acted(
        self, community: CommunityId, policy: PolicyId | None, category: CategoryId | None, since: datetime
    ) -> tuple[StoredEffect, ...]:
        """Return what members noticed of a rule's automatic effects decided since then, oldest first.

        Without a category it is the policy's, without a policy the community's. What takes others back is left out.
        """

    @abstractmethod
    async def members(self, community: CommunityId, number: CaseNumber) -> tuple[CaseMember, ...]:
        """Return every message that a case is about, its own first, and all of its incidents.

        An incident's first messages may have cases of their own. A moderator's in it is left out: nothing happens to
        that.
        """

    @abstractmethod
    async def incident_effects(self, community: CommunityId, incident: IncidentId) -> int:
        """Count the automatic effects of an incident that members notice and that were carried out or are pending."""

    @abstractmethod
    async def record_result(self, result: EffectResult, notes: tuple[AuditNote, ...]) -> bool:
        """Write how an effect ended; False, and nothing changed, when it has an outcome already.

        One case is different: an effect that an edit or a deletion suppressed, and that turns out APPLIED, was applied.
        """

    @abstractmethod
    async def begin_effect(self, key: EffectKey) -> bool:
        """Mark an effect as under way: from now on no edit or deletion withdraws it, whatever happened is its outcome.

        False, and nothing changed, when it has an outcome already or nothing of that key is intended.
        """

    @abstractmethod
    async def postpone(self, key: EffectKey, put_off: PutOff) -> bool:
        """Let an effect wait as `put_off` says; False, and nothing changed, when it has an outcome already.

        One that did not happen for sure is not under way any more: an edit or a deletion withdraws it.
        """

    @abstractmethod
    async def postponed(
        self, community: CommunityId | None = None, *, due_by: datetime | None = None, most: int | None = None
    ) -> tuple[StoredEffect, ...]:
        """Return effects that wait for their platform, in one community or all, the next to be tried first.

        `due_by`: only those whose next try is due by then.
        """

    @abstractmethod
    async def due_in(self, now: datetime) -> tuple[CommunityId, ...]:
        """Return the communities with an effect whose next try is due, by their ids.

        It is, too, where it is set for a time so far off that a clock must have been ahead: `put_off.farthest`.
        """

    @abstractmethod
    async def pending_effects(self, community: CommunityId | None = None) -> tuple[StoredEffect, ...]:
        """Return every intended effect without an outcome, of one community or all, oldest first."""

    @abstractmethod
    async def standing(self) -> tuple[Standing, ...]:
        """Return the applied effects, of all communities, that the bot has to end: SLOWMODE and LOCKDOWN, oldest first.

        Without those that a later LIFT on the same channel takes back: one that is intended, was applied, or was
        refused for good. One that failed or was held back takes nothing back.
        """

    @abstractmethod
    async def file(self, community: CommunityId, number: CaseNumber) -> CaseFile | None:
        """Return a case with everything on record about it; None when this community has no such case."""

    @abstractmethod
    async def file_of(self, ref: MessageRef) -> CaseFile | None:
        """Return the case of a message, or None when it has none."""

    @abstractmethod
    async def judgements(self, ref: MessageRef) -> tuple[Judgement, ...]:
        """Return every automatic decision on a message, oldest first, those that made no case too."""

    @abstractmethod
    async def find(self, community: CommunityId | None, wanted: CaseFilter) -> tuple[Case, ...]:
        """Return cases, the newest first."""

    @abstractmethod
    async def review(self, record: ReviewRecord) -> Recorded | None:
        """Write a person's press: word, decision and effects. None when the case is not at the expected version.

        Where the case was found wrong, what is still intended about it gets the outcome SUPPRESSED, but for cards,
        calls, notes and what takes something back. What is under way is left to its end.
        """

    @abstractmethod
    async def set_card(self, community: CommunityId, number: CaseNumber, card_id: str, shows: int) -> None:
        """Remember which post shows the case, and up to which of its `changes` it does."""

    @abstractmethod
    async def card_changed(self, community: CommunityId, number: CaseNumber) -> None:
        """Note that the card of a case does not show how things are. Results and presses do that by themselves."""

    @abstractmethod
    async def cards_due(self, community: CommunityId | None = None) -> tuple[Case, ...]:
        """Return cases whose card was never posted or does not show what became of them since, oldest first."""

    @abstractmethod
    async def history(self, community: CommunityId, person: PersonId) -> AuthorHistory:
        """Return what is on record about an author."""

    @abstractmethod
    async def rule_record(self, community: CommunityId, policy: PolicyId, category: CategoryId) -> RuleRecord:
        """Return how often reviews found this rule right."""

    @abstractmethod
    async def automatic_effects(self, community: CommunityId, person: PersonId | None, since: datetime) -> int:
        """Count automatic effects that members notice, decided since then; of one author, or (None) of all.

        Those of one incident count once; what takes others back counts as none.
        """

    @abstractmethod
    async def exact_copy(self, query: CopyQuery) -> Copy | None:
        """Return the latest verdict of the model on the same text, given without context; never an UNDECIDED one."""
