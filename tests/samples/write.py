"""Writes the source conversation in each format: `python -m tests.samples.write examples/exports`."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.samples.source import BOTS, BY_KEY, CHANNELS, LINES, NAMES, PEOPLE, START, THREADS, Line

GUILD = "700000000000000001"
TEAM = "T0HALLMOOT"
THREAD_ROOTS = {"glue": "root", "trip": "trip-root"}
_NUMBERS = {line.key: number for number, line in enumerate(LINES, start=1)}
_PLACES = (*CHANNELS, *THREADS)
_DISCORD_EPOCH = 1_420_070_400_000


def write_all(folder: Path) -> None:
    """Write every format into a folder."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def files() -> dict[str, bytes]:
    """Return every file of every format by its name, with slashes."""
    return {
        "conversation.jsonl": json_lines(),
        "conversation.csv": table(),
        **{f"discord/{name}": content for name, content in discord().items()},
        **{f"slack/{name}": content for name, content in slack().items()},
    }


def _later(line: Line, minutes: float) -> datetime:
    return line.sent_at + timedelta(minutes=minutes)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# JSON lines


def json_lines() -> bytes:
    """Return the conversation in Hallmoot's own form."""
    rows = sorted(_json_rows(), key=lambda row: row[0])
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for _, row in rows).encode()


def _json_rows() -> Iterator[tuple[datetime, dict[str, Any]]]:
    for line in LINES:
        yield line.sent_at, _json_row(line, line.text)
        for minutes, text in line.edits:
            at = _later(line, minutes)
            yield at, {"kind": "edit", **_json_row(line, text), "edited_at": _iso(at)}
        place = {"id": line.key, "channel": line.thread or line.channel}
        if line.reported_by:
            at = _later(line, 1)
            yield at, {"kind": "report", **place, "reporter": line.reported_by, "at": _iso(at)}
        if line.deleted_after:
            at = _later(line, line.deleted_after)
            yield at, {"kind": "delete", **place, "at": _iso(at)}


def _json_row(line: Line, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": line.key,
        "channel": line.thread or line.channel,
        "author": line.by,
        "name": NAMES[line.by],
        "at": _iso(line.sent_at),
        "text": text,
    }
    if line.by in BOTS:
        row["bot"] = True
    if line.thread:
        row["parent"] = line.channel
    if line.answers:
        row |= {"reply_to": line.answers, "quoted": BY_KEY[line.answers].last_text}
    if line.forwards:
        row["forwarded"] = line.forwards
    if line.poll:
        row["poll"] = {"question": line.poll[0], "answers": list(line.poll[1:])}
    if line.files:
        row["attachments"] = [{"name": file.name, "alt": file.alt, "size": file.size} for file in line.files]
    return row


# CSV


def table() -> bytes:
    """Return the conversation as a table of the latest texts: no threads, edits, forwards, polls or files."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["message_id", "timestamp", "channel", "author", "content"])
    for line in LINES:
        if not line.deleted_after:
            writer.writerow([line.key, _iso(line.sent_at), line.channel, line.by, line.last_text])
    return out.getvalue().encode()


# DiscordChatExporter


def discord() -> dict[str, bytes]:
    """Return a file for each channel and thread, as DiscordChatExporter writes them: no polls, no earlier texts."""
    return {f"Makers - {place} [{discord_channel(place)}].json": _discord_file(place) for place in _PLACES}


def discord_channel(place: str) -> str:
    """Return the channel's id on Discord."""
    return str(700000000000000100 + _PLACES.index(place))


def discord_id(key: str) -> str:
    """Return a message's id on Discord, which tells when it was sent."""
    milliseconds = int(BY_KEY[key].sent_at.timestamp() * 1000) - _DISCORD_EPOCH
    return str((milliseconds << 22) | _NUMBERS[key])


