"""What a running gateway remembers for a short while: who wrote what, what is gone, whose words a webhook repeats.

All of it is bounded. After a restart the record knows whose a copy is; which applications proxy is kept as a fact.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import discord

from bot.adapters.discord.incoming.proxies import Proxies
from bot.adapters.discord.incoming.translate import Proxied
from bot.domain.events import Message, Part, PartKind
from bot.domain.ids import MessageId

_AUTHORS = 20_000
_COPIES = 2_000
_SPOKEN = 30
"""How many latest messages of a channel a webhook's text is compared with."""
_CHANNELS = 500
_GONE = 500
PROXY_WINDOW = timedelta(seconds=20)
"""A proxying bot repeats a message within seconds."""
DELETION_WINDOW = timedelta(seconds=20)
_TAGS = 40
"""Most characters by which an original may be longer than its copy: the member's proxy tags."""

K = TypeVar("K")
V = TypeVar("V")


class Bounded(OrderedDict[K, V], Generic[K, V]):
    """A mapping that forgets its oldest entries above a size."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A message that somebody deleted just now."""

    message: int
    channel: int
    author: int
    at: datetime


class Recent:
    """The memory of one gateway."""

    def __init__(self) -> None:
        self.proxies = Proxies()
        self._authors: Bounded[int, int] = Bounded(_AUTHORS)
        self._spoken: Bounded[str, deque[Message]] = Bounded(_CHANNELS)
        self._copies: Bounded[int, Proxied] = Bounded(_COPIES)
        self._gone: deque[Gone] = deque(maxlen=_GONE)
        self._own_deletions: Bounded[int, None] = Bounded(_COPIES)

    def heard(self, message: Message) -> None:
        """Remember a message."""
        self._authors[int(message.ref.message)] = int(message.author.id)
        if not message.author.is_bot and message.proxy_of is None:
            self._spoken.setdefault(message.ref.channel, deque(maxlen=_SPOKEN)).append(message)

    def about_to_delete(self, message_id: int) -> None:
        """Remember that the bot itself deletes a message: its going is no news."""
        self._own_deletions[message_id] = None

    def is_own_deletion(self, message_id: int) -> bool:
        """Return whether the bot deleted this message."""
        return message_id in self._own_deletions

    def went(self, message_id: int, channel_id: int, at: datetime) -> None:
        """Remember that a message is gone."""
        author = self._authors.get(message_id)
        if author is not None:
            self._gone.append(Gone(message=message_id, channel=channel_id, author=author, at=at))

    def deleted_by_person(self, entry: discord.AuditLogEntry) -> MessageId | None:
        """Return which message an entry of the audit log is about, which names author and channel only.

        It is the one that went nearest to the entry in time: its author may have deleted others of theirs just then.
        """
        channel, target = getattr(entry.extra, "channel", None), getattr(entry.target, "id", None)
        found = [
            (abs(gone.at - entry.created_at), gone)
            for gone in reversed(self._gone)
            if channel is not None and gone.channel == channel.id and gone.author == target
        ]
        away, nearest = min(found, key=lambda pair: pair[0], default=(DELETION_WINDOW, None))
        if nearest is None or away > DELETION_WINDOW:
            return None
        self._gone.remove(nearest)
        return MessageId(str(nearest.message))

    def proxied(self, message: discord.Message) -> Proxied | None:
        """Return whose words an application's webhook repeats (PluralKit and the like); None when nobody's."""
        known = self._copies.get(message.id)
        is_candidate = message.webhook_id is not None and message.application_id is not None and message.content
        if known is not None or not is_candidate:
            return known
        for original in reversed(self._spoken.get(str(message.channel.id), ())):
            if abs(message.created_at - original.sent_at) <= PROXY_WINDOW and _repeats(message.content, original):
                found = Proxied(author=original.author, original=original.ref.message)
                self._copies[message.id] = found
                self.proxies.saw(message.application_id or 0)
                return found
        return None


def _repeats(text: str, original: Message) -> bool:
    said = next((part.text for part in original.parts if _is_text(part)), "")
    return text in said and len(said) - len(text) <= _TAGS


def _is_text(part: Part) -> bool:
    return part.kind is PartKind.TEXT
