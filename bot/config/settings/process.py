"""The process's settings, built of what was written and the secrets that belong to it."""

from pathlib import Path

from bot.config.settings.models import ConfigFile, DegradedEntry, DiscordEntry, OllamaEntry, SlackEntry, StorageEntry
from bot.config.text_files import absolute
from bot.domain.policy import Effort
from bot.domain.settings import (
    DegradedSettings,
    DiscordSettings,
    OllamaSettings,
    ProcessSettings,
    SlackSettings,
    SlackWorkspace,
    StorageSettings,
)


def process_settings(
    file: ConfigFile, folder: Path, *, discord: str | None, slack: tuple[SlackWorkspace, ...], notify_url: str
) -> ProcessSettings:
    """Return the settings; relative paths count from `folder`, the one that config.yaml stands in."""
    return ProcessSettings(
        ollama=_ollama(file.ollama),
        storage=_storage(file.storage, folder),
        degraded=_degraded(file.degraded, notify_url),
        discord=_discord(file.discord, discord),
        slack=_slack(file.slack, slack),
        policy_folders=tuple(str(absolute(folder, path)) for path in file.policy_folders),
        log_level=file.log_level,
        log_json=file.log_json,
    )


def _ollama(entry: OllamaEntry) -> OllamaSettings:
    thinking = entry.reasoning_tokens
    return OllamaSettings(
        urls=entry.urls,
        model=entry.model,
        allow_remote=entry.allow_remote,
        slots=entry.slots,
        num_ctx=entry.num_ctx,
        keep_alive=entry.keep_alive,
        timeout=entry.timeout,
        load_timeout=entry.load_timeout,
        seed=entry.seed,
        reasoning_tokens=(
            (Effort.LOW, thinking.low),
            (Effort.MEDIUM, thinking.medium),
            (Effort.HIGH, thinking.high),
        ),
        verdict_tokens=entry.verdict_tokens,
    )


def _storage(entry: StorageEntry, folder: Path) -> StorageSettings:
    return StorageSettings(
        path=str(absolute(folder, entry.path)),
        keep_text_without_case=entry.keep_text_without_case,
        keep_text_deleted=entry.keep_text_deleted,
        keep_text_of_case=entry.keep_text_of_case,
    )


def _degraded(entry: DegradedEntry, notify_url: str) -> DegradedSettings:
    return DegradedSettings(
        probe_every=entry.probe_every,
        slow_below=entry.slow_below,
        backlog_limit=entry.backlog_limit,
        backlog_share=entry.backlog_share,
        remind_every=entry.remind_every,
        notify_url=notify_url,
        notify_command=entry.notify_command,
    )


def _discord(entry: DiscordEntry, token: str | None) -> DiscordSettings:
    return DiscordSettings(token=token, backfill_messages=entry.backfill_messages, backfill_age=entry.backfill_age)


def _slack(entry: SlackEntry, workspaces: tuple[SlackWorkspace, ...]) -> SlackSettings:
    return SlackSettings(
        workspaces=workspaces,
        join_public_channels=entry.join_public_channels,
        backfill_messages=entry.backfill_messages,
        backfill_age=entry.backfill_age,
    )
