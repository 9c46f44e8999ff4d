"""Exports of a Slack workspace: a zip file or its folder, with a folder for each channel and a file for each day.

Slack writes the latest text of a message. Where a workspace keeps its edits, `message_changed` entries tell of each,
with the text before it; deletions come as `message_deleted`. All channels of one day are read side by side, by time.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.adapters.exports.archive import Archive
from bot.adapters.exports.fields import Row, count, inner, moment, needed, objects, text
from bot.adapters.exports.rows import BrokenRow, PlacedRows, ReadRow, RowFault
from bot.adapters.exports.slack_text import mentioned, text_of_blocks
from bot.adapters.exports.slack_workspace import (
    DayFile,
    Workspace,
    days_of,
    find_earlier_texts,
    items_of,
    read_workspace,
)
from bot.core.playback import moment_of
from bot.domain.events import Attachment, Author, Delete, Edit, Event, Message, Origin, Part, PartKind
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId

_SPOKEN = frozenset({"", "file_share", "me_message", "thread_broadcast", "reply_broadcast", "bot_message"})
"""Kinds of messages in which somebody says something; the others are Slack's own notices."""
_LINK = re.compile(r"<?https?://[^\s>]+>?", re.IGNORECASE)


def read_archive(
    archive: Archive, root: str, community: CommunityId | None, channels: dict[ChannelId, str]
) -> PlacedRows:
    """Yield the events of a workspace's export, day by day, each day's by time; `root` is the export's folder in it."""
    faults: list[BrokenRow] = list(archive.refused)
    workspace = read_workspace(archive, root, community, channels, faults.append)
    days = days_of(archive, root, workspace)
    find_earlier_texts(archive, days, workspace)
    yield from faults
    for files in days.values():
        streams = [_keyed(_read_day(archive, file, workspace)) for file in files]
        for _, row in heapq.merge(*streams, key=lambda keyed: keyed[0]):
            yield row


def _keyed(rows: PlacedRows) -> Iterator[tuple[datetime, ReadRow | BrokenRow]]:
    """Yield each row with its time; a broken row has the time of the row before it."""
    latest = datetime.min.replace(tzinfo=UTC)
    for row in rows:
        if isinstance(row, ReadRow):
            latest = moment_of(row.event)
        yield latest, row


def _read_day(archive: Archive, file: DayFile, workspace: Workspace) -> PlacedRows:
    faults: list[BrokenRow] = []
    rows = items_of(lambda: archive.open(file.name), archive.place(file.name), faults.append)
    for place, row in rows:
        yield from faults
        faults.clear()
        try:
            event = event_of(row, file.channel, workspace)
        except RowFault as fault:
            yield BrokenRow(place=place, fault=str(fault))
            continue
        if event is not None:
            yield ReadRow(place=place, event=event)
    yield from faults


def event_of(row: Row, channel: ChannelId, workspace: Workspace) -> Event | None:
    """Return the event that one entry tells of, None for Slack's own notices. Raises RowFault."""
    if text(row, "type") not in ("", "message"):
        return None
    subtype = text(row, "subtype")
    if subtype == "message_changed":
        after = message_of(inner(row, "message"), channel, workspace)
        return None if after is None else Edit(message=after, edited_at=_moment(row, "ts"))
    if subtype == "message_deleted":
        ref = _ref(text(row, "deleted_ts") or needed(inner(row, "original"), "ts"), channel, workspace)
        return Delete(ref=ref, deleted_at=_moment(row, "ts"))
    if row.get("hidden") is True:
        return None
    first = workspace.earlier.get((channel, text(row, "ts")))
    return message_of({**row, **first} if first else row, channel, workspace)


