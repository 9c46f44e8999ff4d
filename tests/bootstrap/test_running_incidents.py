"""Raids and stolen accounts in a whole `run`: from the gateway to what people press, and back to the platform."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import load
from bot.domain.case import CaseStatus
from bot.domain.records import CaseFilter
from bot.domain.states import State
from tests.fakes.discord import Member, Post
from tests.fakes.discord_rig import Rig
from tests.fakes.ollama.server import StandIn

SETTINGS = """
communities:
  {community}:
    mode: live
    mod_log: "{log}"
    context_messages: 0
    takeover_mode: live
    policies:
      spam:
        mode: live
        categories:
          SP4: {{mode: live, action: delete}}
"""
OFFER = "1k followers for you, same day delivery, order number {} is on its way"
SCAM = "I am giving my old laptop away for free, write to me"


@asynccontextmanager
async def running(folder: Path, ollama: StandIn, rig: Rig) -> AsyncIterator[Run]:
    """Yield a run that is connected."""
    (folder / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
    environment = {"OLLAMA_HOST": ollama.url, "HALLMOOT_DISCORD_TOKEN": rig.world.token}
    stop = asyncio.Event()
    async with run_parts(load(environment=environment, folder=folder)) as parts:
        task = asyncio.create_task(parts.until(stop))
        try:
            discord = parts.connected.discord
            assert discord is not None
            await rig.world.until(discord.gateway.is_ready)
            yield parts
        finally:
            stop.set()
            await task


def members(rig: Rig, count: int) -> list[Member]:
    """Return members who joined a month ago: new ones would confirm an incident by themselves."""
    return [rig.world.member(rig.guild, f"raider-{number}") for number in range(count)]


async def done(run: Run, rig: Rig, *posts: Post) -> None:
    """Wait until messages are in their last state."""
    async with asyncio.timeout(20):
        for post in posts:
            while True:
                item = await run.store.inbox.current(rig.ref(post))
                if item is not None and item.state is State.DONE:
                    break
                await asyncio.sleep(0.01)


async def raided(run: Run, rig: Rig, count: int) -> list[Post]:
    """Let so many accounts say nearly the same, and wait for the card that counts them."""
    raiders = members(rig, count)
    posts = [await rig.world.say(rig.general, raider, OFFER.format(n)) for n, raider in enumerate(raiders)]
    await done(run, rig, *posts)
    await run.parts.raids.incidents.tick()
    return posts


async def test_right_on_a_raids_card_removes_every_copy_on_the_platform(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Until somebody presses it, only what the model judged is gone; each message is removed by one call at most."""
    mod = rig.world.moderator(rig.guild, "elrond")
    async with running(tmp_path, ollama, rig) as run:
        posts = await raided(run, rig, 7)
        left = len(rig.general.posts)
        assert 3 <= left <= 5
        card = max(rig.world.posted(rig.log), key=lambda post: "messages like this" in post.texts())
        pressed = await rig.world.press(card, "Right", mod)
        assert pressed.is_private
        await rig.world.until(lambda: not rig.general.posts)
        [case] = await run.store.cases.find(rig.community, CaseFilter(status=CaseStatus.UPHELD))
        assert case.number
    singles = [call.ids[-1] for call in rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")]
    assert len(singles) == len(set(singles))
    assert {post.id for post in posts} >= set(singles)


async def test_wrong_on_a_raids_card_lets_the_next_one_be_judged(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """Nothing follows what was found wrong, and nothing more is removed with it."""
    mod = rig.world.moderator(rig.guild, "elrond")
    async with running(tmp_path, ollama, rig) as run:
        await raided(run, rig, 6)
        left = set(rig.general.posts)
        asked = len(ollama.generates)
        card = max(rig.world.posted(rig.log), key=lambda post: "messages like this" in post.texts())
        await rig.world.press(card, "Wrong", mod)
        assert set(rig.general.posts) == left
        late = await rig.world.say(rig.general, members(rig, 1)[0], OFFER.format("ninety"))
        await done(run, rig, late)
        assert len(ollama.generates) > asked


async def test_one_press_bans_all_authors_in_one_call(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """After a second press that says how many accounts it is about."""
    mod = rig.world.moderator(rig.guild, "elrond", manage_messages=True, moderate_members=True, ban_members=True)
    async with running(tmp_path, ollama, rig) as run:
        await raided(run, rig, 6)
        card = max(rig.world.posted(rig.log), key=lambda post: "messages like this" in post.texts())
        menu = (await rig.world.press(card, "Act…", mod)).replies[0]
        asked = (await rig.world.press(menu, "Ban all 6", mod)).replies[0]
        assert "6" in asked.texts()
        done_with = await rig.world.press(asked, "Yes, do it", mod)
        assert "6 of 6" in done_with.text
    [call] = rig.world.asked("POST", r"/guilds/\d+/bulk-ban")
    assert len(call.body["user_ids"]) == 6


async def test_a_stop_in_the_middle_of_a_raid_holds_everything_back_and_lists_what_was_done(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """By a command, while the run works; the next violation is put to people."""
    mod = rig.world.moderator(rig.guild, "elrond")
    async with running(tmp_path, ollama, rig) as run:
        await raided(run, rig, 5)
        shown = await rig.world.slash(rig.general, mod, "mod stop")
        assert "In the last 24 hours the bot acted" in shown.text
        left = set(rig.general.posts)
        late = await rig.world.say(rig.general, members(rig, 1)[0], "9k followers, but for another reason")
        await done(run, rig, late)
        assert set(rig.general.posts) == left | {late.id}


async def test_a_stolen_account_is_silenced_everywhere_without_the_model(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Three channels within a minute: all its posts go, it is timed out and told, and one card counts its posts."""
    anna = members(rig, 1)[0]
    channels = [rig.general, rig.world.channel(rig.guild, "games"), rig.world.channel(rig.guild, "music")]
    async with running(tmp_path, ollama, rig) as run:
        posts = [await rig.world.say(channel, anna, SCAM) for channel in channels]
        await done(run, rig, *posts)
        [case] = await run.store.cases.find(rig.community, CaseFilter())
    assert [post for channel in channels for post in channel.posts] == []
    assert anna.timeout_until is not None
    assert case.rationale.startswith("The same text was posted in several channels within a minute")
    [card] = rig.world.posted(rig.log)
    assert "3 posts of this account so far" in card.texts()
    [card] = rig.world.posted(rig.log)
    assert "Account takeover" in card.texts()
    assert len(rig.world.told(anna)) == 1


async def test_the_same_picture_in_three_channels_is_seen_too_and_a_moderators_is_only_flagged(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Files are compared by count, names and sizes; the bot sanctions nobody whom it works for."""
    anna, mod = members(rig, 1)[0], rig.world.moderator(rig.guild, "elrond")
    channels = [rig.general, rig.world.channel(rig.guild, "games"), rig.world.channel(rig.guild, "music")]
    files = [{"id": "1", "filename": "offer.png", "size": 4_321, "url": "https://cdn.example/1", "proxy_url": "x"}]
    async with running(tmp_path, ollama, rig) as run:
        for who in (anna, mod):
            posts = [await rig.world.say(channel, who, "", attachments=files) for channel in channels]
        async with asyncio.timeout(20):
            while await run.store.cases.file_of(rig.ref(posts[-1])) is None:  # noqa: ASYNC110 - the record tells nobody
                await asyncio.sleep(0.01)
        await rig.world.until(lambda: len(rig.world.posted(rig.log)) == 2)
        await rig.world.until(lambda: anna.timeout_until is not None)
    assert sorted(post.author.id for channel in channels for post in channel.posts.values()) == [mod.user.id] * 3
    assert anna.timeout_until is not None
    assert mod.timeout_until is None
