"""What a community decides for itself: checked against its platform and the policies there are, then built."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.config.faults import limited, nearest, shown
from bot.config.settings.models import LANGUAGE, CommunityEntry, PolicyEntry
from bot.config.settings.validation import checked
from bot.config.yaml_text import Document, KeyPath
from bot.domain.actions import NOT_OFFERED, Action, Mode
from bot.domain.errors import ConfigError
from bot.domain.ids import CategoryId, ChannelId, CommunityId, PersonId, PolicyId, platform_of
from bot.domain.policy import Category, Policy
from bot.domain.settings import AgeSettings, CategorySettings, CommunitySettings, LimitSettings, PolicySwitch

_SLACK_REMEDY = "Slack lets no bot do that. Use delete, warn or escalate."

_MEANINGLESS_ON_SLACK = {
    "quarantine_role": "Slack has no roles.",
    "timeout_for": "Slack lets no bot time anybody out.",
    "slowmode_for": "Slack has no slow mode.",
}

_CHANNEL = ("CG", "This has to be a channel: its id begins with C or G.")
_GROUP = ("S", "This has to be a user group: its id begins with S.")
_MEMBER = ("UW", "This has to be a member: the id begins with U or W.")
_PROGRAM = ("ABUW", "This has to be an app or a bot: the id begins with A, B, U or W.")
_SLACK_IDS = {
    "mod_log": _CHANNEL,
    "exempt_channels": _CHANNEL,
    "moderator_channels": _CHANNEL,
    "escalate_to": _GROUP,
    "moderators": _GROUP,
    "exempt_roles": _GROUP,
    "exempt_people": _MEMBER,
    "programs_for_people": _PROGRAM,
}
"""How the ids begin that Slack gives to each kind of thing: one of another kind would be asked in vain."""

Policies = Mapping[str, Policy]


def community_settings(
    community: CommunityId,
    raw: Mapping[str, object] | None,
    policies: tuple[Policy, ...],
    *,
    language: str = LANGUAGE,
    unusable: Collection[PolicyId] = (),
) -> CommunitySettings:
    """Return the settings made of what was stored for a community; None, or no keys, gives the defaults.

    What is said of an `unusable` policy is kept as it is, for when it can be used again. Without a `policies` key every
    policy given is asked, in shadow; without a `language` key it is the one given. Raises ConfigError with every fault.
    """
    document = Document(source=f"settings of {community}", data=dict(raw or {}), lines={})
    return settings_of(community, document, policies, language=language, unusable=unusable)


def settings_of(
    community: CommunityId,
    document: Document,
    policies: tuple[Policy, ...],
    *,
    language: str,
    unusable: Collection[PolicyId] = (),
) -> CommunitySettings:
    """Return the settings made of a community's group of keys. Raises ConfigError with every fault."""
    entry, faults = check_entry(community, document, policies, unusable)
    if entry is None or faults:
        raise ConfigError(limited(faults))
    return replace(_built(community, entry, policies), language=entry.language or language)


def check_entry(
    community: CommunityId,
    document: Document,
    policies: tuple[Policy, ...] | None,
    unusable: Collection[PolicyId] = (),
) -> tuple[CommunityEntry | None, tuple[str, ...]]:
    """Return a community's group of keys with every fault in it; without `policies`, those are not looked at."""
    platform = platform_of(community)
    entry, faults = checked(CommunityEntry, document, {"platform": platform})
    known = None if policies is None else {str(policy.id): policy for policy in policies}
    return entry, (*faults, *_Rules(document, platform, known, unusable).faults())


