"""Exports of a Slack workspace: a zip file or its folder, with a folder for each channel and a file for each day.

Slack writes the latest text of a message. Where a workspace keeps its edits, `message_changed` entries tell of each,
with the text before it; deletions come as `message_deleted`. All channels of one day are read side by side, by time.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.adapters.exports.archive import Archive
from bot.adapters.exports.fields import Row, count, inner, moment, needed, objects, text, whole
from bot.adapters.exports.rows import AnyRow, BrokenRow, LeftOut, PlacedRows, ReadRow, RowFault
from bot.adapters.exports.slack_workspace import (
    DayFile,
    Workspace,
    days_of,
    direct_days,
    find_earlier_texts,
    items_of,
    read_workspace,
)
from bot.core.recordings.playback import moment_of
from bot.domain.events import (
    Attachment,
    Author,
    Delete,
    Edit,
    Event,
    Message,
    Origin,
    Part,
    PartKind,
    Unread,
    unread_kinds,
)
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId
from bot.domain.texts.slack_markup import NO_PREVIEW, BlockReader, mentioned, mentioned_in, said_in
from bot.domain.texts.slack_subtypes import CHOSEN, HOUSEKEEPING, SPOKEN

_COMMENT = "file_comment"
"""Words under a file, as Slack kept them until 2018: their writer and their time stand in the entry's `comment`."""
_FILES = frozenset({"file_mention"})
"""Notices of files, as Slack wrote them until 2018."""
_DIRECT = "a day of a direct conversation"
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
    yield from (LeftOut(kind=_DIRECT) for _ in range(direct_days(archive, root, workspace)))
    for files in days.values():
        streams = [_keyed(_read_day(archive, file, workspace)) for file in files]
        for _, row in heapq.merge(*streams, key=lambda keyed: keyed[0]):
            yield row


def _keyed(rows: PlacedRows) -> Iterator[tuple[datetime, AnyRow]]:
    """Yield each row with its time; one without has the time of the row before it."""
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
        except RecursionError:
            yield BrokenRow(place=place, fault="is nested too deeply")
        else:
            yield event if isinstance(event, LeftOut) else ReadRow(place=place, event=event)
    yield from faults


def event_of(row: Row, channel: ChannelId, workspace: Workspace) -> Event | LeftOut:
    """Return the event that one entry tells of, or which of Slack's own notices it is. Raises RowFault."""
    if text(row, "type") not in ("", "message"):
        return LeftOut(kind=text(row, "type"))
    subtype = text(row, "subtype")
    if subtype == "message_changed":
        after = message_of(inner(row, "message"), channel, workspace)
        return Edit(message=after, edited_at=_moment(row, "ts")) if isinstance(after, Message) else after
    if subtype == "message_deleted":
        ref = _ref(text(row, "deleted_ts") or needed(inner(row, "original"), "ts"), channel, workspace)
        return Delete(ref=ref, deleted_at=_moment(row, "ts"))
    if row.get("hidden") is True:
        return LeftOut(kind=subtype or "hidden")
    first = workspace.earlier.get((channel, text(row, "ts")))
    return message_of({**row, **first} if first else row, channel, workspace)


def message_of(row: Row, channel: ChannelId, workspace: Workspace) -> Message | Unread | LeftOut:
    """Return the message of one entry, or which notice it is; what was deleted is one too. Raises RowFault.

    What is neither by its subtype may well be somebody's words: it is counted as seen and not read.
    """
    subtype = text(row, "subtype")
    if subtype in HOUSEKEEPING | _FILES:
        return LeftOut(kind=subtype)
    if subtype not in SPOKEN | CHOSEN.keys() | {_COMMENT}:
        return _unread(row, subtype, channel, workspace)
    comment = inner(row, "comment")
    if subtype == _COMMENT:
        row = {**row, "user": text(comment, "user") or text(row, "user"), "text": text(comment, "comment")}
    elif subtype in CHOSEN:
        row = {**row, "text": text(row, CHOSEN[subtype])}
    author = _author(row, workspace)
    ts, thread = needed(row, "ts"), text(row, "thread_ts")
    reply_to = thread if thread not in ("", ts) else ""
    addressed = {*mentioned(text(row, "text")), *mentioned_in(row.get("blocks"))}
    addressed |= {text(row, "parent_user_id")} if reply_to else set()
    reader = BlockReader(workspace)
    parts = tuple(part for part in _parts(row, author, workspace, reader) if part.text.strip())
    return Message(
        ref=_ref(ts, channel, workspace),
        author=author,
        sent_at=_moment(row, "ts"),
        parts=parts,
        attachments=tuple(_files(row)),
        reply_to=MessageId(reply_to) if reply_to else None,
        addresses=len(addressed - {"", author.id}),
        unread=unread_kinds(reader.unread),
    )


