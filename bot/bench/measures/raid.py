"""A raid against a whole run: how few judgements it costs, and that nobody else is drawn into it."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.measures.judged import deliver
from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import policies
from bot.bench.stand_ins.raids import Raid, raid
from bot.bench.surroundings import BenchRun, QuickModel, at_work, opened
from bot.domain.case import CaseStatus
from bot.domain.ids import MessageRef
from bot.domain.question import Question
from bot.domain.records import CaseFilter
from bot.domain.states import State
from bot.domain.verdict import Evidence, Label, Verdict

_VARIANTS, _ORDINARY, _QUOTING, _NEGATING = 10_000, 200, 20, 10
_SLOTS = 4
_SECONDS = 0.5
"""How long the model takes; a real one takes longer, and then even more of the raid waits for the first answers."""
_ENDED = frozenset({State.DONE, State.DECIDED, State.NOT_JUDGED, State.SCREENED_OUT})


class RaidModel(QuickModel):
    """Knows which messages belong to the raid: these break a rule. `asked` counts the questions by message."""

    def __init__(self, given: Raid, *, seconds: float) -> None:
        super().__init__(seconds=seconds)
        self._given = given
        self.asked: Counter[MessageRef] = Counter()

    async def judge(self, question: Question) -> Verdict:
        """Answer."""
        verdict = await super().judge(question)
        if question.ref is None:
            return verdict
        self.asked[question.ref] += 1
        return verdict if question.ref in self._given.ordinary else _violating(verdict, question)


def _violating(verdict: Verdict, question: Question) -> Verdict:
    word = question.text.split()[0]
    run = verdict.run
    return Verdict(
        policy=verdict.policy,
        policy_hash=verdict.policy_hash,
        label=Label.VIOLATES,
        source=verdict.source,
        category=question.policy.categories[0].id,
        evidence=(Evidence(quote=word, start=0, end=len(word)),),
        rationale="It is one of very many.",
        run=run,
    )


async def _raid(options: Options) -> tuple[Measure, ...]:
    begin = datetime.now(UTC) - timedelta(minutes=1)
    given = raid(
        seed=options.seed,
        begin=begin,
        variants=options.count(_VARIANTS),
        ordinary=options.count(_ORDINARY),
        quoting=options.count(_QUOTING),
        negating=options.count(_NEGATING),
    )
    model = RaidModel(given, seconds=_SECONDS)
    with TemporaryDirectory(dir=options.folder) as folder:
        async with (
            opened(Path(folder), model, policies(options.seed, 1), slots=_SLOTS) as made,
            at_work(made) as run,
        ):
            began = time.perf_counter()
            await deliver(run, list(given.messages))
            delivered = time.perf_counter() - began
            await run.until_decided(len(given.messages))
            cards, ended = await _outcome(run)
    return _measures(given, model, cards, ended, delivered)


async def _outcome(run: BenchRun) -> tuple[int, int]:
    """Return how many cards there are, and how many messages came to an end."""
    cases = await run.store.cases.find(None, CaseFilter(status=CaseStatus.OPEN, limit=100_000))
    coverage = await run.store.inbox.coverage(None, None, None)
    return len(cases), coverage.count(*_ENDED)


def _measures(given: Raid, model: RaidModel, cards: int, ended: int, delivered: float) -> tuple[Measure, ...]:
    asked_of_raid = sum(number for ref, number in model.asked.items() if ref not in given.ordinary)
    left_out = sum(1 for ref in given.ordinary if not model.asked[ref])
    raiders = len(given.messages) - len(given.ordinary)
    return (
        Measure(what="judgements for the raid", value=asked_of_raid, unit="", mark=Mark(limit=25)),
        Measure(what="ordinary messages not judged on their own", value=left_out, unit="", mark=Mark(limit=0)),
        Measure(what="cards", value=cards, unit="", mark=Mark(limit=6)),
        Measure(what="messages that came to no end", value=len(given.messages) - ended, unit="", mark=Mark(limit=0)),
        Measure(what="messages of the raid", value=raiders, unit=""),
        Measure(what="ordinary messages", value=len(given.ordinary), unit=""),
        Measure(what="taken in a second", value=len(given.messages) / delivered, unit="1/s"),
    )


RAID = Part(name="raid", title="A raid of 10,000 variants of five texts", run=_raid)
