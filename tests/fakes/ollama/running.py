"""Running the stand-in: on the test's own event loop, or in a thread for tests that have none."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.fakes.ollama.server import StandIn

_START_SECONDS = 20.0


@asynccontextmanager
async def serving(server: StandIn | None = None) -> AsyncIterator[StandIn]:
    """Run a stand-in on this event loop."""
    running = server or StandIn()
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@contextmanager
def running_ollama(server: StandIn | None = None) -> Iterator[StandIn]:
    """Run a stand-in in a thread with an event loop of its own. Its state may be used from here."""
    running = server or StandIn()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stand-in for Ollama", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(running.start(), loop).result(_START_SECONDS)
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(running.stop(), loop).result(_START_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
