"""Which reasons pass, how long each action waits for them, and when it is tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.decision import PutOff, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import PersonId
from bot.domain.put_off import (
    LONGEST_ASKED,
    WAITS_FOR,
    ending,
    failed,
    is_due,
    is_gone,
    passes,
    put_off,
    seconds_asked,
    why_of,
)
from bot.domain.reasons import PlatformReason, Reason, reason
from tests.factories import effect, later

DOWN = reason(PlatformReason.PLATFORM_DOWN)
PASSING = (
    PlatformReason.RATE_LIMITED,
    PlatformReason.PLATFORM_DOWN,
    PlatformReason.NOT_CONNECTED,
    PlatformReason.MISSING_PERMISSION,
    PlatformReason.NO_MOD_LOG,
    PlatformReason.NOT_IN_CHANNEL,
    PlatformReason.DIRECT_MESSAGES_PAUSED,
)
MINUTES = 60


def waits(why: Reason, action: Action = Action.DELETE, before: PutOff | None = None, now: float = 0) -> PutOff | None:
    """Return how an effect waits that was tried in vain."""
    stored = StoredEffect(effect=effect(action), result=None, put_off=before)
    return put_off(stored, failed(why), later(now))


@pytest.mark.parametrize("code", list(PlatformReason))
def test_every_reason_passes_or_ends(code: PlatformReason) -> None:
    """What is gone, forbidden by rank or not offered ends; what is busy, away or missing passes."""
    assert passes(effect(Action.DELETE), reason(code)) is (code in PASSING)


@pytest.mark.parametrize("action", [Action.FLAG, Action.ESCALATE])
def test_a_card_and_a_call_end_only_where_nobody_can_be_reached_ever(action: Action) -> None:
    """Even for an error that nobody can explain."""
    ends = {code for code in PlatformReason if not passes(effect(action), reason(code))}
    assert ends == {PlatformReason.COMMUNITY_GONE, PlatformReason.NO_ROLE, PlatformReason.NOT_SUPPORTED}
    waiting = waits(DOWN, action)
    assert waiting is not None
    assert waiting.until is None


def test_a_persons_press_ends_for_want_of_a_permission_but_a_removal_waits() -> None:
    """They hear at once and can press again; a kick out of the blue would surprise everyone."""
    lacking = reason(PlatformReason.MISSING_PERMISSION, permission="kick")
    by_person = PersonId("mo")
    assert not passes(effect(Action.TIMEOUT, by=by_person), lacking)
    assert passes(effect(Action.TIMEOUT), lacking)
    assert passes(effect(Action.DELETE, by=by_person), lacking)
    assert passes(effect(Action.KICK, by=by_person), DOWN)


def test_each_try_waits_twice_as_long_up_to_ten_minutes() -> None:
    """5, 10, 20 … seconds."""
    pauses, before, now = [], None, 0.0
    for _ in range(10):
        before = waits(DOWN, Action.FLAG, before, now)
        assert before is not None
        pauses.append((before.next_at - later(now)).total_seconds())
        now += pauses[-1]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_an_error_that_nobody_explains_is_tried_a_few_times_a_day() -> None:
    """A card that the platform does not take must not be sent thousands of times."""
    before = waits(reason(PlatformReason.PLATFORM_ERROR, code="50035"), Action.FLAG)
    assert before is not None
    tried_often = replace(before, tries=30)
    again = waits(reason(PlatformReason.PLATFORM_ERROR, code="50035"), Action.FLAG, tried_often)
    assert again is not None
    assert again.next_at - later(0) == timedelta(hours=6)


def test_a_pause_that_is_asked_for_is_kept_to_however_long() -> None:
    """And no sign of life shortens it."""
    waiting = waits(reason(PlatformReason.RATE_LIMITED, seconds=7200))
    assert waiting is not None
    assert waiting.next_at == waiting.not_before == later(7200)
    assert not waiting.unclear
    short = waits(reason(PlatformReason.RATE_LIMITED, seconds=1))
    assert short is not None
    assert (short.next_at, short.not_before) == (later(5), later(1))


def test_a_lost_answer_leaves_it_unclear_whether_it_happened() -> None:
    """So the platform is looked at before the next try."""
    for code in PASSING:
        assert failed(reason(code)).unclear is (code is PlatformReason.PLATFORM_DOWN)


@pytest.mark.parametrize("action", [action for action, length in WAITS_FOR.items() if length is not None])
def test_when_its_time_is_over_it_ends_with_one_last_try(action: Action) -> None:
    """The last try is at the end, not ten minutes before."""
    length = WAITS_FOR[action]
    assert length is not None
    total = length.total_seconds()
    first = waits(DOWN, action)
    assert first is not None
    assert first.until == later(total)
    last = waits(DOWN, action, replace(first, tries=20), total - 1)
    assert last is not None
    assert last.next_at == later(total)
    assert waits(DOWN, action, last, total) is None


def test_how_it_ends_says_whether_somebody_said_no() -> None:
    """A permission that never came is a refusal; a platform that never answered is a failure."""
    assert ending(reason(PlatformReason.MISSING_PERMISSION, permission="x")) is Outcome.REFUSED
    assert ending(DOWN) is Outcome.FAILED


def test_every_action_has_a_time() -> None:
    """A new one has to say how long it waits."""
    assert set(WAITS_FOR) == set(Action)


def test_an_error_tells_its_reason() -> None:
    """By what it carries, by its code, or by its kind."""
    gone = reason(PlatformReason.MESSAGE_GONE)
    assert why_of(PlatformRefused("no", code="10008", why=gone)) == gone
    assert why_of(PlatformRefused("no", code="no_mod_log")) == reason(PlatformReason.NO_MOD_LOG)
    assert why_of(PlatformRefused("no", code="50035")) == reason(PlatformReason.PLATFORM_ERROR, code="50035")
    assert why_of(PlatformBusy("later", code="503")) == DOWN
    assert why_of(PlatformBusy("later", retry_after=60.0)) == reason(PlatformReason.RATE_LIMITED, seconds=60)
    assert is_gone(PlatformRefused("no", why=gone))
    assert not is_gone(PlatformRefused("no", code="50013"))


HOSTILE = ("9" * 400, "-5", "nan", "inf", "1e400", "²", "", "Wed, 21 Oct 2026 07:28:00 GMT", "1.5", "12", " 7 ", "٣")


@pytest.mark.parametrize("value", HOSTILE)
def test_a_pause_of_any_form_is_a_number_of_seconds_up_to_a_day(value: str) -> None:
    """Headers come from a server, or from something between; absent, they say nothing."""
    asked = seconds_asked(value)
    assert asked is None or 0 <= asked <= LONGEST_ASKED.total_seconds()
    assert (asked is None) is (value in ("nan", "²", "", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"))
    assert {"1.5": 1.5, "12": 12, " 7 ": 7, "-5": 0, "inf": 86_400}.get(value, asked) == asked


@pytest.mark.parametrize("asked", [float("nan"), float("inf"), -1.0, 1e300, None])
def test_a_pause_that_is_no_length_of_time_breaks_nothing(asked: float | None) -> None:
    """Neither the reason nor the wait that follows from it."""
    waiting = waits(why_of(PlatformBusy("busy", code="429", retry_after=asked)), Action.FLAG)
    assert waiting is not None
    assert later(0) < waiting.next_at <= later(86_400)


@pytest.mark.parametrize("seconds", ["9" * 12, "9" * 400, "-1", "1.5", "²"])
def test_a_recorded_pause_of_any_length_can_be_waited_for(seconds: str) -> None:
    """A day at most: what was asked for by mistake keeps no card from moderators for ever."""
    waiting = waits(reason(PlatformReason.RATE_LIMITED, seconds=seconds), Action.FLAG)
    assert waiting is not None
    assert waiting.next_at <= later(86_400)


def test_a_clock_that_was_wrong_keeps_nothing_waiting() -> None:
    """A time farther off than any pause was set by a clock that was ahead; what waits since then waits since now."""
    waiting = waits(DOWN, Action.FLAG, now=10 * 86_400)
    assert waiting is not None
    assert is_due(waiting, later(0))
    asked = waits(reason(PlatformReason.RATE_LIMITED, seconds=60), Action.FLAG, now=10 * 86_400)
    assert asked is not None
    assert is_due(asked, later(0), alive=True)
    removal = waits(DOWN, now=10 * 86_400)
    again = waits(DOWN, before=removal, now=0)
    assert again is not None
    assert again.until == later(86_400)
