"""What is set up here: the rules in use, who is not checked, the limits, the places. For moderators too."""

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.saying import MOST_NAMED, limits_line, mod_log_line, named, places_lines, where_of
from bot.domain.actions import Mode
from bot.domain.answer import Answer, Listed
from bot.domain.built_in import BUILT_IN, BuiltIn
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CategorySettings, CommunitySettings, PolicySwitch


class Listing:
    """Lists settings as they hold now."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)

    async def listed(self, actor: Actor, what: Listed) -> Answer:
        """Return one kind of settings."""
        refusal = await self._access.moderator(actor, f"list:{what.value}")
        if refusal is not None:
            return refusal
        settings = await self._parts.book.of(actor.community)
        match what:
            case Listed.POLICIES:
                return done(*self._policies(settings))
            case Listed.EXEMPTIONS:
                return done(*_exemptions(settings))
            case Listed.LIMITS:
                return done(limits_line(settings))
            case Listed.PLACES:
                return done(mod_log_line(settings), *places_lines(settings))

    def _policies(self, settings: CommunitySettings) -> tuple[Reason, ...]:
        offered = self._parts.book.policies(settings.community)
        used = tuple(line for switch in settings.policies for line in self._entries(switch, settings))
        stopped = (reason("status_of.stopped"),) if settings.stopped else ()
        lines = (reason("policies.title"), *stopped, *used) if used else (reason("policies.none"),)
        checks = tuple(line for check in BUILT_IN for line in _check(check, settings))
        return (*lines, *checks, *_not_in_use(offered, settings))

    def _entries(self, switch: PolicySwitch, settings: CommunitySettings) -> tuple[Reason, ...]:
        """Return one policy, then each of its rules that acts or has an action of this community's choice."""
        own = [entry for entry in settings.categories if entry.policy == switch.policy]
        return (self._entry(switch, settings), *(line for entry in own for line in self._rule(entry, settings)))

    def _rule(self, entry: CategorySettings, settings: CommunitySettings) -> tuple[Reason, ...]:
        """Return what a rule does; nothing of one that only practises what its policy says."""
        is_live = settings.mode_of(entry.policy, entry.category) is Mode.LIVE
        action = self._names.action(settings, entry.policy, entry.category)
        if action is None or not (is_live or entry.action is not None):
            return ()
        rule = self._names.rule(settings.community, entry.policy, entry.category)
        return (
            reason(
                "policies.rule_acts" if is_live else "policies.rule_practises",
                rule=rule,
                action=named(action, settings.community),
            ),
        )

    def _entry(self, switch: PolicySwitch, settings: CommunitySettings) -> Reason:
        """Return one policy: where it holds, and which of its rules act."""
        place = where_of(switch)
        title = self._names.policy(settings.community, switch.policy)
        live = [
            self._names.rule(settings.community, entry.policy, entry.category)
            for entry in settings.categories
            if entry.policy == switch.policy and settings.mode_of(entry.policy, entry.category) is Mode.LIVE
        ]
        if not live:
            return reason("policies.entry", policy=title, mode="mode.practises", **place)
        return reason("policies.entry_earnest", policy=title, rules=", ".join(live), **place)


def _check(check: BuiltIn, settings: CommunitySettings) -> tuple[Reason, ...]:
    """Return how a built-in check stands, and what it does: it needs no policy, and holds everywhere."""
    is_live = settings.check_mode(check.policy.id) is Mode.LIVE
    title, mode = check.policy.title, "mode.earnest" if is_live else "mode.practises"
    entry = reason("policies.entry", policy=title, mode=mode, where="policies.everywhere", channels="")
    action = named(check.action, settings.community)
    return (entry, reason("policies.rule_acts", rule=title, action=action)) if is_live else (entry,)


def _not_in_use(offered: tuple[Policy, ...], settings: CommunitySettings) -> tuple[Reason, ...]:
    titles = [policy.title for policy in offered if settings.switch(policy.id) is None]
    return (reason("policies.not_in_use", policies=", ".join(titles)),) if titles else ()


def _exemptions(settings: CommunitySettings) -> tuple[Reason, ...]:
    lines = [
        reason(f"exempt.{code}", **{name: ", ".join(sorted(chosen)[:MOST_NAMED])})
        for code, name, chosen in (
            ("roles", "roles", settings.exempt_roles),
            ("channels", "channels", settings.exempt_channels),
            ("moderators_channels", "channels", settings.moderators_only),
            ("members", "members", settings.exempt_people),
        )
        if chosen
    ]
    return tuple(lines) or (reason("exempt.none"),)
