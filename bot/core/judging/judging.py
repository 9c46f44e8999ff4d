"""Asking the model, once per policy. Whatever is no valid answer stays UNDECIDED with its reason."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.core.intake.split_words import reaches
from bot.core.judging.warmth import Warmth
from bot.core.tasks.together import together
from bot.domain.question import Lane, Question
from bot.domain.verdict import Label, UndecidedReason, Verdict
from bot.logs import get_logger
from bot.ports.classifier import Classifier

_log = get_logger(__name__)

ASKED_AGAIN = frozenset({UndecidedReason.DIED})
"""Reasons that a second try may cure at once. At temperature 0 an answer that did not end would not end again."""


class Asks(ABC):
    """Whoever puts questions to the model, once or until they are answered."""

    @abstractmethod
    async def ask(self, question: Question) -> Verdict:
        """Return the verdict on one question."""

    async def ask_all(self, questions: Sequence[Question]) -> tuple[Verdict, ...]:
        """Return the verdicts on several questions, in their order."""
        return tuple(await together(self.ask(question) for question in questions))


class Judging(Asks):
    """Puts questions to the classifier, no more at a time than it has slots, and keeps their prefixes warm."""

    def __init__(self, classifier: Classifier, *, slots: int) -> None:
        self._classifier = classifier
        self._slots = asyncio.Semaphore(slots)
        self._at_work: Counter[Lane] = Counter()
        self.warmth = Warmth(classifier)

    async def ask(self, question: Question) -> Verdict:
        """Return the verdict on one question, whose prefix is warmed first; what broke off is asked a second time."""
        lane = self._classifier.prompt_hash(question.policy)
        async with self._slots:
            self._at_work[lane] += 1
            try:
                await self.warmth.ensure(question.policy, lane, self._at_work[lane])
                verdict = await self._judge(question)
            finally:
                self._at_work -= Counter([lane])
        self.warmth.heard(lane, verdict.run)
        return verdict

    async def try_out(self, question: Question) -> Verdict:
        """Return the verdict on a question that is put to see how the model does: nothing is warmed for it."""
        async with self._slots:
            return await self._judge(question)

    async def _judge(self, question: Question) -> Verdict:
        verdict = await self._put(question)
        start = question.newest_from
        if verdict.label is not Label.VIOLATES or not start or reaches(verdict.evidence, start):
            return verdict
        # What the earlier lines say was judged with them; the newest may still say something by itself.
        return await self._alone(question)

    async def _put(self, question: Question) -> Verdict:
        verdict = await self._classifier.judge(question)
        if verdict.reason in ASKED_AGAIN:
            _log.info("question_asked_again", policy=question.policy.id, reason=verdict.reason)
            verdict = await self._classifier.judge(question)
        return verdict

    async def _alone(self, question: Question) -> Verdict:
        """Ask about the newest line alone; its evidence keeps its place in the joined text."""
        start = question.newest_from
        verdict = await self._put(replace(question, text=question.text[start:], newest_from=0))
        shifted = (replace(quote, start=quote.start + start, end=quote.end + start) for quote in verdict.evidence)
        return replace(verdict, evidence=tuple(shifted))
