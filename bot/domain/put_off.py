"""What a platform put off: which reasons pass, how long an effect waits for them, and when it is tried again. Pure.

An effect that is put off has no outcome. It is tried again at a set time, and whenever its community shows a sign of
life: a connection, a permission, a mod log. Only when its own time is over does it end, with the reason that lasted.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.actions import Action, Outcome
from bot.domain.decision import BOT, Effect, PutOff, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformError
from bot.domain.reasons import PlatformReason, Reason, reason

FIRST_PAUSE = timedelta(seconds=5)
"""How long the second try waits; each later one twice as long as the one before."""
LONGEST_PAUSE = timedelta(minutes=10)
"""How long a try waits at most, where the platform asks for no longer pause."""
LONGEST_PAUSE_UNEXPLAINED = timedelta(hours=6)
"""The same for an error that nobody can explain: a card that the platform does not take is tried a few times a day."""
LONGEST_ASKED = timedelta(days=1)
"""The longest pause that is kept to when a platform asks for it: a longer one is a mistake, or somebody's trick."""
_FARTHEST = LONGEST_ASKED + timedelta(hours=1)
"""Farther off than this no try is ever set: a clock that was ahead has done it."""
_MOST_DOUBLINGS = 16

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
WAITS_FOR: dict[Action, timedelta | None] = {
    Action.FLAG: None,
    Action.ESCALATE: None,
    Action.WARN: _DAY,
    Action.SLOWMODE: _HOUR,
    Action.DELETE: _DAY,
    Action.QUARANTINE: _DAY,
    Action.TIMEOUT: _HOUR,
    Action.NOTICE: _DAY,
    Action.RESTORE: _DAY,
    Action.LIFT: _DAY,
    Action.KICK: _HOUR,
    Action.BAN: _DAY,
    Action.LOCKDOWN: _HOUR,
}
"""How long each action waits for a platform; None: it is never given up.

Cards and calls of people are how anybody hears of a case. What holds off a moment's trouble (slow mode, time-out, kick,
lockdown) would surprise everyone a day later.
"""

_PASSING = frozenset(
    {
        PlatformReason.RATE_LIMITED,
        PlatformReason.PLATFORM_DOWN,
        PlatformReason.NOT_CONNECTED,
        PlatformReason.MISSING_PERMISSION,
        PlatformReason.NO_MOD_LOG,
        PlatformReason.NOT_IN_CHANNEL,
        PlatformReason.DIRECT_MESSAGES_PAUSED,
    }
)
_ENDS_CARDS = frozenset({PlatformReason.COMMUNITY_GONE, PlatformReason.NO_ROLE, PlatformReason.NOT_SUPPORTED})
"""Of all that may keep a card or a call from being posted, what no waiting changes."""
_NEVER_GIVEN_UP = frozenset(action for action, length in WAITS_FOR.items() if length is None)
_REFUSALS = frozenset({PlatformReason.MISSING_PERMISSION, PlatformReason.NO_MOD_LOG, PlatformReason.NOT_IN_CHANNEL})
_GONE = frozenset({PlatformReason.MESSAGE_GONE, PlatformReason.CHANNEL_GONE})


