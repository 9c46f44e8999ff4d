"""What `make test` takes of the longest tests: a sample that is another one each day. `make soak` runs all of them.

The end of the output names the day; `SAMPLE_DAY=2026-11-28 make test` draws that day's sample again.
"""

import os
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

DAY = "SAMPLE_DAY"
"""The environment variable that names the day, or is any other word to draw by."""
SOAK = "SOAK"
"""The environment variable that asks for everything."""


def settle_on_a_day() -> None:
    """Name the day in the environment, so that every process of this run draws by the same one, over midnight too."""
    os.environ.setdefault(DAY, datetime.now(UTC).date().isoformat())


def whole() -> bool:
    """Return whether everything is to run."""
    return bool(os.environ.get(SOAK))


def told() -> str:
    """Return the sentence that says what ran, and how it is repeated."""
    if whole():
        return f"Nothing was sampled; the stories are those of {DAY}={os.environ[DAY]}."
    return f"The longest tests ran in part, as {DAY}={os.environ[DAY]} draws it; `make soak` runs all of them."


def drawn(purpose: str) -> random.Random:
    """Return the day's dice for one purpose."""
    return random.Random(f"{os.environ[DAY]} {purpose}")  # noqa: S311 - nothing is kept secret with it


def one_in(share: int, kinds: Sequence[str], purpose: str) -> list[int]:
    """Return places in `kinds`, in order: of each kind one in `share`, rounded up, so that none is left out.

    All of them where everything is to run.
    """
    if whole():
        return list(range(len(kinds)))
    places: dict[str, list[int]] = defaultdict(list)
    for place, kind in enumerate(kinds):
        places[kind].append(place)
    dice = drawn(purpose)
    return sorted(place for found in places.values() for place in dice.sample(found, -(-len(found) // share)))
