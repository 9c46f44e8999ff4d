"""What a terminal shows while a recording is read and judged: how far it is, how fast, how long it will take.

All of it is of messages that came to their end, never of bytes: a file of some hundred messages is read at once, long
before the first of them is judged.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from bot.cli.shared.output import err
from bot.core.recordings.patience import Waiting

_WIDEST_BAR, _NARROWEST_BAR = 40, 5
_BESIDE_THE_BAR = 46
"""Columns of the words beside the bar, with numbers of seven digits."""


@dataclass(slots=True)
class Pace:
    """How fast messages come to their end, from the first one that was judged now: earlier ones were on record.

    `now` is the machine's steady seconds. Time in which the model was waited for counts for nothing.
    """

    total: int
    now: Callable[[], float] = time.monotonic
    done: int = 0
    _begun: float | None = None
    _base: int = 0
    _waiting_since: float | None = None

    def advance(self, done: int, *, judged: bool) -> None:
        """Take note of how many are done. `judged` says whether a verdict of this run is among them."""
        if self._begun is None and judged:
            self._begun, self._base = self.now(), done
        self.done = done

    def wait(self) -> None:
        """Stop the watch."""
        self._waiting_since = self._waiting_since if self._waiting_since is not None else self.now()

    def go_on(self) -> None:
        """Let the watch go on."""
        if self._waiting_since is not None and self._begun is not None:
            self._begun += self.now() - self._waiting_since
        self._waiting_since = None

    @property
    def rate(self) -> float:
        """Return messages a second, 0 while that is not known."""
        if self._begun is None or self.done <= self._base:
            return 0.0
        return (self.done - self._base) / max(self.now() - self._begun, 0.001)

    @property
    def left(self) -> str:
        """Return the time that the rest takes at this rate, as hours, minutes and seconds."""
        return f"{length_of((self.total - self.done) / self.rate)} left" if self.rate else "-:-- left"


def length_of(seconds: float) -> str:
    """Return a length of time as `0:07`, `12:34` or `1:02:03`."""
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Judged:
    """The bar over messages, and the lines that tell of waiting for the model; these stand in a pipe too."""

    def __init__(self, console: Console, bar: Progress, task: TaskID, pace: Pace) -> None:
        self._console = console
        self._bar = bar
        self._task = task
        self._pace = pace
        self._waits = False

    def advance(self, done: int, *, judged: bool = True) -> None:
        """Show how many messages are done. `judged` says whether a verdict of this run is among them."""
        self._pace.advance(done, judged=judged)
        self._show("Judging")

    def waiting(self, waiting: Waiting | None) -> None:
        """Show that the model is waited for, and for how long at the most; or that it is back."""
        if waiting is None:
            self._waits = False
            self._pace.go_on()
            self._console.print("The model answers again.", soft_wrap=True)
            self._show("Judging")
            return
        self._pace.wait()
        if not self._waits:
            self._waits = True
            length = length_of(waiting.seconds_left)
            self._console.print(
                f"The model went away; waiting for it, {length} at the most. {waiting.why}", soft_wrap=True
            )
        self._show(f"Waiting {length_of(waiting.seconds_left)}")

    def _show(self, what: str) -> None:
        pace = self._pace
        speed = f"{pace.rate:.1f}/s" if pace.rate and not self._waits else ""
        left = "" if self._waits else pace.left
        self._bar.update(self._task, description=what, completed=pace.done, speed=speed, left=left)


@contextmanager
def judging_progress(total: int) -> Iterator[Judged]:
    """Show on a terminal how many of so many messages are done while the block runs; no bar in a pipe."""
    console = err()
    columns = [TextColumn("{task.description}"), _bar_on(console), TextColumn("{task.completed}/{task.total}")]
    columns += [TextColumn("{task.fields[left]}"), TextColumn("{task.fields[speed]}")]
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Judging", total=total, speed="", left="")
        yield Judged(console, bar, task, Pace(total))


@contextmanager
def reading_progress(share: Callable[[], float]) -> Iterator[Callable[[], None]]:
    """Show on a terminal how much of a file was read, from 0 to 1, each time that what is yielded is called."""
    console = err()
    columns = (TextColumn("Reading"), _bar_on(console), TextColumn("{task.percentage:.0f}%"))
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda: bar.update(task, completed=share())


def _bar_on(console: Console) -> BarColumn:
    return BarColumn(bar_width=max(_NARROWEST_BAR, min(_WIDEST_BAR, console.width - _BESIDE_THE_BAR)))
