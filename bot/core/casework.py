"""Committing a decision with everything it intends, in one transaction, before anything is done."""

import hashlib
from datetime import timedelta

from bot.core.briefing import Brief
from bot.core.copies import key_for
from bot.core.deciding import Circumstances, decide
from bot.core.planning import plan_effects
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import DecisionId
from bot.domain.inbox import InboxItem
from bot.domain.policy import Category, Policy
from bot.domain.records import DecisionRecord, Recorded
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.verdict import Label, Verdict
from bot.ports.cases import Cases
from bot.ports.clock import Clock


class Casework:
    """Turns verdicts into a decision on record."""

    def __init__(self, cases: Cases, clock: Clock) -> None:
        self._cases = cases
        self._clock = clock

    async def decide(self, brief: Brief, verdicts: tuple[Verdict, ...], *, model_away: bool) -> Decision:
        """Return the decision on one message. Nothing is written yet."""
        found = any(verdict.label is Label.VIOLATES for verdict in verdicts)
        around = Circumstances(
            id=decision_id(brief.item),
            message=brief.message,
            settings=brief.settings,
            policies=brief.policies,
            now=self._clock.now(),
            reported=brief.item.report is not None,
            model_away=model_away,
            limit_reached=await self._limit_reached(brief.message, brief.settings) if found else "",
        )
        return decide(verdicts, around)

    async def record(
        self,
        brief: Brief,
        decision: Decision,
        verdicts: tuple[Verdict, ...],
        *,
        ending: tuple[State, str] | None = None,
    ) -> Recorded | None:
        """Write the decision; None when the message was edited or deleted meanwhile, and nothing was written.

        `ending` is the state that the message moves to, and why, where the verdicts do not say that.
        """
        item, message = brief.item, brief.message
        deciding = next((verdict for verdict in verdicts if verdict.policy == decision.policy), None)
        rationale = deciding.rationale if deciding is not None else ""
        category = _category(decision, brief.policies)
        effects = plan_effects(decision, message, category, rationale, brief.settings)
        state, why = ending or _ending(verdicts, has_effects=bool(effects))
        record = DecisionRecord(
            key=item.key,
            message=message,
            decision=decision,
            verdicts=verdicts,
            effects=effects,
            rationale=rationale,
            notes=_notes(decision, message),
            state=state,
            reason=why,
            copy_key=key_for(message),
            reported_by=(item.report.reporter,) if item.report is not None and not item.report.anonymous else (),
        )
        return await self._cases.record_decision(record)

    async def _limit_reached(self, message: Message, settings: CommunitySettings) -> str:
        now, limits = self._clock.now(), settings.limits
        person = message.author.id
        minute = await self._cases.automatic_effects(message.community, person, now - timedelta(minutes=1))
        if minute >= limits.per_author_minute:
            return "per_author_minute"
        hour = await self._cases.automatic_effects(message.community, None, now - timedelta(hours=1))
        return "per_community_hour" if hour >= limits.per_community_hour else ""


def decision_id(item: InboxItem) -> DecisionId:
    """Return the decision's id: the same for the same delivery, so that a decision made twice is written once."""
    key = item.key
    parts = (key.community, key.channel, key.message, key.kind, key.discriminator, str(item.judged_before))
    return DecisionId(hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24])


def _ending(verdicts: tuple[Verdict, ...], *, has_effects: bool) -> tuple[State, str]:
    """Return the state that a decided message moves to; one that no policy could judge is NOT_JUDGED."""
    undecided = [verdict.reason for verdict in verdicts if verdict.reason is not None]
    if undecided and len(undecided) == len(verdicts):
        return State.NOT_JUDGED, undecided[0]
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
        ("category", str(decision.category)),
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
