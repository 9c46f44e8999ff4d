"""What holds for every test: the same examples on every machine, and no clock that fails a slow one.

`HYPOTHESIS_PROFILE=explore make test` looks for new examples instead; one that fails belongs into its test.
"""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def _logs_as_at_first() -> Iterator[None]:
    """Undo how a command set up logging: its stream is closed when its test is over."""
    yield
    structlog.reset_defaults()
