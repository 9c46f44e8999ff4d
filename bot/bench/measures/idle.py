"""Whether a slot ever idles while something waits: the real pipeline and database, a model that takes its time."""

import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import messages, policies
from bot.bench.surroundings import QuickModel, at_work, opened

SLOTS = 4
_LANES = (1, 2, 3, 5, 8, 13, 20)
_SECONDS = 0.25
_QUESTIONS = 120


async def _idle(options: Options) -> tuple[Measure, ...]:
    shares = {lanes: await idle_share(options, lanes) for lanes in _LANES}
    worst = max(shares, key=lambda lanes: shares[lanes])
    return (
        Measure(what="idle time of slots while anything waits", value=shares[worst], unit="%", mark=Mark(limit=2.0)),
        Measure(what="lanes at the worst", value=worst, unit=""),
        *(Measure(what=f"idle with {lanes} lanes", value=share, unit="%") for lanes, share in shares.items()),
    )


async def idle_share(options: Options, lanes: int) -> float:
    """Return how many per cent of the slots' time had no question while more messages waited than there are slots."""
    model = QuickModel(seconds=_SECONDS * min(1.0, max(options.scale, 0.05)))
    count = options.count(_QUESTIONS)
    rules = policies(options.seed, lanes)
    each = max(SLOTS * 3, count // lanes)
    with TemporaryDirectory(dir=options.folder) as folder:
        async with opened(Path(folder), model, rules, slots=SLOTS) as made, at_work(made) as run:
            for message in messages(options.seed, each, datetime.now(UTC)):
                await run.running.deliver(message)
            began, before = time.perf_counter(), model.busy_seconds
            await run.until_decided(each - SLOTS)
            elapsed = time.perf_counter() - began
            return max(0.0, 100 * (1 - (model.busy_seconds - before) / (SLOTS * elapsed)))


IDLE = Part(name="idle", title="Idle slots while anything waits, 1 to 20 lanes, 4 slots", run=_idle)
