"""The removal of an incident's messages, earlier ones too: one decision with as many targets as there are."""

import hashlib
from dataclasses import dataclass, replace

from bot.core.deciding.limits import Limits
from bot.core.raids.crowd import Crowd
from bot.domain.actions import Action, Outcome, removals
from bot.domain.answer import LimitName
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.case import CaseFile
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult, StoredEffect, message_target
from bot.domain.ids import CategoryId, DecisionId, PolicyId
from bot.domain.incident import Incident, IncidentState, Member, MemberState
from bot.domain.policy import Category
from bot.domain.reasons import Reason, StepCode, reason
from bot.domain.records import CaseAction
from bot.domain.settings import CommunitySettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """An incident with what its removal rests on."""

    incident: Incident
    file: CaseFile
    category: Category
    policy: PolicyId
    settings: CommunitySettings
    by_person: bool


_Done = frozenset[tuple[Action, str]]
"""Actions with their targets."""


class Confirming:
    """Writes the decision that all copies go. Its effects are then carried out like any other."""

    def __init__(
        self, *, store: Store, settings: SettingsSource, policies: PolicySource, limits: Limits, clock: Clock
    ) -> None:
        self._store = store
        self._settings = settings
        self._policies = policies
        self._limits = limits
        self._clock = clock

    async def confirm(self, crowd: Crowd, *, by_person: bool) -> tuple[StoredEffect, ...] | None:
        """Record that an incident is confirmed, with the effects on all of its messages; None when that is not to be.

        By a person there is no limit; otherwise what is above the incident's own is held back, and people are called.
        """
        async with self._limits.turn(crowd.community):
            matter = await self._matter(crowd, by_person=by_person)
            if matter is None:
                return None
            members = await self._store.incidents.members(matter.incident.id)
            decision = self._decision(matter, len(members))
            effects = _effects(matter, members, decision, await self._done(matter, members))
            if matter.incident.state is IncidentState.CONFIRMED and not effects:
                return None
            room, why = await self._room(matter, len(effects))
            if why is not None:
                decision = replace(decision, action=Action.ESCALATE, steps=(*decision.steps, why))
            held_back = tuple(_held_back(effect, why) for effect in effects[room:] if why is not None)
            intended = (*effects[:room], *(_call(matter, decision) if why is not None else ()))
            action = CaseAction(
                community=crowd.community,
                case=matter.file.case.number,
                decision=decision,
                effects=(*intended, _card(matter, decision)),
                held_back=held_back,
                notes=(_note(matter, decision, len(effects)),),
                incident=replace(matter.incident, state=IncidentState.CONFIRMED),
            )
            stored = await self._store.cases.record_action(action)
        crowd.change(IncidentState.CONFIRMED)
        crowd.acted_on |= {effect.message for effect in effects if effect.message is not None}
        _log.info("incident_confirmed", community=crowd.community, case=action.case, messages=len(members))
        return stored

    async def _matter(self, crowd: Crowd, *, by_person: bool) -> _Matter | None:
        incident = crowd.formed
        if crowd.case is None or incident.policy is None or incident.category is None:
            return None
        file = await self._store.cases.file(crowd.community, crowd.case)
        policy = self._policies.of(crowd.community).get(incident.policy)
        category = _category_of(policy.categories if policy is not None else (), incident.category)
        if file is None or category is None or category.people_only:
            return None
        settings = await self._settings.of(crowd.community)
        return _Matter(
            incident=incident,
            file=file,
            category=category,
            policy=incident.policy,
            settings=settings,
            by_person=by_person,
        )

    async def _room(self, matter: _Matter, wanted: int) -> tuple[int, Reason | None]:
        """Return how many effects may be carried out, and why not all of them."""
        if matter.settings.stopped:
            return 0, reason(StepCode.STOPPED)
        if matter.by_person:
            return wanted, None
        message = matter.file.message
        if message is None:
            return 0, reason(StepCode.NOT_POSSIBLE)
        reached = await self._limits.reached(message, matter.settings, matter.incident.id)
        if reached:
            return 0, reason(StepCode.LIMIT, limit=reached)
        room = await self._limits.left_in(message.community, matter.incident.id, matter.settings)
        why = reason(StepCode.LIMIT, limit=LimitName.PER_INCIDENT) if wanted > room else None
        return min(room, wanted), why

    async def _done(self, matter: _Matter, members: tuple[Member, ...]) -> _Done:
        """Return what was done about the members already, or is about to be; the first may have cases of their own."""
        judged = [member.ref for member in members if member.standing is MemberState.VIOLATES]
        files = [matter.file, *[await self._store.cases.file_of(ref) for ref in judged]]
        effects = (stored for file in files if file is not None for stored in file.effects)
        return frozenset((stored.effect.action, stored.effect.key.target) for stored in effects if _stands(stored))

    def _decision(self, matter: _Matter, messages: int) -> Decision:
        entry = matter.settings.category_settings(matter.policy, matter.category.id)
        wanted = entry.action if entry is not None and entry.action is not None else matter.category.action
        case = matter.file.case
        first = matter.file.decisions[0]
        steps = (
            reason(StepCode.VIOLATION, policy=matter.policy, category=matter.category.id),
            reason(StepCode.INCIDENT, count=messages),
            *((reason(StepCode.PERSON),) if matter.by_person else ()),
        )
        return Decision(
            id=_decision_id(matter),
            ref=case.ref,
            revision=first.revision,
            action=wanted,
            wanted=wanted,
            mode=matter.settings.mode_of(matter.policy, matter.category.id),
            policy=matter.policy,
            category=matter.category.id,
            severity=matter.category.severity,
            steps=steps,
            makes_case=True,
            made_at=self._clock.now(),
        )


