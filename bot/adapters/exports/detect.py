"""Which format a file is in."""

import json
import re
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from bot.adapters.exports import discord_chat_exporter
from bot.adapters.exports.archive import Archive, open_archive
from bot.adapters.exports.slack_workspace import root_of
from bot.adapters.exports.streams import encoding_of, lines_of
from bot.config.foreign import foreign
from bot.config.packed import UNPACK_ERRORS, unpacked
from bot.domain.errors import InputError

_HEAD = 64 * 1024
_LINES_BEFORE = 20
"""Lines among which a table's header may stand."""
_LINES_LOOKED_AT, _CHARACTERS_LOOKED_AT = 50, 2_000_000
_KEY = re.compile(r'"(\w{1,60})"\s*:')
_TOOLS = (
    (frozenset({"messages", "type", "id"}), "an export of Telegram"),
    (frozenset({"personal_information", "chats"}), "an export of Telegram"),
    (frozenset({"participants", "messages"}), "an export of Messenger or Instagram"),
    (frozenset({"messages", "creator"}), "an export of Google Chat"),
)
"""Keys that tell whose JSON document a file is."""


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


def opened(path: Path) -> BinaryIO:
    """Open a file for reading what is in it, packed by gzip or not. Raises OSError."""
    return unpacked(path.open("rb"))


def kind_of(path: Path) -> Format:
    """Return what a file looks like, by its beginning alone. Raises InputError for what is nothing of it."""
    if not path.exists():
        raise InputError(f"{path}: there is no such file. Check the spelling, and the folder you are in.")
    if not path.is_dir() and not path.is_file():
        raise InputError(f"{path}: this is not a file. Name a chat export.")
    if is_archive(path):
        with open_archive(path) as archive:
            return _kind_of_archive(path, archive)
    try:
        with opened(path) as raw:
            head = raw.read(_HEAD)
        fault = foreign(head)
        if fault:
            raise InputError(f"{path}: {fault}")
        if discord_chat_exporter.is_export(lambda: opened(path)):
            return Format.DISCORD
        return _kind_of_text(path, head)
    except UNPACK_ERRORS as error:
        raise InputError(f"{path}: this file can't be read ({error}).") from error


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


def _kind_of_text(path: Path, head: bytes) -> Format:
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    if not text:
        raise InputError(f"{path}: this file is empty.")
    if text.startswith("{"):
        return _kind_of_json(path, text)
    if text.startswith("["):
        raise InputError(
            f"{path}: this is a JSON list. Of a Slack export name the zip file or the whole folder; "
            "from anything else make JSON lines (docs/json-lines.md)."
        )
    if text.startswith("<"):
        raise InputError(f"{path}: this is a web page. Export the conversation again as JSON.")
    if any(separator in line for line in text.split("\n")[:_LINES_BEFORE] for separator in ",;\t|"):
        return Format.CSV
    raise InputError(
        f"{path}: this is no format that is known here: DiscordChatExporter's JSON, a Slack export, JSON lines or CSV. "
        "Say which with --format."
    )


def _kind_of_json(path: Path, head: str) -> Format:
    """Tell an object on each line from one document, which other tools write; that one is refused by its name."""
    line = _first_object(path)
    keys = _keys_of(line) if line is not None else set(_KEY.findall(head))
    if line is not None and not ({"messages", "chats"} & keys):
        return Format.JSON_LINES
    tool = next((name for known, name in _TOOLS if known <= keys), "one JSON document of another tool")
    raise InputError(
        f"{path}: this is {tool}, not a line for each message. docs/json-lines.md shows how to make such lines of it."
    )


def _first_object(path: Path) -> str | None:
    """Return the first of the first lines that begins and ends as an object does, one that can't be read too."""
    left = _CHARACTERS_LOOKED_AT
    with opened(path) as raw:
        for _, line in islice(lines_of(raw), _LINES_LOOKED_AT):
            left -= len(line)
            if line.startswith("{") and line.rstrip().endswith("}"):
                return line
            if left < 0:
                break
    return None


def _keys_of(line: str) -> set[str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return set()
    return set(found) if isinstance(found, dict) else set()
