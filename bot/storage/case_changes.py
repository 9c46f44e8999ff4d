"""How a case comes to be and changes: pure rules that both stores share."""

from dataclasses import replace

from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditNote
from bot.domain.case import Case, CaseStatus
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult, StoredEffect
from bot.domain.events import Message, Report
from bot.domain.ids import CaseNumber, Revision
from bot.domain.reasons import NotJudgedReason, Reason, StepCode
from bot.domain.records import DecisionRecord, ReviewRecord
from bot.domain.states import State, may_follow
from bot.domain.texts.text import MAX_CHARACTERS, copy_key

SANCTIONS = frozenset({Action.WARN, Action.TIMEOUT, Action.QUARANTINE, Action.KICK, Action.BAN})
"""Actions on a member that count in their history once they were applied."""

GONE = NotJudgedReason.GONE.value
CHANGED = StepCode.CHANGED.value
_DECIDABLE = frozenset({State.WAITING, State.JUDGING})
_DECIDED = frozenset({State.WAITING, State.DECIDED, State.DONE, State.NOT_JUDGED})
_OVERTAKEN = (GONE, CHANGED, StepCode.STOPPED.value)
_MAX_WORDS = 500


def brought_by(report: Report) -> Message | None:
    """Return the message that a report brings, unless it is another one than the one it is about."""
    brought = report.message
    return brought if brought is not None and brought.ref == report.ref else None


def may_be_decided(before: State, after: State) -> bool:
    """Return whether a decision may take a row from one state to the other.

    It is a row that waits or is being judged, and that ends its way or has only its effects before it; or it waits on,
    flagged by a copy while the model is away.
    From WAITING to DONE there is no way: what is done was judged.
    """
    return before in _DECIDABLE and after in _DECIDED and may_follow(before, after)


def opened(record: DecisionRecord, number: CaseNumber) -> Case:
    """Return the case that a decision opens."""
    decision = record.decision
    return Case(
        community=decision.ref.community,
        number=number,
        ref=decision.ref,
        author=record.message.author.id,
        author_name=record.message.author.name,
        status=CaseStatus.OPEN,
        version=1,
        opened_at=decision.made_at,
        policy=decision.policy,
        category=decision.category,
        severity=decision.severity,
        action=decision.action,
        rationale=record.rationale,
        reported_by=tuple(dict.fromkeys(record.reported_by)),
    )


def joined(case: Case, record: DecisionRecord, known: frozenset[Revision]) -> Case:
    """Return the case as a later decision on its message leaves it; `known` are the revisions it was about so far.

    A decision that makes no case of its own changes nothing. New words are a new matter: the case is about them from
    now on and open again. On words that it was about before, a decision adds who reported them, and its rule where the
    case had none.
    """
    if not record.decision.makes_case:
        return case
    after = replace(
        case, version=case.version + 1, reported_by=tuple(dict.fromkeys(case.reported_by + record.reported_by))
    )
    anew = record.decision.revision not in known
    if anew:
        after = replace(after, status=CaseStatus.OPEN)
    if anew or (case.category is None and record.decision.category is not None):
        return replace(
            after,
            policy=record.decision.policy,
            category=record.decision.category,
            severity=record.decision.severity,
            action=record.decision.action,
            rationale=record.rationale,
        )
    return after


def accompanied(case: Case, record: DecisionRecord) -> Case:
    """Return a case as a decision on a further message of it leaves it: only who reported that is added.

    Its version stays otherwise: a case that counts copies up would refuse every press.
    """
    reporters = tuple(dict.fromkeys(case.reported_by + record.reported_by))
    if reporters == case.reported_by:
        return case
    return replace(case, version=case.version + 1, reported_by=reporters)


def takes_in(case: Case, record: DecisionRecord) -> bool:
    """Return whether another message's case takes a decision in: one that is over only where that is asked for."""
    return record.decision.makes_case and (case.status is CaseStatus.OPEN or case.number == record.joins)


def files_under(case: Case, record: DecisionRecord) -> bool:
    """Return whether the decision stands in the case's file: it is on its own message, or led to anything."""
    return case.ref == record.decision.ref or bool(record.effects or record.held_back)


def reviewed(case: Case, record: ReviewRecord) -> Case:
    """Return the case as a person's word leaves it."""
    return replace(case, status=record.status, version=case.version + 1)


def filed_effects(
    effects: tuple[Effect, ...], decision: Decision | None, number: CaseNumber | None
) -> tuple[Effect, ...]:
    """Return the effects under the number of their case, the first of each key.

    Raise ValueError when one belongs to another decision: an effect without its decision has no rationale.
    """
    if any(decision is None or effect.key.decision != decision.id for effect in effects):
        raise ValueError(f"effects of another decision than {decision.id if decision else None}")
    filed: dict[EffectKey, Effect] = {}
    for effect in effects:
        filed.setdefault(effect.key, replace(effect, case=number))
    return tuple(filed.values())


def filed_results(
    held_back: tuple[StoredEffect, ...], decision: Decision, number: CaseNumber | None
) -> tuple[StoredEffect, ...]:
    """Return effects that were kept from being intended under the number of their case, as `filed_effects` does.

    Raise ValueError when one has no result: it would be carried out.
    """
    if any(stored.result is None for stored in held_back):
        raise ValueError("an effect that is held back needs the reason as its result")
    results = {stored.effect.key: stored.result for stored in held_back}
    effects = filed_effects(tuple(stored.effect for stored in held_back), decision, number)
    return tuple(StoredEffect(effect=effect, result=results[effect.key]) for effect in effects)


def filed_notes(notes: tuple[AuditNote, ...], number: CaseNumber | None) -> tuple[AuditNote, ...]:
    """Return the audit notes with the case's number in those that name none."""
    return tuple(replace(note, case=number) if note.case is None else note for note in notes)


def replaceable(before: EffectResult | None, after: EffectResult) -> bool:
    """Return whether an effect may get this outcome.

    An outcome is final, but for one case: an edit, a deletion or a stop suppressed the effect while the platform was
    already carrying it out. Then what happened is on record, not what was meant.
    """
    if before is None:
        return True
    held_back = before.outcome is Outcome.SUPPRESSED and before.why is not None and before.why.code in _OVERTAKEN
    return held_back and after.outcome is Outcome.APPLIED


def suppressed(key: EffectKey, code: str) -> EffectResult:
    """Return the result of an effect that was withdrawn before it was carried out."""
    return EffectResult(key=key, outcome=Outcome.SUPPRESSED, why=Reason(code=code))


def search_text(message: Message) -> str:
    """Return the form in which a case's text is searched: normalised and folded, as much as can be normalised."""
    return copy_key(message.judged_text[:MAX_CHARACTERS])


def search_words(words: str) -> tuple[str, ...]:
    """Return the words to look for, in the same form; each has to be found somewhere in the text."""
    return tuple(dict.fromkeys(copy_key(words[:_MAX_WORDS]).split()))
