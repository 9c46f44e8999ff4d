"""Steps: every commit and every call of a port, before and after. At one of them the process dies."""

import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from bot.storage.sqlite.database.connection import Unit
from bot.storage.sqlite.database.writer import Writes

T = TypeVar("T")


def killed() -> None:
    """End this process as the kernel ends one that is out of memory: no cleanup, no exit handler, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Counts steps and lets `die` happen at one of them; `names` is what they were."""

    def __init__(self, die_at: int | None = None, die: Callable[[], None] = killed) -> None:
        self._die_at = die_at
        self._die = die
        self.names: list[str] = []

    def step(self, name: str) -> None:
        """Count a step; if it is the one, this does not return."""
        self.names.append(name)
        if len(self.names) == self._die_at:
            self._die()


class Stepped:
    """Stands in a port's place: each call of its coroutines is a step before and a step after. All else passes."""

    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name in {"since", "prompt_hash"}:
            return found
        call = f"{type(self._inner).__name__}.{name}"

        async def stepped(*args: Any, **named: Any) -> Any:
            self._steps.step(f"before {call}")
            answer = await found(*args, **named)
            self._steps.step(f"after {call}")
            return answer

        return stepped


class SteppedWriter(Writes):
    """Each unit of work is three steps: before it is handed in, inside its transaction, and after its commit."""

    def __init__(self, inner: Writes, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    async def run(self, unit: Unit[T]) -> T:
        """Carry a unit out."""
        name = unit.__qualname__.partition(".<locals>")[0]
        self._steps.step(f"before the commit of {name}")
        value = await self._inner.run(lambda raw: self._inside(raw, unit, name))
        self._steps.step(f"after the commit of {name}")
        return value

    def _inside(self, raw: sqlite3.Connection, unit: Unit[T], name: str) -> T:
        value = unit(raw)
        self._steps.step(f"inside the transaction of {name}")
        return value

    async def close(self) -> None:
        """Close."""
        await self._inner.close()
