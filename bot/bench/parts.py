"""What a part of the benchmark is, and what it hands back."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a benchmark is run. `scale` shortens every part alike: marks are meant for 1.

    `folder` is where databases are made: on the disk that is to be measured. `ollama` and `llama_server` are addresses
    of real servers for the parts that can use one; `real` has the real engine started for them, with a tiny model.
    """

    seed: int
    folder: Path
    scale: float = 1.0
    ollama: str | None = None
    model: str | None = None
    llama_server: str | None = None
    real: bool = False

    def count(self, full: int) -> int:
        """Return how many of something to do at this scale, one at least."""
        return max(1, round(full * self.scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a value has to reach: at most `limit`, or at least where it says so."""

    limit: float
    at_least: bool = False

    def met_by(self, value: float) -> bool:
        """Return whether a value reaches it."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measured value. Those without a mark explain the others."""

    what: str
    value: float
    unit: str
    mark: Mark | None = None

    @property
    def holds(self) -> bool | None:
        """Return whether the mark is met; None where there is none."""
        return self.mark.met_by(self.value) if self.mark is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: chosen by its name, explained by its title."""

    name: str
    title: str
    run: Callable[[Options], Coroutine[Any, Any, tuple[Measure, ...]]]


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of all does not exceed (0.99: the 99th percentile); 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
