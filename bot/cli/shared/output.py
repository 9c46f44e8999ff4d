"""How every command prints: tables and colour on a terminal, plain lines in a pipe, JSON where it is asked for."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.text import Text

from bot.config.text_files import current_folder
from bot.logs import visible

PIPE_WIDTH = 120
_UNSAFE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON lets stand, and terminals obey or show nothing of; and halves of characters, which can't be written."""


class _Harmless(Console):
    """A console on which nothing that members or the model wrote steers the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what is shown, with all that a terminal obeys written out; its own colours are no part of it."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))


def out() -> Console:
    """Return the console of results. A pipe has no width of its own, so that lines are not broken at 80 columns."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return _Harmless(width=width, highlight=False, emoji=False, markup=False)


def err() -> Console:
    """Return the console of remarks and faults, which does not mix with results."""
    width = None if sys.stderr.isatty() else PIPE_WIDTH
    return _Harmless(stderr=True, width=width, highlight=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """Print one JSON document, readable as it is and safe for every terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=not _speaks_utf8(), default=str)
    sys.stdout.write(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


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
    here = current_folder()
    return str(started.relative_to(here)) if started.is_relative_to(here) else str(started)
