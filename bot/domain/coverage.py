"""Coverage: how many messages were judged, and why the others were not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import ChannelId, PolicyId
from bot.domain.states import State
from bot.domain.verdict import OBJECTED


class GapReason(StrEnum):
    """Why a span was not fetched, as far as a platform's adapter says."""

    LIMIT = "limit"
    AGE = "age"
    THREADS = "threads"
    REFUSED = "refused"
    BUSY = "busy"
    PRIVATE_THREADS = "private_threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span of a channel that was not fetched, between two message ids of the platform, both excluded.

    `reason` is None where nobody says. A span that is THREADS lacks nothing but replies to older messages; one that is
    BUSY is still being tried.
    """

    channel: ChannelId
    after: str
    before: str
    reason: GapReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Counts of messages by state and reason.

    `by_state` counts every delivered message once. `reasons` counts (state, code) for the states that carry one.
    `undecided` counts (policy, code) among DONE messages: judged, but not by every policy. `sources` counts verdicts by
    (label, source). `attachments_unjudged` counts files seen and never opened. `unread` counts (kind) what came in and
    could not be read: pieces of the messages above, and events of which nothing could be read. `unwatched` names the
    channels open to all in which the bot reads nothing.
    """

    by_state: tuple[tuple[State, int], ...]
    reasons: tuple[tuple[State, str, int], ...]
    undecided: tuple[tuple[PolicyId, str, int], ...]
    sources: tuple[tuple[str, str, int], ...]
    attachments_unjudged: int
    unread: tuple[tuple[str, int], ...]
    gaps: tuple[Gap, ...]
    unwatched: tuple[str, ...]
    since: datetime | None
    until: datetime | None

    def count(self, *states: State) -> int:
        """Return how many messages are in any of these states."""
        return sum(number for state, number in self.by_state if state in states)

    @property
    def seen(self) -> int:
        """Return how many messages were delivered. A superseded revision is not another message."""
        return sum(number for state, number in self.by_state if state is not State.SUPERSEDED)

    @property
    def judged(self) -> int:
        """Return how many messages have at least one verdict that says VIOLATES or SAFE."""
        return self.count(State.DONE, State.DECIDED)

    @property
    def objected(self) -> tuple[tuple[str, int], ...]:
        """Return how many messages no policy settled and the model objected to, by the reason that it held no more."""
        return tuple(
            (code, count) for state, code, count in self.reasons if state is State.NOT_JUDGED and code in OBJECTED
        )

    @property
    def missed(self) -> int:
        """Return how many messages should have been judged and were not: an objection that people got is none."""
        return self.count(State.NOT_JUDGED) - sum(count for _, count in self.objected)
