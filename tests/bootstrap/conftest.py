"""What most runs on Discord's stand-in begin with."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord_rig import Rig, rigged
from tests.fakes.ollama.running import serving
from tests.fakes.ollama.server import StandIn


@pytest.fixture
async def ollama() -> AsyncIterator[StandIn]:
    """Yield a stand-in for Ollama that objects to followers."""
    async with serving() as server:
        yield server


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield Discord's stand-in with a guild."""
    async with rigged() as made:
        yield made
