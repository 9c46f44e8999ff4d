"""When a model counts as slow."""

from dataclasses import replace

from bot.core.waiting.speed import Baseline, SpeedWatch, baseline_from, speed_of
from bot.domain.verdict import ModelRun
from tests.factories import DIGEST, model_run

BASELINE = Baseline(digest=DIGEST, slots=1, tokens_per_second=90.0, gpu_share=1.0)


def _run(tokens_per_second: float) -> ModelRun:
    return model_run(output_tokens=100, output_seconds=100 / tokens_per_second)


def _watch(*speeds: float) -> SpeedWatch:
    watch = SpeedWatch(slow_below=0.33)
    watch.baseline = BASELINE
    for speed in speeds:
        watch.add(_run(speed))
    return watch


def test_four_slow_answers_say_nothing_yet() -> None:
    """The fifth does."""
    assert not _watch(*[10.0] * 4).slow
    assert _watch(*[10.0] * 5).slow


def test_a_third_of_the_speed_is_the_limit() -> None:
    """At 90 tokens a second that is 29.7."""
    assert not _watch(*[30.0] * 5).slow
    assert _watch(*[29.0] * 5).slow


def test_single_slow_answers_are_no_outage() -> None:
    """The median counts."""
    assert not _watch(90, 5, 90, 5, 90, 5, 90).slow


def test_it_recovers_a_quarter_above_the_limit() -> None:
    """So that it does not flicker at the limit; at 33 it is still slow, at 40 no longer."""
    watch = _watch(*[10.0] * 12)
    for _ in range(12):
        watch.add(_run(33.0))
    assert watch.slow
    for _ in range(5):
        watch.add(_run(40.0))
    assert not watch.slow


def test_answers_too_short_to_tell_are_left_out() -> None:
    """Seven tokens, or no time at all."""
    assert speed_of(model_run(output_tokens=7, output_seconds=1.0)) is None
    assert speed_of(model_run(output_tokens=80, output_seconds=0.0)) is None
    assert speed_of(None) is None
    assert speed_of(model_run(output_tokens=80, output_seconds=2.0)) == 40.0


def test_less_of_the_model_on_the_card_than_at_set_up_is_slow() -> None:
    """Two hundredths are rounding; an unloaded model says nothing."""
    watch = _watch()
    found = []
    for share in (0.99, 0.9, None, 1.0):
        watch.placed(share)
        found.append(watch.slow)
    assert found == [False, True, True, False]


def test_a_machine_that_never_had_a_card_is_not_slow_for_it() -> None:
    """Nought then, nought now."""
    watch = SpeedWatch(slow_below=0.33)
    watch.baseline = replace(BASELINE, gpu_share=0.0)
    watch.placed(0.0)
    assert not watch.slow


def test_without_a_measurement_nothing_is_slow() -> None:
    """There is nothing to compare with."""
    watch = SpeedWatch(slow_below=0.33)
    for _ in range(12):
        watch.add(_run(0.1))
    assert not watch.slow


def test_the_measurement_is_kept_as_it_was() -> None:
    """And anything else on record is no measurement."""
    assert baseline_from(BASELINE.as_facts()) == BASELINE
    unknown = replace(BASELINE, gpu_share=None)
    assert baseline_from(unknown.as_facts()) == unknown
    assert baseline_from(None) is None
    assert baseline_from({"digest": DIGEST, "slots": "one"}) is None
