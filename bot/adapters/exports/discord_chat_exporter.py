"""Exports of DiscordChatExporter in JSON: one file a channel or thread, or a folder of such files.

What the exporter does not write can't be judged: polls, alternative texts of files, and what a message said before its
last edit. A reply names the message it answers; its words are found among the latest messages read.
"""

import heapq
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.adapters.exports.archive import Archive, Opener
from bot.adapters.exports.fields import Row, count, inner, needed, objects, text, time
from bot.adapters.exports.json_items import Items, head_of
from bot.adapters.exports.rows import AnyRow, BrokenRow, LeftOut, PlacedRows, ReadRow, RowFault
from bot.core.recordings.playback import moment_of
from bot.domain.errors import InputError
from bot.domain.events import Attachment, Author, Message, Origin, Part, PartKind, unread_kinds
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId
from bot.domain.texts.text import MAX_CHARACTERS

MOST_FILES = 500
"""Files that are read side by side, one for each channel."""
REMEMBERED = 2_000
"""Latest messages whose words a reply may still quote."""

_SPOKEN = frozenset({"Default", "Reply", "20", "23", "ChatInputCommand", "ContextMenuCommand", "ChannelNameChange"})
"""Kinds in which somebody says something, by name, or by Discord's number where the exporter has no name for it."""
_NOTICES = frozenset(
    {"RecipientAdd", "RecipientRemove", "Call", "ChannelIconChange", "ChannelPinnedMessage"}
) | frozenset(
    {"GuildMemberJoin", "ThreadCreated", *map(str, (*range(8, 18), 21, 22, *range(24, 33), *range(36, 40), 44, 46, 63))}
)
"""Discord's own notices, named in the same way. A message of any other kind may well be somebody's words."""
NOT_EXPORTED = "content that the export leaves out"
"""What an empty message held that somebody sent: Discord takes none, and the exporter writes no polls."""
_MENTION = re.compile(r"<(?P<kind>@!?|@&|#|a?:\w{1,40}:|/[^:>]{1,100}:)(?P<id>\d{1,20})>")
_LINK = re.compile(r"<?https?://\S+>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What the head of a file says: the server, the channel, and the channel that a thread belongs to."""

    community: CommunityId
    id: ChannelId
    name: str
    parent: ChannelId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message's words, for replies to it."""

    text: str
    author: PersonId
    is_bot: bool


class Recent:
    """The words of the latest messages, for replies to them; the older ones are forgotten."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._said: OrderedDict[MessageId, Said] = OrderedDict()

    def add(self, message: MessageId, said: Said) -> None:
        """Remember a message."""
        self._said[message] = said
        if len(self._said) > self._most:
            self._said.popitem(last=False)

    def get(self, message: MessageId) -> Said | None:
        """Return what a message said, or None when it was not read or is forgotten."""
        return self._said.get(message)


def is_export(opener: Opener) -> bool:
    """Return whether a file begins as this exporter's files do."""
    with opener() as raw:
        head = head_of(raw, "messages")
    return head is not None and isinstance(head.get("guild"), dict) and isinstance(head.get("channel"), dict)


def channel_of(opener: Opener, community: CommunityId | None) -> Channel:
    """Return what a file says before its messages. Raises RowFault for a file that is no such export."""
    with opener() as raw:
        head = head_of(raw, "messages") or {}
    if not head.get("guild") or not head.get("channel"):
        raise RowFault("this does not begin with a server and a channel, as DiscordChatExporter's files do")
    channel = inner(head, "channel")
    if text(channel, "type").startswith("Direct"):
        raise RowFault("this is a direct conversation: the bot never reads those, so there is nothing to replay")
    parent = text(channel, "categoryId") if "Thread" in text(channel, "type") else ""
    return Channel(
        community=community or CommunityId(f"discord:{needed(inner(head, 'guild'), 'id')}"),
        id=ChannelId(needed(channel, "id")),
        name=text(channel, "name"),
        parent=ChannelId(parent) if parent else None,
    )


def read_archive(archive: Archive, community: CommunityId | None, channels: dict[ChannelId, str]) -> PlacedRows:
    """Yield the messages of all files of a folder or zip file, by time. Raises InputError for too many files."""
    names = [name for name in archive.names() if name.endswith(".json")]
    if len(names) > MOST_FILES:
        raise InputError(f"{archive.name}: {len(names)} files are more than {MOST_FILES}. Replay fewer at a time.")
    yield from archive.refused
    recent = Recent()
    streams = [_keyed(read_file(_openers(archive, name), name, community, channels, recent)) for name in names]
    for _, row in heapq.merge(*streams, key=lambda keyed: keyed[0]):
        yield row


def _openers(archive: Archive, name: str) -> tuple[Opener, Opener]:
    return (lambda: archive.peek(name)), (lambda: archive.open(name))


def _keyed(rows: PlacedRows) -> Iterator[tuple[datetime, AnyRow]]:
    """Yield each row with its time; one without has the time of the row before it."""
    latest = datetime.min.replace(tzinfo=UTC)
    for row in rows:
        if isinstance(row, ReadRow):
            latest = moment_of(row.event)
        yield latest, row


def read_file(
    openers: tuple[Opener, Opener],
    name: str,
    community: CommunityId | None,
    channels: dict[ChannelId, str],
    recent: Recent,
) -> PlacedRows:
    """Yield the messages of one file; the first opener is for the head, the second for the messages."""
    peek, opener = openers
    number = 0
    try:
        channel = channel_of(peek, community)
        channels[channel.id] = channel.name
        with opener() as raw:
            items = Items(raw, "messages")
            for number, item in enumerate(items, start=1):
                yield from _row(item, items, channel, f"{name}: message {number}", recent)
    except (RowFault, OSError) as fault:
        yield BrokenRow(place=f"{name}: after message {number}" if number else name, fault=str(fault))


def _row(item: object, items: Items, channel: Channel, place: str, recent: Recent) -> PlacedRows:
    try:
        message = message_of(items.checked(item), channel, recent)
    except RowFault as fault:
        yield BrokenRow(place=place, fault=str(fault))
        return
    yield message if isinstance(message, LeftOut) else ReadRow(place=place, event=message)


def message_of(row: Row, channel: Channel, recent: Recent) -> Message | LeftOut:
    """Return the message that one object describes, or which of Discord's own notices it is. Raises RowFault."""
    kind = text(row, "type")
    if not kind or kind in _NOTICES:
        return LeftOut(kind=kind or "no type")
    message = MessageId(needed(row, "id"))
    author = _author(inner(row, "author"))
    reference = inner(row, "reference")
    is_forward = bool(row.get("forwardedMessage")) or text(reference, "type") == "Forward"
    answered = None if is_forward or not reference else text(reference, "messageId")
    quoted = recent.get(MessageId(answered)) if answered else None
    recent.add(message, Said(text=_everything(row)[:MAX_CHARACTERS], author=author.id, is_bot=author.is_bot))
    parts = tuple(part for part in _parts(row, channel, author, quoted) if part.text.strip())
    attachments = tuple(_attachments(row))
    return Message(
        ref=MessageRef(community=channel.community, channel=channel.id, message=message),
        author=author,
        sent_at=time(row, "timestamp"),
        parts=parts,
        attachments=attachments,
        parent=channel.parent,
        reply_to=MessageId(answered) if answered else None,
        addresses=_addressed(row, author, quoted),
        url=f"https://discord.com/channels/{channel.community.partition(':')[2]}/{channel.id}/{message}",
        unread=unread_kinds(_unread(kind, parts, attachments)),
    )


def _unread(kind: str, parts: tuple[Part, ...], attachments: tuple[Attachment, ...]) -> Iterator[str]:
    """Yield what a message holds that can't be read here: a kind that nobody knows, or what was not exported."""
    if kind not in _SPOKEN:
        yield f"message type {kind}"
    if not attachments and all(part.kind is PartKind.REPLY for part in parts):
        yield NOT_EXPORTED


def _author(row: Row) -> Author:
    return Author(
        id=PersonId(needed(row, "id")),
        name=text(row, "nickname") or text(row, "name") or needed(row, "id"),
        is_bot=row.get("isBot") is True,
        roles=frozenset(text(role, "id") for role in objects(row, "roles")),
    )


def _addressed(row: Row, author: Author, quoted: Said | None) -> int:
    people = {text(person, "id") for person in objects(row, "mentions") if person.get("isBot") is not True}
    if quoted is not None and not quoted.is_bot:
        people.add(quoted.author)
    return len(people - {author.id})


def _parts(row: Row, channel: Channel, author: Author, quoted: Said | None) -> Iterable[Part]:
    content = readable(text(row, "content"), row)
    if text(row, "id") == channel.id and channel.parent is not None:
        yield Part(kind=PartKind.TITLE, text=channel.name)
    if quoted is not None:
        yield Part(kind=PartKind.REPLY, text=quoted.text, origin=Origin.BACKGROUND)
    yield Part(kind=PartKind.TITLE if text(row, "type") == "ChannelNameChange" else PartKind.TEXT, text=content)
    if row.get("forwardedMessage"):
        yield Part(kind=PartKind.FORWARD, text=_everything(inner(row, "forwardedMessage")), origin=Origin.BACKGROUND)
    if row.get("poll"):
        yield Part(kind=PartKind.POLL, text="\n".join(_poll_lines(inner(row, "poll"))))
    yield from _embeds(row, content, author)
    for file in objects(row, "attachments"):
        yield Part(kind=PartKind.ATTACHMENT, text=text(file, "fileName"))
    for sticker in objects(row, "stickers"):
        yield Part(kind=PartKind.STICKER, text=text(sticker, "name"))


def _embeds(row: Row, content: str, author: Author) -> Iterable[Part]:
    """Yield what a program wrote as its own; a link's preview only as background, where nothing but links was said."""
    says_only_links = not any(char.isalnum() for char in _LINK.sub("", content))
    for embed in objects(row, "embeds"):
        if author.is_bot:
            yield Part(kind=PartKind.EMBED, text=_embed_text(embed))
        elif says_only_links:
            yield Part(kind=PartKind.EMBED, text=_embed_text(embed), origin=Origin.BACKGROUND)


def _everything(row: Row) -> str:
    """Return everything a message shows as one text, as one that quotes or forwards it does."""
    forwarded = inner(row, "forwardedMessage")
    lines = [readable(text(row, "content"), row), readable(text(forwarded, "content"), forwarded)]
    lines += _poll_lines(inner(row, "poll")) if row.get("poll") else []
    lines += [_embed_text(embed) for embed in objects(row, "embeds")]
    lines += [text(file, "fileName") for file in objects(row, "attachments")]
    lines += [text(sticker, "name") for sticker in objects(row, "stickers")]
    return "\n".join(line for line in lines if line.strip())


def _embed_text(embed: Row) -> str:
    fields = [f"{text(field, 'name')}\n{text(field, 'value')}".strip() for field in objects(embed, "fields")]
    texts = (
        text(inner(embed, "author"), "name"),
        text(embed, "title"),
        text(embed, "description"),
        *fields,
        text(inner(embed, "footer"), "text"),
    )
    return "\n".join(part for part in texts if part)


def _poll_lines(poll: Row) -> list[str]:
    """Return a poll's lines, from Discord's own form: exporters that write polls at all hand that on."""
    question = poll.get("question")
    asked = text(question, "text") if isinstance(question, dict) else text(poll, "question")
    answers = [inner(answer, "poll_media") or answer for answer in objects(poll, "answers")]
    return [asked, *(f"- {text(answer, 'text')}" for answer in answers)]


def _attachments(row: Row) -> Iterable[Attachment]:
    for file in (*objects(row, "attachments"), *objects(inner(row, "forwardedMessage"), "attachments")):
        yield Attachment(name=text(file, "fileName"), size=count(file, "fileSizeBytes"))


def readable(content: str, row: Row) -> str:
    """Return a text as it shows: mentions and custom emoji by name where an unformatted export has their numbers."""
    if "<" not in content:
        return content
    names = {
        text(person, "id"): text(person, "nickname") or text(person, "name") for person in objects(row, "mentions")
    }

    def show(match: re.Match[str]) -> str:
        kind = match["kind"]
        if kind.startswith((":", "a:", "/")):
            return kind.removeprefix("a") if kind.endswith(":") and not kind.startswith("/") else kind.rstrip(":")
        fallback = {"#": "#channel", "@&": "@role"}.get(kind, "@member")
        return f"@{names[match['id']]}" if match["id"] in names and fallback == "@member" else fallback

    return _MENTION.sub(show, content)
