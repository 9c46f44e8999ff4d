"""Every implementation in turn: of the store, and of a chat platform."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests.contracts.platforms import SCENES
from tests.contracts.scene import Scene
from tests.memory.store import MemoryStore


@pytest.fixture(params=sorted(SCENES))
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Yield one platform's community."""
    async with SCENES[request.param]() as made:
        yield made


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
