"""From a decision to its effects: each one action on one target. Pure."""

from dataclasses import replace

from bot.domain.actions import TELLS, Action, Outcome, actions_of, removals
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
from bot.domain.scope import ITSELF, Scope
from bot.domain.settings import CommunitySettings

_ON_PEOPLE = frozenset({Action.WARN, Action.NOTICE, Action.QUARANTINE, Action.TIMEOUT, Action.KICK, Action.BAN})
"""What is never done to a program that speaks for people: it would silence all of them."""
_HOLD_BACK = frozenset({StepCode.LIMIT, StepCode.STOPPED})


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
