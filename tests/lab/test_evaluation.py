"""Evaluations: concurrent up to the slots, resumable, and kept with hashes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.golden import GoldenRow
from bot.domain.ids import CategoryId, CommunityId
from bot.domain.question import NearCopy, Precedent, Question
from bot.domain.verdict import Label, UndecidedReason, Verdict
from bot.inference.scripted import IDENTITY, ScriptedClassifier, by_text, violates
from bot.lab.evaluation import Evaluated, Evaluation, question_of, score_copies
from bot.lab.kept_results import KeptResults
from bot.lab.scorecard import score
from bot.storage.comparing.near_copies import IndexedNearCopies
from tests.factories import category, policy

RULE = policy("spam", category("SP2", context_free=True))


def _rows(*texts: tuple[str, Label]) -> tuple[GoldenRow, ...]:
    return tuple(
        GoldenRow(
            id=f"g-{number}",
            text=text,
            context=("earlier",),
            label=label,
            category=CategoryId("SP2"),
            language="en",
            tags=frozenset(),
            split="",
            note="",
            place=f"golden.csv:{number + 2}",
        )
        for number, (text, label) in enumerate(texts)
    )


ROWS = _rows(("buy now", Label.VIOLATES), ("hello", Label.SAFE), ("buy later", Label.VIOLATES), ("bye", Label.SAFE))
MODEL = by_text({"buy now": violates("SP2", "buy"), "bye": violates("SP2", "bye"), "hello": UndecidedReason.INVALID})


async def _run(path: Path, model: ScriptedClassifier, rows: tuple[GoldenRow, ...] = ROWS, slots: int = 2) -> Evaluated:
    evaluation = Evaluation(model, RULE, IDENTITY, slots=slots)
    with KeptResults(path) as results:
        return await evaluation.run(rows, results, lambda _: None)


async def test_every_row_has_its_verdict_in_the_rows_order(tmp_path: Path) -> None:
    """One found, one false alarm, one missed, one undecided."""
    evaluated = await _run(tmp_path / "r.jsonl", ScriptedClassifier(MODEL))
    assert [one.row.id for one in evaluated.scored] == ["g-0", "g-1", "g-2", "g-3"]
    overall = score(evaluated.scored).overall
    assert (overall.true_positive, overall.false_positive, overall.false_negative) == (1, 1, 1)
    assert (overall.undecided_negative, evaluated.complete, evaluated.kept) == (1, True, 0)


async def test_a_second_run_asks_nothing_and_says_the_same(tmp_path: Path) -> None:
    """Verdicts are kept with all that they say."""
    first = await _run(tmp_path / "r.jsonl", ScriptedClassifier(MODEL))
    again = ScriptedClassifier(MODEL)
    second = await _run(tmp_path / "r.jsonl", again)
    assert again.asked == []
    assert (second.scored, second.kept) == (first.scored, 4)


async def test_another_prompt_or_text_is_judged_anew(tmp_path: Path) -> None:
    """What is kept belongs to the prompt, the weights and the row."""
    await _run(tmp_path / "r.jsonl", ScriptedClassifier(MODEL))
    model = ScriptedClassifier(MODEL)
    await _run(tmp_path / "r.jsonl", model, (*ROWS, *_rows(("something new", Label.SAFE))))
    assert [question.text for question in model.asked] == ["something new"]
    other = policy("spam", category("SP2", context_free=True), text="another text that names SP2")
    changed = ScriptedClassifier(MODEL)
    with KeptResults(tmp_path / "r.jsonl") as results:
        await Evaluation(changed, other, IDENTITY, slots=2).run(ROWS, results, lambda _: None)
    assert len(changed.asked) == 4


class _Counting(ScriptedClassifier):
    """Knows how many questions are open at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.open = self.most = 0

    async def judge(self, question: Question) -> Verdict:
        """Hold the question for a while."""
        self.open += 1
        self.most = max(self.most, self.open)
        for _ in range(5):
            await asyncio.sleep(0)
        self.open -= 1
        return await super().judge(question)


async def test_no_more_questions_are_open_than_the_model_has_slots(tmp_path: Path) -> None:
    """And no fewer, while rows wait."""
    model = _Counting()
    await _run(tmp_path / "r.jsonl", model, _rows(*((f"text {number}", Label.SAFE) for number in range(20))), slots=3)
    assert model.most == 3


class _Stopping(ScriptedClassifier):
    """Stops the evaluation at its third question, and is silent then."""

    evaluation: Evaluation

    async def judge(self, question: Question) -> Verdict:
        """Answer twice."""
        if len(self.asked) == 2:
            self.evaluation.stop()
            await asyncio.Event().wait()
        return await super().judge(question)


async def test_a_stopped_evaluation_goes_on_where_it_was(tmp_path: Path) -> None:
    """Two rows before the stop, two after it, none twice."""
    model = _Stopping(MODEL)
    model.evaluation = Evaluation(model, RULE, IDENTITY, slots=1)
    with KeptResults(tmp_path / "r.jsonl") as results:
        stopped = await model.evaluation.run(ROWS, results, lambda _: None)
    assert ([one.row.id for one in stopped.scored], stopped.complete) == (["g-0", "g-1"], False)
    rest = ScriptedClassifier(MODEL)
    resumed = await _run(tmp_path / "r.jsonl", rest)
    assert [question.text for question in rest.asked] == ["buy later", "bye"]
    assert (resumed.kept, resumed.complete) == (2, True)


