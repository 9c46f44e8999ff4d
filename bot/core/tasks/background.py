"""Work that nobody waits for: it is kept until it ends, and what goes wrong in it is told."""

import asyncio
from collections.abc import Coroutine

from bot.logs import get_logger

_log = get_logger(__name__)


class Background:
    """Holds on to tasks, which the event loop alone would not."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def tasks(self) -> frozenset[asyncio.Task[None]]:
        """Return those that have not ended."""
        return frozenset(self._tasks)

    def begin(self, work: Coroutine[object, object, None]) -> None:
        """Let work go on by itself."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("background_work_failed", error=type(error).__name__, says=str(error))
