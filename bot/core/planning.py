"""From a decision to its effects: each one action on one target. Pure."""

from bot.domain.actions import BRINGS_NOTICE, Action
from bot.domain.decision import (
    Decision,
    Effect,
    EffectKey,
    channel_target,
    message_target,
    person_target,
)
from bot.domain.events import Message
from bot.domain.policy import Category
from bot.domain.settings import CommunitySettings

_REMOVES_TOO = (Action.QUARANTINE, Action.TIMEOUT)
"""Stricter than DELETE, so the message goes as well: a timeout that left the words standing would surprise everyone."""


def actions_of(action: Action) -> tuple[Action, ...]:
    """Return everything that an action brings along, in the order of carrying it out; the card comes last."""
    removal = (Action.DELETE,) if action in _REMOVES_TOO else ()
    notice = (Action.NOTICE,) if action in BRINGS_NOTICE else ()
    own = () if action is Action.FLAG else (action,)
    return (*removal, *own, *notice, Action.FLAG)


def plan_effects(
    decision: Decision, message: Message, category: Category | None, rationale: str, settings: CommunitySettings
) -> tuple[Effect, ...]:
    """Return the effects that a decision intends; none when it makes no case."""
    if decision.action is None:
        return ()
    return tuple(
        _effect(action, decision, message, category, rationale, settings) for action in actions_of(decision.action)
    )


def _effect(
    action: Action,
    decision: Decision,
    message: Message,
    category: Category | None,
    rationale: str,
    settings: CommunitySettings,
) -> Effect:
    gives_back = category is not None and category.return_text and decision.action is not Action.WARN
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
        returned_text=message.own_text if action is Action.NOTICE and gives_back else "",
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
