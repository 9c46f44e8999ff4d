"""How fast messages are taken in for good: each on disk, with its channel's cursor, before its caller is answered."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.bench.stand_ins.generators import messages
from bot.domain.events import Message
from bot.ports.inbox import Inbox
from bot.storage.sqlite.store import open_store

CALLERS = 100


async def _intake(options: Options) -> tuple[Measure, ...]:
    """Let callers deliver as fast as each is answered."""
    count = options.count(50_000)
    now = datetime.now(UTC)
    batch = list(messages(options.seed, count, now))
    with TemporaryDirectory(dir=options.folder) as folder:
        store = await open_store(Path(folder) / "intake.db", exclusive=True)
        try:
            wall, took = await _taken_in(store.inbox, batch, now)
        finally:
            await store.close()
    return (
        Measure(what="messages a second", value=count / wall, unit="1/s", mark=Mark(limit=10_000, at_least=True)),
        Measure(
            what="until a caller is answered, p99", value=percentile(took, 0.99) * 1e3, unit="ms", mark=Mark(limit=50)
        ),
        Measure(what="until a caller is answered, median", value=percentile(took, 0.5) * 1e3, unit="ms"),
        Measure(what="messages", value=count, unit=""),
    )


async def _taken_in(inbox: Inbox, batch: list[Message], now: datetime) -> tuple[float, list[float]]:
    """Return how long all of it took, and how long each caller waited, in seconds."""
    took: list[float] = []

    async def caller(start: int) -> None:
        for message in batch[start::CALLERS]:
            began = time.perf_counter()
            await inbox.accept(message, now)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for start in range(CALLERS):
            group.create_task(caller(start))
    return time.perf_counter() - began, took


INTAKE = Part(name="intake", title="Durable intake: 100 callers, insert and cursor, synchronous=FULL", run=_intake)
