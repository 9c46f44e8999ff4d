"""What holds for every test: the same examples on every machine, and no clock that fails a slow one.

`HYPOTHESIS_PROFILE=explore make test` looks for new examples instead; one that fails belongs into its test. Of the
longest tests a sample runs, another one each day: see `tests/sampling.py`.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

from tests import sampling

if TYPE_CHECKING:
    from tests.bench.engines import Engines

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

sampling.settle_on_a_day()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was drawn, and how it is drawn again."""
    terminalreporter.write_line(sampling.told())


@pytest.fixture(autouse=True)
def _logs_as_at_first() -> Iterator[None]:
    """Undo how a command set up logging: its stream is closed when its test is over."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Engines]":
    """Return the real engines, started as they are asked for: once for all tests of a worker."""
    from tests.bench.engines import running  # noqa: PLC0415 - most tests have no use for what this imports

    yield from running(tmp_path_factory.mktemp("models"))
