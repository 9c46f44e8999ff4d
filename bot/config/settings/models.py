"""Settings as they are written, with every default: the only place where one stands.

A key's path here is its path in config.yaml. Nothing in this module reads a file; `load` and `communities` do.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from bot.config.durations import Duration
from bot.config.settings.checks import (
    Address,
    AutomaticAction,
    Count,
    FilePath,
    KeepAlive,
    Language,
    PlatformId,
    Share,
    category_id,
    one_line,
    policy_id,
    workspace_name,
)
from bot.domain.actions import Mode
from bot.domain.address import is_this_machine
from bot.domain.built_in import BUILT_IN
from bot.domain.ids import PolicyId

LANGUAGE = "en"
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_PROMPT_TOKENS = 1024
"""What must be left of `num_ctx` for a short policy and a message."""


class Strict(BaseModel):
    """A group of keys. A key it does not know is a fault, not a thing to pass over.

    `refused` holds keys that people may well write here and that are refused with a remedy of their own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)
    refused: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _empty_keys(cls, data: object) -> object:
        """Take a key with nothing after it as left out: people comment out what stands below one."""
        if data is None:
            return {}
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class ReasoningEntry(Strict):
    low: Count = Field(default=512, ge=16, le=100_000, description="For policies that say `effort: low`.")
    medium: Count = Field(default=1024, ge=16, le=100_000, description="For `effort: medium`.")
    high: Count = Field(default=2048, ge=16, le=100_000, description="For `effort: high`.")


