"""Which format a file is in."""

from enum import StrEnum
from functools import partial
from pathlib import Path

from bot.adapters.exports import discord_chat_exporter
from bot.adapters.exports.archive import Archive, open_archive
from bot.adapters.exports.slack_workspace import root_of
from bot.adapters.exports.streams import encoding_of
from bot.domain.errors import InputError

_HEAD = 64 * 1024


class Format(StrEnum):
    """What a file can be."""

    DISCORD = "discord"
    SLACK = "slack"
    JSON_LINES = "json-lines"
    CSV = "csv"


def is_archive(path: Path) -> bool:
    """Return whether a path is a folder or a zip file, a damaged one too."""
    if path.is_dir():
        return True
    with path.open("rb") as raw:
        return raw.read(2) == b"PK"


def kind_of(path: Path) -> Format:
    """Return what a file looks like, by its beginning alone. Raises InputError for what is nothing of it."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file. Check the spelling, and the folder you are in.")
    if not path.is_dir() and not path.is_file():
        raise InputError(f"{path}: this is not a file. Name a chat export.")
    if is_archive(path):
        with open_archive(path) as archive:
            return _kind_of_archive(path, archive)
    if discord_chat_exporter.is_export(lambda: path.open("rb")):
        return Format.DISCORD
    return _kind_of_text(path)


def _kind_of_archive(path: Path, archive: Archive) -> Format:
    if root_of(archive) is not None:
        return Format.SLACK
    files = [name for name in archive.names() if name.endswith(".json")]
    if any(discord_chat_exporter.is_export(partial(archive.peek, name)) for name in files[:20]):
        return Format.DISCORD
    raise InputError(
        f"{path}: this is neither a Slack export (it would have a channels.json) nor a folder of DiscordChatExporter's "
        "JSON files."
    )


def _kind_of_text(path: Path) -> Format:
    with path.open("rb") as raw:
        head = raw.read(_HEAD)
    text = head.decode(encoding_of(head), errors="replace").lstrip()
    if not text:
        raise InputError(f"{path}: this file is empty.")
    if text.startswith("{"):
        return Format.JSON_LINES
    if text.startswith("["):
        raise InputError(
            f"{path}: this is a JSON list. Of a Slack export name the zip file or the whole folder; "
            "from anything else make JSON lines (docs/json-lines.md)."
        )
    if any(separator in text.split("\n", 1)[0] for separator in ",;\t|"):
        return Format.CSV
    raise InputError(
        f"{path}: this is no format that is known here: DiscordChatExporter's JSON, a Slack export, JSON lines or CSV. "
        "Say which with --format."
    )
