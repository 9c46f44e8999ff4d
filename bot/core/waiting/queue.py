"""The messages of one lane, by risk, age and community. Pure bookkeeping beneath `docket`."""

import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import zip_longest

from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxKey
from bot.domain.question import Lane

NEWEST_FIRST_AFTER = 120.0
"""Seconds that the oldest of a risk class may wait before the newest go first."""


class Risk(IntEnum):
    """How soon a message is to be judged; the first class goes first."""

    REPORTED = 0
    HIGH = 1
    ORDINARY = 2


@dataclass(eq=False, slots=True, kw_only=True)
class Waiting:
    """A message that waits. `since` is when it was sent, in seconds; `lanes` are those it still has to go through.

    It holds no text: a hundred thousand of them have to fit into memory.
    """

    key: InboxKey
    community: CommunityId
    risk: Risk
    since: float
    lanes: frozenset[Lane]
    backlog: bool = False


@dataclass(slots=True)
class _Class:
    """The messages of one lane and risk class, for each community in the order they were sent."""

    by_community: dict[CommunityId, list[Waiting]] = field(default_factory=dict)

    def add(self, waiting: Waiting) -> None:
        bisect.insort(self.by_community.setdefault(waiting.community, []), waiting, key=_since)

    def remove(self, waiting: Waiting) -> None:
        entries = self.by_community[waiting.community]
        place = bisect.bisect_left(entries, waiting.since, key=_since)
        while entries[place] is not waiting:
            place += 1
        del entries[place]
        if not entries:
            del self.by_community[waiting.community]

    def oldest(self) -> float | None:
        return min((entries[0].since for entries in self.by_community.values()), default=None)

    def in_order(self, now: float) -> Iterator[Waiting]:
        """Go through the messages as they would come if nothing changed: a community at a time, in turn."""
        oldest = self.oldest()
        late = oldest is not None and now - oldest > NEWEST_FIRST_AFTER
        rows = [reversed(entries) if late else iter(entries) for entries in self.by_community.values()]
        return (waiting for each in zip_longest(*rows) for waiting in each if waiting is not None)

    def rotate(self, community: CommunityId) -> None:
        """Let the other communities have their turns first."""
        entries = self.by_community.pop(community, None)
        if entries:
            self.by_community[community] = entries


@dataclass(slots=True)
class Queue:
    """One lane's messages, live ones and backlog apart. `counts` says how many there are of each kind."""

    classes: dict[tuple[bool, Risk], _Class] = field(default_factory=dict)
    counts: Counter[bool] = field(default_factory=Counter)

    def __len__(self) -> int:
        """Return how many messages wait in this lane."""
        return self.counts[True] + self.counts[False]

    def add(self, waiting: Waiting) -> None:
        """Put a message in its place."""
        self.classes.setdefault((waiting.backlog, waiting.risk), _Class()).add(waiting)
        self.counts[waiting.backlog] += 1

    def remove(self, waiting: Waiting) -> None:
        """Take a message out, wherever it stands."""
        self.classes[waiting.backlog, waiting.risk].remove(waiting)
        self.counts[waiting.backlog] -= 1

    def rotate(self, waiting: Waiting) -> None:
        """Send the community of a message to the end of its class."""
        self.classes[waiting.backlog, waiting.risk].rotate(waiting.community)

    def head(self, *, backlog: bool) -> tuple[Risk, float] | None:
        """Return the risk of what is next, and since when the oldest of that class waits."""
        for risk in Risk:
            entries = self.classes.get((backlog, risk))
            oldest = entries.oldest() if entries is not None else None
            if oldest is not None:
                return risk, oldest
        return None

    def first(self, now: float, *, backlog: bool) -> Waiting:
        """Return what is next. LookupError when nothing of this kind waits."""
        return next(self.in_order(now, backlog=backlog))

    def in_order(self, now: float, *, backlog: bool) -> Iterator[Waiting]:
        """Go through the most urgent class of this kind, as it would come. LookupError when nothing waits."""
        head = self.head(backlog=backlog)
        if head is None:
            raise LookupError("nothing waits in this lane")
        return self.classes[backlog, head[0]].in_order(now)


def _since(waiting: Waiting) -> float:
    return waiting.since
