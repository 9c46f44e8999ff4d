"""What a person's press comes to: a decision of theirs, always in earnest, with its effects. Pure."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.actions import BRINGS_NOTICE, TELLS, Action, Mode, Outcome
from bot.domain.case import CaseFile
from bot.domain.decision import (
    BOT,
    Decision,
    Effect,
    EffectKey,
    StoredEffect,
    channel_target,
    message_target,
    person_target,
)
from bot.domain.ids import DecisionId, PersonId
from bot.domain.people import Actor, Permission
from bot.domain.policy import Category
from bot.domain.reasons import StepCode, reason
from bot.domain.records import CaseMember
from bot.domain.settings import CommunitySettings

NEEDS = {
    Action.DELETE: Permission.DELETE,
    Action.WARN: Permission.MODERATE,
    Action.TIMEOUT: Permission.TIMEOUT,
    Action.QUARANTINE: Permission.TIMEOUT,
    Action.KICK: Permission.KICK,
    Action.BAN: Permission.BAN,
    Action.LOCKDOWN: Permission.LOCKDOWN,
    Action.SLOWMODE: Permission.LOCKDOWN,
}
"""What a person needs on the platform to do this themselves, or to take it back."""
OFFERED = (
    Action.DELETE,
    Action.WARN,
    Action.TIMEOUT,
    Action.QUARANTINE,
    Action.KICK,
    Action.BAN,
    Action.LOCKDOWN,
    Action.LIFT,
)
"""What can be pressed, mildest first. LIFT stands for undoing everything that can be undone."""
LIFTABLE = frozenset({Action.TIMEOUT, Action.QUARANTINE, Action.BAN, Action.SLOWMODE, Action.LOCKDOWN})
LENGTHS = (600, 3_600, 86_400, 604_800)
"""Seconds of the time-outs that are offered, beside the community's own."""
SHORTEST, LONGEST = 60, 28 * 86_400
"""Seconds that a time-out lasts at least and at most; Discord takes four weeks."""
LOCKDOWN_FOR = timedelta(minutes=30)
_ONCE = frozenset({Action.DELETE, Action.KICK, Action.BAN, Action.QUARANTINE, Action.LOCKDOWN})
"""What is not offered while it stands: doing it again would change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One press: who pressed what on which case, with what the effects need to know.

    `seconds` is how long a time-out is to last, 0 for as long as the settings say.
    """

    file: CaseFile
    actor: Actor
    action: Action
    category: Category | None
    settings: CommunitySettings
    at: datetime
    seconds: int = 0

    def decision(self) -> Decision:
        """Return a new decision by this person."""
        case = self.file.case
        return Decision(
            id=DecisionId(uuid.uuid4().hex),
            ref=case.ref,
            revision=self.file.decisions[-1].revision,
            action=self.action,
            wanted=self.action,
            mode=Mode.LIVE,
            policy=case.policy,
            category=case.category,
            severity=case.severity,
            steps=(reason(StepCode.PERSON),),
            makes_case=False,
            made_at=self.at,
            by=self.actor.person,
        )

    def effects(self, decision: Decision, people: Iterable[PersonId] = ()) -> tuple[Effect, ...]:
        """Return what the press does: to the case's author, or to each of these people.

        The author is told what concerns them. Of many at once nobody is, and nobody who is part of an incident: so many
        messages would look like spam, and those accounts are not worth one.
        """
        several = tuple(people)
        if several:
            return tuple(self._effect(decision, self.action, person=person) for person in several)
        own = self._effect(decision, self.action)
        tells = self.action in BRINGS_NOTICE and self.action is not Action.WARN and self.file.copies <= 1
        return (own, self._effect(decision, Action.NOTICE)) if tells else (own,)

    def removals(self, decision: Decision, members: Iterable[CaseMember]) -> tuple[Effect, ...]:
        """Return what removes each of these messages; nobody is written to, as they are many."""
        own = self._effect(decision, Action.DELETE)
        return tuple(
            replace(
                own,
                key=replace(own.key, target=message_target(member.ref)),
                message=member.ref,
                person=member.author,
                channel=member.ref.channel,
            )
            for member in members
        )

    def lifts(self, decision: Decision, standing: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """Return what takes effects back: one LIFT for each member or channel, whatever is to be lifted there."""
        by_target: dict[str, list[Effect]] = {}
        for effect in standing:
            by_target.setdefault(effect.key.target, []).append(effect)
        return tuple(self._lift(decision, effects) for effects in by_target.values())

    def _effect(self, decision: Decision, action: Action, person: PersonId | None = None) -> Effect:
        case = self.file.case
        whom = person or case.author
        rule = self.category.title if self.category is not None else ""
        return Effect(
            key=EffectKey(decision=decision.id, action=action, target=self._target(action, whom)),
            community=case.community,
            case=case.number,
            message=case.ref if action not in TELLS or self._stands() else None,
            person=whom,
            channel=case.ref.channel,
            mode=Mode.LIVE,
            by=self.actor.person,
            seconds=self._seconds(),
            rule=rule,
            rationale=case.rationale,
            returned_text=self._returned() if action in TELLS else "",
            told_of=self.action if action in {Action.NOTICE, Action.WARN} else None,
            role=(self.settings.quarantine_role or "") if action is Action.QUARANTINE else "",
        )

    def _target(self, action: Action, person: PersonId) -> str:
        ref = self.file.case.ref
        if action is Action.DELETE:
            return message_target(ref)
        return channel_target(ref.channel) if action is Action.LOCKDOWN else person_target(person)

    def _seconds(self) -> int:
        lasting = {Action.TIMEOUT: self.settings.timeout_for, Action.LOCKDOWN: LOCKDOWN_FOR}
        return self.seconds or int(lasting.get(self.action, timedelta()).total_seconds())

    def _returned(self) -> str:
        """Return the author's words, for the note to them, unless the rule forbids that."""
        message = self.file.message
        allowed = self.category is None or self.category.return_text
        return message.written_text if message is not None and allowed else ""

    def _stands(self) -> bool:
        """Return whether the case's own message was not removed by us."""
        return message_target(self.file.case.ref) not in removed_by(self.file.effects)

    def _lift(self, decision: Decision, standing: list[Effect]) -> Effect:
        first = standing[0]
        roles = [effect.role for effect in standing if effect.role]
        return Effect(
            key=EffectKey(decision=decision.id, action=Action.LIFT, target=first.key.target),
            community=first.community,
            case=self.file.case.number,
            message=first.message,
            person=first.person if first.key.target.startswith("person:") else None,
            channel=first.channel,
            mode=Mode.LIVE,
            by=self.actor.person,
            rule=first.rule,
            rationale=first.rationale,
            told_of=first.action if len(standing) == 1 else None,
            role=roles[0] if roles else "",
        )


def standing_effects(effects: tuple[StoredEffect, ...]) -> tuple[Effect, ...]:
    """Return the effects that were carried out and can be lifted, without those that have been since."""
    standing: dict[tuple[str, Action], Effect] = {}
    for stored in effects:
        effect, result = stored.effect, stored.result
        if result is None or result.outcome is not Outcome.APPLIED:
            continue
        if effect.action in LIFTABLE:
            standing[effect.key.target, effect.action] = effect
        elif effect.action is Action.LIFT:
            gone = LIFTABLE if effect.told_of is None else {effect.told_of}
            for action in gone:
                standing.pop((effect.key.target, action), None)
    return tuple(standing.values())


def stands_already(action: Action, effects: tuple[StoredEffect, ...]) -> bool:
    """Return whether an action that needs doing only once was carried out and not taken back."""
    if action not in _ONCE:
        return False
    if action in LIFTABLE:
        return any(effect.action is action for effect in standing_effects(effects))
    return any(
        stored.effect.action is action and stored.result is not None and stored.result.outcome is Outcome.APPLIED
        for stored in effects
    )


def already_hit(action: Action, effects: tuple[StoredEffect, ...]) -> frozenset[PersonId]:
    """Return the people whom an action that needs doing only once has hit, or is about to: none is hit twice."""
    if action not in _ONCE:
        return frozenset()
    about_to = {stored.effect for stored in effects if stored.effect.action is action and stored.result is None}
    standing = {effect for effect in standing_effects(effects) if effect.action is action}
    return frozenset(effect.person for effect in about_to | standing if effect.person is not None)


def removed_by(effects: tuple[StoredEffect, ...]) -> frozenset[str]:
    """Return the targets of removals that were carried out, or are about to be."""
    return frozenset(
        stored.effect.key.target
        for stored in effects
        if stored.effect.action is Action.DELETE and (stored.result is None or stored.result.outcome is Outcome.APPLIED)
    )


def is_automatic(effect: Effect) -> bool:
    """Return whether no person asked for this effect."""
    return effect.by == BOT