@dataclass(frozen=True, slots=True)
class _Rules:
    """Checks that need more than one value. They read the keys as written, so that a fault elsewhere hides none."""

    document: Document
    platform: str
    known: Policies | None
    unusable: Collection[PolicyId]

    def faults(self) -> Iterator[str]:
        """Yield every fault."""
        data = _group(self.document.data)
        for key, why in _MEANINGLESS_ON_SLACK.items() if self.platform == "slack" else ():
            if data.get(key):
                yield self._told((key,), f"{why} Leave this key out.")
        if self.platform == "slack":
            yield from self._slack_ids(data)
        for name, entry in _group(data.get("policies")).items():
            if name in self.unusable:
                continue
            if self.known is not None and name not in self.known:
                hint = nearest(name, self.known)
                yield self._told(("policies", name), f"there is no such policy. {hint}")
                continue
            policy = self.known[name] if self.known is not None else None
            live = data.get("mode") == Mode.LIVE and _group(entry).get("mode") == Mode.LIVE
            for rule, keys in _group(_group(entry).get("categories")).items():
                yield from self._rule(("policies", name, "categories", rule), policy, _group(keys), policy_live=live)

    def _slack_ids(self, data: Mapping[str, object]) -> Iterator[str]:
        for key, (first, remedy) in _SLACK_IDS.items():
            given = data.get(key)
            every = given if isinstance(given, list | tuple | set | frozenset) else [given]
            wrong = [each for each in every if isinstance(each, str) and each[:1].isupper() and each[0] not in first]
            if wrong:
                yield self._told((key,), f"`{shown(wrong[0])}` is something else. {remedy}")

    def _rule(
        self, place: KeyPath, policy: Policy | None, keys: Mapping[str, object], *, policy_live: bool
    ) -> Iterator[str]:
        category = _category(policy, str(place[-1]))
        if policy is not None and category is None:
            hint = nearest(str(place[-1]), [known.id for known in policy.categories])
            yield self._told(place, f"the policy {policy.id} has no such category. {hint}")
            return
        action = keys.get("action")
        if action is not None:
            yield from self._action((*place, "action"), str(action), category)
            return
        live = policy_live and keys.get("mode") == Mode.LIVE
        if category is not None and live and not category.people_only and self._impossible(category.action):
            text = f"the policy's own action is {category.action}. {_SLACK_REMEDY} Set `action` beside it."
            yield self._told((*place, "mode"), text)

    def _action(self, place: KeyPath, action: str, category: Category | None) -> Iterator[str]:
        if self._impossible(action):
            yield self._told(place, f"{action} can't be done here. {_SLACK_REMEDY}")
        elif action == Action.QUARANTINE and not _group(self.document.data).get("quarantine_role"):
            yield self._told(place, "quarantine needs a role to give. Set `quarantine_role` of the community.")
        if category is not None and category.people_only and action != Action.ESCALATE:
            text = f"violations of {category.id} always go to people, and nothing else is done. Leave this key out."
            yield self._told(place, text)

    def _impossible(self, action: str) -> bool:
        return action in NOT_OFFERED.get(self.platform, ())

    def _told(self, path: KeyPath, text: str) -> str:
        return self.document.told(path, text)


def _group(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _category(policy: Policy | None, name: str) -> Category | None:
    return next((known for known in policy.categories if known.id == name), None) if policy is not None else None


def community_id_fault(name: str) -> str:
    """Return what is wrong with a community's id in a settings file, or nothing."""
    platform, colon, own = name.partition(":")
    forms = {
        "discord": own.isascii() and own.isdigit(),
        "slack": own[:1] == "T" and own.isalnum(),
        "console": bool(own),
    }
    if colon and forms.get(platform):
        return ""
    text = f"`{shown(name)}` is no community. Write discord: and the server's id, or slack: and the workspace's, T…"
    return text if platform in forms else f"{text} {nearest(platform, forms)}"


def _built(community: CommunityId, entry: CommunityEntry, policies: tuple[Policy, ...]) -> CommunitySettings:
    named = {policy.id: PolicyEntry() for policy in policies} if entry.policies is None else entry.policies
    return CommunitySettings(
        community=community,
        mode=entry.mode,
        policies=tuple(_switch(name, policy) for name, policy in named.items()),
        categories=tuple(rule for name, policy in named.items() for rule in _rules(name, policy)),
        exempt_roles=entry.exempt_roles,
        exempt_channels=_channels(entry.exempt_channels),
        moderator_channels=_channels(entry.moderator_channels),
        judge_mod_log=entry.judge_mod_log,
        exempt_people=frozenset(PersonId(person) for person in entry.exempt_people),
        programs_for_people=entry.programs_for_people,
        context_messages=entry.context_messages,
        new_member_for=entry.new_member_for,
        ages=AgeSettings(act=entry.ages.act, judge=entry.ages.judge, recheck=entry.ages.recheck),
        limits=LimitSettings(
            per_author_minute=entry.limits.per_author_minute,
            per_community_hour=entry.limits.per_community_hour,
            per_incident=entry.limits.per_incident,
        ),
        edits_judged=entry.edits_judged,
        timeout_for=entry.timeout_for,
        slowmode_for=entry.slowmode_for,
        mod_log=ChannelId(entry.mod_log) if entry.mod_log is not None else None,
        quarantine_role=entry.quarantine_role,
        escalate_to=entry.escalate_to,
        moderators=entry.moderators,
        language=entry.language or LANGUAGE,
        stopped=entry.stopped,
        live_checks=entry.live_checks,
    )


def _switch(name: str, entry: PolicyEntry) -> PolicySwitch:
    return PolicySwitch(
        policy=PolicyId(name),
        mode=entry.mode,
        channels=_channels(entry.channels),
        except_channels=_channels(entry.except_channels),
    )


def _rules(name: str, entry: PolicyEntry) -> Iterator[CategorySettings]:
    for rule, keys in entry.categories.items():
        yield CategorySettings(
            policy=PolicyId(name),
            category=CategoryId(rule),
            mode=keys.mode,
            action=keys.action,
            min_log_odds=keys.min_log_odds,
        )


def _channels(ids: frozenset[str]) -> frozenset[ChannelId]:
    return frozenset(ChannelId(channel) for channel in ids)
