"""Slack's limits kept from the first call on: nothing is refused for good, and who is in a hurry goes first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.adapters.slack.api import FOREVER, SlackApi, held
from bot.adapters.slack.pace import Method, Pace, Rank
from bot.adapters.slack.workspace import Workspace, open_workspace, web_client
from bot.domain.errors import PlatformBusy
from tests.clocks import SimulatedClock, settle
from tests.fakes.clocks import SteppingClock
from tests.fakes.slack import Channel, Team, User, World
from tests.fakes.slack_rig import calling, slack_settings

MINUTE = 61.2
"""Our minute, a little longer than Slack's."""


@dataclass
class Scene:
    """A workspace on a clock that moves when somebody waits."""

    world: World
    clock: SteppingClock
    team: Team
    general: Channel
    anna: User
    elrond: User
    workspace: Workspace

    async def said(self, count: int) -> list[str]:
        """Let Anna say so many messages and return where they stand."""
        return [(await self.world.say(self.general, self.anna, f"number {each}"))["ts"] for each in range(count)]


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Yield a workspace with an admin's token."""
    clock = SteppingClock()
    async with World(lambda: clock.now().timestamp(), minute=60.0).running() as world:
        team = world.team("Rivendell")
        general = world.channel(team, "general")
        anna, elrond = world.user(team, "Anna"), world.user(team, "Elrond", is_admin=True)
        keys = slack_settings(world, team, elrond).workspaces[0]
        workspace = await open_workspace(keys, clock, calling(world))
        yield Scene(world, clock, team, general, anna, elrond, workspace)


# The pace by itself


async def _turns(pace: Pace, method: Method, rank: Rank, count: int, went: list[Rank], channel: str = "C1") -> None:
    for _ in range(count):
        await pace.turn(method, channel, rank, FOREVER)
        went.append(rank)


async def test_an_allowance_lasts_a_minute() -> None:
    """Of 120 deletions 50 go at once, 50 a minute later, the rest after another."""
    clock, went = SimulatedClock(), list[Rank]()
    task = asyncio.create_task(_turns(Pace(clock, 0.0), Method.CHAT_DELETE, Rank.WORK, 120, went))
    counts = []
    for _ in range(3):
        await clock.advance(MINUTE)
        counts.append(len(went))
    await task
    assert counts == [100, 120, 120]


async def test_each_method_has_its_own(world_clock: SimulatedClock) -> None:
    """Lists are Slack's second tier, posts its own, and one that is used up holds up no other."""
    clock, pace = world_clock, Pace(world_clock, 0.0)
    allowed = {Method.USERS_LIST: 20, Method.CONVERSATIONS_JOIN: 50, Method.USERS_INFO: 100, Method.AUTH_TEST: 300}
    for method, most in allowed.items():
        for _ in range(most):
            assert await pace.turn(method, "", Rank.WORK, clock.monotonic()) == 0
        assert await pace.turn(method, "", Rank.WORK, clock.monotonic()) == pytest.approx(MINUTE)


async def test_who_is_in_a_hurry_goes_first(world_clock: SimulatedClock) -> None:
    """Of an allowance that was used evenly, one call becomes free each second: whoever came last has it first."""
    clock, pace, went = world_clock, Pace(world_clock, 0.0), list[Rank]()
    for _ in range(50):
        assert await pace.turn(Method.CONVERSATIONS_HISTORY, "", Rank.WORK, clock.monotonic()) == 0
        await clock.advance(1.0)
    order = [*[Rank.READING] * 3, *[Rank.WORK] * 3, Rank.PEOPLE]
    waiting = [asyncio.create_task(_turns(pace, Method.CONVERSATIONS_HISTORY, rank, 1, went)) for rank in order]
    await settle()
    assert went == []
    await clock.advance(MINUTE)
    await asyncio.gather(*waiting)
    assert went == sorted(order)


async def test_reading_up_leaves_a_fifth_free(world_clock: SimulatedClock) -> None:
    """So that a card or a notice that looks through a channel need not wait for it."""
    clock, pace, went = world_clock, Pace(world_clock, 0.0), list[Rank]()
    reading = asyncio.create_task(_turns(pace, Method.CONVERSATIONS_HISTORY, Rank.READING, 60, went))
    await settle()
    assert len(went) == 40
    for _ in range(10):
        assert await pace.turn(Method.CONVERSATIONS_HISTORY, "", Rank.WORK, clock.monotonic()) == 0
    await clock.advance(MINUTE)
    await reading