class OllamaEntry(Strict):
    allow_remote: bool = Field(
        default=False,
        description="Ollama has no password: whoever reaches it can read what it is asked. So addresses beyond this "
        "machine are refused unless you say true here.",
    )
    urls: tuple[Address, ...] = Field(
        default=("http://127.0.0.1:11434",),
        min_length=1,
        max_length=10,
        description="Where Ollama answers. Of several addresses the first one that works is used; one that failed is "
        "tried beside the work, and used again once it is back.",
    )
    model: Annotated[str, BeforeValidator(one_line)] = Field(
        default="gpt-oss-safeguard:20b",
        max_length=200,
        description="The model's name in Ollama; `ollama pull` fetches it.",
    )
    slots: Count = Field(
        default=1,
        ge=1,
        le=256,
        description="How many questions Ollama answers at once: the same number as its OLLAMA_NUM_PARALLEL.",
    )
    reasoning_tokens: ReasoningEntry = Field(
        default=ReasoningEntry(),
        description="How long the model may think, in tokens (about three quarters of a word each). A verdict whose "
        "thinking was cut off may only flag.",
    )
    verdict_tokens: Count = Field(
        default=400, ge=64, le=10_000, description="How long the quotes and the explanation may be, in tokens."
    )
    num_ctx: Count = Field(
        default=8192,
        ge=2048,
        le=1_000_000,
        description="How many tokens policy, earlier messages, message, thinking and verdict may have together. 8192 "
        "fits the 20b model on a card with 16 GB. Every program that uses the same model should ask for the same "
        "number: Ollama loads the model anew whenever it changes.",
    )
    keep_alive: KeepAlive = Field(
        default="-1",
        description="How long Ollama keeps the model loaded without a question. -1 keeps it; loading takes seconds "
        "to minutes.",
    )
    timeout: Duration = Field(
        default=2 * _MINUTE, ge=_SECOND, le=_HOUR, description="How long one answer of a loaded model may take."
    )
    load_timeout: Duration = Field(
        default=10 * _MINUTE, ge=_SECOND, le=_DAY, description="How long the first answer may take, loading included."
    )
    seed: Count = Field(
        default=0, ge=0, le=2**31 - 1, description="The same question gets the same answer as long as this stays."
    )

    @field_validator("urls")
    @classmethod
    def _near(cls, urls: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(set(urls)) < len(urls):
            raise ValueError("the same address stands here twice. Keep one of them.")
        remote = [] if info.data.get("allow_remote", True) else [url for url in urls if not is_this_machine(url)]
        if remote:
            remedy = "Ollama has no password. Use a tunnel, or say `allow_remote: true` if the network is your own."
            raise ValueError(f"{remote[0]} is not on this machine. {remedy}")
        return urls

    @field_validator("num_ctx")
    @classmethod
    def _roomy(cls, num_ctx: int, info: ValidationInfo) -> int:
        thinking, verdict = info.data.get("reasoning_tokens"), info.data.get("verdict_tokens")
        if thinking is None or verdict is None:
            return num_ctx
        least = max(thinking.low, thinking.medium, thinking.high) + verdict + _PROMPT_TOKENS
        if num_ctx < least:
            raise ValueError(f"{num_ctx} leaves no room for policy and message. Allow {least}, or less thinking.")
        return num_ctx


class StorageEntry(Strict):
    path: FilePath = Field(
        default="data/hallmoot.db",
        description="The database, one file. Its folder also holds the install key and is what a backup copies.",
    )
    keep_text_without_case: Duration = Field(
        default=_DAY, ge=_MINUTE, description="How long the text of a message without a case is kept."
    )
    keep_text_deleted: Duration = Field(
        default=_HOUR, ge=_MINUTE, description="The same once its author deleted the message."
    )
    keep_text_of_case: Duration = Field(
        default=90 * _DAY, ge=_HOUR, description="How long the text of a case is kept. Decisions stay, without texts."
    )


class DegradedEntry(Strict):
    refused: ClassVar[dict[str, str]] = {
        "notify_url": "such an address is a secret. Set HALLMOOT_NOTIFY_URL, or name a file in `notify_url_file`."
    }
    probe_every: Duration = Field(
        default=15 * _SECOND, ge=_SECOND, le=_HOUR, description="How often to look whether the model is back."
    )
    slow_below: Share = Field(
        default=0.33, ge=0, le=1, description="Below this share of the speed measured at set-up, slow counts as away."
    )
    backlog_limit: Count = Field(
        default=100_000, ge=100, le=10_000_000, description="How many messages may wait; more are recorded as unjudged."
    )
    backlog_share: Share = Field(
        default=0.2, gt=0, le=1, description="The share of the model's time that waiting messages get once it is back."
    )
    remind_every: Duration = Field(
        default=_DAY, ge=_HOUR, description="How often the mod log is reminded while the model is away."
    )
    notify_url_file: FilePath | None = Field(
        default=None, description="A file with a webhook address that is told when the model goes and comes back."
    )
    notify_command: tuple[str, ...] = Field(
        default=(), max_length=50, description="A command, word by word, that is run for the same; the text comes last."
    )


class DiscordEntry(Strict):
    refused: ClassVar[dict[str, str]] = {
        "token": "a secret may not stand in this file. Set HALLMOOT_DISCORD_TOKEN, or name a file in `token_file`."
    }
    token_file: FilePath | None = Field(
        default=None, description="A file with the bot's token and nothing else. Without a token Discord is not used."
    )
    backfill_messages: Count = Field(
        default=1000, ge=0, le=100_000, description="How many missed messages per channel are fetched after a break."
    )
    backfill_age: Duration = Field(default=_DAY, description="How old a missed message may be to be fetched.")


class WorkspaceEntry(Strict):
    refused: ClassVar[dict[str, str]] = {
        f"{kind}_token": f"a secret may not stand in this file. Set HALLMOOT_SLACK_{kind.upper()}_TOKEN, or name a "
        f"file in `{kind}_token_file`."
        for kind in ("bot", "app", "admin")
    }
    bot_token_file: FilePath | None = Field(default=None, description="A file with the bot token, xoxb-…")
    app_token_file: FilePath | None = Field(default=None, description="A file with the app-level token, xapp-…")
    admin_token_file: FilePath | None = Field(
        default=None,
        description="A file with an owner's or admin's token, xoxp-… Only with it can messages of others be deleted; "
        "without it the moderators are asked to.",
    )


class SlackEntry(Strict):
    refused: ClassVar[dict[str, str]] = WorkspaceEntry.refused
    workspaces: dict[Annotated[str, BeforeValidator(workspace_name)], WorkspaceEntry] = Field(
        default={},
        description="One entry per workspace, under a short name of your own. HALLMOOT_SLACK_<NAME>_BOT_TOKEN and "
        "the like go before the files.",
    )
    join_public_channels: bool = Field(default=True, description="Whether the bot joins public channels by itself.")
    backfill_messages: Count = Field(
        default=1000, ge=0, le=100_000, description="How many missed messages per channel are fetched after a break."
    )
    backfill_age: Duration = Field(default=_DAY, description="How old a missed message may be to be fetched.")


class AgesEntry(Strict):
    act: Duration = Field(default=10 * _MINUTE, description="A message older than this is only flagged.")
    judge: Duration = Field(default=_DAY, description="A message older than this is not judged any more.")
    recheck: Duration = Field(
        default=_MINUTE, description="A message older than this is looked at again before anything is done about it."
    )

    @field_validator("judge")
    @classmethod
    def _ordered(cls, judge: timedelta, info: ValidationInfo) -> timedelta:
        if judge < info.data.get("act", judge):
            raise ValueError("must be at least as long as `act`.")
        return judge


class LimitsEntry(Strict):
    per_author_minute: Count = Field(default=5, ge=0, le=1000, description="Automatic actions on one member a minute.")
    per_community_hour: Count = Field(default=60, ge=0, le=100_000, description="Automatic actions in all an hour.")
    per_incident: Count = Field(default=100, ge=0, le=100_000, description="Automatic actions within one incident.")


class CategoryEntry(Strict):
    mode: Mode = Field(default=Mode.SHADOW, description="live: act on this rule. shadow: only say what would be done.")
    action: AutomaticAction | None = Field(
        default=None, description="What to do about a violation, in place of what the policy says."
    )
    min_log_odds: Share = Field(
        default=2.2,
        ge=-50,
        le=50,
        description="How sure the model must be before more than a flag follows, as a logarithm: 2.2 is nine to one.",
    )


class PolicyEntry(Strict):
    mode: Mode = Field(default=Mode.SHADOW, description="live or shadow, for the policy as a whole.")
    channels: frozenset[PlatformId] = Field(default=frozenset(), description="Only these channels; none: everywhere.")
    except_channels: frozenset[PlatformId] = Field(default=frozenset(), description="Everywhere but in these.")
    categories: dict[Annotated[str, BeforeValidator(category_id)], CategoryEntry] = Field(
        default={}, description="The rules that are to differ from the policy, by their ids."
    )


if TYPE_CHECKING:

    class CheckModes(Strict):
        """A key for the mode of each built-in check."""

else:
    CheckModes = create_model(
        "CheckModes",
        __base__=Strict,
        **{check.setting: (Mode, Field(default=Mode.SHADOW, description=check.described)) for check in BUILT_IN},
    )


class CommunityEntry(CheckModes):
    mode: Mode = Field(
        default=Mode.SHADOW,
        description="shadow: say what would be done, do nothing that members notice. live: act, but only where the "
        "policy and its rule say live as well.",
    )
    stopped: bool = Field(default=False, description="true halts every automatic action at once.")
    mod_log: PlatformId | None = Field(default=None, description="The channel that gets the cards.")
    moderators: frozenset[PlatformId] = Field(
        default=frozenset(), description="Roles (Discord) or user groups (Slack) that decide cases, besides admins."
    )
    escalate_to: PlatformId | None = Field(default=None, description="The role or user group called on an escalation.")
    quarantine_role: PlatformId | None = Field(
        default=None, description="The role given by the action quarantine. Discord only."
    )
    policies: dict[Annotated[str, BeforeValidator(policy_id)], PolicyEntry] | None = Field(
        default=None,
        description="The policies to judge by, by their ids. Without this key: all there are, in shadow.",
    )
    exempt_roles: frozenset[PlatformId] = Field(default=frozenset(), description="Members with these are not judged.")
    exempt_channels: frozenset[PlatformId] = Field(default=frozenset(), description="Channels that are not judged.")
    moderator_channels: frozenset[PlatformId] = Field(
        default=frozenset(),
        description="Channels of the moderators besides the mod log. What people say in these and in their threads is "
        "not judged.",
    )
    judge_mod_log: bool = Field(
        default=False, description="true judges what people say in the mod log and its threads as well."
    )
    exempt_people: frozenset[PlatformId] = Field(default=frozenset(), description="Members who are not judged.")
    programs_for_people: frozenset[PlatformId] = Field(
        default=frozenset(),
        description="Programs whose messages are people's words, and judged: bridges, bots that say what they are told "
        "to. On Discord the id of the application, the bot or the webhook, on Slack that of the app or the bot.",
    )
    context_messages: Count = Field(
        default=6, ge=0, le=20, description="How many earlier messages the model may see, where a policy needs them."
    )
    new_member_for: Duration = Field(default=7 * _DAY, description="How long a member counts as new.")
    edits_judged: Count = Field(
        default=3, ge=0, le=20, description="How many edits of one message are judged; more are put to people."
    )
    timeout_for: Duration = Field(
        default=_HOUR, ge=_MINUTE, le=28 * _DAY, description="How long a timeout lasts, 28 days at most."
    )
    slowmode_for: Duration = Field(
        default=10 * _MINUTE, ge=_MINUTE, le=_DAY, description="How long slow mode stays on in a channel."
    )
    language: Language | None = Field(
        default=None, description="The language of cards and notices. Without it, the `language` at the top."
    )
    ages: AgesEntry = Field(default=AgesEntry(), description="How old a message may be, since much can change.")
    limits: LimitsEntry = Field(
        default=LimitsEntry(), description="How much may happen automatically; what is beyond is put to people."
    )

    @property
    def live_checks(self) -> frozenset[PolicyId]:
        """Return the built-in checks that act in earnest."""
        return frozenset(check.policy.id for check in BUILT_IN if getattr(self, check.setting) is Mode.LIVE)


class ConfigFile(Strict):
    refused: ClassVar[dict[str, str]] = {
        "policies": "folders of policies stand in `policy_folders`; which are asked, under `communities`.",
        "token": DiscordEntry.refused["token"],
    }
    ollama: OllamaEntry = Field(default=OllamaEntry(), description="The model and how it is asked.")
    storage: StorageEntry = Field(default=StorageEntry(), description="What is kept, where, and for how long.")
    degraded: DegradedEntry = Field(default=DegradedEntry(), description="What holds while the model is away.")
    discord: DiscordEntry = Field(default=DiscordEntry(), description="The Discord side.")
    slack: SlackEntry = Field(default=SlackEntry(), description="The Slack side.")
    policy_folders: tuple[FilePath, ...] = Field(
        default=(),
        max_length=50,
        description="Folders with policies of your own. One with the id of a shipped policy takes its place.",
    )
    language: Language = Field(
        default=LANGUAGE, description="The language of cards and notices where a community has not chosen its own."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged: debug, info, warning or error."
    )
    log_json: bool = Field(default=False, description="true logs one JSON object a line, for machines.")
    communities: dict[str, CommunityEntry] = Field(
        default={},
        description="Communities whose settings stand here, by their ids. The others are set up in chat with /mod; "
        "for one that stands here /mod refuses changes and names this file.",
    )
