"""What waits for the model, and who is next. Pure bookkeeping: `pipeline` runs it.

A lane is one prompt prefix; a slot that stays in its lane finds the prefix in the model server's cache. Waiting lanes
share the slots by quota (slots divided by lanes, what is left over to the longest), yet a slot never idles while
anything waits. Within a lane the riskiest go first, then the oldest; once the oldest of a risk class has waited for two
minutes the newest go first, since the old ones are late already. Communities take turns. What piled up during an outage
gets at most its share of the turns while anything else waits.
"""

import bisect
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxKey

NEWEST_FIRST_AFTER = 120.0
"""Seconds that the oldest of a risk class may wait before the newest go first."""

Lane = str
"""The prompt hash that its questions share."""


class Risk(IntEnum):
    """How soon a message is to be judged; the first class goes first."""

    REPORTED = 0
    HIGH = 1
    ORDINARY = 2


@dataclass(eq=False, slots=True, kw_only=True)
class Waiting:
    """A message that waits. `since` is when it was sent, in seconds; `lanes` are those it still has to go through."""

    key: InboxKey
    community: CommunityId
    risk: Risk
    since: float
    lanes: set[Lane]
    backlog: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One slot's next question: this message, in this lane."""

    waiting: Waiting
    lane: Lane


@dataclass(slots=True)
class _Class:
    """The messages of one lane and risk class, for each community in the order they were sent."""

    by_community: dict[CommunityId, list[Waiting]] = field(default_factory=dict)

    def add(self, waiting: Waiting) -> None:
        bisect.insort(self.by_community.setdefault(waiting.community, []), waiting, key=lambda entry: entry.since)

    def oldest(self) -> float | None:
        self._drop_gone()
        return min((entries[0].since for entries in self.by_community.values()), default=None)

    def pop(self, now: float) -> Waiting:
        """Take the next message of the community whose turn it is; that community then goes to the end."""
        oldest = self.oldest()
        late = oldest is not None and now - oldest > NEWEST_FIRST_AFTER
        community, entries = next(iter(self.by_community.items()))
        found = entries.pop(-1 if late else 0)
        del self.by_community[community]
        if entries:
            self.by_community[community] = entries
        return found

    def _drop_gone(self) -> None:
        for community, entries in list(self.by_community.items()):
            while entries and entries[0].gone:
                entries.pop(0)
            while entries and entries[-1].gone:
                entries.pop()
            if not entries:
                del self.by_community[community]


@dataclass(slots=True)
class _Queue:
    """One lane's messages, live ones and backlog apart."""

    classes: dict[tuple[bool, Risk], _Class] = field(default_factory=dict)
    counts: Counter[bool] = field(default_factory=Counter)

    def add(self, waiting: Waiting) -> None:
        self.classes.setdefault((waiting.backlog, waiting.risk), _Class()).add(waiting)
        self.counts[waiting.backlog] += 1

    def head(self, *, backlog: bool) -> tuple[Risk, float] | None:
        """Return the risk of what is next, and since when the oldest of that class waits."""
        for risk in Risk:
            entries = self.classes.get((backlog, risk))
            oldest = entries.oldest() if entries is not None else None
            if oldest is not None:
                return risk, oldest
        return None

    def pop(self, now: float, *, backlog: bool) -> Waiting:
        head = self.head(backlog=backlog)
        if head is None:
            raise LookupError("nothing waits in this lane")
        while True:
            found = self.classes[backlog, head[0]].pop(now)
            if not found.gone:
                self.counts[backlog] -= 1
                return found


class Docket:
    """Decides which message goes to a free slot, and in which lane."""

    def __init__(self, *, slots: int, backlog_share: float) -> None:
        self._slots = slots
        self._backlog_share = backlog_share
        self._queues: dict[Lane, _Queue] = {}
        self._running: Counter[Lane] = Counter()
        self._entries: dict[InboxKey, Waiting] = {}
        self._turns = 0
        self._backlog_turns = 0

    def __len__(self) -> int:
        """Return how many messages wait in at least one lane."""
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        """Return whether this delivery waits."""
        return key in self._entries

    @property
    def free(self) -> int:
        """Return how many slots have nothing to do."""
        return self._slots - self._running.total()

    def running(self, lane: Lane) -> int:
        """Return how many slots work in a lane."""
        return self._running[lane]

    def lanes(self) -> tuple[Lane, ...]:
        """Return the lanes in which anything waits or runs."""
        waiting = (lane for lane, queue in self._queues.items() if queue.counts.total())
        return tuple(dict.fromkeys((*waiting, *(lane for lane, count in self._running.items() if count))))

    def add(self, waiting: Waiting) -> None:
        """Let a message wait in each of its lanes. One that waits already stays where it is."""
        if waiting.key in self._entries:
            return
        self._entries[waiting.key] = waiting
        for lane in waiting.lanes:
            self._queues.setdefault(lane, _Queue()).add(waiting)

    def remove(self, key: InboxKey) -> None:
        """Take a message off all lanes: it was withdrawn, or what was left needs no model."""
        waiting = self._entries.pop(key, None)
        if waiting is None:
            return
        waiting.gone = True
        for lane in waiting.lanes:
            self._queues[lane].counts[waiting.backlog] -= 1
        waiting.lanes.clear()

    def quotas(self) -> dict[Lane, int]:
        """Return how many slots each lane may have: equal parts, what is left over to the longest."""
        lanes = self.lanes()
        if not lanes:
            return {}
        part, over = divmod(self._slots, len(lanes))
        by_length = sorted(lanes, key=self._length, reverse=True)
        return {lane: part + (place < over) for place, lane in enumerate(by_length)}

    def next(self, now: float) -> Turn | None:
        """Return what a free slot does next, or None when nothing waits or no slot is free."""
        if self.free <= 0:
            return None
        for backlog in self._order_of_kinds():
            lane = self._best_lane(backlog=backlog)
            if lane is not None:
                return self._take(lane, now, backlog=backlog)
        return None

    def done(self, turn: Turn) -> None:
        """Free the slot that had this turn."""
        self._running[turn.lane] -= 1

    def _take(self, lane: Lane, now: float, *, backlog: bool) -> Turn:
        waiting = self._queues[lane].pop(now, backlog=backlog)
        waiting.lanes.discard(lane)
        if not waiting.lanes:
            self._entries.pop(waiting.key, None)
        self._running[lane] += 1
        self._turns += 1
        self._backlog_turns += backlog
        return Turn(waiting=waiting, lane=lane)

    def _order_of_kinds(self) -> tuple[bool, bool]:
        """Return which kind is looked at first: live messages, unless the backlog has had less than its share."""
        owed = self._backlog_turns + 1 <= self._backlog_share * (self._turns + 1)
        return (True, False) if owed else (False, True)

    def _best_lane(self, *, backlog: bool) -> Lane | None:
        quotas = self.quotas()
        found = [
            (self._running[lane] >= quotas.get(lane, 0), head[0], -self._length(lane), head[1], lane)
            for lane, queue in self._queues.items()
            if queue.counts[backlog] and (head := queue.head(backlog=backlog)) is not None
        ]
        return min(found)[-1] if found else None

    def _length(self, lane: Lane) -> int:
        queue = self._queues.get(lane)
        return queue.counts.total() if queue is not None else 0
