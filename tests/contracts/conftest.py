"""Every platform in turn."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.platforms import SCENES
from tests.contracts.scene import Scene


@pytest.fixture(params=sorted(SCENES))
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Yield one platform's community."""
    async with SCENES[request.param]() as made:
        yield made