async def test_posts_to_one_channel_keep_a_second_apart_and_hold_up_no_other(world_clock: SimulatedClock) -> None:
    """Slack takes about one a second in each."""
    clock, pace = world_clock, Pace(world_clock, 1.0)
    here, there = list[Rank](), list[Rank]()
    tasks = [
        asyncio.create_task(_turns(pace, Method.CHAT_POST_MESSAGE, Rank.WORK, 3, went, channel))
        for went, channel in ((here, "C1"), (there, "C2"))
    ]
    await settle()
    assert (len(here), len(there)) == (1, 1)
    await clock.advance(2.0)
    await asyncio.gather(*tasks)


async def test_a_pause_holds_for_whoever_waits_already(world_clock: SimulatedClock) -> None:
    """And nobody waits who has no time for it: it is told how long that would be."""
    clock, pace, went = world_clock, Pace(world_clock, 0.0), list[Rank]()
    pace.pause(Method.CHAT_DELETE, 300.0)
    task = asyncio.create_task(_turns(pace, Method.CHAT_DELETE, Rank.WORK, 1, went))
    await clock.advance(299.0)
    assert went == []
    assert await pace.turn(Method.CHAT_DELETE, "", Rank.WORK, clock.monotonic() + 0.5) == pytest.approx(1.0)
    await clock.advance(1.0)
    await task


@pytest.fixture
def world_clock() -> SimulatedClock:
    """Return a clock that stands still."""
    return SimulatedClock()


# Before Slack's own limits


async def test_a_hundred_and_twenty_calls_never_run_into_slacks_limit() -> None:
    """All of them are carried out, within three minutes of Slack's time."""
    async with scene() as made:
        posts = await made.said(120)
        admin, began = made.workspace.admin, made.clock.monotonic()
        assert admin is not None
        for ts in posts:
            await admin.call(Method.CHAT_DELETE, patience=FOREVER, channel=made.general.id, ts=ts)
        await made.world.until(lambda: not made.general.posts)
        assert made.world.limited == []
        assert made.clock.monotonic() - began < 180


async def test_what_slack_asks_for_is_waited_out_however_long_and_however_often() -> None:
    """Another process used up the allowance: three pauses of ten minutes are no refusal."""
    async with scene() as made:
        made.world.fail("conversations.join", "ratelimited", status=429, retry_after=600, times=3)
        attic = made.world.channel(made.team, "attic", watched="no")
        began = made.clock.monotonic()
        await made.workspace.api.call(Method.CONVERSATIONS_JOIN, patience=FOREVER, channel=attic.id)
        assert made.team.bot.id in attic.members
        assert made.clock.monotonic() - began >= 1800


async def test_whoever_has_no_time_is_told_the_seconds() -> None:
    """And nothing is asked of Slack meanwhile."""
    async with scene() as made:
        made.world.fail("chat.update", "ratelimited", status=429, retry_after=300)
        for _ in range(2):
            with pytest.raises(PlatformBusy) as raised:
                await made.workspace.api.call(Method.CHAT_UPDATE, channel=made.general.id, ts="1.0", text="x")
            assert raised.value.code == "ratelimited"
            assert raised.value.retry_after == pytest.approx(300, abs=1)
        assert len(made.world.called("chat.update")) == 1


async def test_both_tokens_of_a_workspace_share_an_allowance() -> None:
    """Slack counts by app and workspace; another workspace's is its own."""
    async with scene() as made:
        admin, bot = made.workspace.admin, made.workspace.api
        assert admin is not None
        for api in (bot, admin) * 25:
            own = await bot.call(Method.CHAT_POST_MESSAGE, channel=made.general.id, text="ours")
            await api.call(Method.CHAT_DELETE, channel=made.general.id, ts=held(own, "ts"))
        [last] = await made.said(1)
        with pytest.raises(PlatformBusy):
            await admin.call(Method.CHAT_DELETE, patience=0.0, channel=made.general.id, ts=last)
        assert made.world.limited == []


@pytest.mark.parametrize(("status", "word"), [(503, "http_503"), (200, "unreadable"), (404, "http_404")])
async def test_an_answer_that_is_none_of_slacks_is_no_refusal_unless_it_says_so(status: int, word: str) -> None:
    """A page of a proxy in between, with the status of a success."""
    async with scene() as made:
        made.world.fail("chat.postMessage", status=status, page="<html>Sign in</html>")
        with pytest.raises(Exception, match=word) as raised:
            await made.workspace.api.call(Method.CHAT_POST_MESSAGE, channel=made.general.id, text="x")
        assert isinstance(raised.value, PlatformBusy) == (status != 404)


async def test_half_an_answer_is_no_crash() -> None:
    """Whoever needs what is missing is told that it may work later."""
    with pytest.raises(PlatformBusy, match=r"channel\.id"):
        held({"ok": True, "channel": ["C1"]}, "channel", "id")
    assert held({"channel": {"id": "C1"}}, "channel", "id") == "C1"
    assert SlackApi(web_client("xoxb-x", calling(World())), SteppingClock(), Pace(SteppingClock(), 0.0)).scopes == set()
