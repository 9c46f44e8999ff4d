"""Whether a question found its policy in the server's cache, and how fast a server reads what is not there."""

from collections import deque
from dataclasses import dataclass
from statistics import median

from bot.inference.library import ollama

_COLD_SHARE = 0.5
"""Of a policy's prefix: a slot has nearly all of it or has to begin anew."""
_RELOADED = 1_000_000_000
"""Nanoseconds of loading. Ollama counts some milliseconds of it for a model that is loaded."""
_LONGEST = 2**48
"""Nanoseconds: three days."""
_SAMPLES = 9
_READ_TIMES = 3.0
_NANO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, with how many of its prompt's tokens the server had at hand: None where it does not tell."""

    said: ollama.GenerateResponse
    cached: int | None = None

    @property
    def reloaded(self) -> bool:
        """Return whether the model was loaded for this request: whatever the server had at hand before is gone."""
        return (self.said.load_duration or 0) > _RELOADED

    @property
    def reading_seconds(self) -> float:
        """Return how long reading the prompt took, within what can be true: nobody knows what answers there."""
        return min(max(self.said.prompt_eval_duration or 0, 0), _LONGEST) * _NANO


class Pace:
    """How long a server takes to read a token anew, learnt from warming: for those that do not tell what was cached."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_SAMPLES)

    def learn(self, first: Answer, second: Answer, tokens: int) -> None:
        """Take note of the two requests that warm a policy; `tokens` is the first prompt's length.

        Only where the second took far less time did the first one read the policy: it may have been at hand already.
        """
        seconds = first.reading_seconds
        if first.cached is None and tokens > 0 and seconds > _READ_TIMES * second.reading_seconds > 0:
            self._seconds.append(seconds / tokens)

    def is_cold(self, answer: Answer, prefix_tokens: int) -> bool | None:
        """Return whether the policy's prefix had to be read for this answer; None where nothing tells."""
        if answer.cached is not None:
            return answer.cached < prefix_tokens * _COLD_SHARE
        if not self._seconds:
            return None
        return answer.reading_seconds > median(self._seconds) * prefix_tokens * _COLD_SHARE
