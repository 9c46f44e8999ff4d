"""Whether three lanes in random order stay warm on one slot of the real engine.

Everything is as in a run but the weights: the bot's own prompts, fences and warming, ollama's client, and the server
that Ollama starts as its runner. The engine's own count of tokens that it read holds warming too.
"""

import random
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from bot.bench.parts import Mark, Measure, Options
from bot.bench.stand_ins.generators import COMMUNITY, policies, texts
from bot.bench.stand_ins.real_engine import MODEL, real_engine
from bot.bench.stand_ins.tiny_model import write_tiny_model
from bot.bench.surroundings import default_settings
from bot.core.judging.judging import Judging
from bot.domain.errors import InputError
from bot.domain.ids import ChannelId, MessageId, MessageRef, Revision
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.verdict import Label, ModelRun, Verdict
from bot.inference.ollama import OllamaClassifier

_LANES = 3
_MESSAGES = 300
_WARM_LIMIT = 60.0
_READ = "llamacpp:prompt_tokens_total"


async def on_real_engine(options: Options) -> tuple[Measure, ...]:
    """Ask about 300 messages, and return how much of their prompts the engine had to read. InputError without it."""
    with TemporaryDirectory(dir=options.folder, prefix="hallmoot-bench-") as folder:
        model = Path(folder) / "tiny.gguf"
        write_tiny_model(model, violates=0.1)
        settings = replace(default_settings(options.folder).ollama, model=MODEL, slots=1)
        with real_engine(model, slots=1, num_ctx=settings.num_ctx) as engine:
            classifier = OllamaClassifier(replace(settings, urls=(engine.ollama,)), install_key=bytes(32))
            try:
                verdicts = await _ask(Judging(classifier, slots=1), options)
            finally:
                await classifier.close()
            read = await _read_in_all(engine.engine)
    runs = [verdict.run for verdict in verdicts if verdict.run is not None]
    return _measures(verdicts, runs, read)


def _measures(verdicts: list[Verdict], runs: list[ModelRun], read: float) -> tuple[Measure, ...]:
    own = [run.prompt_tokens - (run.cached_tokens or 0) for run in runs]
    undecided = sum(verdict.label is Label.UNDECIDED for verdict in verdicts)
    mean = read / len(verdicts)
    return (
        Measure(
            what="3 policies, 1 slot: tokens read a question, warming included, mean",
            value=mean,
            unit="",
            mark=Mark(limit=_WARM_LIMIT),
        ),
        Measure(what="by the question alone, median", value=median(own), unit=""),
        Measure(
            what="tokens of a prompt, median", value=median(run.prompt_tokens / run.requests for run in runs), unit=""
        ),
        Measure(what="questions that found their policy cold", value=sum(run.cold is True for run in runs), unit=""),
        Measure(what="without a verdict", value=undecided, unit="", mark=Mark(limit=0)),
        Measure(what="questions", value=len(verdicts), unit=""),
    )


async def _ask(judging: Judging, options: Options) -> list[Verdict]:
    rules, listed = policies(options.seed, _LANES), texts(options.seed)
    draw = random.Random(options.seed)  # noqa: S311 - a seeded order, no secret
    return [
        await judging.ask(_question(draw.choice(rules), next(listed), number))
        for number in range(options.count(_MESSAGES))
    ]


def _question(policy: Policy, text: str, number: int) -> Question:
    ref = MessageRef(community=COMMUNITY, channel=ChannelId("c"), message=MessageId(str(number)))
    return Question(policy=policy, text=text, ref=ref, revision=Revision("1"))


async def _read_in_all(engine: str) -> float:
    """Return how many prompt tokens the engine has read since it was started, those at hand left out."""
    try:
        async with httpx.AsyncClient(base_url=engine, trust_env=False) as client:
            told = (await client.get("/metrics")).raise_for_status().text
        return next(float(line.split()[1]) for line in told.splitlines() if line.startswith(f"{_READ} "))
    except (httpx.HTTPError, StopIteration, IndexError, ValueError) as error:
        raise InputError(f"The engine does not tell how much it read ({type(error).__name__}).") from error
