"""Messages, reports and member events as JSON texts."""

from dataclasses import replace
from typing import Any

from bot.domain.events import Attachment, Author, Message, Origin, Part, PartKind, Report
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId
from bot.storage.codec.documents import Document, maybe_moment, moment, read, to_moment, write


def message_text(message: Message) -> str:
    """Return a message as text."""
    return write(_message(message))


def to_message(text: str) -> Message:
    """Return the message that a text holds; StorageError when it is damaged."""
    return read(text, _to_message)


def report_text(report: Report) -> str:
    """Return a report as text, without the reporter's words and the message that it brings."""
    return write(
        {
            "ref": ref_list(report.ref),
            "reporter": report.reporter,
            "reported_at": moment(report.reported_at),
            "anonymous": report.anonymous,
        }
    )


def report_words(report: Report) -> str:
    """Return the words of a report and the message that it brings as text."""
    return write({"words": report.words, "message": _message(report.message) if report.message is not None else None})


def to_report(text: str, words: str | None) -> Report:
    """Return the report that two texts hold, without its words where these are gone; StorageError when damaged."""
    skeleton = read(text, _to_report)
    return skeleton if words is None else read(words, lambda document: _with_words(skeleton, document))


def ref_list(ref: MessageRef) -> list[str]:
    """Return where a message stands as a list of three ids."""
    return [ref.community, ref.channel, ref.message]


def to_ref(ids: list[str]) -> MessageRef:
    """Return where a message stands."""
    community, channel, message = ids
    return MessageRef(community=CommunityId(community), channel=ChannelId(channel), message=MessageId(message))


def _message(message: Message) -> dict[str, Any]:
    return {
        "ref": ref_list(message.ref),
        "author": _author(message.author),
        "sent_at": moment(message.sent_at),
        "parts": [_part(part) for part in message.parts],
        "attachments": [[file.name, file.size, file.media_type] for file in message.attachments],
        "parent": message.parent,
        "reply_to": message.reply_to,
        "addresses": message.addresses,
        "url": message.url,
        "proxy_of": message.proxy_of,
        "programs": sorted(message.programs),
        "unread": list(message.unread),
    }


def _part(part: Part) -> list[Any]:
    return [part.kind, part.text, part.origin, *([part.quoted] if part.quoted else [])]


def _to_part(document: list[Any]) -> Part:
    kind, text, origin, *quoted = document
    spans = tuple((start, end) for start, end in (quoted[0] if quoted else ()))
    return Part(kind=PartKind(kind), text=text, origin=Origin(origin), quoted=spans)


def _author(author: Author) -> dict[str, Any]:
    return {
        "id": author.id,
        "name": author.name,
        "is_bot": author.is_bot,
        "is_moderator": author.is_moderator,
        "roles": sorted(author.roles),
        "joined_at": moment(author.joined_at),
    }


def _to_message(document: Document) -> Message:
    return Message(
        ref=to_ref(document["ref"]),
        author=_to_author(document["author"]),
        sent_at=to_moment(document["sent_at"]),
        parts=tuple(_to_part(part) for part in document["parts"]),
        attachments=tuple(
            Attachment(name=file[0], size=file[1], media_type=file[2]) for file in document.get("attachments", ())
        ),
        parent=document.get("parent"),
        reply_to=document.get("reply_to"),
        addresses=document.get("addresses", 0),
        url=document.get("url", ""),
        proxy_of=document.get("proxy_of"),
        programs=frozenset(document.get("programs", ())),
        unread=tuple(document.get("unread", ())),
    )


def _to_author(document: Document) -> Author:
    return Author(
        id=PersonId(document["id"]),
        name=document["name"],
        is_bot=document.get("is_bot", False),
        is_moderator=document.get("is_moderator", False),
        roles=frozenset(document.get("roles", ())),
        joined_at=maybe_moment(document.get("joined_at")),
    )


def _to_report(document: Document) -> Report:
    return Report(
        ref=to_ref(document["ref"]),
        reporter=PersonId(document["reporter"]),
        reported_at=to_moment(document["reported_at"]),
        anonymous=document.get("anonymous", False),
    )


def _with_words(skeleton: Report, document: Document) -> Report:
    message = document.get("message")
    return replace(
        skeleton,
        words=document.get("words", ""),
        message=_to_message(message) if message is not None else None,
    )
