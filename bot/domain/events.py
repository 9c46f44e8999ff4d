"""What comes in from a platform: six kinds of frozen event. Past these nothing knows the platform."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId, Revision

_MOST_UNREAD = 50
"""Pieces of one message that are counted as unread: nobody can lay a message out with more that matters."""
_LONGEST_KIND = 60
_NOT_OF_A_KIND = re.compile(r"[^a-z0-9 _.-]+")


class PartKind(StrEnum):
    """Where on the screen a reader sees this text."""

    TEXT = "text"
    REPLY = "reply"
    FORWARD = "forward"
    POLL = "poll"
    EMBED = "embed"
    ATTACHMENT = "attachment"
    STICKER = "sticker"
    TITLE = "title"
    QUOTE = "quote"


class Origin(StrEnum):
    """Whose words a part holds: quoted and forwarded words are another's and must not convict."""

    OWN = "own"
    BACKGROUND = "background"


_QUOTE_MARKS = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


def unmarked(quotation: str) -> str:
    """Return quoted lines without the `>` that they begin with."""
    return _QUOTE_MARKS.sub("", quotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One readable piece of a message, in the order a reader meets them.

    `quoted` are the places of lines that begin with `>` and repeat what somebody else said: offsets into the text, ends
    excluded. `core.quotations` finds them; without them such lines are the author's own.
    """

    kind: PartKind
    text: str
    origin: Origin = Origin.OWN
    quoted: tuple[tuple[int, int], ...] = ()

    @property
    def unquoted_text(self) -> str:
        """Return the text without the lines that repeat another's words."""
        if not self.quoted:
            return self.text
        edges = [0, *(edge for span in self.quoted for edge in span), len(self.text)]
        pieces = [self.text[start:end].strip("\n") for start, end in zip(edges[::2], edges[1::2], strict=True)]
        return "\n".join(piece for piece in pieces if piece.strip())

    @property
    def quotation(self) -> "Part":
        """Return another's words that the text repeats, as a part of their own."""
        words = "\n".join(unmarked(self.text[start:end]) for start, end in self.quoted)
        return Part(kind=PartKind.QUOTE, text=words, origin=Origin.BACKGROUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came along. It is never fetched; `size` is in bytes, 0 where the platform did not say."""

    name: str
    size: int = 0
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote, as known when the event came in.

    `is_bot` is true for programs only: a message sent through a member's app is that member's, and so is a proxied
    copy. `joined_at` and `roles` are empty where the platform does not say.
    """

    id: PersonId
    name: str
    is_bot: bool = False
    is_moderator: bool = False
    roles: frozenset[str] = frozenset()
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as a reader sees it.

    `parent` is the channel whose settings hold here when `ref.channel` is a thread. `addresses` counts the people whom
    it mentions or answers. `proxy_of` is the original's id when the message is a webhook's copy of a member's words.
    `programs` are the ids of the program that it was written through, if any: its account, application and webhook.
    `unread` holds the kind (`unread_kinds`) of each piece that a reader may see and the adapter could not read.
    """

    ref: MessageRef
    author: Author
    sent_at: datetime
    parts: tuple[Part, ...]
    attachments: tuple[Attachment, ...] = ()
    parent: ChannelId | None = None
    reply_to: MessageId | None = None
    addresses: int = 0
    url: str = ""
    proxy_of: MessageId | None = None
    programs: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()

    @property
    def community(self) -> CommunityId:
        """Return the community it was sent in."""
        return self.ref.community

    @property
    def written_text(self) -> str:
        """Return what the author wrote, a part a line, with the lines that repeat another's words."""
        return "\n".join(part.text for part in self.parts if part.origin is Origin.OWN and part.text.strip())

    @property
    def own_text(self) -> str:
        """Return the author's own words, a part a line."""
        own = (part.unquoted_text for part in self.parts if part.origin is Origin.OWN)
        return "\n".join(text for text in own if text.strip())

    @property
    def judged_text(self) -> str:
        """Return the words that a verdict is about.

        They are the author's own. A message without a letter or digit of its own that forwards or quotes another's
        words says nothing but these: they are judged, since a bare forward is how known scams are passed on.
        """
        own = self.own_text
        if _says_something(own):
            return own
        forwarded = "\n".join(part.text for part in self.parts if part.kind is PartKind.FORWARD and part.text.strip())
        return "\n".join(text for text in (self.written_text, forwarded) if text)

    @property
    def passes_on(self) -> bool:
        """Return whether the judged words are another's, passed on without a word of the author's own."""
        return self.judged_text != self.own_text

    @property
    def background(self) -> tuple[Part, ...]:
        """Return the quoted and forwarded parts that are not judged here, in reading order."""
        speaks = _says_something(self.own_text)
        return tuple(
            part
            for part in map(_words_of_others, self.parts)
            if part.text.strip() and (speaks or part.kind not in (PartKind.FORWARD, PartKind.QUOTE))
        )

    @property
    def readable_text(self) -> str:
        """Return everything a reader sees, own and quoted, in one string that two different messages do not share."""
        return "\x1e".join(f"{part.kind}\x1f{part.origin}\x1f{part.text}" for part in self.parts)

    @property
    def revision(self) -> Revision:
        """Return what tells this text from an earlier or later text of the same message."""
        return revision_of(self.readable_text)


def unread_kinds(names: Iterable[str]) -> tuple[str, ...]:
    """Return kinds of unread content as they are counted: the platform's own names, made harmless, a bounded number.

    A kind says where and what: `block table`, `component 99`, `message type 77`, `event MESSAGE_CREATE`.
    """
    kinds = (_NOT_OF_A_KIND.sub(" ", str(name).lower())[:_LONGEST_KIND].strip() for name in islice(names, _MOST_UNREAD))
    return tuple(kind or "unknown" for kind in kinds)


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _words_of_others(part: Part) -> Part:
    return part if part.origin is Origin.BACKGROUND else part.quotation


def revision_of(readable_text: str) -> Revision:
    """Return the first 16 hex digits of the text's SHA-256; lone surrogates count as themselves."""
    return Revision(hashlib.sha256(readable_text.encode("utf-8", "surrogatepass")).hexdigest()[:16])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The whole message as it reads after a change. An unfurled link comes as an edit too: its text tells."""

    message: Message
    edited_at: datetime

    @property
    def community(self) -> CommunityId:
        """Return the community it happened in."""
        return self.message.community


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """A message is gone. `by` is known only where the platform tells who did it."""

    ref: MessageRef
    deleted_at: datetime
    by: PersonId | None = None

    @property
    def community(self) -> CommunityId:
        """Return the community it happened in."""
        return self.ref.community


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A member asks moderators to look. `message` is the reported message where the platform handed it along."""

    ref: MessageRef
    reporter: PersonId
    reported_at: datetime
    words: str = ""
    message: Message | None = None
    anonymous: bool = False

    @property
    def community(self) -> CommunityId:
        """Return the community it happened in."""
        return self.ref.community


class MemberChange(StrEnum):
    """What happened to a member outside of messages; it feeds history and counts, and is never in coverage."""

    JOINED = "joined"
    LEFT = "left"
    SANCTIONED = "sanctioned"
    ROLES = "roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A change of a member. `event_id` tells two changes apart; `detail` is a code (`ban`, `timeout`, `automod`)."""

    community: CommunityId
    person: PersonId
    change: MemberChange
    at: datetime
    event_id: str
    by: PersonId | None = None
    detail: str = ""
    channel: ChannelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something came in that could not be read at all. It is counted, with its kind (`unread_kinds`), and nothing else.

    `event_id` tells two of them apart, and finds one again that is delivered twice: the message's id where it is known.
    """

    community: CommunityId
    kind: str
    at: datetime
    event_id: str
    channel: ChannelId | None = None


Event = Message | Edit | Delete | Report | Member | Unread
