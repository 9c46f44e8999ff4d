"""What is said of a change of settings once it holds. Pure."""

from bot.core.desk.answers import RuleNames
from bot.domain.actions import NOT_OFFERED, Action, Mode, done_with
from bot.domain.answer import (
    Change,
    ExemptChange,
    LimitChange,
    ModeChange,
    ModeratorsChange,
    PlaceChange,
    PlaceName,
    PolicyChange,
    Switch,
)
from bot.domain.built_in import BUILT_IN, built_in
from bot.domain.ids import CommunityId, platform_of
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CategorySettings, CommunitySettings, PolicySwitch

MOST_NAMED = 50
"""Roles, channels or people that one line names at most."""


def said_of(change: Change, now: CommunitySettings, names: RuleNames) -> tuple[Reason, ...]:
    """Return the lines about a change; `now` are the settings with it."""
    match change:
        case ModeChange():
            return (_mode(change, now, names), *modes_line(now, names))
        case PolicyChange():
            return (_policy(change, now, names),)
        case ExemptChange():
            return (_exemption(change),)
        case LimitChange():
            return (limits_line(now),)
        case PlaceChange() | ModeratorsChange():
            return _places(change, now)
        case _:
            return (reason("command.done"),)


def modes_line(now: CommunitySettings, names: RuleNames) -> tuple[Reason, ...]:
    """Return which rules act in earnest, or that none does."""
    live = [
        names.rule(now.community, entry.policy, entry.category)
        for entry in now.categories
        if now.mode_of(entry.policy, entry.category) is Mode.LIVE
    ]
    live += [check.policy.title for check in BUILT_IN if now.check_mode(check.policy.id) is Mode.LIVE]
    if not live:
        return (reason("status_of.practising"),)
    return (reason("status_of.earnest", rules=", ".join(live)),)


def limits_line(now: CommunitySettings) -> Reason:
    """Return the limits that hold."""
    return reason(
        "limits.now",
        per_author_minute=now.limits.per_author_minute,
        per_community_hour=now.limits.per_community_hour,
        per_incident=now.limits.per_incident,
    )


def mod_log_line(now: CommunitySettings) -> Reason:
    """Return where cards go."""
    if now.mod_log is None:
        return reason("status_of.no_mod_log")
    return reason("status_of.mod_log", channel=now.mod_log)


def _places(change: PlaceChange | ModeratorsChange, now: CommunitySettings) -> tuple[Reason, ...]:
    is_mod_log = isinstance(change, PlaceChange) and change.name is PlaceName.MOD_LOG
    return (mod_log_line(now),) if is_mod_log else places_lines(now)


def places_lines(settings: CommunitySettings) -> tuple[Reason, ...]:
    """Return who decides cases, who is called, and where quarantine is."""
    moderators = ", ".join(sorted(settings.moderators)[:MOST_NAMED])
    quarantine, called = settings.quarantine_role, settings.escalate_to
    return (
        reason("roles.moderators", roles=moderators) if moderators else reason("roles.no_moderators"),
        reason("roles.escalate", role=called) if called else reason("roles.no_escalate"),
        reason("roles.quarantine", role=quarantine) if quarantine else reason("roles.no_quarantine"),
    )


def _exemption(change: ExemptChange) -> Reason:
    code = "exempt.added" if change.switch is Switch.ON else "exempt.removed"
    if change.role is not None:
        return reason(code, what="exempt.a_role", role=change.role)
    if change.channel is not None:
        return reason(code, what="exempt.a_channel", channel=change.channel)
    return reason(code, what="exempt.a_member", member=change.person or "")


def _mode(change: ModeChange, now: CommunitySettings, names: RuleNames) -> Reason:
    if change.policy is None:
        return reason("mode.all_practise" if change.mode is Mode.SHADOW else "mode.all_earnest")
    rule = names.rule(now.community, change.policy, change.category)
    if change.mode is Mode.SHADOW and change.action is not None:
        return reason("mode.now_practises_action", rule=rule, action=_done_by(change, now, names))
    if change.mode is Mode.SHADOW:
        return reason("mode.now_practises", rule=rule)
    check = built_in(change.policy)
    if check is not None:
        return reason("mode.now_earnest", rule=rule, action=named(check.action, now.community))
    return reason("mode.now_earnest", rule=rule, action=_done_by(change, now, names))


def _done_by(change: ModeChange, now: CommunitySettings, names: RuleNames) -> str:
    """Return what the rules of a change do, several actions with commas between."""
    if change.policy is None:
        return Action.FLAG.value
    chosen = [
        entry.category
        for entry in now.categories
        if entry.policy == change.policy
        and (change.action is not None or now.mode_of(entry.policy, entry.category) is Mode.LIVE)
    ]
    actions = {
        part.value
        for category in ([change.category] if change.category is not None else chosen)
        if (action := names.action(now, change.policy, category)) is not None and action is not Action.FLAG
        for part in done_with(action)
    }
    return ",".join(sorted(actions)) or Action.FLAG.value


def named(action: Action, community: CommunityId) -> str:
    """Return what a rule with this action does, as a value of a line: a time-out removes the message too."""
    never = NOT_OFFERED.get(platform_of(community), frozenset())
    return ",".join(part.value for part in done_with(action) if part not in never)


def _policy(change: PolicyChange, now: CommunitySettings, names: RuleNames) -> Reason:
    title = names.policy(now.community, change.policy)
    switch = now.switch(change.policy)
    if switch is None:
        return reason("policies.switched_off", policy=title)
    if any(now.mode_of(entry.policy, entry.category) is Mode.LIVE for entry in _rules_of(change, now)):
        return reason("policies.in_use", policy=title, **where_of(switch))
    return reason("policies.switched_on", policy=title, **where_of(switch))


def _rules_of(change: PolicyChange, now: CommunitySettings) -> tuple[CategorySettings, ...]:
    return tuple(entry for entry in now.categories if entry.policy == change.policy)


def where_of(switch: PolicySwitch) -> dict[str, str]:
    """Return where a policy holds, as the values of a line: `where`, and `channels` that it mentions."""
    if switch.channels:
        return {"where": "policies.in_channels", "channels": ", ".join(sorted(switch.channels))}
    if switch.except_channels:
        return {"where": "policies.except_channels", "channels": ", ".join(sorted(switch.except_channels))}
    return {"where": "policies.everywhere", "channels": ""}
