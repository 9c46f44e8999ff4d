"""Ctrl-C as a request: the first one ends long work at its next safe place, the second breaks it off."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_NOT_HERE = (NotImplementedError, ValueError, RuntimeError)
"""What a system without such signals raises, or a thread that is not the main one."""


@contextmanager
def stopped_by_ctrl_c(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the first Ctrl-C while the block runs."""
    loop = asyncio.get_running_loop()

    def stop_once() -> None:
        stop()
        loop.remove_signal_handler(signal.SIGINT)

    with suppress(*_NOT_HERE):  # then Ctrl-C breaks off at once
        loop.add_signal_handler(signal.SIGINT, stop_once)
    try:
        yield
    finally:
        with suppress(*_NOT_HERE):
            loop.remove_signal_handler(signal.SIGINT)
