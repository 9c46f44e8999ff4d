"""From a decision to its effects: each one action on one target. Pure."""

from dataclasses import dataclass, replace

from bot.domain.actions import BRINGS_NOTICE, Action, Outcome
from bot.domain.decision import (
    Decision,
    Effect,
    EffectKey,
    EffectResult,
    StoredEffect,
    channel_target,
    message_target,
    person_target,
)
from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.policy import Category
from bot.domain.reasons import StepCode
from bot.domain.settings import CommunitySettings

_REMOVES_TOO = (Action.QUARANTINE, Action.TIMEOUT)
"""Stricter than DELETE, so the message goes as well: a timeout that left the words standing would surprise everyone."""

_OF_INCIDENTS = frozenset({Action.DELETE, Action.QUARANTINE, Action.TIMEOUT, Action.SLOWMODE})
_ON_PEOPLE = frozenset({Action.WARN, Action.NOTICE, Action.QUARANTINE, Action.TIMEOUT, Action.KICK, Action.BAN})
"""What is never done to a program that speaks for people: it would silence all of them."""
TELLS = frozenset({Action.NOTICE, Action.WARN})
"""Actions by which an author is told of a case."""
_HOLD_BACK = frozenset({StepCode.LIMIT, StepCode.STOPPED})


def actions_of(action: Action) -> tuple[Action, ...]:
    """Return everything that an action brings along, in the order of carrying it out; the card comes last."""
    removal = (Action.DELETE,) if action in _REMOVES_TOO else ()
    notice = (Action.NOTICE,) if action in BRINGS_NOTICE else ()
    own = () if action is Action.FLAG else (action,)
    return (*removal, *own, *notice, Action.FLAG)


def removals(action: Action) -> tuple[Action, ...]:
    """Return what an action does to one of many: nobody in an incident is written to, and there is one card for all."""
    return tuple(part for part in actions_of(action) if part in _OF_INCIDENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a decision is about besides its message.

    `covers` are further messages, which get the effect as well. The effects of one `incident` count once. One that
    `follows` others does quietly what is done to each of them; `acted_on` says that this was decided already, `told`
    that the author was told of this very case: nobody is told twice of one.
    """

    covers: tuple[MessageRef, ...] = ()
    incident: str = ""
    follows: bool = False
    acted_on: bool = False
    told: bool = False


ITSELF = Scope()


def plan_effects(
    decision: Decision,
    message: Message,
    category: Category | None,
    rationale: str,
    settings: CommunitySettings,
    scope: Scope = ITSELF,
) -> tuple[Effect, ...]:
    """Return the effects that a decision intends; none when it makes no case."""
    if decision.action is None or scope.acted_on:
        return ()
    actions = removals(decision.action) if scope.follows else actions_of(decision.action)
    return _planned(actions, decision, message, category, rationale, settings, scope)


def plan_held_back(
    decision: Decision,
    message: Message,
    category: Category | None,
    rationale: str,
    settings: CommunitySettings,
    scope: Scope = ITSELF,
) -> tuple[StoredEffect, ...]:
    """Return the effects that a limit or a stop kept from being intended, each with that as its result."""
    why = next((step for step in decision.steps if step.code in _HOLD_BACK), None)
    if why is None or decision.wanted is None or decision.action is not Action.ESCALATE or scope.acted_on:
        return ()
    wanted = removals(decision.wanted) if scope.follows else actions_of(decision.wanted)
    actions = tuple(action for action in wanted if action is not Action.FLAG)
    effects = _planned(actions, decision, message, category, rationale, settings, scope)
    return tuple(
        StoredEffect(effect=effect, result=EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=why))
        for effect in effects
    )


def _planned(
    actions: tuple[Action, ...],
    decision: Decision,
    message: Message,
    category: Category | None,
    rationale: str,
    settings: CommunitySettings,
    scope: Scope,
) -> tuple[Effect, ...]:
    effects = []
    if message.author.is_bot:
        actions = tuple(action for action in actions if action not in _ON_PEOPLE)
    for action in actions:
        if scope.told and action in TELLS:
            continue
        effect = _effect(action, decision, message, category, rationale, settings)
        effect = replace(effect, policy=decision.policy, category=decision.category, incident=scope.incident)
        if action is Action.DELETE:
            effects += [_on(effect, ref) for ref in scope.covers]
        effects.append(effect)
    return tuple(effects)


def _on(effect: Effect, ref: MessageRef) -> Effect:
    """Return the same effect on another message of the same author."""
    return replace(effect, key=replace(effect.key, target=message_target(ref)), message=ref, channel=ref.channel)


def _effect(
    action: Action,
    decision: Decision,
    message: Message,
    category: Category | None,
    rationale: str,
    settings: CommunitySettings,
) -> Effect:
    gives_back = category is not None and category.return_text
    return Effect(
        key=EffectKey(decision=decision.id, action=action, target=_target(action, message)),
        community=message.community,
        case=None,
        message=message.ref,
        person=message.author.id,
        channel=message.ref.channel,
        mode=decision.mode,
        by=decision.by,
        seconds=_seconds(action, decision, settings),
        rule=category.title if category is not None else "",
        rationale=rationale,
        returned_text=message.written_text if action in TELLS and gives_back else "",
        told_of=decision.action if action in {Action.NOTICE, Action.WARN} else None,
        role=(settings.quarantine_role or "") if action is Action.QUARANTINE else "",
    )


def _target(action: Action, message: Message) -> str:
    if action in {Action.FLAG, Action.ESCALATE, Action.DELETE, Action.RESTORE}:
        return message_target(message.ref)
    if action in {Action.SLOWMODE, Action.LOCKDOWN}:
        return channel_target(message.ref.channel)
    return person_target(message.author.id)


def _seconds(action: Action, decision: Decision, settings: CommunitySettings) -> int:
    if action is Action.TIMEOUT or (action is Action.NOTICE and decision.action is Action.TIMEOUT):
        return int(settings.timeout_for.total_seconds())
    return int(settings.slowmode_for.total_seconds()) if action is Action.SLOWMODE else 0
