"""Deliveries in memory."""

import math
from collections import Counter
from dataclasses import replace
from datetime import datetime

from bot.domain.coverage import Coverage, Gap
from bot.domain.decision import BOT
from bot.domain.events import Delete, Edit, Event, Member, MemberChange, Message, Report, Unread
from bot.domain.ids import CommunityId, MessageRef, position
from bot.domain.inbox import Acceptance, Accepted, InboxItem, InboxKey, Kind, key_of
from bot.domain.missed import Missed
from bot.domain.records import Finished, GivenUp
from bot.domain.states import TERMINAL, State, may_follow
from bot.ports.inbox import Inbox
from bot.storage.case_changes import CHANGED, GONE, brought_by
from tests.memory.counting import coverage_of
from tests.memory.people import missed_in
from tests.memory.records import Known, Records, Row, Span, earliest, latest

_REOPENABLE = frozenset({State.SUPERSEDED, State.WITHDRAWN})
_ENDS = TERMINAL - {State.DONE}


class MemoryInbox(Inbox):
    """The inbox of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def accept(self, event: Event, received_at: datetime, delivery: str = "") -> Acceptance:
        """Keep an event."""
        if delivery and not self._records.is_new(event.community, delivery, received_at):
            return Acceptance(accepted=Accepted.KNOWN, item=None)
        return self.take(event, received_at)

    def take(self, event: Event, received_at: datetime) -> Acceptance:
        """Do what `accept` does, as a step of a larger change."""
        if isinstance(event, Member):
            return self._note_member(event)
        if isinstance(event, Unread):
            return self._note_unread(event)
        if isinstance(event, Delete):
            return self._delete(event)
        if isinstance(event, Report):
            return self._report(event, received_at)
        if isinstance(event, Edit):
            return self._read(event.message, received_at, event.edited_at)
        self._open_gap_before(event.ref, received_at)
        if self._records.see(event.ref):
            self._end_open_gap(event.ref)
        return self._read(event, received_at, None)

    def take_fetched(self, message: Message, received_at: datetime) -> Acceptance:
        """Keep a message as it reads now: with another text than the one on record it counts as edited."""
        known = self._records.known.get(message.ref)
        current = known.current if known is not None else None
        self._records.see(message.ref)
        return self._read(message, received_at, received_at if current not in (None, key_of(message)) else None)

    def _open_gap_before(self, ref: MessageRef, at: datetime) -> None:
        """Open a gap before the first message of a channel that may have been born during a break."""
        place, since = (ref.community, ref.channel), self._records.breaks.get(ref.community)
        if place not in self._records.newest and since is not None and position(since) < position(ref.message):
            gap = Gap(channel=ref.channel, after=since, before=ref.message)
            self._records.spans[place].append(Span(gap=gap, opened_at=at))

    def _end_open_gap(self, ref: MessageRef) -> None:
        for span in self._records.spans[ref.community, ref.channel]:
            if not span.gap.before:
                span.gap = replace(span.gap, before=ref.message)

    def _note_member(self, event: Member) -> Acceptance:
        key = key_of(event)
        if key in self._records.members:
            return Acceptance(accepted=Accepted.KNOWN, item=None)
        self._records.members[key] = event
        person = self._records.people[event.community, event.person]
        person.first_seen = earliest(person.first_seen, event.at)
        if event.change is MemberChange.JOINED:
            person.joined_at = latest(person.joined_at, event.at)
        return Acceptance(accepted=Accepted.NOTED, item=None)

    def _note_unread(self, event: Unread) -> Acceptance:
        known = len(self._records.unread)
        self._records.unread.setdefault((event.community, event.channel, event.event_id), event)
        new = len(self._records.unread) > known
        return Acceptance(accepted=Accepted.NOTED if new else Accepted.KNOWN, item=None)

    def _delete(self, event: Delete) -> Acceptance:
        known = self._records.message(event.ref)
        if known.deleted_at is not None:
            return Acceptance(accepted=Accepted.KNOWN, item=None)
        known.deleted_at = event.deleted_at
        if event.by != BOT:
            rows = [self._records.rows[key] for key in known.texts]
            for row in rows:
                if not self._records.deletes(row.decision):
                    self._records.end(row, State.WITHDRAWN, GONE)
        return Acceptance(accepted=Accepted.NOTED, item=None)

    def _report(self, event: Report, received_at: datetime) -> Acceptance:
        key = key_of(event)
        row = self._records.rows.get(key)
        if row is not None:
            return self._answer(Accepted.KNOWN, row)
        known = self._records.message(event.ref)
        stored = self._records.rows[known.current].message if known.current is not None else None
        message = stored or brought_by(event)
        row = Row(
            key=key,
            message=message,
            state=State.WAITING,
            received_at=received_at,
            files=len(message.attachments) if message else 0,
            report=event,
        )
        self._records.rows[key] = row
        return self._answer(Accepted.NEW, row)

    def _read(self, message: Message, received_at: datetime, edited_at: datetime | None) -> Acceptance:
        known = self._records.message(message.ref)
        if known.author is None:
            self._records.meet(message.community, message.author, message.sent_at)
            known.author, known.sent_at = message.author.id, message.sent_at
        key = key_of(message)
        row = self._records.rows.get(key)
        if row is not None and known.current == key:
            return self._answer(Accepted.KNOWN if edited_at is None else Accepted.UNCHANGED, row)
        if row is None:
            return self._answer(Accepted.NEW, self._add(known, message, received_at, edited_at))
        if edited_at in (None, row.edited_at):
            return self._answer(Accepted.KNOWN, row)
        return self._return_to(known, row, received_at, edited_at)

    def _add(self, known: Known, message: Message, received_at: datetime, edited_at: datetime | None) -> Row:
        """Add a text. The first text of a message that comes in after a later one is superseded already."""
        late = edited_at is None and known.edited
        state = State.SUPERSEDED if late else State.WITHDRAWN if known.deleted_at is not None else State.WAITING
        row = Row(
            key=key_of(message),
            message=message,
            state=state,
            reason={State.SUPERSEDED: CHANGED, State.WITHDRAWN: GONE}.get(state, ""),
            received_at=received_at,
            files=len(message.attachments),
            unread=message.unread,
            edited_at=edited_at,
        )
        self._records.rows[row.key] = row
        known.texts.append(row.key)
        if not late:
            self._make_current(known, row, edited_at)
        return row

    def _make_current(self, known: Known, row: Row, edited_at: datetime | None) -> None:
        if known.current is not None:
            former = self._records.rows[known.current]
            known.judged += former.state is State.JUDGING
            self._records.end(former, State.SUPERSEDED, CHANGED)
        known.current = row.key
        known.edited = known.edited or edited_at is not None

    def _return_to(self, known: Known, row: Row, received_at: datetime, edited_at: datetime | None) -> Acceptance:
        self._make_current(known, row, edited_at)
        row.edited_at = edited_at
        if row.state not in _REOPENABLE or known.deleted_at is not None:
            return self._answer(Accepted.KNOWN, row)
        row.state, row.reason, row.received_at = State.WAITING, "", received_at
        return self._answer(Accepted.REOPENED, row)

    def _answer(self, accepted: Accepted, row: Row) -> Acceptance:
        return Acceptance(accepted=accepted, item=self._records.item(row))

    async def claim(self, key: InboxKey) -> InboxItem | None:
        """Move a row from WAITING to JUDGING."""
        row = self._records.rows.get(key)
        if row is None or row.state is not State.WAITING:
            return None
        row.state = State.JUDGING
        return self._records.item(row)

    async def release(self, key: InboxKey) -> None:
        """Move a row from JUDGING back to WAITING."""
        row = self._records.rows.get(key)
        if row is not None and row.state is State.JUDGING:
            row.state = State.WAITING

    async def finish(self, finished: Finished) -> bool:
        """End a row without a decision."""
        row = self._records.rows.get(finished.key)
        if row is None or finished.state not in _ENDS or not may_follow(row.state, finished.state):
            return False
        self._records.end(row, finished.state, finished.reason)
        self._records.append(finished.notes)
        return True

    async def settle(self, key: InboxKey) -> None:
        """Move a row from DECIDED to DONE, once none of its effects is pending."""
        row = self._records.rows.get(key)
        if row is not None:
            self._records.settle(row)

    async def recover(self) -> int:
        """Move every JUDGING row to WAITING, and settle what was left unsettled."""
        judging = [row for row in self._records.rows.values() if row.state is State.JUDGING]
        for row in judging:
            row.state = State.WAITING
        for row in self._records.rows.values():
            self._records.settle(row)
        return len(judging)

    async def waiting(self, limit: int, after: InboxItem | None = None) -> tuple[InboxItem, ...]:
        """Return waiting rows in the order of their receipt."""
        places = {row.key: (row.received_at, number) for number, row in enumerate(self._records.rows.values())}
        begin = places[after.key] if after is not None and after.key in places else None
        rows = [row for row in self._waiting() if begin is None or places[row.key] > begin]
        return tuple(self._records.item(row) for row in rows[:limit])

    async def waiting_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many rows wait in each community."""
        counts = Counter(row.key.community for row in self._waiting())
        return tuple(sorted(counts.items()))

    async def judging(self) -> tuple[InboxKey, ...]:
        """Return the keys of all rows that are being judged."""
        return tuple(key for key, row in self._records.rows.items() if row.state is State.JUDGING)

    async def unjudged_counts(self) -> tuple[tuple[CommunityId, int], ...]:
        """Return how many messages wait or are being judged in each community."""
        counts = Counter(
            key.community
            for key, row in self._records.rows.items()
            if key.kind is Kind.MESSAGE and row.state in (State.WAITING, State.JUDGING)
        )
        return tuple(sorted(counts.items()))

    async def give_up(self, given_up: GivenUp) -> tuple[InboxKey, ...]:
        """End waiting messages without a judgement."""
        rows = [
            row
            for row in self._waiting()
            if row.key.kind is Kind.MESSAGE
            and row.received_at < given_up.received_before
            and given_up.community in (None, row.key.community)
        ][: given_up.most]
        for row in rows:
            self._records.end(row, State.NOT_JUDGED, given_up.reason)
        self._records.append(given_up.notes if rows else ())
        return tuple(row.key for row in rows)

    async def item(self, key: InboxKey) -> InboxItem | None:
        """Return a row as it stands."""
        row = self._records.rows.get(key)
        return self._records.item(row) if row is not None else None

    def _waiting(self) -> list[Row]:
        rows = [row for row in self._records.rows.values() if row.state is State.WAITING]
        return sorted(rows, key=lambda row: row.received_at)

    async def current(self, ref: MessageRef) -> InboxItem | None:
        """Return the row of a message's current revision."""
        known = self._records.known.get(ref)
        if known is None or known.current is None:
            return None
        return self._records.item(self._records.rows[known.current])

    async def reports(self, ref: MessageRef, limit: int) -> tuple[Report, ...]:
        """Return reports of a message, the latest first."""
        rows = [row for key, row in self._records.rows.items() if key.ref == ref and row.report is not None]
        rows.sort(key=lambda row: row.received_at)
        return tuple(row.report for row in reversed(rows) if row.report is not None)[: max(limit, 0)]

    async def earlier(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return messages sent before this one in its channel, oldest first."""
        return self._before(message, limit, deleted_in=frozenset())

    async def said_before(self, message: Message, limit: int) -> tuple[Message, ...]:
        """Return what `earlier` does, and deleted messages that had been judged."""
        return self._before(message, limit, deleted_in=frozenset({State.DECIDED, State.DONE}))

    def _before(self, message: Message, limit: int, *, deleted_in: frozenset[State]) -> tuple[Message, ...]:
        own = self._records.known.get(message.ref)
        place = (message.sent_at, own.order if own is not None else math.inf)
        before = []
        for ref, known in self._records.known.items():
            row = self._records.rows[known.current] if known.current is not None else None
            if row is None or row.message is None or known.sent_at is None:
                continue
            if (ref.community, ref.channel) != (message.community, message.ref.channel):
                continue
            stands = known.deleted_at is None or row.state in deleted_in
            if stands and (known.sent_at, known.order) < place:
                before.append(((known.sent_at, known.order), row.message))
        before.sort(key=lambda entry: entry[0])
        return tuple(text for _, text in before[max(0, len(before) - limit) :])

    async def run_before(self, message: Message, since: datetime) -> tuple[Message, ...]:
        """Return what the same author sent in this channel since then and before this message."""
        earlier = await self.earlier(message, len(self._records.known))
        return tuple(line for line in earlier if line.author.id == message.author.id and line.sent_at >= since)

    async def recent(self, since: datetime, limit: int) -> tuple[InboxItem, ...]:
        """Return the current texts of messages sent since then, oldest first."""
        found = [
            (known.sent_at, known.order, self._records.rows[known.current])
            for known in self._records.known.values()
            if known.current is not None
            and known.deleted_at is None
            and known.sent_at is not None
            and known.sent_at >= since
        ]
        found.sort(key=lambda entry: entry[:2])
        return tuple(self._records.item(row) for _, _, row in found[max(0, len(found) - limit) :])

    async def missed(self, community: CommunityId | None, since: datetime | None, limit: int) -> tuple[Missed, ...]:
        """Return messages that a person removed although they were found to keep the rules."""
        return missed_in(self._records, community, since)[: max(limit, 0)]

    async def coverage(self, community: CommunityId | None, since: datetime | None, until: datetime | None) -> Coverage:
        """Count what was delivered."""
        return coverage_of(self._records, community, since, until)
