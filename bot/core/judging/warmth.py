"""Which prompt prefixes the model server has at hand, and how to bring the others there.

A prefix is read once by two different messages, one right after the other: the second, which resumes at the policy's
end, is what makes the server keep that place. The slots that a lane has at once need it each, so the k-th question of
a lane in flight warms the k-th slot: the question that needs the prefix waits for it, and nobody else does.

A server may lose a place without a word: to another program's request, or to two messages that went on together. So
each answer is looked at, and a lane whose question was cold is warmed again, less often where that does not help.

What it costs: two requests, which read the policy once and two short messages, and write a token each; never more than
once for a question, and never more than once for each that was cold, so at most twice what those read. Whatever comes
back each time (a lane that stays cold, a model that is loaded for every request, addresses that take turns, warming
that fails) is answered after 1, 2, 4 … 64 such questions in a row, and from then on after 64 each time.
"""

from dataclasses import dataclass, field

from bot.domain.errors import ModelError
from bot.domain.policy import Policy
from bot.domain.question import Lane
from bot.domain.verdict import ModelRun
from bot.logs import get_logger
from bot.ports.classifier import Classifier

MOST_PATIENCE = 64
"""Setbacks in a row that are put up with at most before something is done about them again."""

_log = get_logger(__name__)


@dataclass(slots=True)
class _Patience:
    """How many setbacks in a row it takes to do something about them: twice as many each time, if that did not help."""

    seen: int = 0
    takes: int = 1

    def ends(self) -> bool:
        """Take note of a setback, and return whether it is time."""
        self.seen += 1
        if self.seen < self.takes:
            return False
        self.seen, self.takes = 0, min(self.takes * 2, MOST_PATIENCE)
        return True

    def restore(self) -> None:
        self.seen, self.takes = 0, 1


@dataclass(slots=True)
class _Lane:
    """What is known of a lane: how many slots have its prefix, and its cold questions and failed warmings since.

    `slots` counts those that are being warmed too, which `warming` are; `warmed` is the moment at which one was last.
    After a warming that failed, `failing` has the next questions put without one, if it failed before.
    """

    slots: int = 0
    warming: int = 0
    warmed: int = 0
    cold: _Patience = field(default_factory=_Patience)
    failing: _Patience | None = None


class Warmth:
    """Warms lanes when they are first used, when a question of theirs was cold, and after the model was loaded anew."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._lanes: dict[Lane, _Lane] = {}
        self._address: str | None = None
        self._warmed = 0
        self._losses = _Patience()

    def lost(self) -> None:
        """Take note that the server has nothing at hand any more: the model was unloaded, away, or is another one."""
        self._lost_before(self._warmed)

    def _lost_before(self, moment: int) -> None:
        """Forget what was warmed up to a moment; what is being warmed now is so by the model that is there now."""
        for lane in self._lanes.values():
            if lane.warmed <= moment:
                lane.slots, lane.failing = lane.warming, None

    async def ensure(self, policy: Policy, name: Lane, at_work: int) -> None:
        """Make sure that as many slots know this lane's prefix as are at work in it, this one included."""
        lane = self._lanes.setdefault(name, _Lane())
        if at_work <= lane.slots or (lane.failing is not None and not lane.failing.ends()):
            return
        began = self._warmed
        lane.slots, lane.warming = lane.slots + 1, lane.warming + 1
        try:
            if await self._classifier.warm(policy) and self._losses.ends():
                self._lost_before(began)
            self._warmed += 1
            lane.warmed, lane.failing = self._warmed, None
        except ModelError as error:
            # The question itself will meet the same fault, and tell.
            lane.slots, lane.failing = max(lane.slots - 1, 0), lane.failing or _Patience()
            _log.info("prefix_not_warmed", fault=str(error), **policy.log_context())
        finally:
            lane.warming -= 1

    def heard(self, name: Lane, run: ModelRun | None) -> None:
        """Take note of whether a question found its prefix at hand."""
        if run is None:
            return
        elsewhere = self._address not in (None, run.address)
        self._address = run.address
        if run.reloaded or elsewhere:
            if self._losses.ends():
                self.lost()
            return
        self._losses.restore()
        lane = self._lanes.get(name)
        if lane is None or run.cold is None:
            return
        if not run.cold:
            lane.cold.restore()
        elif lane.cold.ends():
            lane.slots = 0
            _log.info("lane_went_cold", lane=name[:12], warmed_again_after=lane.cold.takes)
