"""Ctrl-C as a request: the first one ends long work at its next safe place, the second breaks it off."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def stopped_by_ctrl_c(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the first Ctrl-C while the block runs."""
    loop = asyncio.get_running_loop()

    def stop_once() -> None:
        stop()
        loop.remove_signal_handler(signal.SIGINT)

    with suppress(NotImplementedError):  # where signals can't be handled so, Ctrl-C breaks off at once
        loop.add_signal_handler(signal.SIGINT, stop_once)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
