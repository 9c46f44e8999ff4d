"""`run` in a process of its own, on the stand-in's line: `python -m tests.bootstrap.slack_process FOLDER BASE_URL`.

The environment is that of `hallmoot run`. SIGTERM ends it cleanly, SIGKILL in no way at all.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot import logs
from bot.adapters.slack.workspace import Calling
from bot.bootstrap.connections import SlackLine
from bot.bootstrap.running import run_parts
from bot.config.settings.load import load
from tests.fakes.slack_rig import FAST


async def _run(folder: Path, base_url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    line = SlackLine(calling=Calling(base_url=base_url, post_every=0.0, minute=5.0, timeout=5.0), sockets=FAST)
    async with run_parts(load(environment=os.environ, folder=folder), line) as parts:
        await parts.until(stop)


if __name__ == "__main__":
    logs.configure(level="error")
    asyncio.run(_run(Path(sys.argv[1]), sys.argv[2]))
