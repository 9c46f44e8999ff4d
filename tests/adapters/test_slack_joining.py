"""Public channels are joined, all of them, at Slack's pace and in spite of what it answers meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bot.adapters.slack.doctor.check_up import examine
from bot.adapters.slack.incoming.joining import Joining
from bot.adapters.slack.workspace import open_workspace
from bot.core.recordings.clocks import SystemClock
from bot.domain.finding import Grade
from bot.domain.ids import ChannelId
from tests.fakes.clocks import SteppingClock
from tests.fakes.slack import Channel, Team, World
from tests.fakes.slack.exchange import texts
from tests.fakes.slack_rig import calling, rigged, slack_settings


@dataclass
class Scene:
    """A workspace on a clock that moves when somebody waits."""

    world: World
    team: Team
    clock: SteppingClock

    def channels(self, count: int) -> list[Channel]:
        """Make public channels without the bot."""
        return [self.world.channel(self.team, f"number-{each}", watched="no") for each in range(count)]

    def joined(self, channels: list[Channel]) -> int:
        """Return in how many of them the bot is."""
        return sum(self.team.bot.id in channel.members for channel in channels)

    @asynccontextmanager
    async def joining(self) -> AsyncIterator[Joining]:
        """Join until the block ends."""
        keys = slack_settings(self.world, self.team, None).workspaces[0]
        made = Joining(await open_workspace(keys, self.clock, calling(self.world)), self.clock)
        running = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Return a workspace whose minutes are as long as Slack's, on a clock of its own."""
    clock = SteppingClock()
    async with World(lambda: clock.now().timestamp(), minute=60.0).running() as world:
        yield Scene(world, world.team("Rivendell"), clock)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - nobody tells when; the condition is looked at in each turn
            await asyncio.sleep(0.005)


async def test_three_hundred_channels_are_all_joined(scene: Scene) -> None:
    """At 50 a minute that takes more than five minutes, and runs into no limit of Slack's."""
    channels, began = scene.channels(300), scene.clock.monotonic()
    async with scene.joining() as joining:
        await _until(lambda: joining.waiting == 0)
    assert scene.joined(channels) == 300
    assert scene.world.limited == []
    assert 300 < scene.clock.monotonic() - began < 400


async def test_a_restart_goes_on_where_the_last_run_ended(scene: Scene) -> None:
    """What is still to be joined stands at Slack."""
    channels = scene.channels(120)
    async with scene.joining():
        await _until(lambda: scene.joined(channels) >= 60)
    before = scene.joined(channels)
    assert before < 120
    async with scene.joining() as joining:
        await _until(lambda: joining.waiting == 0)
    assert scene.joined(channels) == 120


async def test_pauses_and_outages_put_it_off_and_end_nothing(scene: Scene) -> None:
    """A pause of ten minutes, an outage of several tries, and a list that can't be had at first."""
    channels = scene.channels(5)
    scene.world.fail("conversations.list", status=503, times=4)
    scene.world.fail("conversations.join", "ratelimited", status=429, retry_after=600)
    scene.world.fail("conversations.join", status=503, times=7)
    async with scene.joining() as joining:
        assert joining.waiting is None
        await _until(lambda: joining.waiting == 0)
    assert scene.joined(channels) == 5


async def test_what_slack_forbids_is_asked_for_again_later_and_holds_up_no_other(scene: Scene) -> None:
    """An admin may allow it meanwhile; one that is archived just now is let go of."""
    first, second, third = scene.channels(3)
    scene.world.fail("conversations.join", "restricted_action", where={"channel": first.id})
    scene.world.fail("conversations.join", "is_archived", where={"channel": third.id}, times=9)
    async with scene.joining() as joining:
        await _until(lambda: scene.joined([second]) == 1)
        await _until(lambda: scene.joined([first]) == 1 and joining.refused == {})
    assert scene.joined([third]) == 0


async def test_a_channel_that_is_made_meanwhile_is_joined_too(scene: Scene) -> None:
    """Without another look at all of them."""
    async with scene.joining() as joining:
        await _until(lambda: joining.waiting == 0)
        [made] = scene.channels(1)
        joining.add(ChannelId(made.id))
        await _until(lambda: scene.joined([made]) == 1)
    assert len(scene.world.called("conversations.list")) == 1


# Said where people look


async def test_the_check_up_counts_what_is_to_be_joined_and_recommends_no_switch_that_is_on() -> None:
    """With the switch off it recommends it."""
    async with rigged() as rig:
        for number in range(7):
            rig.world.channel(rig.team, f"number-{number}", watched="no")
        settings = slack_settings(rig.world, rig.team, rig.elrond)
        on, off = [
            {finding.check: finding for finding in found}["channels"]
            for joins in (True, False)
            for found in [
                await examine(
                    replace(settings, join_public_channels=joins), rig.settings_of, SystemClock(), calling(rig.world)
                )
            ]
        ]
    assert "7 are still to be joined" in on.found
    assert "join_public_channels" not in on.remedy
    assert "join_public_channels" in off.remedy


async def test_the_home_tab_counts_what_is_to_be_joined() -> None:
    """While Slack lets it be no faster."""
    async with rigged() as rig:
        for number in range(3):
            rig.world.channel(rig.team, f"number-{number}", watched="no")
        rig.world.fail("conversations.join", "ratelimited", status=429, retry_after=600, times=9)
        async with rig.linked():
            await rig.world.until(lambda: bool(rig.world.called("conversations.join")))
            home = await rig.world.open_home(rig.team, rig.elrond)
    assert "3 public channels are still to be joined" in texts(home)


async def test_the_check_up_names_private_channels_in_which_nothing_can_be_deleted() -> None:
    """The account in whose name messages are deleted is not in them; in the mod log it need not be."""
    async with rigged() as rig:
        settings = slack_settings(rig.world, rig.team, rig.elrond)
        council = rig.world.channel(rig.team, "council", kind="group")
        council.members.discard(rig.elrond.id)
        rig.log.members.discard(rig.elrond.id)

        async def found() -> dict[str, tuple[Grade, str]]:
            findings = await examine(settings, rig.settings_of, SystemClock(), calling(rig.world))
            return {finding.check: (finding.grade, finding.found) for finding in findings}

        grade, text = (await found())["private channels"]
        assert (grade, "#council" in text, "#mods" in text) == (Grade.FAULT, True, False)
        council.members.add(rig.elrond.id)
        assert "private channels" not in await found()
