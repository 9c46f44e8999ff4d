"""A process that has everything imported, and forks for each life. Started by the test as `python -m`.

Every life is a process of its own and dies by SIGKILL at its step, or ends by itself; nothing is cleaned up for it. A
line of JSON on standard input asks for a life ({"folder", "seconds", "die_at", "meanwhile"}), a line of JSON on
standard output answers with how it ended and, where it ended by itself, with the steps it took and what did not hold.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from bot import logs
from bot.domain.errors import AlreadyRunning
from tests.crash.invariants import faults_in
from tests.crash.life import live
from tests.crash.script import EVENTS
from tests.crash.steps import Steps
from tests.crash.world import World
from tests.factories import later

FAILED = 3
TURNED_AWAY = 4
"""Another process holds the database."""
_TOLD = "told.json"


def _life(order: dict[str, Any]) -> None:
    """Live in a child process, and leave it without a word to the parent's interpreter."""
    status = FAILED
    try:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # answers alone go to the test
        folder, steps = Path(order["folder"]), Steps(order["die_at"])
        world = World(EVENTS, folder / "platform.jsonl")
        for number in order["meanwhile"]:
            world.happen(number)
        asyncio.run(live(folder, later(order["seconds"]), steps))
        told = {"steps": steps.names, "faults": asyncio.run(faults_in(folder))}
        (folder / _TOLD).write_text(json.dumps(told))
        status = 0
    except AlreadyRunning:
        status = TURNED_AWAY
    except BaseException:  # noqa: BLE001 - whatever it was, it is told and the child must not go on as the parent
        traceback.print_exc()
    finally:
        os._exit(status)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        _life(order)
    _, ended = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
    status = None if killed else os.waitstatus_to_exitcode(ended)
    told = json.loads((Path(order["folder"]) / _TOLD).read_text()) if status == 0 else {"steps": [], "faults": []}
    return {"killed": killed, "status": status} | told


if __name__ == "__main__":
    logs.configure(level="error", json_lines=False)
    gc.disable()
    gc.freeze()  # what is imported stays shared with every fork
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()
