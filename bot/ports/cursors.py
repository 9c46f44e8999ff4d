"""How far each channel was delivered, and the gaps that were not.

Everything up to a channel's cursor is in the inbox or lies in a gap that was given up. Messages accepted live move the
cursor, but never over an open gap. `Gap.before` is empty while its end is unknown: the first live message after it, or
`close_gap`, ends it. Ids of one platform are ordered by length, then by character: snowflakes and timestamps are.
"""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from bot.domain.coverage import Gap, GapReason
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.inbox import Acceptance


class Cursors(Protocol):
    """Cursors and gaps. Every method is one transaction; a caller's cancellation changes nothing."""

    @abstractmethod
    async def cursor(self, community: CommunityId, channel: ChannelId) -> str | None:
        """Return the id up to which a channel was delivered, or None where nothing was: start at the newest there."""

    @abstractmethod
    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community where any channel has a cursor."""

    @abstractmethod
    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return every channel that has a cursor."""

    @abstractmethod
    async def begin(self, community: CommunityId, channel: ChannelId, newest: str) -> None:
        """Give a channel its first cursor, at its newest message; nothing happens where it has one."""

    @abstractmethod
    async def interrupted(self, community: CommunityId, at: datetime) -> tuple[Gap, ...]:
        """Record that delivery stopped: behind each channel's newest message a gap opens, its end unknown.

        A channel with such a gap gets no second one. Return all gaps of the community that are open now. From then on
        until `sought`, the first message delivered live from a channel ends a gap that begins at `sought_since`.
        """

    @abstractmethod
    async def sought_since(self, community: CommunityId) -> str | None:
        """Return behind which message channels without a cursor are to be read: the newest of all at the last break.

        None where there was no break, nothing had been delivered before it, or everything is sought already.
        """

    @abstractmethod
    async def begin_behind(self, community: CommunityId, channel: ChannelId, after: str, at: datetime) -> None:
        """Give a channel its first cursor, with a gap behind it whose end is unknown; nothing where it has one."""

    @abstractmethod
    async def sought(self, community: CommunityId) -> None:
        """Record that all channels born before now have a cursor: a new channel's first message opens no gap."""

    @abstractmethod
    async def fill_gap(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Commit messages fetched from a gap, oldest first, and shrink it behind the last of them.

        They are accepted as they read now: one that is known with another text counts as edited. Return what accepting
        each of them did, and what is left of the gap, None when that is nothing or the gap is not open any more.
        """

    @abstractmethod
    async def fill_late(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Fill a gap as `fill_gap` does, but give up what lies between its beginning and the first of the messages.

        That is more than is fetched: GapReason.LIMIT.
        """

    @abstractmethod
    async def close_gap(self, community: CommunityId, gap: Gap) -> None:
        """Take an open gap off the record: there is nothing left in it to fetch."""

    @abstractmethod
    async def give_up_gap(self, community: CommunityId, gap: Gap, reason: GapReason) -> None:
        """Leave an open gap as it is for good: the cursor passes it, and coverage goes on showing it, and why."""

    @abstractmethod
    async def leave_out(self, community: CommunityId, gap: Gap, at: datetime) -> None:
        """Put a gap on record that an adapter did not fetch, with the reason: for adapters that fetch by themselves.

        Its end is known. One that begins behind the same message of the channel is replaced.
        """

    @abstractmethod
    async def made_up_for(self, community: CommunityId, channel: ChannelId | None, reason: GapReason) -> None:
        """Take gaps of a channel (None: of all) that were left out for this reason off the record."""

    @abstractmethod
    async def set_unwatched(self, community: CommunityId, names: tuple[str, ...]) -> None:
        """Remember which channels open to all the bot reads nothing in; these take the place of those before."""

    @abstractmethod
    async def open_gaps(self, community: CommunityId) -> tuple[Gap, ...]:
        """Return the gaps still to be filled, by channel, oldest first."""
