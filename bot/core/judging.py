"""Asking the model, once per policy. Whatever is no valid answer stays UNDECIDED with its reason."""

import asyncio
from collections.abc import Sequence

from bot.domain.question import Question
from bot.domain.verdict import UndecidedReason, Verdict
from bot.logs import get_logger
from bot.ports.classifier import Classifier

_log = get_logger(__name__)

ASKED_AGAIN = frozenset({UndecidedReason.DIED, UndecidedReason.UNFINISHED})
"""Reasons that a second try may cure at once. At temperature 0 an unreadable answer would come out the same."""


class Judging:
    """Puts questions to the classifier, no more at a time than it has slots."""

    def __init__(self, classifier: Classifier, *, slots: int) -> None:
        self._classifier = classifier
        self._slots = asyncio.Semaphore(slots)

    async def ask(self, question: Question) -> Verdict:
        """Return the verdict on one question; one that broke off is asked a second time."""
        async with self._slots:
            verdict = await self._classifier.judge(question)
            if verdict.reason in ASKED_AGAIN:
                _log.info("question_asked_again", policy=question.policy.id, reason=verdict.reason)
                verdict = await self._classifier.judge(question)
        return verdict

    async def ask_all(self, questions: Sequence[Question]) -> tuple[Verdict, ...]:
        """Return the verdicts on several questions, in their order."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.ask(question)) for question in questions]
        return tuple(task.result() for task in tasks)
