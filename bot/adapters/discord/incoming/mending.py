"""What Discord sent and discord.py can't take, made fit for it piece by piece: dictionaries only, without any I/O.

One field that is missing or of another kind than discord.py expects costs a whole message there. What is missing is
filled in with what it means to be missing; what still can't be taken is left out, and counted by the field's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
Reads = Callable[[Json], object]
"""Raises whatever it raises for what can't be taken."""

_MOST_PIECES = 2_000
"""Most items of one list that are tried one by one: a server's members, more than any message has."""
NOTHING_READ = -1
"""The type of what stands for a message of which nothing could be read; Discord has none like it."""
_FILE = {"id": "0", "size": 0, "filename": "", "url": "", "proxy_url": ""}
_SNAPSHOT = {
    "type": 0,
    "content": "",
    "embeds": [],
    "attachments": [],
    "timestamp": datetime.fromtimestamp(0, UTC).isoformat(),
    "edited_timestamp": None,
}
_USER = {"username": "", "discriminator": "0", "avatar": None}
_OF_MESSAGE = ("id", "channel_id", "guild_id", "type", "content", "author")
_OF_GUILD = ("id", "name", "owner_id", "unavailable", "member_count")
_LISTS = ("attachments", "embeds", "mentions", "mention_roles", "components")
"""What every message has, and discord.py's own objects lack where it is missing."""
_EXPIRES = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What can be taken, and the kinds of what had to be left out."""

    data: Json
    left_out: tuple[str, ...]


def mended_message(data: Mapping[str, Any], reads: Reads) -> Mended | None:
    """Return a message that can be taken; None where not even who wrote what can be told."""
    return _pared(_filled(data), _OF_MESSAGE, reads)


def mended_guild(data: Mapping[str, Any], reads: Reads) -> Mended | None:
    """Return a server that can be taken, without the roles, channels or emoji that can't; None where nothing can."""
    return _pared(dict(data), _OF_GUILD, reads)


def skeleton(data: Mapping[str, Any]) -> Json:
    """Return what stands for a message of which nothing can be read: of no known type, and nobody's."""
    author = {"id": "0", **_USER}
    return {"id": str(number_in(data, "id")), "type": NOTHING_READ, "content": "", "author": author}


def number_in(data: Mapping[str, Any], key: str) -> int:
    """Return an id; 0 where there is none that is a number."""
    value = data.get(key)
    text = str(value) if isinstance(value, str | int) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0  # noqa: PLR2004 - digits of 64 bits


def _pared(data: Json, needed: tuple[str, ...], reads: Reads) -> Mended | None:
    """Begin with what is needed, and add every other field, and each item of a list, that can be taken besides."""
    kept: Json = {key: data[key] for key in needed if key in data}
    kept |= {key: [] for key, value in data.items() if isinstance(value, list)}
    if not _can(kept, reads):
        return None
    left_out: list[str] = []
    for key, value in data.items():
        if isinstance(value, list):
            kept[key] = [item for item in value[:_MOST_PIECES] if _can(kept | {key: [item]}, reads)]
            left_out += [key] * (len(value) - len(kept[key]))
        elif key in kept:
            continue
        elif _can(kept | {key: value}, reads):
            kept[key] = value
        elif value is not None:
            left_out.append(key)
    return Mended(data=kept, left_out=tuple(left_out))


def _can(data: Json, reads: Reads) -> bool:
    try:
        reads(data)
    except Exception:  # noqa: BLE001 - whatever discord.py raises for it
        return False
    return True


def _filled(data: Mapping[str, Any]) -> Json:
    """Return a message with what is missing in it filled in."""
    made: Json = {"type": 0, "content": "", **data}
    made |= {key: [] for key in _LISTS if made.get(key) is None}
    made["content"] = made["content"] if isinstance(made["content"], str) else ""
    made["type"] = made["type"] if isinstance(made["type"], int) else 0
    if isinstance(data.get("author"), dict):
        made["author"] = _over(_USER, data["author"])
    for key, fill in (("attachments", _file), ("message_snapshots", _snapshot)):
        if isinstance(made.get(key), list):
            made[key] = [fill(item) if isinstance(item, dict) else item for item in made[key]]
    if isinstance(made.get("poll"), dict):
        made["poll"] = _poll(made["poll"])
    return made


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Json:
    return {**defaults, **{key: value for key, value in given.items() if value is not None or key not in defaults}}


def _file(given: Json) -> Json:
    made = _over(_FILE, given)
    made["size"] = made["size"] if isinstance(made["size"], int) else 0
    return made


def _snapshot(given: Json) -> Json:
    inner = given.get("message")
    if not isinstance(inner, dict):
        return given
    made = _over(_SNAPSHOT, inner)
    made["attachments"] = [_file(item) if isinstance(item, dict) else item for item in made["attachments"]]
    return {**given, "message": made}


def _poll(given: Json) -> Json:
    """Return a poll with an end: one that never ends has none, and discord.py counts the hours until then."""
    later = datetime.now(UTC) + _EXPIRES
    return _over({"expiry": later.isoformat(), "answers": [], "question": {"text": ""}}, given)
