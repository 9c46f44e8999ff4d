"""Decisions, cases, effects and reviews in memory."""

from dataclasses import replace
from datetime import datetime

from bot.domain.actions import ENDED_BY_BOT, NOTICED_BY_MEMBERS, TAKES_BACK, Action, Outcome
from bot.domain.audit import AuditNote
from bot.domain.case import AuthorHistory, Case, CaseFile, CaseStatus, ReviewResult, RuleRecord
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult, PutOff, StoredEffect
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, MessageRef, PersonId, PolicyId, Revision
from bot.domain.inbox import Kind
from bot.domain.incident import IncidentId, MemberState
from bot.domain.put_off import is_due
from bot.domain.reasons import StepCode
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
from bot.domain.states import State
from bot.domain.verdict import Label
from bot.ports.cases import Cases
from bot.storage.case_changes import (
    accompanied,
    filed_effects,
    filed_notes,
    filed_results,
    files_under,
    joined,
    may_be_decided,
    opened,
    replaceable,
    reviewed,
    search_text,
    search_words,
    suppressed,
    takes_in,
)
from tests.memory.matching import COUNTED_OUTCOMES, answers, counts, fits, is_automatic, is_of, takes_back
from tests.memory.people import history_of
from tests.memory.records import Decided, Records, Row

_NO_CASE = CaseNumber(0)


