"""What can be done about a message, an author or a channel, and how strict each automatic action is."""

from enum import StrEnum


class Action(StrEnum):
    """One thing that can be done. The first seven are ordered, mildest first, and may be automatic."""

    FLAG = "flag"
    ESCALATE = "escalate"
    WARN = "warn"
    SLOWMODE = "slowmode"
    DELETE = "delete"
    QUARANTINE = "quarantine"
    TIMEOUT = "timeout"
    NOTICE = "notice"
    RESTORE = "restore"
    LIFT = "lift"
    KICK = "kick"
    BAN = "ban"
    LOCKDOWN = "lockdown"

    @property
    def strictness(self) -> int:
        """Return the place in the order FLAG < ESCALATE < … < TIMEOUT; ValueError for the other actions."""
        return STRICTNESS.index(self)


STRICTNESS = (
    Action.FLAG,
    Action.ESCALATE,
    Action.WARN,
    Action.SLOWMODE,
    Action.DELETE,
    Action.QUARANTINE,
    Action.TIMEOUT,
)
"""The automatic actions, mildest first."""

BRINGS_NOTICE = frozenset({Action.DELETE, Action.TIMEOUT})
"""Actions of which the author is told besides; a warning tells of itself."""

BY_PEOPLE_ONLY = frozenset({Action.KICK, Action.BAN, Action.LOCKDOWN})
"""Actions that are only ever a person's press."""

ENDED_BY_BOT = frozenset({Action.SLOWMODE, Action.LOCKDOWN})
"""Actions that last for a time and that no platform ends by itself; a timeout ends on its own."""

NOTICED_BY_MEMBERS = frozenset(Action) - {Action.FLAG, Action.ESCALATE}
"""Actions that members can notice: in shadow they are simulated."""

NOT_OFFERED = {"slack": frozenset({Action.TIMEOUT, Action.QUARANTINE, Action.SLOWMODE})}
"""What a platform lets no bot do, so that no rule may ask for it there."""

TAKES_BACK = frozenset({Action.RESTORE, Action.LIFT})
"""Actions that undo others: no limit counts them, and no stop holds them back."""


_REMOVES_TOO = (Action.QUARANTINE, Action.TIMEOUT)
"""Stricter than DELETE, so the message goes as well: a timeout that left the words standing would surprise everyone."""

_OF_INCIDENTS = frozenset({Action.DELETE, Action.QUARANTINE, Action.TIMEOUT, Action.SLOWMODE})
TELLS = frozenset({Action.NOTICE, Action.WARN})
"""Actions by which an author is told of a case."""


def actions_of(action: Action) -> tuple[Action, ...]:
    """Return everything that an action brings along, in the order of carrying it out; the card comes last."""
    removal = (Action.DELETE,) if action in _REMOVES_TOO else ()
    notice = (Action.NOTICE,) if action in BRINGS_NOTICE else ()
    own = () if action is Action.FLAG else (action,)
    return (*removal, *own, *notice, Action.FLAG)


def done_with(action: Action) -> tuple[Action, ...]:
    """Return what an admin lets a rule do with an action: a time-out and a quarantine remove the message too."""
    return (Action.DELETE, action) if action in _REMOVES_TOO else (action,)


def removals(action: Action) -> tuple[Action, ...]:
    """Return what an action does to one of many: nobody in an incident is written to, and there is one card for all."""
    return tuple(part for part in actions_of(action) if part in _OF_INCIDENTS)


class Mode(StrEnum):
    """Whether effects that members can notice are carried out (live) or simulated (shadow)."""

    SHADOW = "shadow"
    LIVE = "live"


class Outcome(StrEnum):
    """How an effect ended.

    REQUESTED: people were asked to do it, since the bot can't. SUPPRESSED: a limit, a stop switch or a change of the
    message held it back. REFUSED: the platform or a check said no, for good. FAILED: it was tried, and what happened is
    unclear or an error.
    """

    APPLIED = "applied"
    SIMULATED = "simulated"
    REQUESTED = "requested"
    SUPPRESSED = "suppressed"
    REFUSED = "refused"
    FAILED = "failed"
