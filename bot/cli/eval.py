"""`hallmoot eval`: a policy against rows whose right label a person wrote down."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap.stores import empty_near_copies
from bot.bootstrap.surroundings import classifier, data_folder
from bot.cli.shared.guard import CHECK_FOUND, INTERRUPTED
from bot.cli.shared.interrupts import stopped_by_ctrl_c
from bot.cli.shared.options import Config, Json, Model, Ollama, example
from bot.cli.shared.output import err, heading, out, print_json, progress
from bot.cli.shared.scorecards import row_dict, scorecard_dict, show_errors, show_faults, show_scorecard
from bot.cli.shared.surroundings import policies_of, settings_for
from bot.config.policy_files.policy_file import PolicyFile
from bot.config.text_files import is_there
from bot.domain.errors import InputError, ModelDied
from bot.domain.policy import Policy
from bot.domain.question import ModelIdentity
from bot.domain.settings import ProcessSettings
from bot.lab.evaluation import Evaluated, Evaluation, score_copies
from bot.lab.golden_formats import GoldenFormat, GoldenOptions, GoldenSet, read_golden_set
from bot.lab.kept_results import KeptResults, forget
from bot.lab.scorecard import Rate, Scorecard, score

EPILOG = example(
    "hallmoot eval spam --copies",
    "hallmoot eval policies/harassment --errors",
    "hallmoot eval spam --golden examples/golden/table.csv --text comment --label spam --positive yes --copies",
)
_FAULTS_SHOWN = 20

Gate = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="End with status 1 below this value.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    settings: ProcessSettings
    policy: Policy
    golden: GoldenSet
    results: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    evaluated: Evaluated
    identity: ModelIdentity | None


def eval_(
    path: Annotated[str, typer.Argument(help="A shipped policy's id, a policy folder, or a file.", show_default=False)],
    golden: Annotated[Path | None, typer.Option(help="Labelled rows; else the golden.csv beside the policy.")] = None,
    format_: Annotated[
        GoldenFormat | None, typer.Option("--format", help="What the file is; seen if left out.")
    ] = None,
    text: Annotated[str, typer.Option(metavar="COLUMN", help="Column or key of the text, for any other table.")] = "",
    label: Annotated[str, typer.Option(metavar="COLUMN", help="Column or key of the label.")] = "",
    positive: Annotated[
        list[str] | None, typer.Option(metavar="VALUE", help="A label that means a violation (may be repeated).")
    ] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Show the rows called wrongly, with the rationale.")] = False,
    copies: Annotated[
        bool, typer.Option("--copies", help="Ask no model: score how far likeness to the other rows would come.")
    ] = False,
    results: Annotated[Path | None, typer.Option(help="Where verdicts are kept, to go on after a stop.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Judge every row anew, kept verdicts or not.")] = False,
    min_precision: Gate = None,
    min_recall: Gate = None,
    min_f1: Gate = None,
    config: Config = None,
    ollama: Ollama = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Measure a policy on labelled rows: precision, recall and F1 with their intervals, confusion, cost.

    Reads golden.csv, sheets with section rows and labels such as SP0, OpenAI's moderation set (--format
    openai-moderation --label H), and any table by --text, --label and --positive. Verdicts are kept, so that a stopped
    evaluation goes on where it was. Exit status: 1 below a minimum, 2 without a model.
    """
    loaded = settings_for(config=config, ollama=ollama, model=model)
    file = policies_of(loaded.process.policy_folders).find(path)
    options = GoldenOptions(format=format_, text=text, label=label, positive=tuple(positive or ()))
    rows = read_golden_set(_golden_file(file, golden), file.policy, options)
    kept = results or data_folder(loaded.process) / "eval" / f"{file.policy.id}.jsonl"
    task = _Task(settings=loaded.process, policy=file.policy, golden=rows, results=kept)
    if fresh and not copies:
        forget(kept)
    outcome = asyncio.run(_by_copies(task) if copies else _by_model(task))
    card = score(outcome.evaluated.scored)
    if as_json:
        print_json(_as_json(task, outcome, card))
    else:
        _show(task, outcome, card, with_errors=errors)
    _end(outcome.evaluated, card, {"precision": min_precision, "recall": min_recall, "f1": min_f1})


