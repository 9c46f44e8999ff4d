"""How fast the model writes, against what was measured when it was set up. Pure.

A server that loses its graphics card goes on answering from the processor: nothing fails, everything is just late.
"""

from collections import deque
from dataclasses import dataclass
from statistics import median

from bot.domain.verdict import ModelRun

WINDOW = 12
"""Answers that the present speed is the median of."""
ENOUGH = 5
"""Answers without which nothing is said of the speed."""
_RECOVERED = 1.25
"""How far above the limit the speed must rise to count as normal again, so that it does not flicker."""
_MIN_TOKENS = 8
_GPU_SLACK = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was measured when the model was set up, with all slots at work.

    `tokens_per_second` is what one answer of several at once was written at. `gpu_share` is 0 to 1, None where unknown.
    """

    digest: str
    slots: int
    tokens_per_second: float
    gpu_share: float | None

    def as_facts(self) -> dict[str, object]:
        """Return it as it is kept."""
        return {
            "digest": self.digest,
            "slots": self.slots,
            "tokens_per_second": self.tokens_per_second,
            "gpu_share": self.gpu_share,
        }


def baseline_from(facts: dict[str, object] | None) -> Baseline | None:
    """Return what was kept, or None where nothing usable was."""
    match facts:
        case {"digest": str(digest), "slots": int(slots), "tokens_per_second": float(speed), "gpu_share": share}:
            placed = share if isinstance(share, float) else None
            return Baseline(digest=digest, slots=slots, tokens_per_second=speed, gpu_share=placed)
        case _:
            return None


def speed_of(run: ModelRun | None) -> float | None:
    """Return how many tokens a second an answer was written at; None for one that is too short to tell."""
    if run is None or run.output_tokens < _MIN_TOKENS or run.output_seconds <= 0:
        return None
    return run.output_tokens / run.output_seconds


class SpeedWatch:
    """Keeps the latest speeds and says whether they are far below the baseline."""

    def __init__(self, *, slow_below: float) -> None:
        self._slow_below = slow_below
        self._speeds: deque[float] = deque(maxlen=WINDOW)
        self._off_the_card = False
        self._late = False
        self.baseline: Baseline | None = None

    @property
    def slow(self) -> bool:
        """Return whether the model is so slow that it counts as an outage."""
        return self._late or self._off_the_card

    def add(self, run: ModelRun | None) -> None:
        """Take note of an answer."""
        speed = speed_of(run)
        if speed is None:
            return
        self._speeds.append(speed)
        if self.baseline is None or len(self._speeds) < ENOUGH:
            return
        limit = self.baseline.tokens_per_second * self._slow_below
        latest = median(list(self._speeds)[-ENOUGH:]) if self._late else median(self._speeds)
        self._late = latest < limit * (_RECOVERED if self._late else 1.0)

    def placed(self, gpu_share: float | None) -> None:
        """Take note of how much of the model is on the graphics card; None while it is not loaded."""
        before = self.baseline.gpu_share if self.baseline is not None else None
        if before is not None and gpu_share is not None:
            self._off_the_card = gpu_share < before - _GPU_SLACK

    def anew(self) -> None:
        """Forget what was seen: the model was away, and what comes back may be placed differently."""
        self._speeds.clear()
        self._late = self._off_the_card = False
