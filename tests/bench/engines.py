"""The real engine for tests: two tiny models, each made once and served while the tests that ask it run."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bot.bench.stand_ins.real_engine import Addresses, real_engine
from bot.bench.stand_ins.tiny_model import REASONING, write_tiny_model

NUM_CTX = 4_096
PATIENT = {"timeout": timedelta(minutes=2), "load_timeout": timedelta(minutes=2)}
"""Settings that wait out a machine with much else to do: the engine's first schema takes seconds of processor time."""
MODELS = {"stern": (0.9, REASONING), "dizzy": (0.1, "We compare compare")}
"""How likely a violation is to each, and what it reasons. The dizzy one objects to nothing, and has one word."""


class Engines:
    """Starts an engine when it is asked for first."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._running: dict[str, Addresses] = {}

    def of(self, name: str) -> Addresses:
        """Return where the engine with this model listens; it has one slot."""
        if name not in self._running:
            violates, reasoning = MODELS[name]
            path = self._folder / f"{name}.gguf"
            write_tiny_model(path, violates=violates, reasoning=reasoning)
            self._running[name] = self._stack.enter_context(real_engine(path, slots=1, num_ctx=NUM_CTX))
            path.unlink()  # it is mapped, and large
        return self._running[name]


def running(folder: Path) -> Iterator[Engines]:
    """Yield engines that end with this."""
    with ExitStack() as stack:
        yield Engines(folder, stack)
