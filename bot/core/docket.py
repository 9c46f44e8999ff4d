"""What waits for the model, and who is next."""

import asyncio
from collections.abc import Sequence

from bot.core.judging import Judging
from bot.domain.question import Question
from bot.domain.verdict import Verdict


class Docket:
    """Hands questions to the model's slots, in the order of their arrival."""

    def __init__(self, judging: Judging, slots: int) -> None:
        self._judging = judging
        self._slots = asyncio.Semaphore(slots)

    async def put(self, questions: Sequence[Question]) -> tuple[Verdict, ...]:
        """Return the verdicts on all these questions, in their order; no more than `slots` run at a time."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(question)) for question in questions]
        return tuple(task.result() for task in tasks)

    async def _ask(self, question: Question) -> Verdict:
        async with self._slots:
            return await self._judging.ask(question)
