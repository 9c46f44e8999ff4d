"""Deliveries on record: each is committed here before the platform is told that it arrived."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.coverage import Coverage
from bot.domain.events import Event, Message, Report
from bot.domain.ids import CommunityId, MessageRef
from bot.domain.inbox import Acceptance, InboxItem, InboxKey
from bot.domain.missed import Missed
from bot.domain.records import Finished, GivenUp


class Inbox(Protocol):
    """Rows of deliveries. Every method is one transaction; a caller's cancellation changes nothing."""

    @abstractmethod
    async def accept(self, event: Event, received_at: datetime, delivery: str = "") -> Acceptance:
        """Commit an event, and with it the platform's own id of its delivery, where it has one.

        A delivery that is on record already changes nothing and is KNOWN, without an item.

        An Edit supersedes the revision before it, a Delete withdraws what is pending.

        A superseded or withdrawn revision reopens when an edit brings its text back and it is not the current one; an
        edit that was delivered before brings nothing back. A Message that reads otherwise than the one on record counts
        as edited, unless an Edit came in before it: then it is late, and superseded on arrival. What was intended for a
        withdrawn or superseded revision is suppressed (`gone`, `changed`).

        Deleted is deleted: no later text of that message is judged. A deletion withdraws nothing when it is the bot's
        own (`by`), or what the row's decision has done or is doing just now. It ends no report. A Report is a row of
        its own, with the text on record, or the one that it brings of that very message.
        """

    @abstractmethod
    async def claim(self, key: InboxKey) -> InboxItem | None:
        """Move a row from WAITING to JUDGING and return it; None when it is not waiting any more."""

    @abstractmethod
    async def release(self, key: InboxKey) -> None:
        """Move a row from JUDGING back to WAITING; any other state stays."""

    @abstractmethod
    async def finish(self, finished: Finished) -> bool:
        """End a row without a decision; False, and nothing changed, when its state does not allow it.

        The ends are the terminal states but DONE: what is done was judged.
        """

    @abstractmethod
    async def settle(self, key: InboxKey) -> None:
        """Move a row from DECIDED to DONE, unless an effect of its decision is pending.

        The last outcome does so too.
        """

    @abstractmethod
    async def recover(self) -> int:
        """Move every JUDGING row to WAITING, on start; return how many. Rows that only have to be settled are."""

    @abstractmethod
    async def waiting(self, limit: int, after: InboxItem | None = None) -> tuple[InboxItem, ...]:
        """Return waiting rows in the order of their receipt: the oldest, or those that come after a row."""

    @abstractmethod
    async def waiting_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many rows wait in each community where any does."""

    @abstractmethod
    async def judging(self) -> tuple[InboxKey, ...]:
        """Return the keys of all rows that are being judged."""

    @abstractmethod
    async def unjudged_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many messages wait or are being judged in each community where any does.

        They are counted as coverage counts them: reports, which are no messages, are left out.
        """

    @abstractmethod
    async def give_up(self, given_up: GivenUp) -> tuple[InboxKey, ...]:
        """End waiting messages without a judgement, the oldest first, in one transaction; return which.

        Reports are left as they are: people asked for them to be looked at.
        """

    @abstractmethod
    async def item(self, key: InboxKey) -> InboxItem | None:
        """Return a row as it stands, or None when there is none."""

    @abstractmethod
    async def current(self, ref: MessageRef) -> InboxItem | None:
        """Return the row of a message's current revision, or None when it is unknown."""

    @abstractmethod
    async def reports(self, ref: MessageRef, limit: int) -> tuple[Report, ...]:
        """Return up to `limit` reports of a message, the latest first, without the words that are no longer kept."""

    @abstractmethod
    async def earlier(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return up to `limit` messages sent before this one in its channel, oldest first, deleted ones left out."""

    @abstractmethod
    async def said_before(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return what `earlier` does, and deleted messages too where they had been judged before: that was said."""

    @abstractmethod
    async def run_before(self, message: Message, since: datetime) -> tuple[Message, ...]:
        """Return what the same author sent in this channel since then and before this message, oldest first.

        Deleted messages are left out.
        """

    @abstractmethod
    async def recent(self, since: datetime, limit: int) -> tuple[InboxItem, ...]:
        """Return the current texts of messages sent since then, oldest first: the newest `limit`, no deleted ones."""

    @abstractmethod
    async def missed(self, community: CommunityId | None, since: datetime | None, limit: int) -> tuple[Missed, ...]:
        """Return messages that a person removed since then although no verdict on their last text was VIOLATES.

        The latest removals first; only those whose event names the message, and that had been judged.
        """

    @abstractmethod
    async def coverage(self, community: CommunityId | None, since: datetime | None, until: datetime | None) -> Coverage:
        """Count what was delivered (by the time it was sent), in one community or (None) in all."""
