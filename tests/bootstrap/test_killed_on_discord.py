"""`hallmoot run` as a process of its own, killed again and again in the middle of 500 messages on a stand-in."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.bench.stand_ins.generators import texts
from bot.domain.states import TERMINAL
from tests.fakes.discord import Channel, Guild, Member, Post, World
from tests.fakes.ollama.running import serving
from tests.fakes.ollama.server import StandIn

MESSAGES = 500
EVERY = 12
"""One message of so many breaks a rule."""
PATIENCE = 180.0
"""Seconds that anything may take before the test gives up; nothing waits for as long."""
ROOT = Path(__file__).parents[2]
DMS_TOO_FAST = 40003
SETTINGS = """
log_level: warning
storage: {{path: records.db}}
ollama: {{slots: 4}}
communities:
  discord:{guild}:
    mode: live
    mod_log: "{log}"
    context_messages: 0
    limits: {{per_author_minute: 100, per_community_hour: 1000}}
    policies:
      spam:
        mode: live
        categories:
          SP4: {{mode: live, action: delete}}
"""


@dataclass
class Talk:
    """A server in which 20 members talk in three channels, no two of them alike in when they came or what they say."""

    world: World
    guild: Guild
    log: Channel
    channels: list[Channel]
    people: list[Member]
    words: Iterator[str]
    said: list[Post] = field(default_factory=list)
    wicked: dict[int, str] = field(default_factory=dict)

    async def go_on(self, count: int, *, heard: bool = True) -> None:
        """Say so many messages more. Not `heard`: nobody is connected."""
        for _ in range(count):
            number = len(self.said)
            breaks = number % EVERY == EVERY - 1
            text = f"{next(self.words)} mark{number}x" + (" 1k followers 9, same day delivery" if breaks else "")
            author = self.people[number % len(self.people)]
            post = await self.world.say(self.channels[number % len(self.channels)], author, text, heard=heard)
            self.said.append(post)
            if breaks:
                self.wicked[post.id] = f"mark{number}x"


@dataclass
class Process:
    """One life of the bot."""

    process: asyncio.subprocess.Process

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.send_signal(signal.SIGKILL)

    async def died(self, world: World) -> None:
        """Wait for its end, by the signal; its session is lost with it."""
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        assert self.process.returncode == -signal.SIGKILL
        await world.gateway.forget_sessions()


@pytest.fixture
async def ollama() -> AsyncIterator[StandIn]:
    """Yield a stand-in for Ollama that objects to followers."""
    async with serving() as server:
        yield server


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """Yield the server; direct messages meet Discord's objection, since notices are paced by seconds."""
    world = World()
    guild = world.guild("Rivendell", manage_messages=True, view_audit_log=True)
    people = [world.member(guild, f"member-{number}") for number in range(20)]
    for number, member in enumerate(people):
        member.joined_at -= timedelta(days=2 * number)
    async with world.running():
        world.fail("POST", "/users/@me/channels", 400, code=DMS_TOO_FAST, times=MESSAGES)
        log, *channels = (world.channel(guild, name) for name in ("mod-log", "general", "help", "lounge"))
        yield Talk(world, guild, log, channels, people, texts(5))


