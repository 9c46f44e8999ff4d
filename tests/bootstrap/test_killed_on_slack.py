"""A process that is killed while it moderates a workspace: the next one takes up, and nobody notices."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from bot.domain.case import CaseStatus
from bot.domain.records import CaseFilter
from bot.domain.states import State
from bot.storage.sqlite.store import open_readonly
from tests.bootstrap.slack_stage import Stage, Tokens, staged
from tests.fakes.slack.exchange import texts
from tests.fakes.slack.things import JSON

ROOT = Path(__file__).parents[2]
BEFORE, MEANWHILE = 160, 40
"""Messages that the first process hears of, and messages that are written while none runs."""
EVERY = 5
"""Each so-manieth message breaks the rule."""
_SECONDS = 60


@asynccontextmanager
async def _process(stage: Stage, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run until the block ends; killed then, if it has not ended."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | stage.environment(Tokens.BOTH)
    command = (sys.executable, "-m", "tests.bootstrap.slack_process", str(folder), stage.world.url)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    try:
        await stage.world.until(lambda: len(stage.world.sockets.of(stage.team.app)) == 2, _SECONDS)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _write(stage: Stage, numbers: range, heard: str) -> list[JSON]:
    """Let forty people write, no two of whose messages read alike."""
    people = [stage.world.user(stage.team, f"Member{number}") for number in range(40)]
    said = []
    for number in numbers:
        words = _words(number)
        text = f"{words} 1k followers 9" if number % EVERY == 0 else f"{words} see you there"
        said.append(await stage.world.say(stage.general, people[number % len(people)], text, heard=heard))
    return said


def _words(number: int) -> str:
    """Return words that no other number's words are like."""
    letters = Random(number)  # noqa: S311 - texts, not secrets
    return " ".join("".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(6))


async def test_a_killed_process_loses_nothing_and_shows_nothing_twice(tmp_path: Path) -> None:
    """Killed in the middle of some hundred messages, with more written before the next one starts."""
    async with staged() as stage:
        stage.write_settings(tmp_path, "delete")
        async with _process(stage, tmp_path) as process:
            said = await _write(stage, range(BEFORE), heard="yes")
            broken = BEFORE // EVERY
            await stage.world.until(lambda: len(stage.cards()) >= broken // 3, _SECONDS)
            process.kill()
            await process.wait()
        assert len(stage.cards()) < broken, "it was killed too late to show anything"
        said += await _write(stage, range(BEFORE, BEFORE + MEANWHILE), heard="no")
        bad = {post["ts"] for number, post in enumerate(said) if number % EVERY == 0}
        async with _process(stage, tmp_path) as process:
            await _all_ended(tmp_path, stage, said)
            await stage.world.until(lambda: len(stage.cards()) >= len(bad), _SECONDS)
            process.terminate()
            assert await process.wait() == 0
        states = await _states(tmp_path, stage, said)
        assert states == Counter({State.DONE: len(said)})
        assert {post["ts"] for post in said} & set(stage.general.posts) == {post["ts"] for post in said} - bad
        titles = Counter(texts(card).partition("\n")[0] for card in stage.cards())
        assert len(titles) == len(bad)
        assert set(titles.values()) == {1}
        assert await _open_cases(tmp_path, stage) == len(bad)
        direct = [channel for channel in stage.world.channels.values() if channel.kind == "im"]
        told = Counter(texts(post) for channel in direct for post in channel.posts.values())
        assert len(told) == len(bad)
        assert set(told.values()) == {1}


async def _all_ended(folder: Path, stage: Stage, said: list[JSON]) -> None:
    async with asyncio.timeout(_SECONDS):
        while sum((await _states(folder, stage, said)).values()) < len(said):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.1)


async def _states(folder: Path, stage: Stage, said: list[JSON]) -> Counter[State]:
    """Return in how many terminal states of each kind the messages are."""
    store = await open_readonly(folder / "data" / "hallmoot.db")
    try:
        items = [await store.inbox.current(stage.ref(post)) for post in said]
    finally:
        await store.close()
    underway = {State.WAITING, State.JUDGING, State.DECIDED}
    return Counter(item.state for item in items if item is not None and item.state not in underway)


async def _open_cases(folder: Path, stage: Stage) -> int:
    store = await open_readonly(folder / "data" / "hallmoot.db")
    try:
        found = await store.cases.find(stage.community, CaseFilter(status=CaseStatus.OPEN, limit=200))
        assert (await store.audit.verify(stage.community)).faults == ()
    finally:
        await store.close()
    return len(found)
