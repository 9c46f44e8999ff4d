"""`hallmoot run` as a real process, told to stop by a real signal at the worst of times."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.inbox import InboxItem
from bot.domain.states import State
from bot.storage.sqlite.store import open_readonly
from tests.fakes.discord import Post
from tests.fakes.discord_rig import Rig, rigged
from tests.fakes.ollama import Fault, StandIn, Step, serving

ROOT = Path(__file__).parents[2]
TEN_SECONDS = 10.0
SETTINGS = """
communities:
  {community}:
    mode: live
    mod_log: "{log}"
    context_messages: 0
    policies:
      spam:
        mode: live
        categories:
          SP4: {{mode: live, action: delete}}
"""
SPAM = "1k followers 9, same day delivery"


@dataclass(slots=True)
class Hallmoot:
    """A process that runs, and what it logs."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def says(self, event: str) -> None:
        """Wait until it has logged an event."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while event not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"it ended without {event}:\n{self.said}"
                self.said += line.decode()

    async def stopped_by(self, *signals: signal.Signals) -> tuple[int, float]:
        """Send signals, each once the one before has arrived; return the exit status and the seconds from the last."""
        for number in signals[:-1]:
            self.process.send_signal(number)
            await self.says("stop_asked")
        began = asyncio.get_running_loop().time()
        self.process.send_signal(signals[-1])
        rest, _ = await self.process.communicate()
        self.said += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode, asyncio.get_running_loop().time() - began


@dataclass(slots=True)
class Stage:
    """Discord's and Ollama's stand-ins, and the folder with the settings and records."""

    rig: Rig
    ollama: StandIn
    folder: Path
    ollama_url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Hallmoot]:
        """Start a process; kill it when the block ends, whatever became of it."""
        world = self.rig.world
        environment = os.environ | {
            "OLLAMA_HOST": self.ollama_url or self.ollama.url,
            "HALLMOOT_DISCORD_TOKEN": world.token,
            "HALLMOOT_DB": str(self.database),
            "HALLMOOT_CONFIG": str(self.folder / "config.yaml"),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.fakes.discord_run",
            world.api_url,
            world.gateway_url,
            "run",
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield Hallmoot(process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    @property
    def database(self) -> Path:
        """Return where the records are."""
        return self.folder / "records.db"

    async def items(self, *posts: Post) -> list[InboxItem | None]:
        """Return what is on record of messages, read beside the process."""
        store = await open_readonly(self.database)
        try:
            return [await store.inbox.current(self.rig.ref(post)) for post in posts]
        finally:
            await store.close()

    async def states(self, *posts: Post) -> list[State | None]:
        """Return the states of messages."""
        return [item.state if item is not None else None for item in await self.items(*posts)]

    async def until_done(self, *posts: Post) -> None:
        """Wait until messages are in their last state."""
        async with asyncio.timeout(60):
            while await self.states(*posts) != [State.DONE] * len(posts):  # noqa: ASYNC110 - another process's records
                await asyncio.sleep(0.05)

    async def listening(self, hallmoot: Hallmoot) -> None:
        """Wait until the process is connected and has begun every channel at its newest message."""
        await hallmoot.says("break_noted")
        post = await self.rig.world.say(self.rig.general, self.rig.world.member(self.rig.guild, "Bea"), "good morning")
        await self.until_done(post)

    def removals(self, post: Post) -> int:
        """Return how often the process asked Discord to remove a message."""
        return len(self.rig.world.asked("DELETE", f"/channels/{post.channel.id}/messages/{post.id}"))


@pytest.fixture
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Yield the stand-ins and a folder with settings."""
    async with rigged() as rig, serving() as ollama:
        (folder / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
        yield Stage(rig, ollama, folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_stop_while_the_model_reads_loses_nothing(stage: Stage, number: signal.Signals) -> None:
    """The model hangs and two messages wait behind it: the process ends in order, and the next one judges all three."""
    ann = stage.rig.world.member(stage.rig.guild, "Ann")
    async with stage.running() as first:
        await stage.listening(first)
        stage.ollama.faults.slow_seconds = 600.0
        stage.ollama.faults.on(Fault.SLOW, step=Step.REASON)
        stage.ollama.reached.clear()
        texts = (SPAM, "see you at the repair cafe", "the bread is in the oven")
        posts = [await stage.rig.world.say(stage.rig.general, ann, text) for text in texts]
        async with asyncio.timeout(60):
            await stage.ollama.reached.wait()
        status, seconds = await first.stopped_by(number)
    assert status == 0, first.said
    assert seconds < TEN_SECONDS
    assert "Traceback" not in first.said
    assert set(await stage.states(*posts)) <= {State.WAITING, None}
    stage.ollama.faults.off()
    async with stage.running() as second:
        await stage.until_done(*posts)
        assert (await second.stopped_by(number))[0] == 0
    assert [stage.removals(post) for post in posts] == [1, 0, 0]
    assert len(stage.rig.log.posts) == 1


async def test_a_stop_during_the_start_ends_it_at_once(stage: Stage) -> None:
    """Whoever should be the model takes the call and says nothing."""
    called, hung_up = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()  # until the other side hangs up
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    stage.ollama_url = f"http://{host}:{port}"
    async with stage.running() as hallmoot:
        async with asyncio.timeout(60):
            await called.wait()
        status, seconds = await hallmoot.stopped_by(signal.SIGTERM)
    await hung_up.wait()
    server.close()
    assert (status, "Traceback" in hallmoot.said) == (0, False), hallmoot.said
    assert seconds < TEN_SECONDS / 2
    assert stage.rig.world.gateway.sessions == {}


async def test_a_stop_while_it_catches_up_leaves_the_gap_for_the_next_start(stage: Stage) -> None:
    """Discord makes it wait for the past; what was not fetched by then is fetched later."""
    ann = stage.rig.world.member(stage.rig.guild, "Ann")
    async with stage.running() as first:
        await stage.listening(first)
        assert (await first.stopped_by(signal.SIGTERM))[0] == 0
    missed = await stage.rig.world.say(stage.rig.general, ann, SPAM, heard=False)
    past = rf"/channels/{stage.rig.general.id}/messages"
    fault = stage.rig.world.limit("GET", past, seconds=25.0)
    async with stage.running() as second:
        await stage.rig.world.until(lambda: fault.times == 0, patience=60)
        status, seconds = await second.stopped_by(signal.SIGTERM)
    assert (status, "Traceback" in second.said) == (0, False), second.said
    assert seconds < TEN_SECONDS
    assert await stage.states(missed) == [None]
    async with stage.running() as third:
        await stage.until_done(missed)
        assert (await third.stopped_by(signal.SIGINT))[0] == 0
    assert stage.removals(missed) == 1


async def test_a_second_ctrl_c_breaks_the_stop_off_and_loses_nothing(stage: Stage) -> None:
    """Discord makes a removal wait for half a minute; the first signal waits a little for it, the second does not."""
    ann = stage.rig.world.member(stage.rig.guild, "Ann")
    async with stage.running() as first:
        await stage.listening(first)
        removal = stage.rig.world.limit("DELETE", rf"/channels/{stage.rig.general.id}/messages/\d+", seconds=25.0)
        post = await stage.rig.world.say(stage.rig.general, ann, SPAM)
        await stage.rig.world.until(lambda: removal.times == 0, patience=60)
        status, seconds = await first.stopped_by(signal.SIGINT, signal.SIGINT)
    assert status == 130, first.said
    assert seconds < TEN_SECONDS / 2
    assert "Traceback" not in first.said
    assert await stage.states(post) == [State.DECIDED]
    async with stage.running() as second:
        await stage.until_done(post)
        assert (await second.stopped_by(signal.SIGINT))[0] == 0
    assert post.id not in stage.rig.general.posts
    assert len(stage.rig.log.posts) == 1


async def test_a_platform_that_makes_an_effect_wait_holds_the_stop_up_for_seconds_only(stage: Stage) -> None:
    """The removal is on record as begun; the next start looks whether it happened, and carries it out once."""
    ann = stage.rig.world.member(stage.rig.guild, "Ann")
    async with stage.running() as first:
        await stage.listening(first)
        removal = stage.rig.world.limit("DELETE", rf"/channels/{stage.rig.general.id}/messages/\d+", seconds=25.0)
        post = await stage.rig.world.say(stage.rig.general, ann, SPAM)
        await stage.rig.world.until(lambda: removal.times == 0, patience=60)
        status, seconds = await first.stopped_by(signal.SIGTERM)
    assert status == 0, first.said
    assert seconds < TEN_SECONDS
    async with stage.running() as second:
        await stage.until_done(post)
        assert (await second.stopped_by(signal.SIGTERM))[0] == 0
    assert post.id not in stage.rig.general.posts
