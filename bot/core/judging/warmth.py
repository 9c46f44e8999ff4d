"""Which prompt prefixes the model server has at hand, and how to bring the others there.

A prefix is read once by two different messages, one right after the other: the second, which resumes at the policy's
end, is what makes the server keep that place. The slots that a lane has at once need it each, so the k-th question of
a lane in flight warms the k-th slot: the question that needs the prefix waits for it, and nobody else does.

A server may lose a place without a word: to another program's request, or to two messages that went on together. So
each answer is looked at, and a lane whose question was cold is warmed again, less often where that does not help.
"""

from dataclasses import dataclass

from bot.domain.errors import ModelError
from bot.domain.policy import Policy
from bot.domain.question import Lane
from bot.domain.verdict import ModelRun
from bot.logs import get_logger
from bot.ports.classifier import Classifier

MOST_PATIENCE = 64
"""Cold questions in a row that a lane is left to at most before it is warmed again."""

_log = get_logger(__name__)


@dataclass(slots=True)
class _Lane:
    """What is known of a lane: how many slots have its prefix, and how many cold questions it had since.

    `slots` counts those that are being warmed too, which `warming` are; `warmed` is the moment at which one was last.
    `patience` is how many cold questions it takes to warm the lane again: more each time that this did not help.
    """

    slots: int = 0
    warming: int = 0
    warmed: int = 0
    cold: int = 0
    patience: int = 1


class Warmth:
    """Warms lanes when they are first used, when a question of theirs was cold, and after the model was loaded anew."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._lanes: dict[Lane, _Lane] = {}
        self._address: str | None = None
        self._warmed = 0

    def lost(self) -> None:
        """Take note that the server has nothing at hand any more: the model was unloaded, away, or is another one."""
        self._lost_before(self._warmed)

    def _lost_before(self, moment: int) -> None:
        """Forget what was warmed up to a moment; what is being warmed now is so by the model that is there now."""
        for lane in self._lanes.values():
            if lane.warmed <= moment:
                lane.slots = lane.warming

    async def ensure(self, policy: Policy, name: Lane, at_work: int) -> None:
        """Make sure that as many slots know this lane's prefix as are at work in it, this one included."""
        lane = self._lanes.setdefault(name, _Lane())
        if at_work <= lane.slots:
            return
        began = self._warmed
        lane.slots, lane.warming = lane.slots + 1, lane.warming + 1
        try:
            if await self._classifier.warm(policy):
                self._lost_before(began)
            self._warmed += 1
            lane.warmed = self._warmed
        except ModelError as error:
            # The question itself will meet the same fault, and tell.
            lane.slots = max(lane.slots - 1, 0)
            _log.info("prefix_not_warmed", fault=str(error), **policy.log_context())
        finally:
            lane.warming -= 1

    def heard(self, name: Lane, run: ModelRun | None) -> None:
        """Take note of whether a question found its prefix at hand."""
        if run is None:
            return
        if run.reloaded or self._address not in (None, run.address):
            self._address = run.address
            self.lost()
            return
        self._address = run.address
        lane = self._lanes.get(name)
        if lane is None or run.cold is None:
            return
        if not run.cold:
            lane.cold, lane.patience = 0, 1
            return
        lane.cold += 1
        if lane.cold >= lane.patience:
            lane.slots, lane.cold, lane.patience = 0, 0, min(lane.patience * 2, MOST_PATIENCE)
            _log.info("lane_went_cold", lane=name[:12], warmed_again_after=lane.patience)
