"""The parts of the benchmark that need no platform, in the order in which they run. A new one is added here."""

from bot.bench.measures.cache import CACHE
from bot.bench.measures.copies import COPIES
from bot.bench.measures.hostile import HOSTILE
from bot.bench.measures.idle import IDLE
from bot.bench.measures.intake import INTAKE
from bot.bench.measures.judged import CPU, LATENCY
from bot.bench.measures.raid import RAID
from bot.bench.measures.start import START
from bot.bench.measures.verdict import VERDICT
from bot.bench.measures.waiting import WAITING
from bot.bench.parts import Part
from bot.domain.errors import InputError

PARTS: tuple[Part, ...] = (INTAKE, CPU, VERDICT, LATENCY, CACHE, IDLE, WAITING, COPIES, RAID, HOSTILE, START)


def chosen(names: list[str], parts: tuple[Part, ...] = PARTS) -> tuple[Part, ...]:
    """Return the parts of these names in their own order, all of them for none. InputError for an unknown name."""
    known = [part.name for part in parts]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"There is no part called {unknown[0]}. The parts are: {', '.join(known)}.")
    return tuple(part for part in parts if not names or part.name in names)
