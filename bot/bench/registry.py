"""The parts of the benchmark that need no platform, in the order in which they run. A new one is added here."""

from bot.bench.cache import CACHE
from bot.bench.copies import COPIES
from bot.bench.hostile import HOSTILE
from bot.bench.idle import IDLE
from bot.bench.intake import INTAKE
from bot.bench.judged import CPU, LATENCY
from bot.bench.parts import Part
from bot.bench.raid import RAID
from bot.bench.start import START
from bot.bench.verdict import VERDICT
from bot.bench.waiting import WAITING
from bot.domain.errors import InputError

PARTS: tuple[Part, ...] = (INTAKE, CPU, VERDICT, LATENCY, CACHE, IDLE, WAITING, COPIES, RAID, HOSTILE, START)


def chosen(names: list[str], parts: tuple[Part, ...] = PARTS) -> tuple[Part, ...]:
    """Return the parts of these names in their own order, all of them for none. InputError for an unknown name."""
    known = [part.name for part in parts]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"There is no part called {unknown[0]}. The parts are: {', '.join(known)}.")
    return tuple(part for part in parts if not names or part.name in names)
