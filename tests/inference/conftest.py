"""A stand-in for Ollama and a classifier that asks it."""

from collections.abc import AsyncIterator

import pytest

from bot.inference.ollama import OllamaClassifier
from tests.fakes.ollama import StandIn, serving
from tests.inference.samples import INSTALL_KEY, settings


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    """Run a stand-in on this test's event loop."""
    async with serving() as running:
        yield running


@pytest.fixture
async def classifier(server: StandIn) -> AsyncIterator[OllamaClassifier]:
    """Return a classifier that asks the stand-in."""
    made = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    yield made
    await made.close()
