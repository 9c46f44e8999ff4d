"""A progress bar over a file: how much was read, how fast, and how long it will take."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.output import err


@contextmanager
def reading_progress(what: str, share: Callable[[], float]) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal while the block runs, nothing in a pipe.

    `share` says how much of the file was read, from 0 to 1. What is yielded takes how many messages were read, and how
    many of them were judged just now: the rate is of these.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[read]} read, {task.fields[rate]:.1f} judged/s, left"),
        TimeRemainingColumn(),
    )
    begun = time.monotonic()
    with Progress(*columns, console=err(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=1.0, read=0, rate=0.0)

        def advance(read: int, judged: int) -> None:
            rate = judged / max(time.monotonic() - begun, 0.001)
            bar.update(task, completed=share(), read=read, rate=rate)

        yield advance
