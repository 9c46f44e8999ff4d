"""Changing settings and adding policies: by admins, with an audit entry, and refused where the YAML file decides."""

from dataclasses import fields

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done, failed
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.saying import modes_line, said_of
from bot.core.desk.rules.stopping import Stopping
from bot.domain.actions import NOT_OFFERED, STRICTNESS, Action, Mode
from bot.domain.answer import (
    Answer,
    Change,
    LimitChange,
    ModeChange,
    OwnAction,
    PolicyChange,
    StopChange,
    Switch,
)
from bot.domain.audit import AuditCode
from bot.domain.built_in import built_in, built_in_policies
from bot.domain.errors import ConfigError, PolicyError
from bot.domain.ids import CategoryId, CommunityId, PolicyId, platform_of
from bot.domain.people import Actor
from bot.domain.policy import Category, Policy
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings

_MOST = 100_000
_MOST_FAULTS = 8


class Changing:
    """Makes changes that people ask for."""

    def __init__(self, parts: DeskParts, access: Access, stopping: Stopping) -> None:
        self._parts = parts
        self._access = access
        self._stopping = stopping
        self._names = RuleNames(parts.policies)

    async def change(self, actor: Actor, change: Change) -> Answer:
        """Change one setting."""
        refusal = await self._refusal(actor, change)
        if refusal is not None:
            return refusal
        before = await self._parts.book.of(actor.community)
        fault = self._fault(actor, change, before)
        if fault is not None:
            return await self._access.refuse(actor, fault, _named(change))
        stops = isinstance(change, StopChange) and change.switch is Switch.ON
        code = AuditCode.STOPPED if stops else AuditCode.SETTINGS_CHANGED
        note = self._access.noted(actor, code, (("by", actor.person), *_details(change)))
        try:
            after = await self._parts.book.change(actor.community, change, note)
        except ConfigError as error:
            line = reason("command.not_accepted", problem=_first(error))
            return await self._access.refuse(actor, line, _named(change))
        self._parts.alive(actor.community)
        if isinstance(change, StopChange):
            return await self._stopping.told(actor, change, before, after)
        if after == before:
            how = modes_line(after, self._names) if isinstance(change, ModeChange) else ()
            return done(reason("command.unchanged"), *how)
        return done(*said_of(change, after, self._names))

    async def add_policy(self, actor: Actor, name: str, text: str) -> Answer:
        """Check a policy file and offer it to this community; it only practises."""
        refusal = await self._access.admin(actor, "add_policy") or await self.in_file(actor, "add_policy")
        if refusal is not None:
            return refusal
        details = (("by", actor.person), ("change", "add_policy"), ("name", name[:80]))
        note = self._access.noted(actor, AuditCode.SETTINGS_CHANGED, details)
        used = (await self._parts.book.of(actor.community)).policies
        try:
            policy = await self._parts.book.add_policy(actor.community, name, text, note)
        except (PolicyError, ConfigError) as error:
            return failed(*_faults(str(error).splitlines()))
        await self._parts.uploaded(actor.community)
        in_use = any(switch.policy == policy.id for switch in used)
        return done(reason("policies.uploaded" if in_use else "policies.uploaded_unused", policy=policy.title))

    async def in_file(self, actor: Actor, what: str) -> Answer | None:
        """Return the refusal that names the YAML file, where it names the community."""
        file = self._parts.book.file_of(actor.community)
        return await self._access.refuse(actor, reason("command.in_file", file=file), what) if file else None

    async def _refusal(self, actor: Actor, change: Change) -> Answer | None:
        """Return why this person may not make this change. Every moderator may stop; only admins start again."""
        what = _named(change)
        if isinstance(change, StopChange) and change.switch is Switch.ON:
            refusal = await self._access.moderator(actor, what)
        else:
            refusal = await self._access.admin(actor, what)
        is_stop_of_all = isinstance(change, StopChange) and change.policy is None
        return refusal or (None if is_stop_of_all else await self.in_file(actor, what))

    def _fault(self, actor: Actor, change: Change, settings: CommunitySettings) -> Reason | None:
        """Return what is wrong with a change before it is tried."""
        match change:
            case LimitChange(number=number) if not 0 <= number <= _MOST:
                return reason("command.bad_value", value=number, expected=f"0 … {_MOST}")
            case ModeChange() if fault := self._wrong_mode(actor.community, change, settings):
                return fault
            case ModeChange(policy=policy, category=category) | StopChange(policy=policy, category=category):
                return self._unknown_rule(actor, change, policy, category, settings)
            case PolicyChange(policy=policy, switch=Switch.ON):
                offered = self._parts.book.policies(actor.community)
                return _unknown_policy(policy, [entry.id for entry in offered])
            case PolicyChange(policy=policy):
                return _unknown_policy(policy, [switch.policy for switch in settings.policies])
            case _:
                return None

    def _wrong_mode(self, community: CommunityId, change: ModeChange, settings: CommunitySettings) -> Reason | None:
        fault = _wrong_action(change, change.action) if change.action is not None else None
        return fault or self._not_offered(community, change, settings)

    def _not_offered(self, community: CommunityId, change: ModeChange, settings: CommunitySettings) -> Reason | None:
        """Return the first rule that would do what the platform lets no bot do, and what there is instead."""
        never = NOT_OFFERED.get(platform_of(community), frozenset())
        policies = self._parts.book.policies(community) if never else ()
        chosen = next((policy for policy in policies if policy.id == change.policy), None)
        for rule in chosen.categories if chosen is not None else ():
            if change.category not in (None, rule.id) or rule.people_only or not _wakes(change):
                continue
            action = self._acting(change, rule, settings)
            if action in never:
                others = ",".join(other.value for other in Action if other in STRICTNESS and other not in never)
                return reason("mode.not_offered", rule=rule.title, action=action.value, actions=others)
        return None

    def _acting(self, change: ModeChange, rule: Category, settings: CommunitySettings) -> Action:
        """Return what a rule would do with a change."""
        if change.action is not None:
            return rule.action if change.action is OwnAction.OWN else Action(change.action)
        entry = settings.category_settings(change.policy, rule.id) if change.policy is not None else None
        return entry.action if entry is not None and entry.action is not None else rule.action

    def _unknown_rule(
        self,
        actor: Actor,
        change: ModeChange | StopChange,
        policy: PolicyId | None,
        category: CategoryId | None,
        settings: CommunitySettings,
    ) -> Reason | None:
        if policy is None:
            return None if category is None else reason("command.missing_value", what="policy")
        checks = built_in_policies()
        unknown = _unknown_policy(policy, [entry.policy for entry in settings.policies] + [rule.id for rule in checks])
        offered = (*self._parts.book.policies(actor.community), *checks)
        found = next((entry for entry in offered if entry.id == policy), None)
        if unknown is not None or found is None or category is None:
            return unknown
        return _wrong_rule(found, category, wakes=_wakes(change))


