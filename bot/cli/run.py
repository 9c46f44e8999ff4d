"""`hallmoot run`: moderate, until told to stop."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING

from bot.bootstrap.surroundings import load_settings
from bot.cli.shared.guard import ended_at_once_by_ctrl_c
from bot.cli.shared.interrupts import on_signals_to_end
from bot.cli.shared.options import Config, Database, Model, Ollama, example
from bot.config.settings.load import Loaded, Options
from bot.core.stopping import until_stopped
from bot.logs import get_logger

EPILOG = example("hallmoot run", "hallmoot run --model gpt-oss-safeguard:120b")
WITHIN = 9.5
"""Seconds after which a stop that has not come to its end is broken off: what is not done yet is on record."""

if TYPE_CHECKING:
    from bot.bootstrap.running import Run

_RunParts = Callable[[Loaded], AbstractAsyncContextManager["Run"]]
_log = get_logger(__name__)


def run(config: Config = None, ollama: Ollama = None, model: Model = None, db: Database = None) -> None:
    """Moderate every platform that has a token, until Ctrl-C or a signal to end.

    A stop takes ten seconds at most; a second Ctrl-C breaks it off. Everything is on record before anything is done, so
    neither that nor a crash loses anything.
    """
    loaded = load_settings(Options(config=config, ollama=ollama, model=model, db=db))
    with ended_at_once_by_ctrl_c():
        from bot.bootstrap.running import run_parts  # noqa: PLC0415 - it brings both platforms' clients
    stopping = _Stopping()
    try:
        asyncio.run(_run(loaded, stopping, run_parts))
    except KeyboardInterrupt:
        if not stopping.took_too_long:
            raise


class _Stopping:
    """The first signal asks for a stop. A second one breaks it off, and so does time that runs out."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.took_too_long = False

    def signalled(self) -> None:
        if self.asked.is_set():
            raise KeyboardInterrupt
        self.asked.set()
        _log.info("stop_asked", within=WITHIN)
        asyncio.get_running_loop().call_later(WITHIN, self._too_long)

    def _too_long(self) -> None:
        _log.warning("stop_broken_off", seconds=WITHIN)
        self.took_too_long = True
        raise KeyboardInterrupt


async def _run(loaded: Loaded, stopping: _Stopping, run_parts: _RunParts) -> None:
    on_signals_to_end(stopping.signalled)
    async with AsyncExitStack() as stack:
        parts = await until_stopped(stopping.asked, stack.enter_async_context(run_parts(loaded)))
        if parts is not None:
            await parts.until(stopping.asked)
