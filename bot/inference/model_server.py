"""A server of models at one address: what is asked of any kind, and what all kinds share."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from bot.domain.errors import ModelError
from bot.domain.question import ModelHealth, ModelIdentity
from bot.domain.settings import OllamaSettings
from bot.inference.reading import Pace
from bot.inference.request import Answer, Ask

CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 10.0
_SURELY_LOADED_SECONDS = 60.0


class ModelServer(Protocol):
    """The configured model at one address. `pace` is how fast it was seen to read."""

    url: str
    pace: Pace

    @abstractmethod
    async def identity(self) -> ModelIdentity:
        """Return what answers here; asked once, and again after a failure. Raises ModelError."""

    @abstractmethod
    async def health(self) -> ModelHealth:
        """Return what answers here and how well it is placed, asked anew. Raises ModelError."""

    @abstractmethod
    def forget(self) -> None:
        """Look the model up again before the next request: something failed, and it may be another one then."""

    @abstractmethod
    async def generate(self, ask: Ask) -> Answer:
        """Return the answer, which the caller checks with `Ask.check`. Raises ModelError, and within a bounded time."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""


class PatientServer(ModelServer):
    """Waits for each answer as long as the settings say, whatever the server does, and remembers what answers.

    A kind of server says how it is looked at, how a request is sent, and which ModelError each of its failures is.
    """

    def __init__(self, url: str, settings: OllamaSettings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.url = url
        self.pace = Pace()
        self._settings = settings
        self._monotonic = monotonic
        self._identity: ModelIdentity | None = None
        self._looking = asyncio.Lock()
        self._loaded_until = 0.0

    async def identity(self) -> ModelIdentity:
        """Return what answers here; asked once, and again after a failure. Raises ModelError."""
        async with self._looking:
            return self._identity or (await self._look()).identity

    async def health(self) -> ModelHealth:
        """Return what answers here and how well it is placed, asked anew. Raises ModelError."""
        async with self._looking:
            return await self._look()

    def forget(self) -> None:
        """Look the model up again before the next request: something failed, and it may be another one then."""
        self._identity = None
        self._loaded_until = 0.0

    async def generate(self, ask: Ask) -> Answer:
        """Return the answer, which the caller checks with `Ask.check`. Raises ModelError, and within a bounded time."""
        try:
            with self._as_model_errors():
                async with asyncio.timeout(self._patience()):
                    answer = await self._send(ask)
        except ModelError:
            self.forget()
            raise
        self._loaded_until = self._monotonic() + _SURELY_LOADED_SECONDS
        return answer

    @abstractmethod
    def _as_model_errors(self) -> AbstractContextManager[None]:
        """Turn whatever looking and sending raise into the ModelError that fits."""

    @abstractmethod
    async def _seen(self) -> ModelHealth:
        """Look at the server."""

    @abstractmethod
    async def _send(self, ask: Ask) -> Answer:
        """Send a request and return its answer."""

    def _patience(self) -> float:
        """Return for how many seconds an answer is waited for: longer where the model may have to be loaded first."""
        loaded = self._monotonic() < self._loaded_until
        return (self._settings.timeout if loaded else self._settings.load_timeout).total_seconds()

    async def _look(self) -> ModelHealth:
        self.forget()
        with self._as_model_errors():
            async with asyncio.timeout(_LOOK_SECONDS):
                seen = await self._seen()
        if seen.loaded:
            self._loaded_until = self._monotonic() + _SURELY_LOADED_SECONDS
        self._identity = seen.identity
        return seen
