"""Whether a question found its policy in the server's cache, and how fast a server reads what is not there."""

from collections import deque
from statistics import median

from bot.inference.request import Answer

_COLD_SHARE = 0.5
"""Of a policy's prefix: a slot has nearly all of it or has to begin anew."""
_SAMPLES = 9
_READ_TIMES = 3.0


class Pace:
    """How long a server takes to read a token anew, learnt from warming: for those that do not tell what was cached."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_SAMPLES)

    def learn(self, first: Answer, second: Answer, tokens: int) -> None:
        """Take note of the two requests that warm a policy; `tokens` is the first prompt's length.

        Only where the second took far less time did the first one read the policy: it may have been at hand already.
        """
        taken = first.prompt_seconds
        if first.cached_tokens is None and tokens > 0 and taken > _READ_TIMES * second.prompt_seconds > 0:
            self._seconds.append(taken / tokens)

    def is_cold(self, answer: Answer, prefix_tokens: int) -> bool | None:
        """Return whether the policy's prefix had to be read for this answer; None where nothing tells."""
        if answer.cached_tokens is not None:
            return answer.cached_tokens < prefix_tokens * _COLD_SHARE
        if not self._seconds:
            return None
        return answer.prompt_seconds > median(self._seconds) * prefix_tokens * _COLD_SHARE
