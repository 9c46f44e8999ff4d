"""Several addresses in order: the first one that works is used."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.domain.errors import ModelMissing, ModelUnreachable
from bot.inference.server import OllamaServer

REST_SECONDS = 30.0
"""How long an address that failed stands behind the others: finding out that a machine is off can take seconds."""

Answer = TypeVar("Answer")


class Fallback:
    """Tries servers in the order they were given, those that failed lately last."""

    def __init__(self, servers: tuple[OllamaServer, ...], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._servers = servers
        self._monotonic = monotonic
        self._resting_until: dict[str, float] = {}

    async def first(self, ask: Callable[[OllamaServer], Awaitable[Answer]]) -> Answer:
        """Return what the first server that has the model answers.

        When none does, the ModelUnreachable or ModelMissing of the one that was tried first is raised; every other
        error is final.
        """
        faults: list[ModelUnreachable | ModelMissing] = []
        for server in self._in_order():
            try:
                answer = await ask(server)
            except (ModelUnreachable, ModelMissing) as fault:
                self._resting_until[server.url] = self._monotonic() + REST_SECONDS
                faults.append(fault)
            else:
                self._resting_until.pop(server.url, None)
                return answer
        raise faults[0]

    async def close(self) -> None:
        """Let go of all connections."""
        for server in self._servers:
            await server.close()

    def _in_order(self) -> list[OllamaServer]:
        now = self._monotonic()
        return sorted(self._servers, key=lambda server: self._resting_until.get(server.url, now) > now)
