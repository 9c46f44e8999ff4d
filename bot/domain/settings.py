"""Settings as the rest of the code reads them. No defaults here: `config.models` is their only home."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actions import Action, Mode
from bot.domain.built_in import built_in
from bot.domain.ids import CategoryId, ChannelId, CommunityId, PersonId, PolicyId
from bot.domain.policy import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class OllamaSettings:
    """Where the model is and how it is asked.

    `urls` are tried in order. `slots` is Ollama's OLLAMA_NUM_PARALLEL. Token budgets: `num_ctx` holds policy, context,
    message, reasoning and verdict together. `keep_alive` is handed to Ollama as it is (`-1` keeps the model loaded).
    """

    urls: tuple[str, ...]
    model: str
    allow_remote: bool
    slots: int
    num_ctx: int
    keep_alive: str
    timeout: timedelta
    load_timeout: timedelta
    seed: int
    reasoning_tokens: tuple[tuple[Effort, int], ...]
    verdict_tokens: int

    def reasoning_budget(self, effort: Effort) -> int:
        """Return how many tokens the model may reason at this effort."""
        return dict(self.reasoning_tokens)[effort]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where records live, and how long. Retention counts from the message's receipt."""

    path: str
    keep_text_without_case: timedelta
    keep_text_deleted: timedelta
    keep_text_of_case: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradedSettings:
    """What holds while the model is away, and when its slowness counts as that."""

    probe_every: timedelta
    slow_below: float
    backlog_limit: int
    backlog_share: float
    remind_every: timedelta
    notify_url: str
    notify_command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordSettings:
    """The Discord side: `token` is None when Discord is not used."""

    token: str | None
    backfill_messages: int
    backfill_age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackWorkspace:
    """One workspace's tokens. `admin_token` belongs to an owner or admin, and lets the bot delete others' messages."""

    bot_token: str
    app_token: str
    admin_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """The Slack side: no workspaces when Slack is not used."""

    workspaces: tuple[SlackWorkspace, ...]
    join_public_channels: bool
    backfill_messages: int
    backfill_age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """Everything that holds for the whole process."""

    ollama: OllamaSettings
    storage: StorageSettings
    degraded: DegradedSettings
    discord: DiscordSettings
    slack: SlackSettings
    policy_folders: tuple[str, ...]
    log_level: str
    log_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How much may happen automatically before people are asked; above it an action becomes an escalation."""

    per_author_minute: int
    per_community_hour: int
    per_incident: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeSettings:
    """How old a message may be: beyond `act` it is only flagged, beyond `judge` not judged at all."""

    act: timedelta
    judge: timedelta
    recheck: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySettings:
    """One category in one community: its mode, and an action in place of the policy's own where one is set.

    `min_log_odds` is how much likelier a violation must be than none before more than a flag follows.
    """

    policy: PolicyId
    category: CategoryId
    mode: Mode
    action: Action | None
    min_log_odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySwitch:
    """Which policy is asked where; no `channels` means everywhere but in `except_channels`."""

    policy: PolicyId
    mode: Mode
    channels: frozenset[ChannelId]
    except_channels: frozenset[ChannelId]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunitySettings:
    """Everything one community decides for itself.

    A category acts live only when the community, its policy and the category are all live. `timeout_for` and
    `slowmode_for` are how long those two last. `escalate_to` is a role (Discord) or a user group (Slack).
    `programs_for_people` are programs (accounts, applications, webhooks) whose messages are people's words, and judged.
    `moderator_channels` are the moderators' own, in which nothing is judged; so is the mod log unless `judge_mod_log`.
    `live_checks` are the built-in checks that act in earnest, by the ids of their rules.
    """

    community: CommunityId
    mode: Mode
    policies: tuple[PolicySwitch, ...]
    categories: tuple[CategorySettings, ...]
    exempt_roles: frozenset[str]
    exempt_channels: frozenset[ChannelId]
    moderator_channels: frozenset[ChannelId]
    judge_mod_log: bool
    exempt_people: frozenset[PersonId]
    programs_for_people: frozenset[str]
    context_messages: int
    new_member_for: timedelta
    ages: AgeSettings
    limits: LimitSettings
    edits_judged: int
    timeout_for: timedelta
    slowmode_for: timedelta
    mod_log: ChannelId | None
    quarantine_role: str | None
    escalate_to: str | None
    moderators: frozenset[str]
    language: str
    stopped: bool
    live_checks: frozenset[PolicyId]

    @property
    def moderators_only(self) -> frozenset[ChannelId]:
        """Return the channels in which moderators talk among themselves and nothing is judged."""
        mod_log = frozenset() if self.mod_log is None or self.judge_mod_log else frozenset({self.mod_log})
        return self.moderator_channels | mod_log

    def category_settings(self, policy: PolicyId, category: CategoryId) -> CategorySettings | None:
        """Return what this community says of a category, or None when it leaves it as the policy has it."""
        for entry in self.categories:
            if (entry.policy, entry.category) == (policy, category):
                return entry
        return None

    def switch(self, policy: PolicyId) -> PolicySwitch | None:
        """Return where the policy is asked, or None when this community does not use it."""
        for entry in self.policies:
            if entry.policy == policy:
                return entry
        return None

    def check_mode(self, check: PolicyId) -> Mode:
        """Return the mode of a built-in check, by the id of its rule: no other mode matters to it."""
        return Mode.LIVE if check in self.live_checks else Mode.SHADOW

    def mode_of(self, policy: PolicyId, category: CategoryId) -> Mode:
        """Return LIVE only when community, policy and category all are; a built-in check has a mode of its own."""
        if built_in(policy) is not None:
            return self.check_mode(policy)
        switch = self.switch(policy)
        entry = self.category_settings(policy, category)
        live = self.mode is Mode.LIVE and switch is not None and switch.mode is Mode.LIVE
        return Mode.LIVE if live and entry is not None and entry.mode is Mode.LIVE else Mode.SHADOW
