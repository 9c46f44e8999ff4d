"""Ctrl-C as a request: the first one ends long work at its next safe place, the second breaks it off."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class CtrlC:
    """Whether Ctrl-C was pressed: for loops that do not let the event loop run."""

    pressed: bool = False


_TO_END = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
"""What asks for a stop: Ctrl-C, a supervisor, and a terminal that is closed."""


def on_signals_to_end(signalled: Callable[[], None]) -> None:
    """Call `signalled` in the running event loop for each Ctrl-C and each signal to end."""
    loop = asyncio.get_running_loop()
    for number in _TO_END:
        try:
            loop.add_signal_handler(number, signalled)
        except NotImplementedError:  # Windows hands no signals to a loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(signalled))


@contextmanager
def stopped_by_ctrl_c(stop: Callable[[], None]) -> Iterator[CtrlC]:
    """Call `stop` in the event loop on the first Ctrl-C while the block runs."""
    loop, state = asyncio.get_running_loop(), CtrlC()

    def handle(_number: int, _frame: FrameType | None) -> None:
        state.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        loop.call_soon_threadsafe(stop)

    before = signal.getsignal(signal.SIGINT)
    with suppress(ValueError):  # in another thread than the main one there are no signals
        signal.signal(signal.SIGINT, handle)
    try:
        yield state
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, before)