def message_of(row: Row, channel: ChannelId, workspace: Workspace) -> Message | None:
    """Return the message of one entry; None for Slack's own notices and what was deleted. Raises RowFault."""
    if text(row, "subtype") not in _SPOKEN:
        return None
    author = _author(row, workspace)
    ts, thread = needed(row, "ts"), text(row, "thread_ts")
    reply_to = thread if thread not in ("", ts) else ""
    words = text(row, "text") or text_of_blocks(objects(row, "blocks"))
    addressed = {*mentioned(words), *([text(row, "parent_user_id")] if reply_to else [])} - {"", author.id}
    return Message(
        ref=_ref(ts, channel, workspace),
        author=author,
        sent_at=_moment(row, "ts"),
        parts=tuple(part for part in _parts(row, words, author, workspace) if part.text.strip()),
        attachments=tuple(_files(row)),
        reply_to=MessageId(reply_to) if reply_to else None,
        addresses=len(addressed),
    )


def _ref(ts: str, channel: ChannelId, workspace: Workspace) -> MessageRef:
    return MessageRef(community=workspace.community, channel=channel, message=MessageId(ts))


def _moment(row: Row, field: str) -> datetime:
    needed(row, field)
    return moment(row.get(field), f'"{field}"', UTC)


def _author(row: Row, workspace: Workspace) -> Author:
    person = text(row, "user") or text(row, "bot_id")
    if not person:
        raise RowFault('"user" is missing')
    known = workspace.people.get(person)
    profile = inner(row, "user_profile")
    own_names = (text(row, "username"), text(profile, "display_name"), text(profile, "real_name"))
    is_app = bool(text(row, "bot_id")) or text(row, "subtype") == "bot_message"
    return Author(
        id=PersonId(person),
        name=known.name if known else next(filter(None, own_names), person),
        is_bot=is_app or (known is not None and known.is_bot),
        is_moderator=known is not None and known.is_moderator,
    )


def _parts(row: Row, words: str, author: Author, workspace: Workspace) -> Iterable[Part]:
    shown = workspace.show(words)
    yield Part(kind=PartKind.TEXT, text=shown)
    says_only_links = not any(char.isalnum() for char in _LINK.sub("", words))
    for attachment in objects(row, "attachments"):
        yield from _attachment_parts(attachment, author, workspace, says_only_links=says_only_links)
    for file in objects(row, "files"):
        if text(file, "mode") != "tombstone":
            yield Part(kind=PartKind.ATTACHMENT, text=_file_text(file))


def _attachment_parts(row: Row, author: Author, workspace: Workspace, *, says_only_links: bool) -> Iterable[Part]:
    """Yield a shared message as a forward, an app's words as its own, a link's preview where nothing else was said."""
    words = workspace.show(_attachment_text(row))
    if row.get("is_share") is True or row.get("is_msg_unfurl") is True:
        yield Part(kind=PartKind.FORWARD, text=words, origin=Origin.BACKGROUND)
    elif author.is_bot or not (row.get("from_url") or row.get("original_url")):
        yield Part(kind=PartKind.EMBED, text=words)
    elif says_only_links:
        yield Part(kind=PartKind.EMBED, text=words, origin=Origin.BACKGROUND)


def _attachment_text(row: Row) -> str:
    fields = [f"{text(field, 'title')}\n{text(field, 'value')}".strip() for field in objects(row, "fields")]
    texts = (text(row, "pretext"), text(row, "title"), text(row, "text"), *fields, text(row, "footer"))
    found = "\n".join(part for part in texts if part)
    return found or text(row, "fallback")


def _file_text(file: Row) -> str:
    name, title = text(file, "name"), text(file, "title")
    named = f"{title} {name}".strip() if title and title != name else name
    described = text(file, "alt_txt")
    preview = text(file, "plain_text") or text(file, "preview")
    return "\n".join(filter(None, (f"{named}: {described}" if described else named, preview)))


def _files(row: Row) -> Iterable[Attachment]:
    for file in objects(row, "files"):
        if text(file, "mode") != "tombstone":
            yield Attachment(name=text(file, "name"), size=count(file, "size"), media_type=text(file, "mimetype"))
