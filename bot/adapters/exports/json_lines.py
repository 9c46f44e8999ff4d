"""Hallmoot's own form of a conversation: one JSON object a line. `docs/json-lines.md` describes every field."""

import json
from collections.abc import Iterable, Iterator
from itertools import count as numbers
from typing import BinaryIO

from bot.adapters.exports.fields import Row, count, needed, objects, shown, text, time
from bot.adapters.exports.rows import BrokenRow, PlacedRows, ReadRow, RowFault, Rows
from bot.adapters.exports.streams import check_line, lines_of
from bot.domain.events import Attachment, Author, Delete, Edit, Event, Message, Origin, Part, PartKind, Report
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId


def read(lines: Iterable[str], name: str, community: CommunityId) -> Rows:
    """Yield the events of a conversation, empty lines skipped; `name` is the file's, for the places of broken rows."""
    for row in _placed(zip(numbers(1), lines, strict=False), name, community):
        yield row.event if isinstance(row, ReadRow) else row


def read_file(raw: BinaryIO, name: str, community: CommunityId) -> PlacedRows:
    """Yield the events of a file that is open for reading bytes."""
    yield from _placed(lines_of(raw), name, community)


def _placed(lines: Iterator[tuple[int, str]], name: str, community: CommunityId) -> Iterator[ReadRow | BrokenRow]:
    for number, line in lines:
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            yield ReadRow(place=place, event=event_of(_parse(line), community))
        except RowFault as fault:
            yield BrokenRow(place=place, fault=str(fault))


def _parse(line: str) -> Row:
    check_line(line)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RowFault(f"not JSON ({error})") from None
    if not isinstance(row, dict):
        raise RowFault("not a JSON object in braces")
    return row


def event_of(row: Row, community: CommunityId) -> Event:
    """Return the event that one object describes. Raises RowFault."""
    kind = row.get("kind", "message")
    if kind == "message":
        return _message(row, community)
    if kind == "edit":
        return Edit(message=_message(row, community), edited_at=time(row, "edited_at" if "edited_at" in row else "at"))
    if kind == "delete":
        by = text(row, "by")
        return Delete(ref=_ref(row, community), deleted_at=time(row, "at"), by=PersonId(by) if by else None)
    if kind == "report":
        return Report(
            ref=_ref(row, community),
            reporter=PersonId(needed(row, "reporter")),
            reported_at=time(row, "at"),
            words=text(row, "words"),
        )
    raise RowFault(f'"kind" is {shown(kind)}; it may be message, edit, delete or report')


def _message(row: Row, community: CommunityId) -> Message:
    reply_to, parent = text(row, "reply_to"), text(row, "parent")
    return Message(
        ref=_ref(row, community),
        author=_author(row),
        sent_at=time(row, "at"),
        parts=tuple(_parts(row)),
        attachments=tuple(_attachments(row)),
        parent=ChannelId(parent) if parent else None,
        reply_to=MessageId(reply_to) if reply_to else None,
        addresses=count(row, "mentions") + (1 if reply_to else 0),
        url=text(row, "url"),
    )


def _ref(row: Row, community: CommunityId) -> MessageRef:
    return MessageRef(
        community=community, channel=ChannelId(needed(row, "channel")), message=MessageId(needed(row, "id"))
    )


def _author(row: Row) -> Author:
    author = needed(row, "author")
    roles = row.get("roles", [])
    if not isinstance(roles, list):
        raise RowFault('"roles" is not a list')
    return Author(
        id=PersonId(author),
        name=text(row, "name") or author,
        is_bot=row.get("bot") is True,
        is_moderator=row.get("moderator") is True,
        roles=frozenset(str(role) for role in roles),
        joined_at=time(row, "joined") if row.get("joined") else None,
    )


def _parts(row: Row) -> Iterable[Part]:
    yield from _part(row, "title", PartKind.TITLE)
    yield from _part(row, "quoted", PartKind.REPLY, Origin.BACKGROUND)
    yield from _part(row, "text", PartKind.TEXT)
    yield from _part(row, "forwarded", PartKind.FORWARD, Origin.BACKGROUND)
    yield from _part(row, "embed", PartKind.EMBED)
    yield from _poll(row)
    yield from _part(row, "sticker", PartKind.STICKER)
    for attachment in objects(row, "attachments"):
        words = " ".join(filter(None, (text(attachment, "name"), text(attachment, "alt"))))
        if words:
            yield Part(kind=PartKind.ATTACHMENT, text=words)


def _poll(row: Row) -> Iterable[Part]:
    poll = row.get("poll")
    if poll is None:
        return
    answers = poll.get("answers", []) if isinstance(poll, dict) else None
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise RowFault('"poll" is not an object with a "question" and a list of "answers"')
    yield Part(kind=PartKind.POLL, text="\n".join([text(poll, "question"), *(f"- {answer}" for answer in answers)]))


def _part(row: Row, field: str, kind: PartKind, origin: Origin = Origin.OWN) -> Iterable[Part]:
    words = text(row, field)
    if words:
        yield Part(kind=kind, text=words, origin=origin)


def _attachments(row: Row) -> Iterable[Attachment]:
    for attachment in objects(row, "attachments"):
        yield Attachment(
            name=text(attachment, "name"), size=count(attachment, "size"), media_type=text(attachment, "type")
        )
