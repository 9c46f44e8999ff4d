"""Cursors and gaps in memory."""

from dataclasses import replace
from datetime import datetime

from bot.domain.coverage import Gap, GapReason
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, position
from bot.domain.inbox import Acceptance
from bot.ports.cursors import Cursors
from tests.memory.inbox import MemoryInbox
from tests.memory.records import Records, Span


class MemoryCursors(Cursors):
    """The cursors of the in-memory store."""

    def __init__(self, records: Records, inbox: MemoryInbox) -> None:
        self._records = records
        self._inbox = inbox

    async def cursor(self, community: CommunityId, channel: ChannelId) -> str | None:
        """Return the id up to which a channel was delivered."""
        spans = self._open(community, channel)
        return spans[0].gap.after if spans else self._records.newest.get((community, channel))

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community where any channel has a cursor."""
        return tuple(sorted({community for community, _ in self._records.newest}))

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return every channel that has a cursor."""
        return tuple(sorted(channel for owner, channel in self._records.newest if owner == community))

    async def begin(self, community: CommunityId, channel: ChannelId, newest: str) -> None:
        """Give a channel its first cursor."""
        self._records.newest.setdefault((community, channel), newest)

    async def interrupted(self, community: CommunityId, at: datetime) -> tuple[Gap, ...]:
        """Record that delivery stopped."""
        heard = [last for (owner, _), last in self._records.newest.items() if owner == community]
        if heard:
            self._records.breaks.setdefault(community, max(heard, key=position))
        for (owner, channel), newest in self._records.newest.items():
            spans = self._records.spans[owner, channel]
            if owner == community and all(span.gap.before for span in spans):
                spans.append(Span(gap=Gap(channel=channel, after=newest, before=""), opened_at=at))
        return await self.open_gaps(community)

    async def sought_since(self, community: CommunityId) -> str | None:
        """Return behind which message channels without a cursor are to be read."""
        return self._records.breaks.get(community)

    async def begin_behind(self, community: CommunityId, channel: ChannelId, after: str, at: datetime) -> None:
        """Give a channel its first cursor, with a gap behind it."""
        if (community, channel) not in self._records.newest:
            self._records.newest[community, channel] = after
            gap = Gap(channel=channel, after=after, before="")
            self._records.spans[community, channel].append(Span(gap=gap, opened_at=at))

    async def sought(self, community: CommunityId) -> None:
        """Record that all channels born before now have a cursor."""
        self._records.breaks.pop(community, None)

    async def fill_gap(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Commit messages fetched from a gap, and shrink it."""
        acceptances = tuple(self._inbox.take_fetched(message, received_at) for message in messages)
        span = self._find(community, gap)
        if span is None:
            return acceptances, None
        last = max((gap.after, *(message.ref.message for message in messages)), key=position)
        if span.gap.before and position(last) >= position(span.gap.before):
            self._records.spans[community, gap.channel].remove(span)
            return acceptances, None
        span.gap = replace(span.gap, after=last)
        return acceptances, span.gap

    async def fill_late(
        self, community: CommunityId, gap: Gap, messages: tuple[Message, ...], received_at: datetime
    ) -> tuple[tuple[Acceptance, ...], Gap | None]:
        """Commit messages fetched from a gap, and give up what lies before them."""
        span = self._find(community, gap)
        if span is None or not messages:
            return await self.fill_gap(community, gap, messages, received_at)
        first = min((message.ref.message for message in messages), key=position)
        spans = self._records.spans[community, gap.channel]
        lost = replace(span.gap, before=first, reason=GapReason.LIMIT)
        spans.append(Span(gap=lost, opened_at=span.opened_at, given_up=True))
        return await self.fill_gap(community, gap, messages, received_at)

    async def close_gap(self, community: CommunityId, gap: Gap) -> None:
        """Take an open gap off the record."""
        span = self._find(community, gap)
        if span is not None:
            self._records.spans[community, gap.channel].remove(span)

    async def give_up_gap(self, community: CommunityId, gap: Gap, reason: GapReason) -> None:
        """Leave an open gap as it is for good."""
        span = self._find(community, gap)
        if span is not None:
            span.given_up = True
            span.gap = replace(span.gap, reason=reason)

    async def leave_out(self, community: CommunityId, gap: Gap, at: datetime) -> None:
        """Put a gap on record."""
        spans = self._records.spans[community, gap.channel]
        spans[:] = [span for span in spans if span.gap.after != gap.after]
        spans.append(Span(gap=gap, opened_at=at, given_up=True))

    async def made_up_for(self, community: CommunityId, channel: ChannelId | None, reason: GapReason) -> None:
        """Take gaps that were left out for a reason off the record."""
        for (owner, place), spans in self._records.spans.items():
            if owner == community and channel in (None, place):
                spans[:] = [span for span in spans if not (span.given_up and span.gap.reason == reason)]

    async def set_unwatched(self, community: CommunityId, names: tuple[str, ...]) -> None:
        """Remember which channels open to all the bot reads nothing in."""
        self._records.unwatched[community] = frozenset(names)

    async def open_gaps(self, community: CommunityId) -> tuple[Gap, ...]:
        """Return the gaps still to be filled."""
        channels = sorted(channel for owner, channel in self._records.spans if owner == community)
        return tuple(span.gap for channel in channels for span in self._open(community, channel))

    def _open(self, community: CommunityId, channel: ChannelId) -> list[Span]:
        spans = [span for span in self._records.spans.get((community, channel), []) if not span.given_up]
        return sorted(spans, key=lambda span: position(span.gap.after))

    def _find(self, community: CommunityId, gap: Gap) -> Span | None:
        return next((span for span in self._open(community, gap.channel) if span.gap.after == gap.after), None)