def _unread(row: Row, subtype: str, channel: ChannelId, workspace: Workspace) -> Unread:
    [kind] = unread_kinds([f"subtype {subtype}"])
    at, ts = _moment(row, "ts"), text(row, "ts")
    return Unread(community=workspace.community, channel=channel, kind=kind, at=at, event_id=ts)


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


def _parts(row: Row, author: Author, workspace: Workspace, reader: BlockReader) -> Iterable[Part]:
    kind = PartKind.TITLE if text(row, "subtype") in CHOSEN else PartKind.TEXT
    said = [whole(words) for words in said_in(text(row, "text"), row.get("blocks"), reader)]
    yield from (Part(kind=kind, text=words) for words in said)
    says_only_links = not any(char.isalnum() for words in said for char in _LINK.sub("", words))
    for attachment in objects(row, "attachments"):
        yield from _attachment_parts(attachment, author, (workspace, reader), says_only_links=says_only_links)
    for file in _shared_files(row):
        yield Part(kind=PartKind.ATTACHMENT, text=_file_text(file))


def _attachment_parts(
    row: Row, author: Author, reading: tuple[Workspace, BlockReader], *, says_only_links: bool
) -> Iterable[Part]:
    """Yield a shared message as a forward, an app's words as its own, a link's preview where nothing else was said."""
    words = _attachment_text(row, *reading)
    if row.get("is_share") is True or row.get("is_msg_unfurl") is True:
        yield Part(kind=PartKind.FORWARD, text=words, origin=Origin.BACKGROUND)
    elif author.is_bot or not (row.get("from_url") or row.get("original_url")):
        yield Part(kind=PartKind.EMBED, text=words)
    elif says_only_links:
        yield Part(kind=PartKind.EMBED, text=words, origin=Origin.BACKGROUND)


def _attachment_text(row: Row, workspace: Workspace, reader: BlockReader) -> str:
    """Return what an attachment shows: its blocks, or those of the message that it shares, in its text's place."""
    show = workspace.show
    fields = [f"{text(field, 'title')}\n{text(field, 'value')}".strip() for field in objects(row, "fields")]
    shared = [inner(block, "message").get("blocks") for block in objects(row, "message_blocks")]
    laid_out = [whole(reader.text(blocks)) for blocks in (row.get("blocks"), *shared)]
    words = "\n".join(filter(None, laid_out)) or show(text(row, "text"))
    before = [show(text(row, field)) for field in ("pretext", "author_name", "title")]
    texts = (*before, words, *map(show, fields), show(text(row, "footer")))
    found = "\n".join(part for part in texts if part)
    if found or text(row, "fallback").strip().casefold() != NO_PREVIEW:
        return found or show(text(row, "fallback"))
    if not row.get("files"):
        reader.unread.append("attachment")
    return ""


def _file_text(file: Row) -> str:
    name, title = text(file, "name"), text(file, "title")
    named = f"{title} {name}".strip() if title and title != name else name
    described = text(file, "alt_txt")
    preview = text(file, "plain_text") or text(file, "preview")
    return "\n".join(filter(None, (f"{named}: {described}" if described else named, preview)))


def _files(row: Row) -> Iterable[Attachment]:
    for file in _shared_files(row):
        yield Attachment(name=text(file, "name"), size=count(file, "size"), media_type=text(file, "mimetype"))


def _shared_files(row: Row) -> list[Row]:
    """Return the files that came along: under `file`, one alone, until 2018. A comment's file is another message's."""
    if text(row, "subtype") == _COMMENT:
        return []
    files = objects(row, "files") or [file for file in (inner(row, "file"),) if file]
    return [file for file in files if text(file, "mode") not in ("tombstone", "hidden_by_limit")]
