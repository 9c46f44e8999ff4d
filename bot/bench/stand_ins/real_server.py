"""The docket's turns on a real server: llama.cpp's tells how many tokens it read, Ollama only how long that took."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from statistics import mean, median

import httpx

from bot.bench.parts import Mark, Measure, Options
from bot.bench.stand_ins.generators import COMMUNITY, policies, texts
from bot.bench.surroundings import default_settings
from bot.core.waiting.docket import Docket, Turn
from bot.core.waiting.queue import Risk, Waiting
from bot.domain.errors import InputError
from bot.domain.ids import ChannelId, MessageId
from bot.domain.inbox import InboxKey, Kind
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.verdict import Label
from bot.inference.ollama import OllamaClassifier
from bot.inference.prompts.harmony import Harmony
from bot.inference.prompts.prompt import END

_QUESTIONS = 200
_ROUNDS_BEFORE = 2
_SECONDS = 600.0
_WRITTEN = 100

Ask = Callable[[Policy, str, int], Awaitable[None]]
"""Puts one question: a policy, a text, and how many slots are at work in that lane."""


@dataclass(slots=True)
class _Warm:
    """How many slots of each lane are warm."""

    slots: dict[str, int]

    def needs(self, lane: str, at_work: int) -> bool:
        if at_work <= self.slots.get(lane, 0):
            return False
        self.slots[lane] = at_work
        return True


async def drive(docket: Docket, by_lane: dict[str, Policy], text_of: dict[str, str], ask: Ask) -> float:
    """Give turns to free slots until nothing waits; return the seconds that took."""
    began = time.monotonic()

    async def put(turn: Turn, at_work: int) -> None:
        try:
            await ask(by_lane[turn.lane], text_of[turn.waiting.key.message], at_work)
        finally:
            docket.done(turn)

    flying: set[asyncio.Task[None]] = set()
    while len(docket) or flying:
        while (turn := docket.next(time.time())) is not None:
            flying.add(asyncio.create_task(put(turn, docket.running(turn.lane))))
        done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    return time.monotonic() - began


async def on_llama_server(options: Options, *, policies: int) -> tuple[Measure, ...]:
    """Ask a llama.cpp server, whose `timings.prompt_n` says what it read."""
    rules, count = _rules(options, policies), options.count(_QUESTIONS)
    harmony = Harmony(install_key=bytes(32), settings=default_settings(options.folder).ollama)
    own = {policy.id: harmony.count(harmony.prefix(policy)) for policy in rules}
    ratios: list[float] = []
    warm = _Warm({})
    async with httpx.AsyncClient(base_url=options.llama_server or "", timeout=_SECONDS, trust_env=False) as client:
        slots = await _slots(client)

        async def ask(policy: Policy, text: str, at_work: int) -> None:
            if warm.needs(policy.id, at_work):
                for greeting in ("Good morning, everyone!", "Has anybody seen the new schedule?"):
                    await _complete(client, harmony.render(Question(policy=policy, text=greeting)).reason, 1)
            prompt = harmony.render(Question(policy=policy, text=text))
            read = await _complete(client, prompt.reason, _WRITTEN)
            ratios.append(read / (prompt.tokens - own[policy.id]))

        docket, lanes, told = _queue(options, rules, count, slots)
        seconds = await drive(docket, lanes, told, ask)
    ratios = ratios[_ROUNDS_BEFORE * slots :]
    return (
        Measure(what="tokens read per own token, median", value=median(ratios), unit="times", mark=Mark(limit=1.1)),
        Measure(what="tokens read per own token, mean", value=mean(ratios), unit="times", mark=Mark(limit=1.5)),
        Measure(what="the server's slots", value=slots, unit=""),
        Measure(what="questions a second", value=count / seconds, unit="1/s"),
    )


async def on_ollama(options: Options, *, policies: int) -> tuple[Measure, ...]:
    """Ask an Ollama through the bot's own classifier; only the time it spent on reading prompts is known."""
    settings = default_settings(options.folder).ollama
    settings = replace(settings, urls=(options.ollama or "",), allow_remote=True, slots=4)
    if options.model:
        settings = replace(settings, model=options.model)
    classifier = OllamaClassifier(settings, install_key=bytes(32))
    rules, count = _rules(options, policies), options.count(_QUESTIONS)
    reading: list[float] = []
    undecided = 0
    warm = _Warm({})

    async def ask(policy: Policy, text: str, at_work: int) -> None:
        nonlocal undecided
        if warm.needs(policy.id, at_work):
            await classifier.warm(policy)
        verdict = await classifier.judge(Question(policy=policy, text=text))
        undecided += verdict.label is Label.UNDECIDED
        if verdict.run is not None:
            reading.append(verdict.run.prompt_seconds)

    docket, lanes, told = _queue(options, rules, count, settings.slots)
    try:
        await classifier.health()
        seconds = await drive(docket, lanes, told, ask)
    finally:
        await classifier.close()
    return (
        Measure(what="time spent on reading prompts, median of a verdict", value=median(reading) * 1e3, unit="ms"),
        Measure(what="time spent on reading prompts, mean of a verdict", value=mean(reading) * 1e3, unit="ms"),
        Measure(what="verdicts a second", value=count / seconds, unit="1/s"),
        Measure(what="without a verdict", value=undecided, unit=""),
    )


async def _slots(client: httpx.AsyncClient) -> int:
    try:
        answer = await client.get("/props")
        return int(answer.raise_for_status().json()["total_slots"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise InputError(
            f"{client.base_url} is not a llama.cpp server that tells its slots ({type(error).__name__}). Start one "
            "with `llama-server -m MODEL.gguf -np 4`, and name its address."
        ) from error


async def _complete(client: httpx.AsyncClient, prompt: str, written: int) -> int:
    body = {"prompt": prompt, "n_predict": written, "temperature": 0, "cache_prompt": True, "stop": [END]}
    try:
        answer = (await client.post("/completion", json=body)).raise_for_status().json()
        return int(answer["timings"]["prompt_n"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise InputError(f"{client.base_url} gave no completion with timings ({type(error).__name__}).") from error


def _rules(options: Options, count: int) -> tuple[Policy, ...]:
    return policies(options.seed, count)


def _queue(
    options: Options, rules: tuple[Policy, ...], count: int, slots: int
) -> tuple[Docket, dict[str, Policy], dict[str, str]]:
    """Return a docket in which questions wait under policies drawn at random, and what they are."""
    docket = Docket(slots=slots, backlog_share=0.2)
    lanes, told = {str(policy.id): policy for policy in rules}, {}
    listed = texts(options.seed)
    draw = texts(options.seed + 1)
    for number in range(count):
        name, text = str(number), next(listed)
        policy = rules[hash_of(next(draw)) % len(rules)]
        key = InboxKey(
            community=COMMUNITY,
            channel=ChannelId("c"),
            message=MessageId(name),
            kind=Kind.MESSAGE,
            discriminator="r",
        )
        docket.add(
            Waiting(
                key=key,
                community=COMMUNITY,
                risk=Risk.ORDINARY,
                since=float(number),
                lanes=frozenset({str(policy.id)}),
            ),
            0.0,
        )
        told[name] = text
    return docket, lanes, told


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return sum(place * ord(letter) for place, letter in enumerate(text, start=1))
