"""Whether the model can be relied on: closed while it answers, open while it does not, half-open while that is tried.

A question that fails for want of a model is a doubt, not yet an outage: it may be that message alone. So a small
question of our own follows at once, and its failure opens the breaker. While it is open, that question is put again
every `probe_every`, and its answer closes it. A model that answers far more slowly than when it was set up is in
trouble too, but goes on being asked: what it says is as good as ever.
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from statistics import median

from bot.core.judging.judging import Judging
from bot.core.judging.model_watch import ModelWatch
from bot.core.waiting.speed import Baseline, SpeedWatch, baseline_from, speed_of
from bot.domain.errors import ModelError
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, ModelIdentity, Question
from bot.domain.settings import DegradedSettings
from bot.domain.verdict import MODEL_AWAY, Verdict
from bot.logs import get_logger
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.facts import Facts

BASELINE = "baseline"
"""The name under which the speed at set-up is kept; with the address, where the model has one."""
LOOK_EVERY = 60.0
"""Seconds between two looks at where the model is placed, while it answers."""
_TEXTS = (
    "Good morning, everyone! Did the update go well for you?",
    "Has anybody seen the new schedule for the weekend?",
    "Thanks for the help yesterday, it works now.",
    "I will be a bit late today, please start without me.",
)

_log = get_logger(__name__)


class Trouble(StrEnum):
    """What is wrong with the model."""

    AWAY = "away"
    SLOW = "slow"


class Breaker(ModelWatch):
    """Watches the model for `run`. `last_identity` is what answered last.

    `sample` gives a policy to try the model with, or None where there is none yet. Its questions wait for a slot as all
    others do.
    """

    def __init__(
        self,
        classifier: Classifier,
        judging: Judging,
        clock: Clock,
        facts: Facts,
        settings: DegradedSettings,
        *,
        slots: int,
        sample: Callable[[], Policy | None],
    ) -> None:
        super().__init__(classifier, clock, probe_every=settings.probe_every.total_seconds())
        self._judging = judging
        self._facts = facts
        self._slots = slots
        self._sample = sample
        self._speed = SpeedWatch(slow_below=settings.slow_below)
        self._trying = asyncio.Lock()
        self._tries = 0
        self._next_look = 0.0
        self.last_identity: ModelIdentity | None = None

    @property
    def trouble(self) -> Trouble | None:
        """Return what is wrong now, or None when all is well."""
        if self.identity is None:
            return Trouble.AWAY
        return Trouble.SLOW if self._speed.slow else None

    async def present(self) -> ModelIdentity | None:
        """Return what answers, or None while the breaker is open; nobody but `look` tries the model then."""
        return self.identity

    async def start(self) -> None:
        """Look for the first time: whether a server has the model, which may still have to be loaded."""
        try:
            await self._close(await self._classifier.health())
        except ModelError as error:
            self._lost(str(error), error.reason)

    async def heard(self, verdict: Verdict) -> None:
        """Take note of an answer; a failure, or an answer from elsewhere, is looked into before this returns."""
        if verdict.reason in MODEL_AWAY:
            await self._doubt()
        elif verdict.run is not None and self.identity is not None and verdict.run.address != self.identity.address:
            await self._see_placed()
        else:
            self._speed.add(verdict.run)

    async def look(self) -> None:
        """Try the model when that is due, and otherwise see how it is placed. May take as long as loading it does."""
        now = self._clock.monotonic()
        if self.identity is None:
            if now >= self._next_probe:
                await self._doubt()
            return
        if now < self._next_look:
            return
        self._next_look = now + LOOK_EVERY
        if self._needs_measuring():
            await self.measure()
        elif self._speed.slow:
            await self._doubt()
        else:
            await self._see_placed()

    async def measure(self) -> Baseline | None:
        """Measure the model with all slots at work, keep the result and return it; None when it can't be measured."""
        policy, identity = self._sample(), self.identity
        if policy is None or identity is None:
            return None
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._judging.try_out(small_question(policy, n))) for n in range(self._slots)]
        runs = [run for task in asked if (run := task.result().run) is not None and run.address == identity.address]
        speeds = [speed for run in runs if (speed := speed_of(run)) is not None]
        if not speeds:
            return None
        share = await self._gpu_share()
        found = Baseline(digest=identity.digest, slots=self._slots, tokens_per_second=median(speeds), gpu_share=share)
        await self._facts.save(_baseline_of(identity), found.as_facts())
        self._speed.baseline = found
        _log.info("model_measured", tokens_per_second=round(found.tokens_per_second, 1), gpu_share=share)
        return found

    def _needs_measuring(self) -> bool:
        known, identity = self._speed.baseline, self.identity
        return identity is not None and (known is None or (known.digest, known.slots) != (identity.digest, self._slots))

    async def _doubt(self) -> None:
        """Try the model; several doubts at once are settled by one try."""
        tries = self._tries
        async with self._trying:
            if tries != self._tries:
                return
            await self._try()
            self._tries += 1

    async def _try(self) -> None:
        try:
            health = await self._classifier.health()
        except ModelError as error:
            self._open(str(error), error)
            return
        policy = self._sample()
        if policy is not None:
            verdict = await self._judging.try_out(small_question(policy))
            if verdict.reason in MODEL_AWAY:
                why = verdict.fault or str(verdict.reason)
                self._open(f"The server is there, but a small question got no answer ({why}).", verdict)
                return
            self._speed.add(verdict.run)
        await self._close(health)

    async def _see_placed(self) -> None:
        try:
            health = await self._classifier.health()
        except ModelError:
            await self._doubt()
            return
        if health.foreign_window is not None:
            _log.warning("window_of_somebody_else", num_ctx=health.foreign_window)
        if not health.loaded or health.foreign_window is not None:
            self._judging.warmth.lost()
        await self._close(health)

    async def _gpu_share(self) -> float | None:
        try:
            return (await self._classifier.health()).gpu_share
        except ModelError:
            return None

    def _open(self, why: str, failure: ModelError | Verdict) -> None:
        if self.identity is not None:
            self._judging.warmth.lost()
            self._speed.anew()
        self._lost(why, failure.reason)

    async def _close(self, health: ModelHealth) -> None:
        found, before = health.identity, self.last_identity
        if self.identity is None or self.identity.address != found.address:
            _log.info("model_answers", model=found.model, server=found.server, address=found.address)
        if before is None or before.address != found.address:
            self._speed.anew()
            self._speed.baseline = baseline_from(await self._facts.load(_baseline_of(found)))
        if before is not None and (before.address, before.digest) != (found.address, found.digest):
            self._judging.warmth.lost()
        self.identity = self.last_identity = found
        self.why_away, self.reason_away = "", None
        self._speed.placed(health.gpu_share)


def small_question(policy: Policy, number: int = 0) -> Question:
    """Return a question of our own, which a model that works answers quickly; `number` chooses among a few."""
    return Question(policy=policy, text=_TEXTS[number % len(_TEXTS)])


def _baseline_of(identity: ModelIdentity) -> str:
    """Return the name of a server's own baseline: the same model may well be slower on another machine."""
    return f"{BASELINE}:{identity.address}" if identity.address else BASELINE
