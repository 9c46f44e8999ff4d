"""Every implementation of the store, for suites that hold for all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports.store import Store
from bot.storage.memory.store import MemoryStore
from bot.storage.sqlite.store import open_store


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Yield an empty store of each kind."""
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    else:
        opened = await open_store(tmp_path / "hallmoot.db", exclusive=True)
    yield opened
    await opened.close()
