"""What judging a message costs beside the model: processor time, and added time."""

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.bench.stand_ins.generators import messages, policies
from bot.bench.surroundings import BenchRun, QuickModel, at_work, opened
from bot.domain.events import Message

_VIOLATING = 0.02
_CALLERS = 50
_A_SECOND = 50
_SYNCS = 300


async def _cpu(options: Options) -> tuple[Measure, ...]:
    """Judge messages as fast as it goes, with a model that answers at once, and divide the processor time."""
    count = options.count(3_000)
    with TemporaryDirectory(dir=options.folder) as folder:
        async with (
            opened(Path(folder), QuickModel(), policies(options.seed, 1), slots=4) as made,
            at_work(made) as run,
        ):
            batch = list(messages(options.seed, count, datetime.now(UTC), violating=_VIOLATING))
            wall, cpu = time.perf_counter(), time.process_time()
            await deliver(run, batch)
            await run.until_decided(count)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (
        Measure(what="processor time per judged message", value=cpu / count * 1e3, unit="ms", mark=Mark(limit=2.0)),
        Measure(what="messages a second, all told", value=count / wall, unit="1/s"),
    )


async def deliver(run: BenchRun, batch: list[Message]) -> None:
    """Deliver messages from several callers at once, as a platform's channels do."""

    async def caller(start: int) -> None:
        for message in batch[start::_CALLERS]:
            await run.running.deliver(message)

    async with asyncio.TaskGroup() as group:
        for start in range(_CALLERS):
            group.create_task(caller(start))


async def _latency(options: Options) -> tuple[Measure, ...]:
    """Deliver 50 messages a second; from the delivery to the committed decision is all added by the bot."""
    count = options.count(3_000)
    delivered: dict[str, float] = {}
    with TemporaryDirectory(dir=options.folder) as folder:
        syncs = await asyncio.to_thread(sync_times, Path(folder))
        async with (
            opened(Path(folder), QuickModel(), policies(options.seed, 1), slots=4) as made,
            at_work(made) as run,
        ):
            await _paced(run, list(messages(options.seed, count, datetime.now(UTC), violating=_VIOLATING)), delivered)
            await run.until_decided(count)
            took = [run.store.decided[key] - began for key, began in delivered.items()]
    return (
        Measure(what="added latency, p99", value=percentile(took, 0.99) * 1e3, unit="ms", mark=Mark(limit=60.0)),
        Measure(what="added latency, median", value=percentile(took, 0.5) * 1e3, unit="ms"),
        Measure(what="the disk's fsync, p99", value=percentile(syncs, 0.99) * 1e3, unit="ms"),
        Measure(what="messages", value=count, unit=""),
    )


async def _paced(run: BenchRun, batch: list[Message], delivered: dict[str, float]) -> None:
    began = time.perf_counter()

    async def deliver(message: Message) -> None:
        delivered[message.ref.message] = time.perf_counter()
        await run.running.deliver(message)

    async with asyncio.TaskGroup() as group:
        for number, message in enumerate(batch):
            await asyncio.sleep(max(0.0, began + number / _A_SECOND - time.perf_counter()))
            group.create_task(deliver(message))


def sync_times(folder: Path) -> list[float]:
    """Return how long it takes to write 4 KB to this disk for good, again and again."""
    found = []
    with (folder / "sync").open("wb") as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            found.append(time.perf_counter() - began)
    return found


CPU = Part(name="cpu", title="Processor time per judged message, model excluded", run=_cpu)
LATENCY = Part(name="latency", title="Added latency at 50 messages a second, instant model", run=_latency)
