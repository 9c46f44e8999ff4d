"""A recording and a model that goes away: it waits for the model's return, a while, and throws nothing away.

Nobody waits for a recording's verdicts, so each of its messages can be put again. What tells one message's failure from
an outage is the breaker, as in `run`: a small question of our own. In an outage everything waits, and the model is
looked for every `probe_every`; a model that stays away for longer than `wait` ends the recording where it stands. A
message that alone fails is put a few times, with a rest before each, and then it is not judged, with its own reason.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.judging.judging import Asks, Judging
from bot.core.waiting.breaker import Breaker
from bot.domain.errors import ModelStayedAway
from bot.domain.policy import Policy
from bot.domain.question import ModelIdentity, Question
from bot.domain.settings import DegradedSettings
from bot.domain.verdict import MODEL_AWAY, UndecidedReason, Verdict
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.facts import Facts

WAIT = timedelta(minutes=10)
"""How long a recording waits for a model that went away, where nobody says otherwise."""
TRIES = 3
"""How often a message is put that fails although the model answers others."""
OUTAGES = 5
"""Outages in a row that begin with one message, until it counts as what brings the model down."""
RESTS = (5.0, 30.0)
"""Seconds before such a message is put again: a queue that was full may have emptied."""
_ITS_OWN = frozenset({UndecidedReason.DIED, UndecidedReason.TIMEOUT})
"""Failures that may be one message's. The others are the server's, whatever it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A wait for the model: why there is one, and for how many seconds it goes on at the most."""

    why: str
    seconds_left: float


Tell = Callable[[Waiting | None], None]
"""Told of each wait until the next look for the model, and with None of its return."""


class PatientWatch(Breaker):
    """Watches the model for a recording: `present` waits for a model that has answered before.

    `clock` is the machine's, not the recording's: the wait is real. A model that never answered is not waited for.
    Once nobody wants to wait any more, `give_up` ends each wait at once.
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
        wait: timedelta,
    ) -> None:
        super().__init__(classifier, judging, clock, facts, settings, slots=slots, sample=sample)
        self.wait = wait.total_seconds()
        self._probe_seconds = settings.probe_every.total_seconds()
        self._one_waits = asyncio.Lock()
        self._lost_for_good = asyncio.Event()
        self.tell: Tell = lambda _: None

    @property
    def away(self) -> bool:
        """Return whether no model ever answered: what it said stands, whatever became of it since."""
        return self.last_identity is None

    async def present(self) -> ModelIdentity | None:
        """Return what answers, after waiting for it where it went away. Raises ModelStayedAway."""
        if self.identity is None and self.last_identity is not None:
            async with self._one_waits:
                await self._until_back()
        return self.identity

    def give_up(self) -> None:
        """Wait no more: whoever waits, or would, is told that the model stayed away."""
        self._lost_for_good.set()

    async def _until_back(self) -> None:
        until, waited = self._clock.monotonic() + self.wait, False
        while self.identity is None:
            left = until - self._clock.monotonic()
            if left <= 0 or self._lost_for_good.is_set():
                self.give_up()
                raise ModelStayedAway(self.why_away)
            self.tell(Waiting(why=self.why_away, seconds_left=left))
            waited = True
            if await self._rested(min(max(self._probe_seconds, 1.0), left)):
                await self.look()
        if waited:
            self.tell(None)

    async def _rested(self, seconds: float) -> bool:
        """Wait for so long; return False at once where that is given up."""
        rest = asyncio.create_task(self._clock.sleep(seconds))
        given_up = asyncio.create_task(self._lost_for_good.wait())
        try:
            await asyncio.wait((rest, given_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            rest.cancel()
            given_up.cancel()
        return not self._lost_for_good.is_set()


class PatientJudging(Asks):
    """Puts questions until they are answered, or until it is clear that it is the message that fails."""

    def __init__(self, judging: Judging, watch: PatientWatch, clock: Clock) -> None:
        self._judging = judging
        self._watch = watch
        self._clock = clock
        self._one_by_one = asyncio.Lock()

    async def ask(self, question: Question) -> Verdict:
        """Return the verdict on one question. Raises ModelStayedAway."""
        verdict, in_outage = await self._put(question)
        if verdict.reason not in MODEL_AWAY:
            return verdict
        # One at a time, so that a message which brings the model down is soon told from those beside it.
        async with self._one_by_one:
            return await self._put_again(question, verdict, in_outage=in_outage)

    async def _put_again(self, question: Question, verdict: Verdict, *, in_outage: bool) -> Verdict:
        until = self._clock.monotonic() + self._watch.wait
        alone = outages = 0
        while verdict.reason in MODEL_AWAY:
            its_own = verdict.reason in _ITS_OWN
            alone += its_own and not in_outage
            outages += its_own and in_outage
            if alone >= TRIES or outages >= OUTAGES:
                break
            if not in_outage:
                await self._rest(alone, until)
            verdict, in_outage = await self._put(question)
        return verdict

    async def _rest(self, alone: int, until: float) -> None:
        """Wait before a question is put again; one that the server goes on refusing must not wait for ever."""
        if not alone and self._clock.monotonic() >= until:
            raise ModelStayedAway("The server goes on refusing questions, although it answers a small one in between.")
        await self._clock.sleep(RESTS[alone > 1])

    async def _put(self, question: Question) -> tuple[Verdict, bool]:
        """Return the verdict, and whether the model turned out to be away from everybody."""
        await self._watch.present()
        verdict = await self._judging.ask(question)
        await self._watch.heard(verdict)
        return verdict, self._watch.identity is None
