"""Changes of a community's settings, made on what is stored: the keys of its entry under `communities:`.

Pure. Keys that a change is not about are kept as they are, those that this version does not know too. What comes out is
checked by `communities.community_settings` like everything else.
"""

import copy
from collections.abc import Mapping

from bot.domain.actions import Mode
from bot.domain.answer import (
    Change,
    ExemptChange,
    LanguageChange,
    LimitChange,
    ModeChange,
    ModeratorsChange,
    OwnAction,
    PlaceChange,
    PolicyChange,
    SetupPlan,
    StopChange,
    Switch,
)
from bot.domain.built_in import built_in
from bot.domain.ids import CategoryId, PolicyId
from bot.domain.policy import Policy

Values = dict[str, object]


def changed(raw: Mapping[str, object] | None, change: Change, policies: tuple[Policy, ...]) -> Values:
    """Return what is to be stored after a change; `policies` are those that the community can choose from."""
    values = copy.deepcopy(dict(raw or {}))
    match change:
        case ModeChange():
            _set_mode(values, change, policies)
        case PolicyChange():
            _switch_policy(values, change, policies)
        case ExemptChange():
            _exempt(values, change)
        case LimitChange():
            _group(values, "limits")[change.name.value] = change.number
        case PlaceChange():
            _put(values, change.name.value, change.id)
        case ModeratorsChange():
            _put_list(values, "moderators", _switched(_listed(values, "moderators"), change.role, change.switch))
        case LanguageChange():
            values["language"] = change.language
        case StopChange():
            _stop(values, change, policies)
    return values


def set_up(raw: Mapping[str, object] | None, plan: SetupPlan, policies: tuple[Policy, ...]) -> Values:
    """Return what is to be stored after a setup. A policy that was in use before keeps its modes; others practise."""
    values = copy.deepcopy(dict(raw or {}))
    before = _policies(values, policies)
    chosen: dict[str, object] = {}
    for policy in plan.policies:
        entry = _entry(before, policy)
        _put_list(entry, "channels", set(plan.channels))
        if plan.channels:
            entry.pop("except_channels", None)
        chosen[policy] = entry
    values["policies"] = chosen
    values["mod_log"] = plan.mod_log
    values["language"] = plan.language
    if plan.escalate_to is not None:
        _put(values, "escalate_to", plan.escalate_to or None)
    if plan.moderators is not None:
        _put_list(values, "moderators", set(plan.moderators))
    return values


def practising(raw: Mapping[str, object] | None, policy: Policy) -> Values:
    """Return what is to be stored once a policy has a new text: it practises, without rules that it has no more."""
    values = copy.deepcopy(dict(raw or {}))
    named = values.get("policies")
    if not isinstance(named, dict) or policy.id not in named:
        return values
    entry = _entry(named, policy.id)
    if entry.get("mode") is not None:
        entry["mode"] = Mode.SHADOW.value
    rules, known = _group(entry, "categories"), {str(category.id) for category in policy.categories}
    entry["categories"] = {name: keys for name, keys in rules.items() if name in known}
    return values


def _stop(values: Values, change: StopChange, policies: tuple[Policy, ...]) -> None:
    """Stop or start everything; stopping one rule means that it only practises."""
    if change.policy is None:
        values["stopped"] = change.switch is Switch.ON
        return
    mode = Mode.SHADOW if change.switch is Switch.ON else Mode.LIVE
    _set_mode(values, ModeChange(mode=mode, policy=change.policy, category=change.category), policies)


def _set_mode(values: Values, change: ModeChange, policies: tuple[Policy, ...]) -> None:
    """Set a mode where it was asked for. A rule acts only where community and policy do, so those are raised with it.

    What is raised on the way wakes nothing that was not named: that is set to practise.
    """
    check = built_in(change.policy)
    if change.policy is None or check is not None:
        values[check.setting if check is not None else "mode"] = change.mode.value
        return
    named = _policies(values, policies)
    entry = _entry(named, change.policy)
    _set_action(entry, change, policies)
    if change.mode is Mode.SHADOW:
        place = entry if change.category is None else _entry(_group(entry, "categories"), change.category)
        place["mode"] = Mode.SHADOW.value
        return
    if _mode(values) is not Mode.LIVE:
        _lower_all(named, but=change.policy)
    rules = _group(entry, "categories")
    if _mode(entry) is not Mode.LIVE:
        _lower_all(rules)
    for rule in _rules(change, policies):
        _entry(rules, rule)["mode"] = Mode.LIVE.value
    entry["mode"] = values["mode"] = Mode.LIVE.value


