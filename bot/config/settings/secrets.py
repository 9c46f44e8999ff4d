"""Secrets: by environment variable, else from a file that the settings name; never from the settings themselves."""

import contextlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from bot.config.settings.models import DiscordEntry, SlackEntry, WorkspaceEntry
from bot.config.text_files import absolute, decode, read_bytes
from bot.config.yaml_text import Document, KeyPath
from bot.domain.errors import ConfigError
from bot.domain.settings import SlackWorkspace

DISCORD_TOKEN = "HALLMOOT_DISCORD_TOKEN"  # noqa: S105 - the variable's name
NOTIFY_URL = "HALLMOOT_NOTIFY_URL"
_SLACK = re.compile(r"HALLMOOT_SLACK_(?:([A-Z][A-Z0-9_]{0,31})_)?(BOT|APP|ADMIN)_TOKEN", re.ASCII)
_MOST_BYTES = 4096
_ONLY_WORKSPACE = "main"
_BEGINNINGS = {
    "bot": ("xoxb-", "the bot token, from OAuth & Permissions"),
    "app": ("xapp-", "the app-level token, from Basic Information"),
    "admin": ("xoxp-", "the user token of an owner or admin"),
}


class Secrets:
    """Looks secrets up, and gathers what is wrong with them. Their values are never told."""

    def __init__(self, document: Document, environment: Mapping[str, str], folder: Path) -> None:
        self._document = document
        self._environment = environment
        self._folder = folder
        self.faults: list[str] = []
        self.remarks: list[str] = []

    def discord(self, entry: DiscordEntry) -> str | None:
        """Return the bot's token, or None when Discord is not used."""
        token = self._secret(DISCORD_TOKEN, entry.token_file, ("discord", "token_file"))
        if token is not None and token.startswith("Bot "):
            self._fault(
                DISCORD_TOKEN, ("discord", "token_file"), "leave the word Bot out; the token alone belongs here."
            )
        return token

    def notify_url(self, file: str | None) -> str:
        """Return the address that is told of outages, or nothing."""
        place = ("degraded", "notify_url_file")
        url = self._secret(NOTIFY_URL, file, place) or ""
        if url and not re.match(r"https?://[^/\s]", url):
            self._fault(NOTIFY_URL, place, "must be an address that begins with https:// or http://.")
        return url

    def slack(self, entry: SlackEntry) -> tuple[SlackWorkspace, ...]:
        """Return every workspace with its tokens; none when Slack is not used."""
        variables = self._slack_variables(entry)
        names = [*entry.workspaces, *sorted(name for name in variables if name not in entry.workspaces)]
        made = [
            self._workspace(name, entry.workspaces.get(name, WorkspaceEntry()), variables.get(name, {}))
            for name in names
        ]
        return tuple(workspace for workspace in made if workspace is not None)

    def _slack_variables(self, entry: SlackEntry) -> dict[str, dict[str, str]]:
        """Return the variables set for each workspace, by kind of token."""
        found: dict[str, dict[str, str]] = {}
        for variable in sorted(self._environment):
            match = _SLACK.fullmatch(variable)
            if match is None:
                continue
            name, kind = (match[1] or "").lower(), match[2].lower()
            if not name and len(entry.workspaces) > 1:
                remedy = f"which workspace is it for? Name it HALLMOOT_SLACK_<NAME>_{match[2]}_TOKEN."
                self.faults.append(f"{variable}: {remedy}")
                continue
            found.setdefault(name or next(iter(entry.workspaces), _ONLY_WORKSPACE), {})[kind] = variable
        return found

    def _workspace(self, name: str, entry: WorkspaceEntry, variables: Mapping[str, str]) -> SlackWorkspace | None:
        files = {"bot": entry.bot_token_file, "app": entry.app_token_file, "admin": entry.admin_token_file}
        tokens: dict[str, str | None] = {}
        for kind, (beginning, what) in _BEGINNINGS.items():
            variable = variables.get(kind, f"HALLMOOT_SLACK_{name.upper()}_{kind.upper()}_TOKEN")
            place = ("slack", "workspaces", name, f"{kind}_token_file")
            before = len(self.faults)
            token = tokens[kind] = self._secret(variable, files[kind], place)
            if token is not None and not token.startswith((beginning, f"xoxe.{beginning}")):
                self._fault(
                    variable, place, f"this is another kind of token. Put {what}, here: it begins with {beginning}"
                )
            if token is None and kind != "admin" and len(self.faults) == before:
                text = f"the workspace {name} lacks {what}. Set {variable}, or name a file in `{kind}_token_file`."
                self.faults.append(self._document.told(place, text))
        bot, app = tokens["bot"], tokens["app"]
        return SlackWorkspace(bot_token=bot, app_token=app, admin_token=tokens["admin"]) if bot and app else None

    def _secret(self, variable: str, file: str | None, place: KeyPath) -> str | None:
        value = self._environment.get(variable, "").strip()
        if not value and file is not None:
            value = self._from_file(file, place)
        if value and not (value.isprintable() and value.isascii()):
            self._fault(variable, place, "holds more than one line, or characters that no token has.")
            return None
        return value or None

    def _from_file(self, file: str, place: KeyPath) -> str:
        path = absolute(self._folder, file)
        try:
            value = decode(read_bytes(path, _MOST_BYTES), str(path)).strip()
        except ConfigError as error:
            self.faults.append(self._document.told(place, " ".join(error.faults)))
            return ""
        if not value:
            self.faults.append(self._document.told(place, f"{path} is empty. Put the token into it, and nothing else."))
        with contextlib.suppress(OSError):
            if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                self.remarks.append(f"{path}: others on this machine may read this secret. Run: chmod 600 {path}")
        return value

    def _fault(self, variable: str, place: KeyPath, text: str) -> None:
        """Tell a fault at the variable where it is set, else at the key that names the file."""
        at_variable = self._environment.get(variable, "").strip()
        self.faults.append(f"{variable}: {text}" if at_variable else self._document.told(place, text))


def is_slack_variable(name: str) -> bool:
    """Return whether this variable holds a token of some workspace."""
    return _SLACK.fullmatch(name) is not None
