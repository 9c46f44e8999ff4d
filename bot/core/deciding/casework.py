"""Committing a decision with everything it intends, in one transaction, before anything is done."""

import hashlib
from dataclasses import replace

from bot.core.deciding.deciding import Circumstances, decide
from bot.core.deciding.limits import Limits
from bot.core.deciding.planning import plan_effects, plan_held_back
from bot.core.intake.proxies import together
from bot.core.intake.split_words import covered, in_newest
from bot.core.judging.briefing import Brief
from bot.core.judging.copies import key_for
from bot.domain.actions import TELLS, Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import DecisionId
from bot.domain.inbox import InboxItem
from bot.domain.incident import IncidentId
from bot.domain.policy import Category, Policy
from bot.domain.reasons import StepCode, reason
from bot.domain.records import DecisionRecord, Recorded
from bot.domain.scope import ALONE, Place
from bot.domain.states import State
from bot.domain.verdict import FOR_PEOPLE, OBJECTED, Label, Verdict
from bot.ports.cases import Cases
from bot.ports.clock import Clock

_TOLD = frozenset({Outcome.APPLIED, Outcome.SIMULATED})


class Casework:
    """Turns verdicts into a decision on record."""

    def __init__(self, cases: Cases, clock: Clock) -> None:
        self._cases = cases
        self._clock = clock
        self.limits = Limits(cases, clock)

    async def decide(self, brief: Brief, verdicts: tuple[Verdict, ...], *, model_away: bool) -> Decision:
        """Return the decision on one message. Nothing is written yet."""
        found = any(verdict.label is Label.VIOLATES for verdict in verdicts)
        incident = IncidentId(brief.scope.incident) if brief.scope.incident else None
        around = Circumstances(
            id=decision_id(brief.item),
            message=brief.message,
            settings=brief.settings,
            policies=brief.policies,
            now=self._clock.now(),
            reported=brief.item.report is not None,
            model_away=model_away,
            limit_reached=await self.limits.reached(brief.message, brief.settings, incident) if found else "",
            confirmed=brief.confirmed,
            because=brief.because,
        )
        return decide(verdicts, around)

    async def record(
        self,
        brief: Brief,
        decision: Decision,
        verdicts: tuple[Verdict, ...],
        *,
        ending: tuple[State, str] | None = None,
        place: Place = ALONE,
    ) -> Recorded | None:
        """Write the decision; None when the message was edited or deleted meanwhile, and nothing was written.

        `ending` is the state that the message moves to, and why, where the verdicts do not say that. `place` is the
        case and the incident that it belongs to.
        """
        item = brief.item
        brief, verdicts = _with_lines(brief, decision, verdicts)
        if decision.makes_case:
            scope, place = await together(brief.message, brief.scope, place, self._cases)
            brief = replace(brief, scope=replace(scope, told=await self._was_told(brief.message, place)))
            if brief.scope.told:
                decision = replace(decision, steps=(*decision.steps, reason(StepCode.TOLD_BEFORE)))
        deciding = _deciding(decision, verdicts)
        plan = (decision, brief.message, _category(decision, brief.policies), _rationale(deciding), brief.settings)
        effects, held_back = plan_effects(*plan, brief.scope), plan_held_back(*plan, brief.scope)
        state, why = ending or _ending(verdicts, has_effects=bool(effects))
        record = DecisionRecord(
            key=item.key,
            message=brief.message,
            decision=decision,
            verdicts=verdicts,
            effects=effects,
            rationale=_rationale(deciding),
            notes=_notes(decision, brief.message),
            state=state,
            reason=why,
            copy_key=key_for(brief.message) if brief.joined is None else "",
            reported_by=(item.report.reporter,) if item.report is not None and not item.report.anonymous else (),
            held_back=held_back,
            joins=place.joins,
            covers=brief.scope.covers,
            member=place.member,
        )
        return await self._cases.record_decision(record)

    async def _was_told(self, message: Message, place: Place) -> bool:
        """Return whether the author was told, or is about to be, of the case that a message joins."""
        file = await self._cases.file(message.community, place.joins) if place.joins is not None else None
        return file is not None and any(
            stored.effect.action in TELLS
            and stored.effect.person == message.author.id
            and (stored.result is None or stored.result.outcome in _TOLD)
            for stored in file.effects
        )


def _deciding(decision: Decision, verdicts: tuple[Verdict, ...]) -> Verdict | None:
    return next((verdict for verdict in verdicts if verdict.policy == decision.policy), None)


def _rationale(deciding: Verdict | None) -> str:
    return deciding.rationale if deciding is not None else ""


def _with_lines(brief: Brief, decision: Decision, verdicts: tuple[Verdict, ...]) -> tuple[Brief, tuple[Verdict, ...]]:
    """Return brief and verdicts as they are about all lines of a run that hold what was found, or the newest alone."""
    joined, deciding = brief.joined, _deciding(decision, verdicts)
    if joined is None:
        return brief, verdicts
    lines = covered(joined, deciding.evidence) if deciding is not None else ()
    if not lines:
        return brief, tuple(replace(verdict, evidence=in_newest(joined, verdict.evidence)) for verdict in verdicts)
    scope = replace(brief.scope, covers=lines)
    return replace(brief, message=joined.as_message(brief.message), scope=scope), verdicts


def decision_id(item: InboxItem) -> DecisionId:
    """Return the decision's id: the same for the same delivery, so that a decision made twice is written once."""
    key = item.key
    parts = (key.community, key.channel, key.message, key.kind, key.discriminator, str(item.judged_before))
    return DecisionId(hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24])


def _ending(verdicts: tuple[Verdict, ...], *, has_effects: bool) -> tuple[State, str]:
    """Return the state that a decided message moves to; one that no policy could judge is NOT_JUDGED.

    Of several reasons an objection counts first, then what else is for people: coverage names one for each message.
    """
    undecided = [verdict.reason for verdict in verdicts if verdict.reason is not None]
    if undecided and len(undecided) == len(verdicts):
        return State.NOT_JUDGED, min(undecided, key=lambda why: (why not in OBJECTED, why not in FOR_PEOPLE))
    return (State.DECIDED if has_effects else State.DONE), ""


def _category(decision: Decision, policies: tuple[Policy, ...]) -> Category | None:
    for policy in policies:
        if policy.id == decision.policy and decision.category is not None:
            return policy.category(decision.category)
    return None


def _notes(decision: Decision, message: Message) -> tuple[AuditNote, ...]:
    if not decision.makes_case:
        return ()
    details = (
        ("action", str(decision.action)),
        ("author", message.author.id),
        ("category", decision.category or ""),
        ("channel", message.ref.channel),
        ("message", message.ref.message),
        ("mode", decision.mode),
    )
    return (
        AuditNote(
            community=message.community,
            code=AuditCode.DECIDED,
            at=decision.made_at,
            decision=decision.id,
            details=details,
        ),
    )