class MemoryCases(Cases):
    """The cases of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def record_decision(self, record: DecisionRecord) -> Recorded | None:
        """Write a decision with everything that belongs to it."""
        row = self._records.rows.get(record.key)
        if row is None or not may_be_decided(row.state, record.state):
            return None
        if record.decision.id in self._records.decisions:
            return None
        case = self._case_for(record)
        number = case.number if case is not None else None
        effects = filed_effects(record.effects, record.decision, number)
        held_back = filed_results(record.held_back, record.decision, number)
        if case is not None:
            self._keep_case(case, record)
        decided = self._add(record.decision, number if case is not None and files_under(case, record) else None)
        decided.verdicts, decided.row, decided.copy_key = record.verdicts, record.key, record.copy_key
        self._records.judged_texts[record.key.community, record.copy_key].append(record.decision.id)
        self._move(row, record)
        stored = self._intend(effects, held_back)
        if record.member is not None:
            self._records.write_member(record.member, number)
        self._records.append(filed_notes(record.notes, number))
        return Recorded(case=case, effects=stored)

    async def record_action(self, action: CaseAction) -> tuple[StoredEffect, ...] | None:
        """Write an automatic decision on a case."""
        if (action.community, action.case) not in self._records.cases or action.decision.id in self._records.decisions:
            return None
        effects = filed_effects(action.effects, action.decision, action.case)
        held_back = filed_results(action.held_back, action.decision, action.case)
        self._add(action.decision, action.case)
        stored = self._intend(effects, held_back)
        if action.incident is not None:
            self._records.write_incident(action.incident)
        self._records.append(filed_notes(action.notes, action.case))
        return stored

    async def withdraw(self, withdrawal: Withdrawal) -> int:
        """Suppress pending live effects of ours that members notice."""
        keys = [
            key
            for key in self._records.pending
            if not self._records.effects[key].begun
            and is_automatic(self._records.effects[key].effect)
            and is_of(self._records.effects[key].effect, withdrawal)
        ]
        for key in keys:
            self._records.conclude(suppressed(key, withdrawal.code))
            self._settle_decision(key)
        self._records.append(withdrawal.notes if keys else ())
        return len(keys)

    async def acted(
        self, community: CommunityId, policy: PolicyId | None, category: CategoryId | None, since: datetime
    ) -> tuple[StoredEffect, ...]:
        """Return what members noticed of a rule's automatic effects."""
        wanted = Withdrawal(community=community, policy=policy, category=category, code="")
        return tuple(
            stored
            for key, stored in self._records.effects.items()
            if is_automatic(stored.effect)
            and is_of(stored.effect, wanted)
            and stored.result is not None
            and stored.result.outcome in COUNTED_OUTCOMES
            and self._records.decisions[key.decision].decision.made_at >= since
        )

    async def members(self, community: CommunityId, number: CaseNumber) -> tuple[CaseMember, ...]:
        """Return every message that a case is about, its own first."""
        case = self._records.cases.get((community, number))
        if case is None:
            return ()
        authors = {
            ref: self._author(ref)
            for ref, covered in self._records.case_covers.items()
            if (ref.community, covered) == (community, number)
        }
        for member in self._records.incident_members.values():
            incident = self._records.incidents[member.incident]
            if (incident.community, incident.case) != (community, number) or member.spared:
                continue
            if member.standing is not MemberState.SAFE:
                authors[member.ref] = authors.get(member.ref) or member.author
        authors.pop(case.ref, None)
        others = tuple(CaseMember(ref=ref, author=authors[ref]) for ref in sorted(authors))
        return (CaseMember(ref=case.ref, author=self._author(case.ref)), *others)

    def _author(self, ref: MessageRef) -> PersonId | None:
        known = self._records.known.get(ref)
        return known.author if known is not None else None

    async def incident_effects(self, community: CommunityId, incident: IncidentId) -> int:
        """Count the automatic effects of an incident."""
        return sum(
            1
            for stored in self._records.effects.values()
            if (stored.effect.community, stored.effect.incident) == (community, incident) and counts(stored)
        )

    def _case_for(self, record: DecisionRecord) -> Case | None:
        ref = record.decision.ref
        number = self._records.case_of.get(ref)
        other = self._records.cases.get((ref.community, record.joins or self._records.case_covers.get(ref, _NO_CASE)))
        if number is None and other is not None and takes_in(other, record):
            return accompanied(other, record)
        if number is None and not record.decision.makes_case:
            return None
        if number is None:
            taken = sum(1 for community, _ in self._records.cases if community == ref.community)
            return opened(record, CaseNumber(taken + 1))
        return joined(self._records.cases[ref.community, number], record, self._revisions(ref, number))

    def _keep_case(self, case: Case, record: DecisionRecord) -> None:
        self._records.case_of[case.ref] = case.number
        self._records.cases[case.community, case.number] = case
        for ref in {record.decision.ref, *record.covers} - {case.ref}:
            self._records.case_covers[ref] = case.number
        if record.decision.makes_case and case.ref == record.decision.ref:
            self._records.case_messages[case.community, case.number] = record.message

    def _revisions(self, ref: MessageRef, number: CaseNumber) -> frozenset[Revision]:
        return frozenset(
            decided.decision.revision
            for decided in self._records.decisions.values()
            if decided.case == (ref.community, number) and decided.decision.makes_case
        )

    def _add(self, decision: Decision, number: CaseNumber | None) -> Decided:
        case = (decision.ref.community, number) if number is not None else None
        decided = Decided(decision=decision, verdicts=(), case=case, row=None, copy_key="")
        self._records.decisions[decision.id] = decided
        return decided

    def _move(self, row: Row, record: DecisionRecord) -> None:
        row.state, row.reason, row.decision = record.state, record.reason, record.decision.id
        judged = any(verdict.label is not Label.UNDECIDED for verdict in record.verdicts)
        if judged and row.key.kind is Kind.MESSAGE and record.state is not State.WAITING:
            self._records.message(row.key.ref).judged += 1

    def _intend(
        self, effects: tuple[Effect, ...], held_back: tuple[StoredEffect, ...] = ()
    ) -> tuple[StoredEffect, ...]:
        stored = (*(StoredEffect(effect=effect, result=None) for effect in effects), *held_back)
        for entry in stored:
            key = entry.effect.key
            self._records.effects[key] = entry
            if entry.result is None:
                self._records.pending[key] = None
            self._records.decisions[key.decision].effects.append(key)
        return stored

    async def record_result(self, result: EffectResult, notes: tuple[AuditNote, ...]) -> bool:
        """Write how an effect ended."""
        stored = self._records.effects.get(result.key)
        if stored is None or not replaceable(stored.result, result):
            return False
        self._records.conclude(result)
        self._settle_decision(result.key)
        self._records.append(filed_notes(notes, stored.effect.case))
        return True

    async def begin_effect(self, key: EffectKey) -> bool:
        """Mark an effect as under way."""
        if key not in self._records.pending:
            return False
        self._records.effects[key] = replace(self._records.effects[key], begun=True)
        return True

    def _settle_decision(self, key: EffectKey) -> None:
        row = self._records.decisions[key.decision].row
        if row is not None and self._records.rows[row].decision == key.decision:
            self._records.settle(self._records.rows[row])

    async def postpone(self, key: EffectKey, put_off: PutOff) -> bool:
        """Let an effect wait for its platform."""
        if key not in self._records.pending:
            return False
        self._records.postpone(key, put_off)
        return True

    async def postponed(
        self, community: CommunityId | None = None, *, due_by: datetime | None = None, most: int | None = None
    ) -> tuple[StoredEffect, ...]:
        """Return effects that wait for their platform."""
        waiting = [
            (stored.put_off.next_at, stored)
            for stored in (self._records.effects[key] for key in self._records.pending)
            if stored.put_off is not None and community in (None, stored.effect.community)
        ]
        due = [entry for entry in waiting if due_by is None or entry[0] <= due_by]
        return tuple(stored for _, stored in sorted(due, key=lambda entry: entry[0])[:most])

    async def due_in(self, now: datetime) -> tuple[CommunityId, ...]:
        """Return the communities with an effect whose next try is due."""
        due = [
            stored for stored in await self.postponed() if stored.put_off is not None and is_due(stored.put_off, now)
        ]
        return tuple(sorted({stored.effect.community for stored in due}))

    async def pending_effects(self, community: CommunityId | None = None) -> tuple[StoredEffect, ...]:
        """Return every intended effect without an outcome."""
        pending = (self._records.effects[key] for key in self._records.pending)
        return tuple(stored for stored in pending if community in (None, stored.effect.community))

    async def standing(self) -> tuple[Standing, ...]:
        """Return the applied effects that the bot has to end."""
        effects = list(self._records.effects.values())
        return tuple(
            Standing(effect=stored.effect, decided_at=self._decided_at(stored.effect))
            for place, stored in enumerate(effects)
            if stored.effect.action in ENDED_BY_BOT
            and stored.result is not None
            and stored.result.outcome is Outcome.APPLIED
            and not any(takes_back(later, stored.effect) for later in effects[place + 1 :])
        )

    def _decided_at(self, effect: Effect) -> datetime:
        return self._records.decisions[effect.key.decision].decision.made_at

    async def file(self, community: CommunityId, number: CaseNumber) -> CaseFile | None:
        """Return a case with everything on record about it."""
        case = self._records.cases.get((community, number))
        if case is None:
            return None
        decided = [entry for entry in self._records.decisions.values() if entry.case == (community, number)]
        return CaseFile(
            case=case,
            message=self._records.case_messages.get((community, number)),
            verdicts=tuple(verdict for entry in decided for verdict in entry.verdicts),
            decisions=tuple(entry.decision for entry in decided),
            effects=tuple(self._records.effects[key] for entry in decided for key in entry.effects),
            reviews=tuple(self._records.reviews[community, number]),
            copies=1
            + sum(1 for ref, to in self._records.case_covers.items() if (ref.community, to) == (community, number)),
            changes=self._records.changes[community, number],
            shown=self._records.shown[community, number],
        )

    async def file_of(self, ref: MessageRef) -> CaseFile | None:
        """Return the case of a message."""
        number = self._records.case_of.get(ref, self._records.case_covers.get(ref))
        return await self.file(ref.community, number) if number is not None else None

    async def judgements(self, ref: MessageRef) -> tuple[Judgement, ...]:
        """Return every automatic decision on a message, oldest first."""
        return tuple(
            Judgement(decision=decided.decision, verdicts=decided.verdicts)
            for decided in self._records.decisions.values()
            if decided.row is not None and decided.row.ref == ref
        )

    async def find(self, community: CommunityId | None, wanted: CaseFilter) -> tuple[Case, ...]:
        """Return cases, the newest first."""
        found = [
            case
            for case in self._records.cases.values()
            if community in (None, case.community)
            and fits(case, wanted)
            and self._is_about(case, wanted.about)
            and self._has_words(case, wanted.words)
        ]
        found.sort(key=lambda case: (case.opened_at, case.community, case.number), reverse=True)
        return tuple(found[: wanted.limit])

    def _is_about(self, case: Case, person: PersonId | None) -> bool:
        if person is None or case.author == person:
            return True
        return any(
            (stored.effect.community, stored.effect.case, stored.effect.person) == (case.community, case.number, person)
            for stored in self._records.effects.values()
        )

    def _has_words(self, case: Case, words: str) -> bool:
        if not words:
            return True
        message = self._records.case_messages.get((case.community, case.number))
        text = search_text(message) if message is not None else ""
        return all(word in text for word in search_words(words))

    async def review(self, record: ReviewRecord) -> Recorded | None:
        """Write a person's word, its decision and effects."""
        case = self._records.cases.get((record.community, record.case))
        if case is None or case.version != record.expected_version:
            return None
        if record.decision is not None and record.decision.id in self._records.decisions:
            return None
        effects = filed_effects(record.effects, record.decision, record.case)
        case = reviewed(case, record)
        self._records.cases[record.community, record.case] = case
        self._records.changes[record.community, record.case] += 1
        if record.review is not None:
            self._records.reviews[record.community, record.case].append(record.review)
            if record.review.result is ReviewResult.OVERTURNED:
                self._overturn(record.community, record.case)
        if record.decision is not None:
            self._add(record.decision, record.case)
        stored = self._intend(effects)
        self._records.append(filed_notes(record.notes, record.case))
        return Recorded(case=case, effects=stored)

    def _overturn(self, community: CommunityId, number: CaseNumber) -> None:
        """Suppress what is intended about a case, and not under way; what tells or takes back stays."""
        for key in list(self._records.pending):
            stored = self._records.effects[key]
            is_of_case = (stored.effect.community, stored.effect.case) == (community, number)
            if is_of_case and not stored.begun and key.action in NOTICED_BY_MEMBERS - TAKES_BACK - {Action.NOTICE}:
                self._records.conclude(suppressed(key, StepCode.OVERTURNED))
                self._settle_decision(key)

    async def set_card(self, community: CommunityId, number: CaseNumber, card_id: str, shows: int) -> None:
        """Remember which post shows the case, and how much of it."""
        place = (community, number)
        case = self._records.cases.get(place)
        if case is not None:
            self._records.cases[place] = replace(case, card_id=card_id)
            self._records.shown[place] = max(self._records.shown[place], shows)

    async def card_changed(self, community: CommunityId, number: CaseNumber) -> None:
        """Note that a card does not show how things are."""
        self._records.changes[community, number] += 1

    async def cards_due(self, community: CommunityId | None = None) -> tuple[Case, ...]:
        """Return cases whose card was never posted or shows too little, oldest first."""
        changes, shown = self._records.changes, self._records.shown
        due = [
            case
            for place, case in self._records.cases.items()
            if community in (None, case.community) and (not case.card_id or shown[place] < changes[place])
        ]
        return tuple(sorted(due, key=lambda case: (case.opened_at, case.community, case.number)))

    async def history(self, community: CommunityId, person: PersonId) -> AuthorHistory:
        """Return what is on record about an author."""
        return history_of(self._records, community, person)

    async def rule_record(self, community: CommunityId, policy: PolicyId, category: CategoryId) -> RuleRecord:
        """Return how often reviews found this rule right."""
        statuses = [
            case.status
            for case in self._records.cases.values()
            if (case.community, case.policy, case.category) == (community, policy, category)
        ]
        return RuleRecord(
            policy=policy,
            category=category,
            right=statuses.count(CaseStatus.UPHELD),
            wrong=statuses.count(CaseStatus.OVERTURNED),
        )

    async def automatic_effects(self, community: CommunityId, person: PersonId | None, since: datetime) -> int:
        """Count automatic effects that members notice, those of an incident once."""
        counted = {
            stored.effect.incident or key
            for key, stored in self._records.effects.items()
            if stored.effect.community == community
            and person in (None, stored.effect.person)
            and counts(stored)
            and self._records.decisions[key.decision].decision.made_at >= since
        }
        return len(counted)

    async def exact_copy(self, query: CopyQuery) -> Copy | None:
        """Return the latest verdict of the model on the same text."""
        if not query.copy_key:
            return None
        for name in reversed(self._records.judged_texts.get((query.community, query.copy_key), [])):
            decided = self._records.decisions[name]
            for verdict in reversed(decided.verdicts):
                if decided.copy_key == query.copy_key and answers(verdict, query):
                    return Copy(verdict=verdict, ref=decided.decision.ref)
        return None
