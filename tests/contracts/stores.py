"""The stores that the contract suites run on: the one in memory, and the one on disk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ports.store import Store
from bot.storage.memory.store import MemoryStore
from bot.storage.sqlite.store import open_store

KINDS = ("memory", "sqlite")


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Store]:
    """Yield an empty store of a kind; the one on disk stands in the folder."""
    store: Store = MemoryStore() if kind == "memory" else await open_store(folder / "records.db", exclusive=False)
    try:
        yield store
    finally:
        await store.close()