@pytest.mark.parametrize(
    ("reason", "asked"), [(UndecidedReason.UNREACHABLE, 2), (UndecidedReason.TIMEOUT, 2), (UndecidedReason.DIED, 4)]
)
async def test_when_the_model_fails_altogether_no_other_row_is_asked(
    tmp_path: Path, reason: UndecidedReason, asked: int
) -> None:
    """A small question of our own tells. Its absence is not kept as a verdict."""
    model = ScriptedClassifier(by_text({}, other=reason))
    evaluated = await _run(tmp_path / "r.jsonl", model, slots=1)
    assert (len(model.asked), evaluated.complete, evaluated.scored) == (asked, False, ())
    assert evaluated.lost
    assert (await _run(tmp_path / "r.jsonl", ScriptedClassifier(MODEL))).kept == 0


async def test_a_row_on_which_alone_the_model_fails_is_undecided_and_asked_again_next_time(tmp_path: Path) -> None:
    """The others are judged, and kept."""
    fails = by_text({"hello": UndecidedReason.TIMEOUT})
    evaluated = await _run(tmp_path / "r.jsonl", ScriptedClassifier(fails))
    assert [one.verdict.reason for one in evaluated.scored] == [None, UndecidedReason.TIMEOUT, None, None]
    assert (evaluated.complete, evaluated.lost) == (True, "")
    again = ScriptedClassifier()
    assert (await _run(tmp_path / "r.jsonl", again)).kept == 3
    assert [question.text for question in again.asked] == ["hello"]


async def test_a_line_that_was_cut_off_is_judged_anew(tmp_path: Path) -> None:
    """A crash in the middle of a line costs that row alone."""
    path = tmp_path / "r.jsonl"
    await _run(path, ScriptedClassifier(MODEL))
    path.write_bytes(path.read_bytes()[:-20])
    model = ScriptedClassifier(MODEL)
    assert (await _run(path, model)).kept == 3
    assert len(model.asked) == 1
    assert (await _run(path, ScriptedClassifier(MODEL))).kept == 4


def test_context_is_asked_along_only_where_the_policy_looks_at_it() -> None:
    """A policy whose rules need none is asked without."""
    with_context = policy("spam", category("SP2"))
    assert [line.text for line in question_of(ROWS[0], with_context).context] == ["earlier"]
    assert question_of(ROWS[0], RULE).context == ()


async def test_copies_are_scored_leave_one_out() -> None:
    """A row is never compared with itself, and what is like nothing is undecided, not safe."""
    rows = _rows(
        ("win a brand new phone today, click the link", Label.VIOLATES),
        ("win a brand new phone today, click this link", Label.VIOLATES),
        ("an offer that is like no other one in here", Label.VIOLATES),
        ("see you all at the lake on sunday morning", Label.SAFE),
    )
    scored = await score_copies(RULE, rows, IndexedNearCopies())
    assert [(one.verdict.label, one.verdict.copy_of) for one in scored] == [
        (Label.VIOLATES, "golden:g-1"),
        (Label.VIOLATES, "golden:g-0"),
        (Label.UNDECIDED, ""),
        (Label.UNDECIDED, ""),
    ]


async def test_each_row_is_read_into_the_search_once_and_asked_for_once() -> None:
    """Not every other row anew for each: a thousand rows take seconds. Rows that share an id are still told apart."""
    rows = tuple(
        replace(row, id=f"g-{number % 2}")
        for number, row in enumerate(
            _rows(*((f"an offer like no other, number {n}", Label.VIOLATES) for n in range(60)))
        )
    )
    search, told = _CountedSearch(), list[int]()
    scored = await score_copies(RULE, rows, search, told.append)
    assert (search.added, search.asked) == (60, 60)
    assert told == list(range(1, 61))
    assert all(one.verdict.copy_of.startswith("golden:g-") for one in scored)
    assert all(one.row.place not in one.verdict.copy_of for one in scored)


class _CountedSearch(IndexedNearCopies):
    """Counts what it is given and asked."""

    def __init__(self) -> None:
        super().__init__()
        self.added = self.asked = 0

    async def add(self, community: CommunityId | None, precedents: tuple[Precedent, ...]) -> None:
        """Count the texts."""
        self.added += len(precedents)
        await super().add(community, precedents)

    async def nearest(self, community: CommunityId, text: str, *, but: str = "") -> NearCopy | None:
        """Count the question."""
        self.asked += 1
        return await super().nearest(community, text, but=but)


def test_a_place_where_nothing_can_be_kept_is_told(tmp_path: Path) -> None:
    """A folder in the file's place, for one."""
    (tmp_path / "r.jsonl").mkdir()
    with pytest.raises(Exception, match="results can't be kept here"), KeptResults(tmp_path / "r.jsonl"):
        pass
