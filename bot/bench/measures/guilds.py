"""How fast messages of many servers come in, from the platform's own client to the disk, and whether any is lost."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.discord_stand_in import SERVERS, SHARDS
from bot.core.intake.intake import Intake
from bot.core.recordings.clocks import SystemClock
from bot.domain.errors import InputError
from bot.domain.events import Event, Message
from bot.domain.ids import ChannelId, position
from bot.storage.sqlite.store import open_store

_PATIENCE = 120.0
"""Seconds without a single message after which what is missing counts as lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the stand-in is."""

    api: str
    gateway: str


Listening = Callable[
    [Addresses, int, Callable[[Event], Awaitable[None]]], AbstractAsyncContextManager[Callable[[], int]]
]
"""Connects to the stand-in until so many servers are there, and delivers what is said.

What it yields tells how many events were heard and are not delivered yet.
"""


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What has come in so far."""

    intake: Intake
    expected: int
    count: int = 0
    disordered: int = 0
    latest: dict[ChannelId, str] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    left: Callable[[], int] = int
    most_waiting: int = 0

    async def take(self, event: Event) -> None:
        """Commit an event, and count it."""
        self.most_waiting = max(self.most_waiting, self.left())
        await self.intake.accept(event)
        if not isinstance(event, Message):
            return
        channel, number = event.ref.channel, event.ref.message
        self.disordered += position(number) <= position(self.latest.get(channel, ""))
        self.latest[channel] = number
        self.count += 1
        if self.count >= self.expected:
            self.ended.set()


def guilds_part(listening: Listening) -> Part:
    """Return the part for a platform's client."""

    async def run(options: Options) -> tuple[Measure, ...]:
        count = options.count(30_000)
        with TemporaryDirectory(dir=options.folder) as folder:
            store = await open_store(Path(folder) / "guilds.db", exclusive=True)
            taken = _Taken(intake=Intake(store.inbox, SystemClock()), expected=count)
            try:
                wall = await _heard(listening, taken, options.seed)
                kept = (await store.inbox.coverage(None, None, None)).seen
            finally:
                await store.close()
        return (
            Measure(what="messages a second", value=count / wall, unit="1/s", mark=Mark(limit=1_000, at_least=True)),
            Measure(what="messages lost", value=count - kept, unit="", mark=Mark(limit=0)),
            Measure(what="messages out of their channel's order", value=taken.disordered, unit="", mark=Mark(limit=0)),
            Measure(what="heard and not on disk yet, at most", value=taken.most_waiting, unit=""),
            Measure(what="messages", value=count, unit=""),
        )

    title = f"{SERVERS} servers on {SHARDS} shards: from Discord's own client to the disk, stand-in excluded"
    return Part(name="guilds", title=title, run=run)


async def _heard(listening: Listening, taken: _Taken, seed: int) -> float:
    """Let everything be said; return how many seconds it took until all of it was on disk."""
    async with _stand_in(taken.expected, seed) as (addresses, begin), listening(addresses, SERVERS, taken.take) as left:
        taken.left = left
        began = time.perf_counter()
        begin()
        while not taken.ended.is_set():
            before = taken.count
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(taken.ended.wait(), _PATIENCE)
            if taken.count == before:
                break
        return time.perf_counter() - began


@asynccontextmanager
async def _stand_in(count: int, seed: int) -> AsyncIterator[tuple[Addresses, Callable[[], None]]]:
    """Run the stand-in in a process of its own; yield where it is, and what lets it begin."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.bench.stand_ins.discord_stand_in", str(count), str(seed)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdout is None or process.stdin is None:
        raise InputError("The stand-in for Discord could not be started.")
    told = process.stdin
    try:
        line = await process.stdout.readline()
        if not line:
            raise InputError(
                "The stand-in for Discord did not start: `python -m bot.bench.stand_ins.discord_stand_in 1 1` tells."
            )
        yield Addresses(**json.loads(line)), lambda: told.write(b"begin\n")
    finally:
        told.close()
        await process.wait()
