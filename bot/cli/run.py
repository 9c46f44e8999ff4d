"""`hallmoot run`: moderate, until told to stop."""

import asyncio
import contextlib
import signal

from bot.bootstrap.running import run_parts
from bot.bootstrap.surroundings import load_settings
from bot.cli.options import Config, Database, Model, Ollama, example
from bot.config.load import Loaded, Options

EPILOG = example("hallmoot run", "hallmoot run --model gpt-oss-safeguard:120b")


def run(config: Config = None, ollama: Ollama = None, model: Model = None, db: Database = None) -> None:
    """Moderate every platform that has a token, until Ctrl-C or a signal to end.

    Everything is on record before anything is done; a stop or a crash at any time loses nothing.
    """
    loaded = load_settings(Options(config=config, ollama=ollama, model=model, db=db))
    asyncio.run(_run(loaded))


async def _run(loaded: Loaded) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not every system hands signals to a loop; there Ctrl-C ends the run as an interruption, which is safe too.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with run_parts(loaded) as parts:
        await parts.until(stop)
