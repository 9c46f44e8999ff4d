"""Hallmoot's own form of a conversation: one JSON object a line. `docs/json-lines.md` describes every field."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.adapters.exports.rows import BrokenRow, Rows
from bot.domain.events import Attachment, Author, Delete, Edit, Event, Message, Origin, Part, PartKind, Report
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId

MAX_LINE = 1_000_000
"""Longest line that is parsed, in characters."""


class RowFault(ValueError):  # the reader's own signal; it ends as a BrokenRow
    """One row says something that can't be used."""


def read(lines: Iterable[str], name: str, community: CommunityId) -> Rows:
    """Yield the events of a conversation, empty lines skipped; `name` is the file's, for the places of broken rows."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield event_of(_parse(line), community)
        except RowFault as fault:
            yield BrokenRow(place=f"{name}:{number}", fault=str(fault))


def _parse(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise RowFault(f"the line has {len(line)} characters, more than {MAX_LINE}")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RowFault(f"not JSON ({error})") from None
    if not isinstance(row, dict):
        raise RowFault("not a JSON object in braces")
    return row


def event_of(row: Mapping[str, Any], community: CommunityId) -> Event:
    """Return the event that one object describes. Raises RowFault."""
    kind = row.get("kind", "message")
    if kind == "message":
        return _message(row, community)
    if kind == "edit":
        return Edit(message=_message(row, community), edited_at=_time(row, "edited_at" if "edited_at" in row else "at"))
    if kind == "delete":
        by = _text(row, "by")
        return Delete(ref=_ref(row, community), deleted_at=_time(row, "at"), by=PersonId(by) if by else None)
    if kind == "report":
        return Report(
            ref=_ref(row, community),
            reporter=PersonId(_needed(row, "reporter")),
            reported_at=_time(row, "at"),
            words=_text(row, "words"),
        )
    raise RowFault(f'"kind" is {kind!r}; it may be message, edit, delete or report')


def _message(row: Mapping[str, Any], community: CommunityId) -> Message:
    reply_to, parent = _text(row, "reply_to"), _text(row, "parent")
    return Message(
        ref=_ref(row, community),
        author=_author(row),
        sent_at=_time(row, "at"),
        parts=tuple(_parts(row)),
        attachments=tuple(_attachments(row)),
        parent=ChannelId(parent) if parent else None,
        reply_to=MessageId(reply_to) if reply_to else None,
        addresses=_count(row, "mentions") + (1 if reply_to else 0),
        url=_text(row, "url"),
    )


def _ref(row: Mapping[str, Any], community: CommunityId) -> MessageRef:
    return MessageRef(
        community=community, channel=ChannelId(_needed(row, "channel")), message=MessageId(_needed(row, "id"))
    )


def _author(row: Mapping[str, Any]) -> Author:
    author = _needed(row, "author")
    roles = row.get("roles", [])
    if not isinstance(roles, list):
        raise RowFault('"roles" is not a list')
    return Author(
        id=PersonId(author),
        name=_text(row, "name") or author,
        is_bot=row.get("bot") is True,
        is_moderator=row.get("moderator") is True,
        roles=frozenset(str(role) for role in roles),
        joined_at=_time(row, "joined") if row.get("joined") else None,
    )


def _parts(row: Mapping[str, Any]) -> Iterable[Part]:
    yield from _part(row, "title", PartKind.TITLE)
    yield from _part(row, "quoted", PartKind.REPLY, Origin.BACKGROUND)
    yield from _part(row, "text", PartKind.TEXT)
    yield from _part(row, "forwarded", PartKind.FORWARD, Origin.BACKGROUND)
    yield from _part(row, "embed", PartKind.EMBED)
    poll = row.get("poll")
    if isinstance(poll, dict):
        answers = poll.get("answers", [])
        lines = [_text(poll, "question"), *(f"- {answer}" for answer in answers if isinstance(answer, str))]
        yield Part(kind=PartKind.POLL, text="\n".join(lines))
    for attachment in _objects(row, "attachments"):
        words = " ".join(filter(None, (_text(attachment, "name"), _text(attachment, "alt"))))
        if words:
            yield Part(kind=PartKind.ATTACHMENT, text=words)


def _part(row: Mapping[str, Any], field: str, kind: PartKind, origin: Origin = Origin.OWN) -> Iterable[Part]:
    text = _text(row, field)
    if text:
        yield Part(kind=kind, text=text, origin=origin)


def _attachments(row: Mapping[str, Any]) -> Iterable[Attachment]:
    for attachment in _objects(row, "attachments"):
        yield Attachment(name=_text(attachment, "name"), size=_count(attachment, "size"))


def _objects(row: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    value = row.get(field, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise RowFault(f'"{field}" is not a list of objects')
    return value


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowFault(f'"{field}" is neither text nor a number')
    return str(value)


def _needed(row: Mapping[str, Any], field: str) -> str:
    value = _text(row, field)
    if not value:
        raise RowFault(f'"{field}" is missing')
    return value


def _count(row: Mapping[str, Any], field: str) -> int:
    value = row.get(field, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RowFault(f'"{field}" is not a whole number of 0 or more')
    return value


def _time(row: Mapping[str, Any], field: str) -> datetime:
    value = row.get(field)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise RowFault(f'"{field}" is {value!r}; write a time like 2026-11-20T18:00:00Z') from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