def _golden_file(file: PolicyFile, named: Path | None) -> Path:
    if named is None and not is_there(file.golden):
        raise InputError(f"{file.golden}: there are no labelled rows beside the policy. Name some with --golden.")
    return named or file.golden


async def _by_copies(task: _Task) -> _Outcome:
    with progress("Comparing", len(task.golden.rows)) as advance:
        scored = await score_copies(task.policy, task.golden.rows, empty_near_copies(), advance)
    return _Outcome(evaluated=Evaluated(scored=scored, kept=0, complete=True), identity=None)


async def _by_model(task: _Task) -> _Outcome:
    asked = classifier(task.settings)
    try:
        identity = (await asked.health()).identity
        evaluation = Evaluation(asked, task.policy, identity, slots=task.settings.ollama.slots)
        with (
            KeptResults(task.results) as results,
            progress("Judging", len(task.golden.rows)) as advance,
            stopped_by_ctrl_c(evaluation.stop),
        ):
            evaluated = await evaluation.run(task.golden.rows, results, advance)
        if not evaluated.complete:
            # A stop may be the model's absence: then its own error says where and what to do.
            await asked.health()
        if evaluated.lost:
            raise ModelDied(f"{evaluated.lost}\nThe verdicts so far are kept; the same command goes on.")
        return _Outcome(evaluated=evaluated, identity=identity)
    finally:
        await asked.close()


def _show(task: _Task, outcome: _Outcome, card: Scorecard, *, with_errors: bool) -> None:
    screen, evaluated = out(), outcome.evaluated
    _tell_faults(task.golden)
    if outcome.identity is None:
        screen.print(
            heading("No model was asked: rows are compared with the other violating rows, each without itself.")
        )
        screen.print("What is like none of them is undecided, never safe.\n")
    else:
        screen.print(f"Judged by {outcome.identity.model} ({outcome.identity.server}).")
    screen.print(f"{task.policy.id}: {len(evaluated.scored)} of {len(task.golden.rows)} rows")
    if evaluated.kept:
        screen.print(f"{evaluated.kept} verdicts were kept from before in {task.results}; --fresh judges anew.")
    show_scorecard(card)
    show_faults(evaluated.scored)
    if with_errors:
        show_errors(evaluated.scored)


def _tell_faults(golden: GoldenSet) -> None:
    if not golden.faults:
        return
    screen = err()
    screen.print(heading(f"Rows that can't be used: {len(golden.faults)}"))
    for fault in golden.faults[:_FAULTS_SHOWN]:
        screen.print(f"  {fault}")
    if len(golden.faults) > _FAULTS_SHOWN:
        screen.print(f"  and {len(golden.faults) - _FAULTS_SHOWN} more (--json shows all)")


def _as_json(task: _Task, outcome: _Outcome, card: Scorecard) -> dict[str, object]:
    identity = outcome.identity
    return {
        "policy": task.policy.id,
        "policy_hash": task.policy.policy_hash,
        "model": identity.model if identity else None,
        "digest": identity.digest if identity else None,
        "by": "model" if identity else "copies",
        "complete": outcome.evaluated.complete,
        "kept": outcome.evaluated.kept,
        "scorecard": scorecard_dict(card),
        "rows": [row_dict(one) for one in outcome.evaluated.scored],
        "faults": list(task.golden.faults),
    }


def _end(evaluated: Evaluated, card: Scorecard, least: dict[str, float | None]) -> None:
    """End with the status that fits: stopped, a minimum missed, or done."""
    if not evaluated.complete:
        err().print("Stopped. The verdicts so far are kept; the same command goes on.")
        raise typer.Exit(INTERRUPTED)
    missed = [name for name, value in least.items() if value is not None and _below(getattr(card.overall, name), value)]
    for name in missed:
        err().print(f"{name} is below the minimum of {least[name]}")
    if missed:
        raise typer.Exit(CHECK_FOUND)


def _below(rate: Rate, least: float) -> bool:
    return rate.value is None or rate.value < least