@asynccontextmanager
async def _alive(folder: Path, talk: Talk, ollama: StandIn) -> AsyncIterator[Process]:
    """Yield a process that is connected."""
    identified = talk.world.gateway.identified
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OLLAMA_HOST": ollama.url,
        "HALLMOOT_DISCORD_TOKEN": talk.world.token,
    }
    with (folder / "log.txt").open("ab") as log:
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.fakes.discord_run", talk.world.api_url, talk.world.gateway_url, "run"),
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    process = Process(started)
    try:
        await talk.world.until(
            lambda: talk.world.gateway.identified > identified or started.returncode is not None, PATIENCE
        )
        assert started.returncode is None, (folder / "log.txt").read_text()
        yield process
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_killed_in_the_middle_of_500_messages_it_loses_and_repeats_nothing(
    tmp_path: Path, talk: Talk, ollama: StandIn
) -> None:
    """Killed when a card is posted and not answered, when a message is deleted, and while it reads up what it missed.

    Messages come in before, between and after the deaths, and while nobody listens; in the last life the session alone
    is lost.
    """
    world = talk.world
    (tmp_path / "config.yaml").write_text(SETTINGS.format(guild=talk.guild.id, log=talk.log.id))
    async with _alive(tmp_path, talk, ollama) as process:
        world.trap("POST", f"/channels/{talk.log.id}/messages$", process.kill, at=5)
        await talk.go_on(150)
        await process.died(world)
    await talk.go_on(50, heard=False)
    async with _alive(tmp_path, talk, ollama) as process:
        world.trap("DELETE", r"/messages/\d+$", process.kill, at=4)
        await talk.go_on(100)
        await process.died(world)
    await talk.go_on(50, heard=False)
    async with _alive(tmp_path, talk, ollama) as process:
        world.trap("GET", f"/channels/{talk.channels[1].id}/messages$", process.kill)
        await process.died(world)
    await talk.go_on(20, heard=False)
    async with _alive(tmp_path, talk, ollama) as process:
        await talk.go_on(50)
        await world.gateway.forget_sessions()
        await talk.go_on(80, heard=False)
        await world.until(lambda: world.gateway.identified == 5, PATIENCE)
        await world.until(lambda: _terminal(tmp_path) == MESSAGES, PATIENCE)
        process.process.terminate()
        assert await asyncio.wait_for(process.process.wait(), PATIENCE) == 0
    assert _faults(tmp_path, talk) == []


def _terminal(folder: Path) -> int:
    """Return how many messages have ended, or wait for nothing but Discord's pause of direct messages."""
    states = ", ".join(f"'{state.value}'" for state in TERMINAL)
    waits = (
        "state = 'DECIDED' AND NOT EXISTS (SELECT 1 FROM effects WHERE effects.decision = inbox.decision "
        "AND outcome IS NULL AND NOT (action = 'notice' AND next_at IS NOT NULL))"
    )
    with closing(sqlite3.connect(f"file:{folder / 'records.db'}?mode=ro", uri=True)) as raw:
        query = f"SELECT count(*) FROM inbox WHERE state IN ({states}) OR ({waits})"  # noqa: S608
        [(count,)] = raw.execute(query).fetchall()
    return int(count)


def _faults(folder: Path, talk: Talk) -> list[str]:
    """Return what does not hold, by the records and by what the stand-in was asked for."""
    with closing(sqlite3.connect(folder / "records.db")) as raw:
        rows = raw.execute("SELECT message, state FROM inbox_items").fetchall()
        cases = Counter(int(message) for (message,) in raw.execute("SELECT message FROM cases"))
        effects = raw.execute(
            "SELECT action, target, outcome FROM effects WHERE NOT (action = 'notice' AND next_at IS NOT NULL)"
        ).fetchall()
    expected = {post.id: "DECIDED" if post.id in talk.wicked else "DONE" for post in talk.said}
    found = [] if len(rows) == MESSAGES else [f"{len(rows)} rows for {MESSAGES} messages"]
    found += [f"{number} is {state}" for number, state in rows if expected.get(int(number)) != state]
    found += [] if set(cases) == set(talk.wicked) else [f"cases of other messages: {set(cases) ^ set(talk.wicked)}"]
    found += [f"{message} has {count} cases" for message, count in cases.items() if count != 1]
    found += [f"{action} {target} has no outcome" for action, target, outcome in effects if outcome is None]
    removed = Counter(target for action, target, outcome in effects if (action, outcome) == ("delete", "applied"))
    found += [] if len(removed) == len(talk.wicked) else [f"{len(removed)} removals on record"]
    return found + _seen_by_discord(talk)


def _seen_by_discord(talk: Talk) -> list[str]:
    """Return what happened twice, or to the wrong message."""
    asked = Counter(call.ids[1] for call in talk.world.asked("DELETE", r"/channels/\d+/messages/\d+"))
    found = [f"{number} was deleted {count} times" for number, count in asked.items() if count != 1]
    found += [] if set(asked) == set(talk.wicked) else ["other messages were deleted than those that break the rule"]
    left = {number for channel in talk.channels for number in channel.posts}
    found += [] if left == {post.id for post in talk.said} - set(talk.wicked) else ["other messages are left"]
    cards = [post.texts() for post in talk.world.posted(talk.log)]
    for number, mark in talk.wicked.items():
        count = sum(mark in card for card in cards)
        found += [] if count == 1 else [f"{count} cards of {number}"]
    found += [] if len(cards) == len(talk.wicked) else [f"{len(cards)} posts in the mod log"]
    return found