def _decision_id(matter: _Matter) -> DecisionId:
    """Return the decision's id: an incident is confirmed once by itself, and once by a person, who knows no limit."""
    how = "confirmed by a person" if matter.by_person else "confirmed"
    return DecisionId(hashlib.sha256(f"{matter.incident.id}\x1f{how}".encode()).hexdigest()[:24])


def _effects(matter: _Matter, members: tuple[Member, ...], decision: Decision, done: _Done) -> tuple[Effect, ...]:
    """Return a removal of each message that nothing removes yet, then what the rule does to each author, once."""
    found: dict[EffectKey, Effect] = {}
    actions = removals(decision.wanted or Action.FLAG)
    targets = [member for member in members if not member.spared]
    for action in actions:
        for member in targets:
            effect = _effect(matter, member, decision, action)
            if (action, effect.key.target) not in done:
                found.setdefault(effect.key, effect)
    return tuple(found.values())


def _stands(stored: StoredEffect) -> bool:
    return stored.result is None or stored.result.outcome in (Outcome.APPLIED, Outcome.SIMULATED)


def _effect(matter: _Matter, member: Member, decision: Decision, action: Action) -> Effect:
    target = message_target(member.ref) if action is Action.DELETE else f"person:{member.author}"
    return Effect(
        key=EffectKey(decision=decision.id, action=action, target=target),
        community=member.ref.community,
        case=None,
        message=member.ref,
        person=member.author,
        channel=member.ref.channel,
        mode=decision.mode,
        seconds=int(matter.settings.timeout_for.total_seconds()) if action is Action.TIMEOUT else 0,
        rule=matter.category.title,
        rationale=matter.file.case.rationale,
        role=(matter.settings.quarantine_role or "") if action is Action.QUARANTINE else "",
        policy=matter.policy,
        category=matter.category.id,
        incident=matter.incident.id,
    )


def _card(matter: _Matter, decision: Decision) -> Effect:
    return _on_case(matter, decision, Action.FLAG)


def _call(matter: _Matter, decision: Decision) -> tuple[Effect, ...]:
    return (_on_case(matter, decision, Action.ESCALATE),)


def _on_case(matter: _Matter, decision: Decision, action: Action) -> Effect:
    case = matter.file.case
    return Effect(
        key=EffectKey(decision=decision.id, action=action, target=message_target(case.ref)),
        community=case.community,
        case=None,
        message=case.ref,
        person=case.author,
        channel=case.ref.channel,
        mode=decision.mode,
        rule=matter.category.title,
        rationale=case.rationale,
        policy=matter.policy,
        category=matter.category.id,
        incident=matter.incident.id,
    )


def _held_back(effect: Effect, why: Reason | None) -> StoredEffect:
    return StoredEffect(effect=effect, result=EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=why))


def _note(matter: _Matter, decision: Decision, messages: int) -> AuditNote:
    return AuditNote(
        community=matter.file.case.community,
        code=AuditCode.DECIDED,
        at=decision.made_at,
        decision=decision.id,
        details=(
            ("action", str(decision.action)),
            ("category", str(decision.category)),
            ("effects", str(messages)),
            ("mode", decision.mode),
            ("what", "incident"),
        ),
    )


def _category_of(categories: tuple[Category, ...], wanted: CategoryId) -> Category | None:
    return next((category for category in categories if category.id == wanted), None)
