"""`run` as it is put together: Discord's and Ollama's stand-ins, the real everything between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import Loaded, load
from bot.domain.errors import AlreadyRunning, ConfigError
from bot.domain.states import State
from tests.fakes.discord import Post
from tests.fakes.discord_rig import Rig
from tests.fakes.ollama.server import StandIn

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


def _loaded(folder: Path, ollama: StandIn, rig: Rig | None) -> Loaded:
    environment = {"OLLAMA_HOST": ollama.url}
    if rig is not None:
        environment["HALLMOOT_DISCORD_TOKEN"] = rig.world.token
        (folder / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
    return load(environment=environment, folder=folder)


@asynccontextmanager
async def _running(loaded: Loaded) -> AsyncIterator[Run]:
    stop = asyncio.Event()
    async with run_parts(loaded) as parts:
        task = asyncio.create_task(parts.until(stop))
        try:
            yield parts
        finally:
            stop.set()
            await task


async def test_a_message_is_judged_removed_and_shown_to_moderators(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """From the gateway to the card, with nothing in between replaced."""
    async with _running(_loaded(tmp_path, ollama, rig)) as run:
        await _ready(run, rig)
        ann = rig.world.member(rig.guild, "Ann")
        spam = await rig.world.say(rig.general, ann, "1k followers 9, same day delivery")
        fine = await rig.world.say(rig.general, ann, "see you at the repair cafe")
        await _done(run, rig, spam)
        await _done(run, rig, fine)
    assert list(rig.general.posts) == [fine.id]
    assert len(rig.log.posts) == 1
    assert "1k followers 9" in "".join(rig.world.told(ann))


async def test_what_was_said_while_it_was_down_is_fetched_and_judged(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """Even when somebody speaks before it has caught up; what stood there before the bot came is nobody's business."""
    ann = rig.world.member(rig.guild, "Ann")
    before = await rig.world.say(rig.general, ann, "1k followers 9, from before the bot came")
    loaded = _loaded(tmp_path, ollama, rig)
    async with _running(loaded) as run:
        await _ready(run, rig)
        await _done(run, rig, await rig.world.say(rig.general, ann, "good morning"))
    spam = await rig.world.say(rig.general, ann, "1k followers 9, said while the bot was down")
    async with _running(loaded) as run:
        await _ready(run, rig)
        await _done(run, rig, await rig.world.say(rig.general, ann, "is anybody there?"))
        await _done(run, rig, spam)
        assert (await run.store.inbox.coverage(rig.community, None, None)).gaps == ()
        assert await run.store.inbox.current(rig.ref(before)) is None
    assert spam.id not in rig.general.posts
    assert before.id in rig.general.posts


@pytest.mark.parametrize("lost", ["the process", "the session"])
async def test_forum_posts_and_threads_that_were_born_meanwhile_are_judged(
    tmp_path: Path, ollama: StandIn, rig: Rig, lost: str
) -> None:
    """From their first word on, whether they are open or archived by now."""
    ann, forum = rig.world.member(rig.guild, "Ann"), rig.world.channel(rig.guild, "help", "forum")
    loaded = _loaded(tmp_path, ollama, rig)

    async def born() -> list[Post]:
        made = []
        for parent in (forum, rig.general):
            for archived in (False, True):
                thread = rig.world.thread(parent, "a question", ann)
                made.append(await rig.world.say(thread, ann, "1k followers 9, in a thread", heard=False))
                thread.archived = archived
        fresh = rig.world.channel(rig.guild, "new")
        return [*made, await rig.world.say(fresh, ann, "1k followers 9, in a new channel", heard=False)]

    async with _running(loaded) as run:
        await _ready(run, rig)
        await _done(run, rig, await rig.world.say(rig.general, ann, "good morning"))
        if lost == "the session":
            posts = await born()
            await rig.world.gateway.forget_sessions()
            for post in posts:
                await _done(run, rig, post)
    if lost == "the process":
        posts = await born()
        async with _running(loaded) as run:
            for post in posts:
                await _done(run, rig, post)
            assert (await run.store.inbox.coverage(rig.community, None, None)).gaps == ()
    assert [post.id for post in posts if post.id in post.channel.posts] == []


async def _ready(run: Run, rig: Rig) -> None:
    discord = run.connected.discord
    assert discord is not None
    await rig.world.until(discord.gateway.is_ready)


async def _done(run: Run, rig: Rig, post: Post) -> None:
    """Wait until a message is in its last state, looked up whenever something happens."""
    async with asyncio.timeout(10):
        while True:
            item = await run.store.inbox.current(rig.ref(post))
            if item is not None and item.state is State.DONE:
                return
            await asyncio.sleep(0.01)


async def test_a_second_run_on_the_same_records_is_refused(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """Before anything is sent."""
    loaded = _loaded(tmp_path, ollama, rig)
    async with _running(loaded):
        with pytest.raises(AlreadyRunning):
            async with run_parts(loaded):
                pytest.fail("two runs at once")


async def test_without_any_token_it_says_what_to_do(tmp_path: Path, ollama: StandIn) -> None:
    """The demo needs none."""
    with pytest.raises(ConfigError, match="hallmoot init"):
        async with run_parts(_loaded(tmp_path, ollama, None)):
            pytest.fail("there is nothing to run")
