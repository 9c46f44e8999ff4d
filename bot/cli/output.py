"""How every command prints: tables and colour on a terminal, plain lines in a pipe, JSON where it is asked for."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

PIPE_WIDTH = 120


def out() -> Console:
    """Return the console of results. A pipe has no width of its own, so that lines are not broken at 80 columns."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def err() -> Console:
    """Return the console of remarks and faults, which does not mix with results."""
    width = None if sys.stderr.isatty() else PIPE_WIDTH
    return Console(stderr=True, width=width, highlight=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """Print one JSON document, readable as it is and safe for every terminal."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not _speaks_utf8(), default=str) + "\n")


def _speaks_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def heading(text: str) -> Text:
    """Return a heading line."""
    return Text(text, style="bold")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal while the block runs, nothing in a pipe; what is yielded takes the count done so far."""
    shown = sys.stderr.isatty()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err(), transient=True, disable=not shown) as bar:
        task = bar.add_task(what, total=total)

        def advance(done: int) -> None:
            bar.update(task, completed=done)

        yield advance


def command_name() -> str:
    """Return how this command can be typed from here: by its name where the shell finds it, else by its path."""
    if shutil.which("hallmoot"):
        return "hallmoot"
    started = Path(sys.argv[0])
    if started.name != "hallmoot":
        return f"{Path(sys.executable).name} -m bot"
    here = Path.cwd()
    return str(started.relative_to(here)) if started.is_relative_to(here) else str(started)