def _discord_file(place: str) -> bytes:
    messages = [
        _discord_row(line) for line in LINES if (line.thread or line.channel) == place and not line.deleted_after
    ]
    parent = THREADS.get(place)
    document = {
        "guild": {"id": GUILD, "name": "Makers", "iconUrl": ""},
        "channel": {
            "id": discord_channel(place),
            "type": "GuildPublicThread" if parent else "GuildTextChat",
            "categoryId": discord_channel(parent) if parent else "700000000000000099",
            "category": parent or "Talk",
            "name": place,
            "topic": None,
        },
        "dateRange": {"after": None, "before": None},
        "exportedAt": _iso(START + timedelta(days=1)),
        "messages": [*_discord_notices(place), *messages],
        "messageCount": len(messages),
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _discord_notices(place: str) -> list[dict[str, Any]]:
    """Return a notice of Discord's own, which is nobody's message."""
    if place != "general":
        return []
    joined = _discord_row(BY_KEY["plain"]) | {"id": "600000000000000001", "type": "GuildMemberJoin"}
    return [joined | {"content": "Joined the server.", "timestamp": _iso(START)}]


def _discord_user(key: str) -> dict[str, Any]:
    number = [person.key for person in PEOPLE].index(key)
    return {
        "id": str(800000000000000000 + number),
        "name": key,
        "discriminator": "0000",
        "nickname": NAMES[key],
        "color": None,
        "isBot": key in BOTS,
        "roles": [],
        "avatarUrl": "",
    }


def _discord_row(line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": discord_id(line.key),
        "type": "Reply" if line.answers else "Default",
        "timestamp": line.sent_at.isoformat(),
        "timestampEdited": _later(line, line.edits[-1][0]).isoformat() if line.edits else None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": line.last_text,
        "author": _discord_user(line.by),
        "attachments": [_discord_attachment(file.name, file.size) for file in line.files],
        "embeds": [_discord_embed(line.preview)] if line.preview else [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        "inlineEmojis": [],
    }
    if line.answers:
        answered = BY_KEY[line.answers]
        where = {"channelId": discord_channel(answered.thread or answered.channel), "guildId": GUILD}
        row["mentions"] = [_discord_user(answered.by)]
        row["reference"] = {"type": "Default", "messageId": discord_id(line.answers), **where}
    if line.forwards:
        row["reference"] = {"type": "Forward", "messageId": "1", "channelId": "2", "guildId": None}
        row["forwardedMessage"] = {
            "timestamp": _iso(START),
            "timestampEdited": None,
            "content": line.forwards,
            "attachments": [],
            "embeds": [],
            "stickers": [],
        }
    return row


def _discord_attachment(name: str, size: int) -> dict[str, Any]:
    return {"id": "1", "url": f"https://cdn.example/{size}", "fileName": name, "fileSizeBytes": size}


def _discord_embed(title: str) -> dict[str, Any]:
    return {"title": title, "url": "https://names.example/1", "timestamp": None, "description": "", "fields": []}


# Slack


def slack() -> dict[str, bytes]:
    """Return a workspace's export as Slack writes it for a workspace that keeps edits: no polls, no reports."""
    days: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}
    for line in LINES:
        for at, row in _slack_rows(line):
            days.setdefault(f"{line.channel}/{at:%Y-%m-%d}.json", []).append((at, row))
    found = {name: _pretty([row for _, row in sorted(rows, key=lambda row: row[0])]) for name, rows in days.items()}
    return {"users.json": _pretty(_slack_users()), "channels.json": _pretty(_slack_channels()), **found}


def _pretty(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=True, indent=1) + "\n").encode()


def slack_user(key: str) -> str:
    """Return a person's id on Slack."""
    return f"U{[person.key for person in PEOPLE].index(key):09d}"


def slack_channel(name: str) -> str:
    """Return a channel's id on Slack."""
    return f"C{CHANNELS.index(name):09d}"


def slack_ts(key: str) -> str:
    """Return a message's timestamp, which is its id on Slack."""
    return f"{int(BY_KEY[key].sent_at.timestamp())}.{_NUMBERS[key]:06d}"


def _slack_users() -> list[dict[str, Any]]:
    return [
        {
            "id": slack_user(person.key),
            "team_id": TEAM,
            "name": person.key,
            "is_bot": person.bot,
            "profile": {"display_name": person.name, "real_name": person.key},
        }
        for person in PEOPLE
    ]


def _slack_channels() -> list[dict[str, Any]]:
    return [{"id": slack_channel(name), "name": name, "is_archived": False, "members": []} for name in CHANNELS]


def _slack_rows(line: Line) -> Iterator[tuple[datetime, dict[str, Any]]]:
    latest = _slack_row(line, line.last_text)
    if line.deleted_after:
        at = _later(line, line.deleted_after)
        gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": f"{at.timestamp():.6f}"}
        yield at, gone | {"deleted_ts": slack_ts(line.key), "original": latest}
    before = line.text
    for minutes, text in line.edits:
        at = _later(line, minutes)
        edited = {"user": slack_user(line.by), "ts": f"{at.timestamp():.6f}"}
        latest["edited"] = edited
        yield (
            at,
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "ts": edited["ts"],
                "message": _slack_row(line, text) | {"edited": edited},
                "original": _slack_row(line, before),
            },
        )
        before = text
    yield line.sent_at, latest


def _slack_row(line: Line, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": "message",
        "user": slack_user(line.by),
        "text": _slack_markup(text),
        "ts": slack_ts(line.key),
        "team": TEAM,
    }
    thread = THREAD_ROOTS.get(line.thread, "") or line.answers
    if line.by in BOTS:
        row |= {"subtype": "bot_message", "bot_id": "B000000001", "username": NAMES[line.by]}
    if thread:
        row |= {"thread_ts": slack_ts(thread), "parent_user_id": slack_user(BY_KEY[thread].by)}
    if line.key in THREAD_ROOTS.values():
        row |= {"thread_ts": slack_ts(line.key), "reply_count": 2}
    if line.files:
        row["files"] = [
            {"id": "F1", "name": file.name, "alt_txt": file.alt, "size": file.size, "mimetype": "image/png"}
            for file in line.files
        ]
    if line.forwards:
        row["attachments"] = [{"is_share": True, "author_id": "U999", "text": _slack_markup(line.forwards), "id": 1}]
    if line.preview:
        row["attachments"] = [{"from_url": "https://names.example/1", "title": line.preview, "id": 1}]
    return row


def _slack_markup(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(f"<{word}>" if word.startswith("https://") else word for word in escaped.split(" "))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
    sys.stdout.write(f"{len(LINES)} messages, {datetime.now(UTC):%Y-%m-%d}\n")
