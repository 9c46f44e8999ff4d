"""How soon Slack's events are acknowledged while the model is away: each on disk first, by the whole core."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bot.bench.measures.judged import sync_times
from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.bench.stand_ins.generators import policies
from bot.bench.surroundings import QuickModel, at_work, opened
from bot.domain.errors import InputError, ModelUnreachable
from bot.domain.events import Event
from bot.domain.question import ModelHealth, Question
from bot.domain.verdict import Verdict
from bot.ports.store import Store

_EVENTS, _SECONDS = 10_000, 60.0
_LONGEST_ANSWER = 16 * 1024**2


class AwayModel(QuickModel):
    """Nobody answers at its address."""

    async def judge(self, question: Question) -> Verdict:
        """Fail."""
        raise ModelUnreachable(f"No model answers; {question.policy.id} was not asked.")

    async def health(self) -> ModelHealth:
        """Fail."""
        raise ModelUnreachable("No model answers.")


class Deliver(Protocol):
    """Takes an event in, with the platform's id of its delivery."""

    def __call__(self, event: Event, delivery: str = "") -> Awaitable[object]:
        """Take it in."""


Linking = Callable[[str, Deliver, Store], AbstractAsyncContextManager[None]]
"""Links a platform's client to the stand-in at an address, until its sockets are up, and delivers what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StandIn:
    """A process that sends events. `begin` lets it, and returns what it measured."""

    address: str
    begin: Callable[[], Awaitable[dict[str, list[float]]]]


def slack_part(linking: Linking) -> Part:
    """Return the part for a platform's client."""

    async def run(options: Options) -> tuple[Measure, ...]:
        count = options.count(_EVENTS)
        seconds = _SECONDS * count / _EVENTS
        with TemporaryDirectory(dir=options.folder) as folder:
            syncs = await asyncio.to_thread(sync_times, Path(folder))
            async with (
                opened(Path(folder), AwayModel(), policies(options.seed, 1), slots=4) as made,
                at_work(made) as work,
                _stand_in(count, seconds, options.seed) as stand_in,
                linking(stand_in.address, work.running.commit, work.store),
            ):
                took = (await stand_in.begin())["took"]
                seen = (await work.store.inbox.coverage(None, None, None)).seen
        syncing = Measure(what="the disk's fsync, p99", value=percentile(syncs, 0.99) * 1e3, unit="ms")
        return (*_measures(count, took, seen), syncing)

    title = "Slack: 10,000 events in a minute through slack-bolt and the whole core, no model, stand-in excluded"
    return Part(name="slack", title=title, run=run)


def _measures(count: int, took: list[float], seen: int) -> tuple[Measure, ...]:
    return (
        Measure(what="until acknowledged, p99", value=percentile(took, 0.99) * 1e3, unit="ms", mark=Mark(limit=500)),
        Measure(what="until acknowledged, median", value=percentile(took, 0.5) * 1e3, unit="ms"),
        Measure(what="until acknowledged, the longest", value=max(took, default=0.0) * 1e3, unit="ms"),
        Measure(what="events not acknowledged", value=count - len(took), unit="", mark=Mark(limit=0)),
        Measure(what="messages not on disk", value=count - seen, unit="", mark=Mark(limit=0)),
        Measure(what="events", value=count, unit=""),
    )


@asynccontextmanager
async def _stand_in(count: int, seconds: float, seed: int) -> AsyncIterator[_StandIn]:
    """Run the stand-in in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.bench.stand_ins.slack_stand_in", str(count), str(seconds), str(seed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_ANSWER,
    )
    if process.stdin is None or process.stdout is None:
        raise InputError("The stand-in for Slack could not be started.")
    told, heard = process.stdin, process.stdout

    async def begin() -> dict[str, list[float]]:
        told.write(b"begin\n")
        await told.drain()
        measured: dict[str, list[float]] = json.loads(await heard.readline())
        return measured

    try:
        line = await heard.readline()
        if not line:
            raise InputError(
                "The stand-in for Slack did not start: `python -m bot.bench.stand_ins.slack_stand_in 1 1 1` tells."
            )
        yield _StandIn(address=line.decode().strip(), begin=begin)
    finally:
        told.close()
        await process.wait()
