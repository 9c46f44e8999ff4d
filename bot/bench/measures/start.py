"""What it costs to begin: the processor time of commands that only tell something, each in a process of its own."""

import asyncio
import sys

from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.domain.errors import InputError

MARK = Mark(limit=0.25)
_COMMANDS = ("--version", "--help")
_TIMES = 7
_MEASURING = """
import atexit, sys, time
atexit.register(lambda: sys.stderr.write(f"\\n{time.process_time()}"))
from bot.cli.main import main
main()
"""
"""What a command's process runs: it tells of itself, as its last words, what it took from its first moment on."""


async def _start(options: Options) -> tuple[Measure, ...]:
    measures = []
    for command in _COMMANDS:
        seconds = [await _seconds(command) for _ in range(options.count(_TIMES))]
        what = f"processor time of `hallmoot {command}`, median"
        measures.append(Measure(what=what, value=percentile(seconds, 0.5), unit="s", mark=MARK))
    return tuple(measures)


async def _seconds(command: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _MEASURING,
        command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    if process.returncode != 0:
        raise InputError(f"`hallmoot {command}` failed: {told.decode(errors='replace').strip()}")
    return float(told.split()[-1])


START = Part(name="start", title="The start of a command", run=_start)
