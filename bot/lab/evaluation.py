"""Putting golden rows to a policy, and scoring what comes back."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.core.judging.judging import Judging
from bot.core.waiting.breaker import small_question
from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy
from bot.domain.question import ContextLine, ModelIdentity, Precedent, Question
from bot.domain.verdict import MODEL_AWAY, Label, UndecidedReason, Verdict, VerdictSource, undecided
from bot.lab.kept_results import KeptResults, key_of
from bot.lab.scorecard import Scored
from bot.ports.classifier import Classifier
from bot.ports.near_copies import NearCopies

_NOBODY = CommunityId("console:evaluation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What an evaluation came to. `kept` rows were judged by an earlier run; `complete` tells whether all rows are.

    `lost` is what the model's server said where it ended since the model fails whatever it is asked.
    """

    scored: tuple[Scored, ...]
    kept: int
    complete: bool
    lost: str = ""


class Evaluation:
    """Judges rows, as many at a time as the model has slots; `stop` ends it with what is done.

    A row on which the model fails is told from a model that fails altogether by a small question of our own.
    """

    def __init__(self, classifier: Classifier, policy: Policy, identity: ModelIdentity, *, slots: int) -> None:
        self._judging = Judging(classifier, slots=slots)
        self._policy = policy
        self._hashes = {"prompt_hash": classifier.prompt_hash(policy), "digest": identity.digest}
        self._slots = slots
        self._stopped = asyncio.Event()
        self._doubting = asyncio.Lock()
        self._lost = ""

    def stop(self) -> None:
        """Judge no more rows."""
        self._stopped.set()

    async def run(
        self, rows: Sequence[GoldenRow], results: KeptResults, after_each: Callable[[int], None]
    ) -> Evaluated:
        """Return every row with its verdict, in the rows' order; `after_each` is told how many have one."""
        verdicts: dict[int, Verdict] = {}
        for place, row in enumerate(rows):
            known = results.get(key_of(row, **self._hashes))
            if known is not None:
                verdicts[place] = known
        kept = len(verdicts)
        after_each(kept)
        waiting = iter([place for place in range(len(rows)) if place not in verdicts])

        async def work() -> None:
            for place in waiting:
                verdict = await self._judge(rows[place], results)
                if verdict.reason in MODEL_AWAY and await self._is_lost():
                    return
                verdicts[place] = verdict
                after_each(len(verdicts))
                if self._stopped.is_set():
                    return

        await self._until_stopped([asyncio.create_task(work()) for _ in range(self._slots)])
        scored = tuple(Scored(row=rows[place], verdict=verdict) for place, verdict in sorted(verdicts.items()))
        return Evaluated(scored=scored, kept=kept, complete=len(scored) == len(rows), lost=self._lost)

    async def _is_lost(self) -> bool:
        """Return whether the model fails whatever it is asked, and stop then: every other row would fail alike."""
        async with self._doubting:
            if not self._stopped.is_set():
                verdict = await self._judging.try_out(small_question(self._policy))
                if verdict.reason in MODEL_AWAY:
                    self._lost = verdict.fault or str(verdict.reason)
                    self.stop()
        return bool(self._lost)

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        stop = asyncio.create_task(self._stopped.wait())
        everything = asyncio.gather(*tasks)
        try:
            awaited: set[asyncio.Future[Any]] = {everything, stop}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if everything.done():
                await everything
        finally:
            stop.cancel()
            everything.cancel()
            with suppress(asyncio.CancelledError):
                await everything

    async def _judge(self, row: GoldenRow, results: KeptResults) -> Verdict:
        verdict = await self._judging.ask(question_of(row, self._policy))
        if verdict.reason not in MODEL_AWAY:
            results.add(key_of(row, **self._hashes), row, verdict)
        return verdict


def question_of(row: GoldenRow, policy: Policy) -> Question:
    """Return the question that a row puts, with its context where the policy is judged with any."""
    lines = () if policy.context_free else tuple(ContextLine(author="member-2", text=text) for text in row.context)
    return Question(policy=policy, text=row.text, context=lines)


async def score_copies(
    policy: Policy, rows: Sequence[GoldenRow], search: NearCopies, after_each: Callable[[int], None] = lambda _: None
) -> tuple[Scored, ...]:
    """Score near copies leave-one-out: each row is compared with the violating rows but itself.

    What is like none of them is UNDECIDED `no_model`: likeness never acquits. `search` is empty at first, and holds all
    violating rows afterwards. `after_each` is told how many rows are scored.
    """
    ids = _ids_of(rows)
    for row, own in zip(rows, ids, strict=True):
        if row.label is Label.VIOLATES:
            known = Precedent(id=own, policy=policy.id, category=str(row.category or ""), text=row.text)
            await search.add(None, (known,))
    scored = []
    for row, own in zip(rows, ids, strict=True):
        found = await search.nearest(_NOBODY, row.text, but=own)
        scored.append(Scored(row=row, verdict=_as_verdict(policy, found.precedent if found is not None else None)))
        after_each(len(scored))
    return tuple(scored)


def _ids_of(rows: Sequence[GoldenRow]) -> list[str]:
    """Return an id for each row; rows may share theirs, and then it is told by its place as well."""
    counted = Counter(row.id for row in rows)
    return [f"golden:{row.id}" if counted[row.id] == 1 else f"golden:{row.id} ({row.place})" for row in rows]


def _as_verdict(policy: Policy, precedent: Precedent | None) -> Verdict:
    if precedent is None:
        return undecided(policy.id, policy.policy_hash, UndecidedReason.NO_MODEL)
    known = next((category.id for category in policy.categories if category.id == precedent.category), None)
    return Verdict(
        policy=policy.id,
        policy_hash=policy.policy_hash,
        label=Label.VIOLATES,
        source=VerdictSource.NEAR_COPY,
        category=known or policy.categories[0].id,
        copy_of=precedent.id,
    )
