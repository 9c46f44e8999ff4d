"""Reading how likely the model finds a violation: the probabilities of 0 and 1 as the first thing it answers."""

import math
from dataclasses import dataclass

from bot.inference.request import Answer

READABLE_SUM = 0.5
"""What P(0) and P(1) must add up to at least; below it the model meant to say something else."""

_LEAST = 1e-9
"""Stands for what is left over when the listed tokens add up to all there is."""
_ROUNDING = 0.001
"""How far over nought a logarithm of 1 may come out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Natural logarithms of the two probabilities. A tie counts as no violation."""

    logprob_violates: float
    logprob_safe: float

    @property
    def violates(self) -> bool:
        """Return whether a violation is likelier than none."""
        return self.logprob_violates > self.logprob_safe


def read_weights(answer: Answer) -> Weights | None:
    """Return the weights of the answer's first token, or None when 0 and 1 together are under `READABLE_SUM`.

    Where only one of them is among the tokens listed (at most 20), the other gets the highest it can have been: the
    least of those listed, or all that they leave over. So log-odds never claim more than was seen.
    """
    found = listed(answer)
    violates, safe = found.get("1"), found.get("0")
    if _probability(violates) + _probability(safe) < READABLE_SUM:
        return None
    left_over = max(1 - sum(map(math.exp, found.values())), _LEAST)
    ceiling = min(*found.values(), math.log(left_over))
    return Weights(
        logprob_violates=ceiling if violates is None else violates, logprob_safe=ceiling if safe is None else safe
    )


def listed(answer: Answer) -> dict[str, float]:
    """Return the candidates of the first token; none of them when one is no log probability at all."""
    if not all(math.isfinite(logprob) and logprob <= _ROUNDING for _, logprob in answer.candidates):
        return {}
    found: dict[str, float] = {}
    for token, logprob in answer.candidates:
        found[token] = max(logprob, found.get(token, -math.inf))
    return found


def _probability(logprob: float | None) -> float:
    return 0.0 if logprob is None else math.exp(logprob)
