"""Retention and erasure in memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath

from bot.domain.actions import Action
from bot.domain.case import Case
from bot.domain.errors import StorageError
from bot.domain.ids import CaseNumber, CommunityId, DecisionId, MessageRef, PersonId
from bot.domain.inbox import Kind
from bot.domain.keeping import Backup, Cutoffs, Dropped, ErasureReceipt
from bot.domain.states import State
from bot.domain.verdict import Verdict
from bot.ports.keeping import Keeping
from bot.storage.erasing import COUNTED, Erasing, erasing, without_exemption
from tests.memory.people import is_removal
from tests.memory.records import Decided, Records, Row

_TO_BE_JUDGED = frozenset({State.WAITING, State.JUDGING})


class MemoryKeeping(Keeping):
    """What is kept of the in-memory store, and for how long. It has no ledger: nothing outlives the process."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def drop_words(self, cutoffs: Cutoffs) -> Dropped:
        """Drop the words of what is older."""
        rows = [row for row in self._records.rows.values() if _has_words(row) and self._is_over(row, cutoffs)]
        cases = [case for case in self._records.cases.values() if self._loses_words(case, cutoffs)]
        for row in rows:
            row.message = None
            row.report = replace(row.report, words="", message=None) if row.report is not None else None
            self._empty(decided for decided in self._records.decisions.values() if decided.row == row.key)
        for case in cases:
            place = (case.community, case.number)
            self._records.case_messages.pop(place, None)
            self._records.cases[place] = replace(case, rationale="")
            self._empty(decided for decided in self._records.decisions.values() if decided.case == place)
        return Dropped(messages=len(rows), cases=len(cases))

    def _is_over(self, row: Row, cutoffs: Cutoffs) -> bool:
        if row.state in _TO_BE_JUDGED or (row.state is State.DECIDED and self._is_needed(row.decision)):
            return False
        number = self._records.case_of.get(row.key.ref)
        if number is not None:
            age = self._last_decided(self._records.cases[row.key.community, number])
            return row.received_at < cutoffs.of_case and age < cutoffs.of_case
        known = self._records.message(row.key.ref)
        if row.received_at < cutoffs.without_case:
            return True
        if known.deleted_at is None or known.deleted_at >= cutoffs.deleted:
            return False
        return not any(is_removal(event, row.key.ref, known) for event in self._records.members.values())

    def _loses_words(self, case: Case, cutoffs: Cutoffs) -> bool:
        place = (case.community, case.number)
        if not case.rationale and place not in self._records.case_messages and not self._effects_have_words(case):
            return False
        pending = any(self._is_needed(decided.decision.id) for decided in self._of_case(case))
        return not pending and self._last_decided(case) < cutoffs.of_case

    def _is_needed(self, decision: DecisionId | None) -> bool:
        """Return whether the words of a decision are needed for more than its card, which can do without."""
        return any(key.action not in (Action.FLAG, Action.ESCALATE) for key in self._records.pending_of(decision))

    def _effects_have_words(self, case: Case) -> bool:
        effects = [self._records.effects[key].effect for decided in self._of_case(case) for key in decided.effects]
        return any(effect.rationale or effect.returned_text for effect in effects)

    def _last_decided(self, case: Case) -> datetime:
        return max(decided.decision.made_at for decided in self._of_case(case))

    def _of_case(self, case: Case) -> list[Decided]:
        place = (case.community, case.number)
        return [decided for decided in self._records.decisions.values() if decided.case == place]

    def _empty(self, decisions: Iterable[Decided]) -> None:
        for decided in decisions:
            decided.copy_key = ""
            decided.verdicts = tuple(_without_words(verdict) for verdict in decided.verdicts)
            for key in decided.effects:
                stored = self._records.effects[key]
                silent = replace(stored.effect, rationale="", returned_text="")
                self._records.effects[key] = replace(stored, effect=silent)

    async def erase(self, community: CommunityId, person: PersonId, at: datetime) -> ErasureReceipt:
        """Erase a person from every table of a community."""
        cases = [case for case in self._records.cases.values() if (case.community, case.author) == (community, person)]
        refs = [
            ref for ref, known in self._records.known.items() if ref.community == community and known.author == person
        ]
        made = erasing(community, person, {*refs, *(case.ref for case in cases)})
        counts: Counter[str] = Counter(cases=len(cases))
        counts["audit_details"] = self._drop_audit_details(made, cases, set(refs))
        self._drop_messages(refs, counts)
        counts["incidents"] = self._leave_incidents(made, refs)
        counts["effects"] = self._rename_effects(made)
        self._rename_cases(made)
        self._rename_decisions(made, {(case.community, case.number) for case in cases})
        self._rename_in_others(made, counts)
        counts["quotes"] = self._drop_quotes(made)
        return ErasureReceipt(
            community=community,
            erased_at=at,
            counts=tuple((kind, counts[kind]) for kind in COUNTED),
            cases=tuple(sorted(case.number for case in cases)),
        )

    def _drop_audit_details(self, made: Erasing, cases: list[Case], refs: set[MessageRef]) -> int:
        numbers = {case.number for case in cases}
        decisions = {decided.decision.id for case in cases for decided in self._of_case(case)}
        on_messages = [entry for entry in self._records.decisions.values() if entry.row and entry.row.ref in refs]
        decisions |= {decided.decision.id for decided in on_messages}
        chain = self._records.chains[made.community]
        named = [
            index
            for index, entry in enumerate(chain)
            if entry.details is not None
            and (entry.case in numbers or entry.decision in decisions or made.is_named_in(entry.details))
        ]
        for index in named:
            chain[index] = replace(chain[index], details=None, salt=None)
        return len(named)

    def _leave_incidents(self, made: Erasing, refs: list[MessageRef]) -> int:
        for ref in refs:
            self._records.case_covers.pop(ref, None)
        members = self._records.incident_members
        theirs = [ref for ref, one in members.items() if (ref.community, one.author) == (made.community, made.person)]
        for ref in theirs:
            del members[ref]
        return len(theirs)

    def _drop_quotes(self, made: Erasing) -> int:
        dropped = 0
        for row in self._records.rows.values():
            if row.key.community != made.community or row.state in _TO_BE_JUDGED:
                continue
            before = (row.message, row.report)
            row.message = made.message(row.message) if row.message is not None else None
            row.report = made.brought(row.report) if row.report is not None else None
            dropped += before != (row.message, row.report)
        texts = self._records.case_messages
        for place, message in texts.items():
            if place[0] == made.community:
                texts[place] = made.message(message)
                dropped += texts[place] != message
        return dropped

    def _drop_messages(self, refs: list[MessageRef], counts: Counter[str]) -> None:
        gone = set(refs)
        keys = {key for key in self._records.rows if key.ref in gone}
        for key in keys:
            del self._records.rows[key]
        for ref in refs:
            del self._records.known[ref]
        bare = [
            name for name, decided in self._records.decisions.items() if decided.row in keys and decided.case is None
        ]
        for name in bare:
            self._drop_decision(name)
        for decided in self._records.decisions.values():
            decided.row = None if decided.row in keys else decided.row
        counts["messages"], counts["texts"], counts["decisions"] = len(refs), len(keys), len(bare)

    def _drop_decision(self, name: DecisionId) -> None:
        decided = self._records.decisions.pop(name)
        for key in decided.effects:
            del self._records.effects[key]
            self._records.pending.pop(key, None)
        for names in self._records.judged_texts.values():
            if name in names:
                names.remove(name)

    def _rename_effects(self, made: Erasing) -> int:
        before = self._records.effects
        after = [
            made.effect(stored) if stored.effect.community == made.community else stored for stored in before.values()
        ]
        keys = {key: stored.effect.key for key, stored in zip(before, after, strict=True)}
        renamed = sum(stored != was for stored, was in zip(after, before.values(), strict=True))
        self._records.effects = {stored.effect.key: stored for stored in after}
        self._records.pending = dict.fromkeys(stored.effect.key for stored in after if stored.result is None)
        for decided in self._records.decisions.values():
            decided.effects = [keys[key] for key in decided.effects]
        return renamed

    def _rename_cases(self, made: Erasing) -> None:
        for place, case in list(self._records.cases.items()):
            if case.community != made.community:
                continue
            self._records.cases[place] = made.case(case)
            if case.author == made.person:
                self._records.case_messages.pop(place, None)
                del self._records.case_of[case.ref]
                self._records.case_of[made.ref(case.ref)] = case.number

    def _rename_decisions(self, made: Erasing, theirs: set[tuple[CommunityId, CaseNumber]]) -> None:
        for decided in self._records.decisions.values():
            if decided.decision.ref.community != made.community:
                continue
            decided.decision = made.decision(decided.decision)
            decided.verdicts = tuple(made.verdict(verdict) for verdict in decided.verdicts)
            if decided.case in theirs:
                decided.copy_key = ""
                decided.verdicts = tuple(_without_words(verdict) for verdict in decided.verdicts)

    def _rename_in_others(self, made: Erasing, counts: Counter[str]) -> None:
        community, person = made.community, made.person
        for key in [key for key in self._records.rows if key.kind is Kind.REPORT and key.discriminator == person]:
            if key.community == community:
                self._unname_report(made, self._records.rows.pop(key))
                counts["reports"] += 1
        for place, reviews in self._records.reviews.items():
            if place[0] == community:
                counts["reviews"] += sum(review.by == person for review in reviews)
                reviews[:] = [made.review(review) if review.by == person else review for review in reviews]
        for key, event in list(self._records.members.items()):
            if event.community != community or person not in (event.person, event.by):
                continue
            counts["members"] += 1
            del self._records.members[key]
            if event.person != person:
                self._records.members[key] = replace(event, by=made.token)
        counts["people"] = int(self._records.people.pop((community, person), None) is not None)
        before = self._records.settings.get(community, {})
        after = without_exemption(before, made.person)
        if after != before:
            self._records.settings[community] = after
            counts["settings"] = 1

    def _unname_report(self, made: Erasing, row: Row) -> None:
        before = row.key
        row.key = replace(before, discriminator=made.token)
        row.report = made.report(row.report) if row.report is not None else None
        self._records.rows[row.key] = row
        for decided in self._records.decisions.values():
            decided.row = row.key if decided.row == before else decided.row

    async def backup(self, path: PurePath) -> Backup:
        """Refuse; StorageError."""
        raise StorageError(f"Backup {path}: these records are in memory only, and end with the process.")


def _has_words(row: Row) -> bool:
    return row.message is not None or (row.report is not None and bool(row.report.words or row.report.message))


def _without_words(verdict: Verdict) -> Verdict:
    return replace(verdict, evidence=(), rationale="", reasoning="", fault="")