def _set_action(entry: Values, change: ModeChange, policies: tuple[Policy, ...]) -> None:
    """Set what the rules do that were named; rules that are for people have nothing to choose from."""
    if change.action is None:
        return
    rules = _group(entry, "categories")
    for rule in _rules(change, policies):
        _put(_entry(rules, rule), "action", None if change.action is OwnAction.OWN else change.action.value)


def _rules(change: ModeChange, policies: tuple[Policy, ...]) -> tuple[CategoryId, ...]:
    """Return the rules that a change is about: the one named, else all of the policy; none that is for people."""
    policy = next((policy for policy in policies if policy.id == change.policy), None)
    may_act = tuple(rule.id for rule in policy.categories if not rule.people_only) if policy is not None else ()
    return may_act if change.category is None else tuple(rule for rule in may_act if rule == change.category)


def _switch_policy(values: Values, change: PolicyChange, policies: tuple[Policy, ...]) -> None:
    named = _policies(values, policies)
    if change.channel is None:
        if change.switch is Switch.OFF:
            named.pop(change.policy, None)
            return
        entry = _entry(named, change.policy)
        entry.pop("channels", None)
        entry.pop("except_channels", None)
        return
    if change.switch is Switch.ON:
        _use_in(named, change.policy, change.channel)
    elif change.policy in named:
        _leave_out(named, change.policy, change.channel)


def _use_in(named: Values, policy: PolicyId, channel: str) -> None:
    """Ask a policy in a channel; one that was not in use is asked there alone."""
    is_new = policy not in named
    entry = _entry(named, policy)
    only, left_out = _listed(entry, "channels"), _listed(entry, "except_channels")
    _put_list(entry, "except_channels", left_out - {channel})
    if only or is_new:
        _put_list(entry, "channels", only | {channel})


def _leave_out(named: Values, policy: PolicyId, channel: str) -> None:
    """Ask a policy in a channel no longer. Without its last channel it is out of use: no channels mean everywhere."""
    entry = _entry(named, policy)
    only = _listed(entry, "channels")
    if not only:
        _put_list(entry, "except_channels", _listed(entry, "except_channels") | {channel})
    elif only <= {channel}:
        del named[policy]
    else:
        _put_list(entry, "channels", only - {channel})


def _exempt(values: Values, change: ExemptChange) -> None:
    if change.channel is not None and change.channel == str(values.get("mod_log")):
        _put(values, "judge_mod_log", True if change.switch is Switch.OFF else None)
        if change.switch is Switch.ON:
            return
    elif change.switch is Switch.OFF and change.channel is not None:
        _put_list(values, "moderator_channels", _listed(values, "moderator_channels") - {change.channel})
    for key, wanted in (
        ("exempt_roles", change.role),
        ("exempt_channels", change.channel),
        ("exempt_people", change.person),
    ):
        if wanted is not None:
            _put_list(values, key, _switched(_listed(values, key), wanted, change.switch))


def _policies(values: Values, policies: tuple[Policy, ...]) -> Values:
    """Return the group of policies in use. Without the key all are, so it is written out before one is changed."""
    if not isinstance(values.get("policies"), dict):
        values["policies"] = {str(policy.id): {} for policy in policies}
    return _group(values, "policies")


def _group(values: Values, key: str) -> Values:
    """Return the group of keys under a key; an empty one where there is none."""
    found = values.get(key)
    made: Values = found if isinstance(found, dict) else {}
    values[key] = made
    return made


_entry = _group


def _mode(entry: Mapping[str, object]) -> Mode:
    return Mode.LIVE if entry.get("mode") == Mode.LIVE else Mode.SHADOW


def _lower_all(entries: Values, *, but: str = "") -> None:
    """Let every live entry practise, except one."""
    for name in entries:
        entry = _entry(entries, name)
        if name != but and _mode(entry) is Mode.LIVE:
            entry["mode"] = Mode.SHADOW.value


def _listed(values: Mapping[str, object], key: str) -> set[str]:
    """Return a list of ids; in a file they may have been written as numbers."""
    found = values.get(key)
    return {str(entry) for entry in found} if isinstance(found, list | tuple | set | frozenset) else set()


def _switched(ids: set[str], one: str, switch: Switch) -> set[str]:
    return ids | {one} if switch is Switch.ON else ids - {one}


def _put_list(values: Values, key: str, ids: set[str]) -> None:
    _put(values, key, sorted(map(str, ids)) or None)


def _put(values: Values, key: str, value: object) -> None:
    """Set a key; None takes it away."""
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value
