"""The life of a message: which state follows which, and which are terminal."""

from enum import StrEnum


class State(StrEnum):
    """Where a message stands on its way."""

    WAITING = "WAITING"
    JUDGING = "JUDGING"
    DECIDED = "DECIDED"
    DONE = "DONE"
    SCREENED_OUT = "SCREENED_OUT"
    NOT_JUDGED = "NOT_JUDGED"
    WITHDRAWN = "WITHDRAWN"
    SUPERSEDED = "SUPERSEDED"


TERMINAL = frozenset({State.DONE, State.SCREENED_OUT, State.NOT_JUDGED, State.WITHDRAWN, State.SUPERSEDED})
"""Every delivered message ends in exactly one of these."""

_ENDINGS = frozenset({State.NOT_JUDGED, State.WITHDRAWN, State.SUPERSEDED})

NEXT: dict[State, frozenset[State]] = {
    State.WAITING: _ENDINGS | {State.WAITING, State.JUDGING, State.SCREENED_OUT, State.DECIDED},
    State.JUDGING: _ENDINGS | {State.WAITING, State.SCREENED_OUT, State.DECIDED, State.DONE},
    State.DECIDED: _ENDINGS | {State.DONE},
    State.DONE: frozenset(),
    State.SCREENED_OUT: frozenset(),
    State.NOT_JUDGED: frozenset(),
    State.WITHDRAWN: frozenset({State.WAITING}),
    State.SUPERSEDED: frozenset({State.WAITING}),
}
"""What may follow what.

What is to be judged may change while a message waits, so it may be screened out at its turn as well. One that was
flagged while no model answered goes on waiting. A superseded or withdrawn revision waits again when an edit brings its
text back.
"""


def may_follow(before: State, after: State) -> bool:
    """Return whether a message may go from one state to the other."""
    return after in NEXT[before]
