"""Which prompt prefixes the model server has at hand, and how to bring the others there.

A prefix is read once by two different messages, one right after the other: the second, which resumes at the policy's
end, is what makes the server keep that place. The slots that a lane has at once need it each, so the k-th question of
a lane in flight warms the k-th slot: the question that needs the prefix waits for it, and nobody else does.
"""

from bot.core.breaker import Breaker
from bot.core.queue import Lane
from bot.domain.errors import ModelError
from bot.domain.policy import Policy
from bot.logs import get_logger
from bot.ports.classifier import Classifier

_log = get_logger(__name__)


class Warmth:
    """Warms lanes when they are first used, and again after the model was unloaded or away."""

    def __init__(self, classifier: Classifier, breaker: Breaker) -> None:
        self._classifier = classifier
        self._breaker = breaker
        self._loads = breaker.loads
        self._slots: dict[Lane, int] = {}

    async def ensure(self, policy: Policy, lane: Lane, at_work: int) -> None:
        """Make sure that as many slots know this lane's prefix as are at work in it, this one included."""
        if self._loads != self._breaker.loads:
            self._loads = self._breaker.loads
            self._slots.clear()
        if at_work <= self._slots.get(lane, 0):
            return
        self._slots[lane] = at_work
        try:
            await self._classifier.warm(policy)
        except ModelError as error:
            # The question itself will meet the same fault, and tell.
            self._slots[lane] = at_work - 1
            _log.info("prefix_not_warmed", fault=str(error), **policy.log_context())
