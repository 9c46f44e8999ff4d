"""What a verdict costs this process: rendering, the ollama client, reading the answers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import policies, texts
from bot.bench.surroundings import default_settings
from bot.domain.errors import InputError
from bot.domain.question import Question
from bot.domain.verdict import Label, Verdict
from bot.inference.ollama import OllamaClassifier

_SLOTS = 4
_VIOLATING = 0.1


async def _cpu(options: Options) -> tuple[Measure, ...]:
    count = options.count(500)
    policy = policies(options.seed, 1)[0]
    listed = texts(options.seed, violating=_VIOLATING)
    questions = [Question(policy=policy, text=next(listed)) for _ in range(count)]
    async with _stand_in() as url:
        settings = replace(default_settings(options.folder).ollama, urls=(url,), slots=_SLOTS)
        classifier = OllamaClassifier(settings, install_key=bytes(32))
        try:
            await _ask(classifier, questions[:_SLOTS])
            began = time.process_time()
            verdicts = await _ask(classifier, questions)
            cpu = time.process_time() - began
        finally:
            await classifier.close()
    undecided = sum(verdict.label is Label.UNDECIDED for verdict in verdicts)
    return (
        Measure(what="processor time per verdict", value=cpu / count * 1e3, unit="ms", mark=Mark(limit=8.0)),
        Measure(what="verdicts that failed", value=undecided, unit="", mark=Mark(limit=0)),
        Measure(what="verdicts", value=count, unit=""),
    )


async def _ask(classifier: OllamaClassifier, questions: list[Question]) -> list[Verdict]:
    found: list[Verdict] = []

    async def slot(start: int) -> None:
        for question in questions[start::_SLOTS]:
            found.append(await classifier.judge(question))  # noqa: PERF401 - each waits for the one before

    async with asyncio.TaskGroup() as group:
        for start in range(_SLOTS):
            group.create_task(slot(start))
    return found


@asynccontextmanager
async def _stand_in() -> AsyncIterator[str]:
    """Run the stand-in in a process of its own; yield its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.bench.stand_ins.stand_in",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = await process.stdout.readline() if process.stdout is not None else b""
        if not line:
            raise InputError(
                "The stand-in for Ollama did not start; run `python -m bot.bench.stand_ins.stand_in` to see why."
            )
        yield line.decode().strip()
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


VERDICT = Part(
    name="verdict", title="Processor time per verdict through the ollama client, stand-in excluded", run=_cpu
)
