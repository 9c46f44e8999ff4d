"""`hallmoot judge`: one text, put to one policy."""

import asyncio
import sys
from typing import Annotated, Any

import typer
from rich.text import Text

from bot.bootstrap.surroundings import classifier
from bot.cli.shared.guard import CHECK_FOUND, UNUSABLE
from bot.cli.shared.options import Config, Json, Model, Ollama, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import policies_of, settings_for
from bot.domain.errors import InputError
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.reasons import Reason
from bot.domain.settings import ProcessSettings
from bot.domain.verdict import MODEL_AWAY, Label, Verdict
from bot.messages.catalogue import Family, catalogue

EPILOG = example(
    'hallmoot judge --policy spam "selling followers, cheap, message me"',
    "cat message.txt | hallmoot judge --policy policies/harassment --json -",
)
_MOST_INPUT = 100_000
_STYLES = {Label.VIOLATES: "bold red", Label.SAFE: "green", Label.UNDECIDED: "yellow"}


def judge(
    policy: Annotated[
        str, typer.Option("--policy", "-p", metavar="PATH", help="A shipped policy's id, a policy folder, or a file.")
    ],
    text: Annotated[str | None, typer.Argument(help="The text to judge; `-` or nothing reads it from a pipe.")] = None,
    config: Config = None,
    ollama: Ollama = None,
    model: Model = None,
    show_reasoning: Annotated[
        bool, typer.Option("--reasoning", help="Show what the model wrote while thinking.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put one text to one policy. Nothing is recorded.

    Exit status: 0 safe, 1 violates, 2 no verdict.
    """
    loaded = settings_for(config=config, ollama=ollama, model=model)
    rules = policies_of(loaded.process.policy_folders).find(policy).policy
    verdict = asyncio.run(_judge(loaded.process, rules, _text(text)))
    if as_json:
        print_json(as_dict(verdict))
    else:
        _show(verdict, rules, show_reasoning=show_reasoning)
    raise typer.Exit({Label.VIOLATES: CHECK_FOUND, Label.UNDECIDED: UNUSABLE}.get(verdict.label, 0))


async def _judge(settings: ProcessSettings, policy: Policy, text: str) -> Verdict:
    asked = classifier(settings)
    try:
        verdict = await asked.judge(Question(policy=policy, text=text))
        if verdict.reason in MODEL_AWAY:
            # The verdict carries a code alone; asking after the server's health says where and what to do.
            await asked.health()
        return verdict
    finally:
        await asked.close()


def _text(given: str | None) -> str:
    text = _piped() if given is None or given == "-" else given
    if len(text) > _MOST_INPUT:
        raise InputError(f"The text has more than {_MOST_INPUT} characters; judge a shorter one.")
    if not text.strip():
        raise InputError("The text is empty; there is nothing to judge.")
    return text


def _piped() -> str:
    if sys.stdin.isatty():
        raise InputError("There is no text. Write it in quotes behind the command, or pipe it in.")
    return sys.stdin.read(_MOST_INPUT + 1)


def _show(verdict: Verdict, policy: Policy, *, show_reasoning: bool) -> None:
    screen = out()
    screen.print(Text(verdict.label.value, style=_STYLES[verdict.label]))
    if verdict.category is not None:
        screen.print(f"Rule: {verdict.category} {policy.category(verdict.category).title}")
    if verdict.reason is not None:
        screen.print(f"Why: {catalogue('en').reason(Reason(code=verdict.reason), Family.UNDECIDED)}")
    if verdict.fault:
        screen.print(f"What its server said: {verdict.fault}", soft_wrap=True)
    for evidence in verdict.evidence:
        screen.print(f"Words: {evidence.quote}")
    if verdict.rationale:
        screen.print(f"Why: {verdict.rationale}")
    if verdict.reasoning_cut:
        screen.print("The model could not think it through to the end: such a verdict only ever flags.")
    if show_reasoning and verdict.reasoning:
        screen.print(f"\nWhat the model wrote while thinking:\n{verdict.reasoning}")
    if verdict.run is not None:
        run = verdict.run
        screen.print(
            f"\n{run.model}, {run.requests} requests, {run.prompt_tokens} tokens read, "
            f"{run.output_tokens} written, {run.wall_seconds:.2f} s",
            style="dim",
        )


def as_dict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON shows it; reasoning included, since whoever runs the command is its reader."""
    run = verdict.run
    return {
        "label": verdict.label,
        "policy": verdict.policy,
        "category": verdict.category,
        "reason": verdict.reason,
        "fault": verdict.fault,
        "evidence": [{"quote": item.quote, "start": item.start, "end": item.end} for item in verdict.evidence],
        "rationale": verdict.rationale,
        "reasoning": verdict.reasoning,
        "reasoning_cut": verdict.reasoning_cut,
        "policy_hash": verdict.policy_hash,
        "run": None
        if run is None
        else {
            "model": run.model,
            "digest": run.digest,
            "server": run.server,
            "prompt_hash": run.prompt_hash,
            "effort": run.effort,
            "requests": run.requests,
            "prompt_tokens": run.prompt_tokens,
            "output_tokens": run.output_tokens,
            "wall_seconds": run.wall_seconds,
            "prompt_seconds": run.prompt_seconds,
            "output_seconds": run.output_seconds,
            "logprob_violates": run.logprob_violates,
            "logprob_safe": run.logprob_safe,
        },
    }