def _wrong_rule(policy: Policy, category: CategoryId, *, wakes: bool) -> Reason | None:
    rule = next((entry for entry in policy.categories if entry.id == category), None)
    if rule is None:
        known = ", ".join(f"{entry.title} ({entry.id})" for entry in policy.categories)
        return reason("command.unknown_category", policy=policy.title, category=category, categories=known)
    return reason("mode.people_only", rule=rule.title) if wakes and rule.people_only else None


def _faults(found: list[str]) -> tuple[Reason, ...]:
    """Return a line for each fault of a file, without the place that only the operator knows."""
    shown = [fault.removeprefix("uploaded/") for fault in found[:_MOST_FAULTS]]
    lines = [reason("policies.refused", problem=shown[0])] if shown else []
    lines += [reason("policies.refused_also", problem=fault) for fault in shown[1:]]
    left = len(found) - len(shown)
    return (*lines, *((reason("command.more", count=left),) if left else ()))


def _wrong_action(change: ModeChange, action: Action | OwnAction) -> Reason | None:
    """Return why an action can't be chosen there: it is never automatic, belongs to no rule, or is a check's own."""
    if action is not OwnAction.OWN and action not in STRICTNESS:
        return reason("mode.never_automatic", action=action.value)
    if change.policy is None:
        return reason("command.missing_value", what="option.policy")
    check = built_in(change.policy)
    if check is not None:
        return reason("mode.fixed_action", rule=check.policy.title, action=check.action.value)
    return None


def _wakes(change: ModeChange | StopChange) -> bool:
    """Return whether a change lets a rule act, or says what it is to do."""
    if isinstance(change, ModeChange) and change.action is not None:
        return True
    return change.mode is Mode.LIVE if isinstance(change, ModeChange) else change.switch is Switch.OFF


def _unknown_policy(policy: PolicyId, known: list[PolicyId]) -> Reason | None:
    return None if policy in known else reason("command.unknown_policy", policy=policy, policies=", ".join(known))


def _named(change: Change) -> str:
    return f"change:{type(change).__name__}"


def _details(change: Change) -> tuple[tuple[str, str], ...]:
    """Return what an audit entry says of a change: its kind, and every value that it has."""
    values = ((field.name, getattr(change, field.name)) for field in fields(change))
    return (("change", type(change).__name__), *((name, str(value)) for name, value in values if value is not None))


def _first(error: ConfigError) -> str:
    """Return the first fault, without the place before it: people in chat know what they asked for."""
    return error.faults[0].split(": ", 1)[-1]
