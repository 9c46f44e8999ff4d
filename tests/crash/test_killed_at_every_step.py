"""The process is killed at one step after another, started again, and must have lost and repeated nothing.

`make test` takes some of the steps, of each kind at least one, and others each day; `make soak` takes every step.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.storage.sqlite.database.lock import InstanceLock
from bot.storage.sqlite.database.schema import bring_up_to_date
from bot.storage.sqlite.database.statements import migrations
from tests.crash.fork_server import TURNED_AWAY
from tests.crash.invariants import watch_states
from tests.crash.script import WHILE_DOWN
from tests.sampling import one_in

FIRST_LIFE = 40.0
"""Seconds after the first message: everything is fresh."""
SOON = 150.0
"""Messages are older than a minute by then, and younger than ten."""
LATE = 172_800.0
"""Two days."""
AT_ONCE = 2
"""Processes that fork lives side by side."""
_FEWER = 30
"""Steps by which one life may be shorter than another."""
ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")  # noqa: S108 - every folder made there has a name of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a life ended: by SIGKILL, or by itself after these steps, leaving these faults."""

    killed: bool
    status: int | None
    steps: list[str]
    faults: list[str]


class Lives:
    """Lives in processes of their own, each in a folder that the next one finds as it was left."""

    def __init__(self, servers: "list[subprocess.Popen[str]]", empty: Path, folders: Path) -> None:
        self._free: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for server in servers:
            self._free.put(server)
        self._empty = empty
        self._folders = folders

    def folder(self, name: object) -> Path:
        """Return a folder with an empty database."""
        return Path(shutil.copytree(self._empty, self._folders / str(name)))

    def live(
        self, folder: Path, seconds: float, *, die_at: int | None = None, meanwhile: tuple[int, ...] = ()
    ) -> Ended:
        """Live once, and die at a step where one is named."""
        order = {"folder": str(folder), "seconds": seconds, "die_at": die_at, "meanwhile": meanwhile}
        server = self._free.get()
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(order) + "\n")
            server.stdin.flush()
            answer: dict[str, Any] = json.loads(server.stdout.readline())
        finally:
            self._free.put(server)
        return Ended(**answer)


@pytest.fixture(scope="module")
def folders() -> Iterator[Path]:
    """Return a folder for all of them, in memory where there is such a place: a killed process loses no file there."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="hallmoot-crash-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def lives(folders: Path) -> Iterator[Lives]:
    """Start the processes that fork, with a database to begin with."""
    empty = folders / "start"
    empty.mkdir()
    bring_up_to_date(empty / "records.db", migrations(), lock=None)
    watch_states(empty / "records.db")
    servers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.fork_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]
    try:
        yield Lives(servers, empty, folders)
    finally:
        for server in servers:
            server.communicate(timeout=30)


@pytest.fixture(scope="module")
def whole(lives: Lives) -> Ended:
    """Return how a life ends that nobody kills."""
    return lives.live(lives.folder("whole"), FIRST_LIFE)


def test_a_life_without_a_kill_ends_in_order(whole: Ended) -> None:
    """The script does what it is meant to do, so that the kills below strike something."""
    assert (whole.killed, whole.status, whole.faults) == (False, 0, [])
    assert len(whole.steps) >= 60
    assert {name.removeprefix("before ") for name in whole.steps} >= {
        "the commit of SqliteCases.record_decision",
        "InterruptedModel.judge",
        "InterruptedEnforcer.apply",
        "WorldModLog.post",
        "WorldModLog.update",
        "WorldNotifier.tell",
    }


@pytest.mark.parametrize(
    ("again", "meanwhile", "share", "moments"),
    [
        (FIRST_LIFE, (), 3, ("before",)),
        (FIRST_LIFE, (), 3, ("inside", "after")),
        (SOON, WHILE_DOWN, 6, ("",)),
        (LATE, (), 12, ("",)),
    ],
    ids=["before-and-at-once", "amid-and-at-once", "after-minutes", "after-two-days"],
)
def test_whichever_step_it_is_killed_at_nothing_is_lost_or_repeated(
    lives: Lives, whole: Ended, again: float, meanwhile: tuple[int, ...], share: int, moments: tuple[str, ...]
) -> None:
    """Started again at once; after minutes, while messages were changed; and after two days.

    Card and effects are carried out side by side, and what is handed in at one moment may be written in one commit: a
    life has a step or two fewer now and then, and may have ended before its last ones.
    """
    ended_before: list[int] = []

    def killed_at(step: int) -> tuple[str, list[str]]:
        folder = lives.folder(f"{again}-{step}")
        first = lives.live(folder, FIRST_LIFE, die_at=step)
        second = lives.live(folder, again, meanwhile=meanwhile)
        shutil.rmtree(folder)
        if not first.killed and len(first.steps) < step:
            ended_before.append(step)
            first = replace(first, killed=True)
        wrong = [] if (first.killed, second.killed, second.status) == (True, False, 0) else [f"{first}, then {second}"]
        return f"step {step}, {whole.steps[step - 1]}", wrong + second.faults

    with ThreadPoolExecutor(AT_ONCE) as pool:
        drawn = [place + 1 for place in one_in(share, whole.steps, f"again after {again} seconds")]
        steps = [step for step in drawn if whole.steps[step - 1].startswith(moments)]
        found = dict(pool.map(killed_at, steps))
    assert {step: wrong for step, wrong in found.items() if wrong} == {}
    assert len(found) == len(steps) >= 50
    assert all(step > len(whole.steps) - _FEWER for step in ended_before)


def test_a_second_process_on_the_same_database_is_turned_away(lives: Lives) -> None:
    """Two would carry out the same effects. A killed one holds nothing any more."""
    folder = lives.folder("held")
    assert lives.live(folder, FIRST_LIFE, die_at=100).killed
    lock = InstanceLock.take(folder / "records.db")
    done = (folder / "platform.jsonl").read_bytes()
    turned_away = lives.live(folder, FIRST_LIFE)
    assert turned_away.status == TURNED_AWAY
    assert (folder / "platform.jsonl").read_bytes() == done
    lock.release()
    last = lives.live(folder, FIRST_LIFE)
    assert (last.status, last.faults) == (0, [])


@pytest.mark.parametrize("step", [3, 8, 21, 55])
def test_lives_that_all_die_early_still_lose_and_repeat_nothing(lives: Lives, step: int) -> None:
    """Killed again and again at the same step of each start, before one life may end by itself."""
    folder = lives.folder(f"again-{step}")
    ends = [lives.live(folder, FIRST_LIFE, die_at=step).killed for _ in range(12)]
    last = lives.live(folder, FIRST_LIFE)
    assert ends[0]
    assert (last.status, last.faults) == (0, [])
