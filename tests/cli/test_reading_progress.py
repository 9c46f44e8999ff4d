"""How fast a recording is judged, and what is left of it."""

import pytest

from bot.cli.shared.reading_progress import Pace, length_of


class _Time:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.passed


def test_the_time_left_is_of_what_was_judged_now() -> None:
    """What was on record already came at once, and says nothing of the model."""
    time = _Time()
    pace = Pace(1_000, time)
    assert pace.left == "-:-- left"
    time.passed = 5.0
    pace.advance(400, judged=False)
    assert pace.rate == 0.0
    pace.advance(400, judged=True)
    time.passed = 15.0
    pace.advance(500, judged=True)
    assert (pace.rate, pace.left) == (10.0, "0:50 left")


def test_time_in_which_the_model_was_waited_for_counts_for_nothing() -> None:
    """The rate is that of its work."""
    time = _Time()
    pace = Pace(200, time)
    pace.advance(0, judged=True)
    time.passed = 10.0
    pace.advance(100, judged=True)
    pace.wait()
    time.passed = 310.0
    pace.wait()
    time.passed = 610.0
    pace.go_on()
    assert (pace.rate, pace.left) == (10.0, "0:10 left")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1.0, "0:00"), (7.4, "0:07"), (754.0, "12:34"), (3_723.0, "1:02:03"), (90_000.0, "25:00:00")],
)
def test_a_length_of_time_is_short(seconds: float, shown: str) -> None:
    """Hours only where there are any."""
    assert length_of(seconds) == shown
