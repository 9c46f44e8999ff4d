"""A replay in a process of its own, which can be stopped or killed: `python -m tests.lab.replay_process FILE DB`."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot import logs
from bot.adapters.exports.export import Export
from bot.adapters.exports.rows import ReadRow
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.question import Question
from bot.domain.verdict import Verdict
from bot.inference.scripted import ScriptedClassifier
from bot.lab.replaying import Progress
from tests.factories import COMMUNITY
from tests.lab.replays import objects_to_the_word, replaying_into


def _peak() -> int:
    """Return the most memory that this process has held, in MiB.

    From /proc, since what getrusage tells begins at the parent's peak, which a whole test run has driven up.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    if found is None:
        raise RuntimeError("this system does not tell a process's peak of memory")
    return int(found[1]) // 1024


def main() -> None:
    """Replay the file into the database; the last line tells the events, the questions and the memory in MiB."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--stop-at", type=int, default=0, help="end cleanly in the window with this question")
    parser.add_argument("--kill-at", type=int, default=0, help="be killed in the middle of the window with it")
    options = parser.parse_args()
    logs.configure(level="error")
    model = _Interrupting(options.stop_at, options.kill_at)
    progress = asyncio.run(_replay(options.file, options.database, model))
    peak = _peak()
    sys.stdout.write(f"{progress.events} {model.count} {peak}\n")


def _events(file: Path) -> Iterator[Event]:
    export = Export(path=file, now=datetime(2026, 11, 23, tzinfo=UTC), community=CommunityId(COMMUNITY))
    for row in export.rows():
        if not isinstance(row, ReadRow):
            raise TypeError(str(row))
        yield row.event


class _Interrupting(ScriptedClassifier):
    """Answers by the wicked word until a question at which it is killed, or stops and answers no more."""

    def __init__(self, stop_at: int, kill_at: int) -> None:
        super().__init__(objects_to_the_word)
        self.count = 0
        self._stop_at, self._kill_at = stop_at, kill_at
        self.stop: Callable[[], None] = lambda: None

    async def judge(self, question: Question) -> Verdict:
        """Count the question, and answer or not."""
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._stop_at and self.count >= self._stop_at:
            self.stop()
            await asyncio.Event().wait()
        verdict = await super().judge(question)
        self.asked.clear()
        return verdict


async def _replay(file: Path, database: Path, model: _Interrupting) -> Progress:
    async with replaying_into(database, model) as found:
        await found.recover()
        replay = found.replay(lambda _: None)
        model.stop = replay.stop
        return await replay.run(_events(file))


if __name__ == "__main__":
    main()
