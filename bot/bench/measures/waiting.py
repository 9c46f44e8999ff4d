"""What a hundred thousand waiting messages take, and whether a new urgent one is next all the same.

It is measured in a process of its own: `python -m bot.bench.measures.waiting COUNT SEED FOLDER` prints one JSON object.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import logs
from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import COMMUNITY, messages, policies
from bot.bench.surroundings import BenchRun, QuickModel, opened
from bot.domain.errors import InputError
from bot.domain.events import Author, Message, PartKind
from bot.domain.events import Part as MessagePart
from bot.domain.ids import ChannelId, MessageId, MessageRef, PersonId

_LANES = 20
_CALLERS = 100
_MEGABYTE = 1024.0 * 1024.0


async def _waiting(options: Options) -> tuple[Measure, ...]:
    count = options.count(100_000)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.bench.measures.waiting",
        str(count),
        str(options.seed),
        str(options.folder),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise InputError("The part `waiting` broke in its own process; what it said stands above.")
    found = json.loads(said)
    return (
        Measure(what="memory of the whole process", value=found["megabytes"], unit="MB", mark=Mark(limit=300.0)),
        Measure(what="of that, for what waits", value=found["added"], unit="MB"),
        Measure(what="a new urgent message is next", value=found["next"], unit="", mark=Mark(limit=1, at_least=True)),
        Measure(what="messages waiting", value=found["waiting"], unit=""),
        Measure(what="of these in memory", value=found["in_memory"], unit=""),
        Measure(what="time to find the next", value=found["milliseconds"], unit="ms"),
    )


async def _measure(count: int, seed: int, folder: Path) -> dict[str, float]:
    with TemporaryDirectory(dir=folder) as place:
        rules = policies(seed, _LANES)
        async with opened(Path(place), QuickModel(), rules, slots=1, in_memory=count + 1) as run:
            before = _memory()
            await _fill(run, seed, count)
            await run.running.deliver(_urgent())
            began = time.perf_counter()
            turn = run.parts.waiting.room.next()
            took = time.perf_counter() - began
            return {
                "megabytes": _memory(),
                "added": _memory() - before,
                "next": float(turn is not None and turn.waiting.key.message == "urgent"),
                "waiting": float(len(run.parts.waiting.room)),
                "in_memory": float(run.parts.waiting.room.at_hand),
                "milliseconds": took * 1e3,
            }


async def _fill(run: BenchRun, seed: int, count: int) -> None:
    """Deliver messages to a run whose model is never asked."""
    listed = messages(seed, count, datetime.now(UTC))

    async def caller() -> None:
        for message in listed:
            await run.running.deliver(message)

    async with asyncio.TaskGroup() as group:
        for _ in range(_CALLERS):
            group.create_task(caller())


def _urgent() -> Message:
    return Message(
        ref=MessageRef(community=COMMUNITY, channel=ChannelId("c0"), message=MessageId("urgent")),
        author=Author(id=PersonId("stranger"), name="stranger"),
        sent_at=datetime.now(UTC),
        parts=(MessagePart(kind=PartKind.TEXT, text="have a look at https://example.org/prize"),),
    )


def _memory() -> float:
    """Return how much memory this process has now, in megabytes; where the system does not say, the most it has had.

    InputError where it says neither, as on Windows.
    """
    try:
        import resource  # noqa: PLC0415 - there is none on Windows, where the other parts run all the same
    except ImportError as error:
        raise InputError("This system does not say how much memory a process takes: run the other parts.") from error
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize() / _MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE


def main() -> None:
    """Measure in this process."""
    count, seed, folder = sys.argv[1:]
    logs.configure(level="error")
    sys.stdout.write(json.dumps(asyncio.run(_measure(int(count), int(seed), Path(folder)))))


WAITING = Part(name="waiting", title="100,000 messages waiting in 20 lanes", run=_waiting)

if __name__ == "__main__":
    main()
