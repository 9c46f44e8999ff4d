"""What waits for the model, and who is next. Pure bookkeeping: `pipeline` runs it.

A lane is one prompt prefix; a slot that stays in its lane finds the prefix in the model server's cache. Waiting lanes
share the slots by quota (slots divided by lanes, what is left over to the longest, after those that had no turn for
long), yet a slot never idles while anything waits. A message that is urgent gets a slot even where its lane has no
quota. Within a lane the riskiest go first, then the oldest; once the oldest of a risk class has waited for two minutes
the newest go first, since the old ones are late already. Communities take turns. What piled up during an outage gets
at most its share of the turns while anything else waits.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.core.waiting.queue import Queue, Risk, Waiting
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxKey, Kind
from bot.domain.question import Lane

__all__ = ["Docket", "Lane", "Risk", "Turn", "Waiting"]

PATIENCE = 30.0
"""Seconds after which a lane that had no turn goes before longer ones: else a short lane could wait for ever."""

_NEARLY_ONE = 1.0 - 1e-9

_Place = tuple[bool, Risk, bool, int, float, Lane]
"""How soon a lane is served, smallest first: over its quota, risk, has had a turn lately, length, age, name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One slot's next question: this message, in this lane."""

    waiting: Waiting
    lane: Lane


class Docket:
    """Decides which message goes to a free slot, and in which lane."""

    def __init__(self, *, slots: int, backlog_share: float) -> None:
        self._slots = slots
        self._backlog_share = backlog_share
        self._backlog_credit = 0.0
        self._queues: dict[Lane, Queue] = {}
        self._running: Counter[Lane] = Counter()
        self._served: dict[Lane, float] = {}
        self._entries: dict[InboxKey, Waiting] = {}
        self._texts: dict[MessageRef, InboxKey] = {}
        self._in_backlog = 0

    def __len__(self) -> int:
        """Return how many messages wait in at least one lane."""
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        """Return whether this delivery waits."""
        return key in self._entries

    def __iter__(self) -> Iterator[Waiting]:
        """Go through what waits, in the order of its coming; a copy, so that it may be removed on the way."""
        return iter(tuple(self._entries.values()))

    @property
    def free(self) -> int:
        """Return how many slots have nothing to do."""
        return self._slots - self._running.total()

    @property
    def backlog(self) -> int:
        """Return how many messages wait that piled up during an outage."""
        return self._in_backlog

    def running(self, lane: Lane) -> int:
        """Return how many slots work in a lane."""
        return self._running[lane]

    def lanes(self) -> tuple[Lane, ...]:
        """Return the lanes in which anything waits or runs."""
        waiting = (lane for lane, queue in self._queues.items() if len(queue))
        return tuple(dict.fromkeys((*waiting, *(lane for lane, count in self._running.items() if count))))

    def add(self, waiting: Waiting, now: float) -> None:
        """Let a message wait in each of its lanes. One that waits already stays where it is."""
        if waiting.key in self._entries:
            return
        self._entries[waiting.key] = waiting
        self._in_backlog += waiting.backlog
        if waiting.key.kind is Kind.MESSAGE:
            self._texts[waiting.key.ref] = waiting.key
        for lane in waiting.lanes:
            queue = self._queues.setdefault(lane, Queue())
            if not len(queue) and not self._running[lane]:
                self._served[lane] = now
            queue.add(waiting)

    def remove(self, key: InboxKey) -> None:
        """Take a message off all lanes: what was left needs no model, or it does not wait any more."""
        waiting = self._entries.get(key)
        if waiting is not None:
            self.keep(key, frozenset())

    def keep(self, key: InboxKey, lanes: frozenset[Lane]) -> None:
        """Let a message wait in these of its lanes alone: the others turned out to need no model."""
        waiting = self._entries.get(key)
        if waiting is None:
            return
        for lane in waiting.lanes - lanes:
            self._queues[lane].remove(waiting)
        waiting.lanes &= lanes
        self._drop_if_done(waiting)

    def forget(self, ref: MessageRef) -> InboxKey | None:
        """Take off the text of a message that was edited or deleted; return its key where it waited."""
        key = self._texts.get(ref)
        if key is not None:
            self.remove(key)
        return key

    def shelve(self, before: float) -> int:
        """Make a backlog of what was sent before then: an outage has ended. Return how many messages that are."""
        late = [waiting for waiting in self if not waiting.backlog and waiting.since < before]
        for waiting in late:
            for lane in waiting.lanes:
                self._queues[lane].remove(waiting)
            waiting.backlog = True
            for lane in waiting.lanes:
                self._queues[lane].add(waiting)
        self._in_backlog += len(late)
        return len(late)

    def quotas(self, now: float) -> dict[Lane, int]:
        """Return how many slots each lane may have: equal parts, what is left over to the most in need."""
        lanes = self.lanes()
        if not lanes:
            return {}
        part, over = divmod(self._slots, len(lanes))
        in_need = sorted(lanes, key=lambda lane: (not self._starves(lane, now), -self._length(lane)))
        return {lane: part + (place < over) for place, lane in enumerate(in_need)}

    def upcoming(self, now: float) -> Turn | None:
        """Return what would be next if a slot were free now, or None when nothing waits."""
        for backlog in self._kinds():
            lane = self._best_lane(now, backlog=backlog)
            if lane is not None:
                return Turn(waiting=self._queues[lane].first(now, backlog=backlog), lane=lane)
        return None

    def ahead(self, now: float, count: int) -> tuple[Waiting, ...]:
        """Return the messages whose turns probably come next, at most so many: the first of each lane, then the rest.

        A guess: which lane is next depends on which slot is free first.
        """
        for backlog in self._kinds():
            lanes = [place[-1] for place in sorted(self._places(now, backlog=backlog))]
            if lanes:
                found = dict.fromkeys(
                    waiting
                    for lane in lanes[:count]
                    for waiting in islice(self._queues[lane].in_order(now, backlog=backlog), -(-count // len(lanes)))
                )
                return tuple(found)[:count]
        return ()

    def next(self, now: float) -> Turn | None:
        """Take what a free slot does next; None when nothing waits or no slot is free."""
        if self.free <= 0:
            return None
        turn = self.upcoming(now)
        if turn is not None:
            self._take(turn, now)
        return turn

    def done(self, turn: Turn) -> None:
        """Free the slot that had this turn."""
        self._running[turn.lane] -= 1

    def _take(self, turn: Turn, now: float) -> None:
        waiting, lane = turn.waiting, turn.lane
        if self._both_kinds_wait():
            self._backlog_credit += self._backlog_share - waiting.backlog
        queue = self._queues[lane]
        queue.remove(waiting)
        queue.rotate(waiting)
        waiting.lanes -= {lane}
        self._drop_if_done(waiting)
        self._running[lane] += 1
        self._served[lane] = now

    def _drop_if_done(self, waiting: Waiting) -> None:
        if waiting.lanes:
            return
        if self._entries.pop(waiting.key, None) is not None:
            self._in_backlog -= waiting.backlog
        if self._texts.get(waiting.key.ref) == waiting.key:
            del self._texts[waiting.key.ref]

    def _kinds(self) -> tuple[bool, bool]:
        """Return which kind is looked at first: live messages, unless the backlog's share has come to a turn.

        The share counts only the turns for which both kinds waited: hours without a backlog earn it nothing.
        """
        return (True, False) if self._backlog_credit + self._backlog_share > _NEARLY_ONE else (False, True)

    def _both_kinds_wait(self) -> bool:
        kinds = [any(queue.counts[backlog] for queue in self._queues.values()) for backlog in (True, False)]
        return all(kinds)

    def _best_lane(self, now: float, *, backlog: bool) -> Lane | None:
        places = self._places(now, backlog=backlog)
        return min(places)[-1] if places else None

    def _places(self, now: float, *, backlog: bool) -> list[_Place]:
        quotas = self.quotas(now)
        return [
            self._place(lane, head, quotas.get(lane, 0), now)
            for lane, queue in self._queues.items()
            if (head := queue.head(backlog=backlog)) is not None
        ]

    def _place(self, lane: Lane, head: tuple[Risk, float], quota: int, now: float) -> _Place:
        risk, oldest = head
        # Risk goes first, so an urgent message may have one slot where the quotas left its lane none.
        allowed = max(quota, 1) if risk is not Risk.ORDINARY else quota
        over = self._running[lane] >= allowed
        return (over, risk, not self._starves(lane, now), -self._length(lane), oldest, lane)

    def _starves(self, lane: Lane, now: float) -> bool:
        return not self._running[lane] and now - self._served.get(lane, now) > PATIENCE

    def _length(self, lane: Lane) -> int:
        queue = self._queues.get(lane)
        return len(queue) if queue is not None else 0