def shown_at(at: datetime, now: datetime) -> str:
    """Return a moment in UTC for a line of text: the time of day, and its date where that is not today's."""
    at, today = at.astimezone(UTC), now.astimezone(UTC).date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What a try came to that did not succeed: why, and whether it may have happened all the same.

    It is unclear where the platform's answer was lost, or told of its own trouble.
    """

    why: Reason
    unclear: bool


def failed(why: Reason) -> Try:
    """Return what a try came to that ended for this reason."""
    return Try(why=why, unclear=why.code == PlatformReason.PLATFORM_DOWN)


def why_of(error: PlatformError) -> Reason:
    """Return why a call did not do what it should, as a reason of ours."""
    if error.why is not None:
        return error.why
    if error.code in frozenset(PlatformReason):
        return reason(error.code)
    if not isinstance(error, PlatformBusy):
        return reason(PlatformReason.PLATFORM_ERROR, code=error.code)
    if error.retry_after is not None:
        return reason(PlatformReason.RATE_LIMITED, seconds=math.ceil(bounded(error.retry_after) or 0))
    return reason(PlatformReason.PLATFORM_DOWN)


def is_gone(error: PlatformError) -> bool:
    """Return whether the platform says that the post asked for does not exist (any more)."""
    return why_of(error).code in _GONE


def passes(effect: Effect, why: Reason) -> bool:
    """Return whether a reason may pass by itself or by what people do, so that the effect is to be tried again.

    Whoever pressed a button hears at once that the bot lacks a permission, and presses again once it is there: a kick
    out of the blue would surprise everyone. A removal was asked for, and the message still stands.
    """
    if effect.action in _NEVER_GIVEN_UP:
        return may_be_said_later(why)
    if why.code == PlatformReason.MISSING_PERMISSION and effect.by != BOT:
        return effect.action is Action.DELETE
    return why.code in _PASSING


def may_be_said_later(why: Reason) -> bool:
    """Return whether what can't be written in a mod log for this reason may be written there later."""
    return why.code not in _ENDS_CARDS


def put_off(stored: StoredEffect, found: Try, now: datetime) -> PutOff | None:
    """Return how an effect waits for its next try; None when its time is over, or the reason does not pass.

    What the platform asks for is kept to, up to a day; a sign of life does not shorten it.
    """
    before = stored.put_off
    tries, since = (before.tries + 1, min(before.since, now)) if before is not None else (1, now)
    length = WAITS_FOR[stored.effect.action]
    until = since + length if length is not None else None
    if not passes(stored.effect, found.why) or (until is not None and now >= until):
        return None
    asked = now + asked_pause(found.why) if asked_pause(found.why) else None
    next_at = max(now + _pause(tries, found.why), asked or now)
    if until is not None:
        next_at = min(next_at, until)
    return PutOff(
        why=found.why, tries=tries, since=since, next_at=next_at, not_before=asked, unclear=found.unclear, until=until
    )


def ending(why: Reason) -> Outcome:
    """Return the outcome of an effect whose time ended while it was put off."""
    return Outcome.REFUSED if why.code in _REFUSALS else Outcome.FAILED


def is_due(waits: PutOff, now: datetime, *, alive: bool = False) -> bool:
    """Return whether it is time to try again, or `alive`: a sign of life, which cuts no pause short that was asked for.

    What waits for a time that nobody sets was put off by a clock that was ahead: it waits no longer.
    """
    until = (waits.not_before or now) if alive else waits.next_at
    return until <= now or until > farthest(now)


def farthest(now: datetime) -> datetime:
    """Return the time after which no try is ever set now."""
    return now + _FARTHEST


def asked_pause(why: Reason) -> timedelta:
    """Return how long the platform asked to be left alone, a day at most."""
    return timedelta(seconds=math.ceil(seconds_asked(why.value("seconds")) or 0))


def seconds_asked(value: str) -> float | None:
    """Return the pause that a header or a record names, in seconds up to a day; None where it names none."""
    try:
        seconds = float(value) if value.isascii() else math.nan
    except ValueError:
        return None
    return bounded(seconds)


def bounded(seconds: float) -> float | None:
    """Return a number that a server gave as a pause, from none to a day; None where it is no number."""
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_ASKED.total_seconds())


def _pause(tries: int, why: Reason) -> timedelta:
    longest = LONGEST_PAUSE_UNEXPLAINED if why.code == PlatformReason.PLATFORM_ERROR else LONGEST_PAUSE
    doublings: int = 2 ** min(tries - 1, _MOST_DOUBLINGS)
    return min(FIRST_PAUSE * doublings, longest)
