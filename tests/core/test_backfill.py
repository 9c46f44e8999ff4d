"""What was said while nobody listened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from bot.core.intake.backfill import AT_ONCE, Backfill, Reach
from bot.domain.coverage import Gap, GapReason
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Event, Message
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.inbox import Acceptance
from bot.domain.states import State
from tests.clocks import SimulatedClock
from tests.crash.world import World, WorldHistory
from tests.factories import AT, CHANNEL, COMMUNITY, edit, later, message
from tests.memory.store import MemoryStore

BUSY = ChannelId("busy")
QUIET = ChannelId("quiet")


class Past(WorldHistory):
    """A history that may fail, and remembers which channel was read, in order."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.read: list[ChannelId] = []
        self.fault: PlatformBusy | PlatformRefused | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.listed: Callable[[], Awaitable[None]] | None = None

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """List them; something may happen once they are."""
        found = await super().channels(community)
        if self.listed is not None:
            happens, self.listed = self.listed, None
            await happens()
        return found

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield what it has, or raise what was set."""
        self.read.append(channel)
        if self.fault is not None:
            raise self.fault
        async for found in super().since(community, channel, cursor, limit):
            yield found
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()


class Stage:
    """A community with a store, and a bot that was away."""

    def __init__(self, *, most: int = 1000) -> None:
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.world = World(self.events)
        self.history = Past(self.world)
        self.clock = SimulatedClock()
        self.noted: list[Message] = []
        reach = Reach(most=most, age=timedelta(days=1))
        self.backfill = Backfill(self.store, self.history, self.clock, reach, self._note)

    async def _note(self, acceptance: Acceptance) -> None:
        assert acceptance.item is not None
        assert acceptance.item.message is not None
        self.noted.append(acceptance.item.message)

    def say(self, *numbers: int, channel: str = CHANNEL, seconds: float = 0.0) -> None:
        """Let messages be posted; nobody is told."""
        for number in numbers:
            text = f"message number {number}"
            self.events.append(message(text, id=str(number), channel=channel, at=later(seconds)))
            self.world.happen(len(self.events) - 1)

    async def hear(self, *numbers: int, channel: str = CHANNEL) -> None:
        """Let messages be posted and delivered."""
        self.say(*numbers, channel=channel)
        for event in self.events[-len(numbers) :]:
            await self.store.inbox.accept(event, self.clock.now())

    async def come_back(self) -> None:
        """Connect anew."""
        await self.backfill.note_break(COMMUNITY)
        await self.backfill.catch_up(COMMUNITY)

    @property
    def ids(self) -> list[str]:
        """Return the ids of the messages that went their way, in order."""
        return [noted.ref.message for noted in self.noted]

    async def gaps(self) -> tuple[Gap, ...]:
        """Return what coverage shows as not fetched."""
        return (await self.store.inbox.coverage(COMMUNITY, None, None)).gaps


async def test_messages_of_the_break_are_taken_in_and_the_gap_is_closed() -> None:
    """Nothing before the cursor is fetched again."""
    stage = Stage()
    await stage.hear(1, 2)
    stage.say(3, 4)
    await stage.come_back()
    assert stage.ids == ["3", "4"]
    assert await stage.gaps() == ()
    assert await stage.store.cursors.cursor(COMMUNITY, CHANNEL) == "4"


async def test_a_fetched_message_may_quote_what_was_fetched_just_before_it() -> None:
    """In one page: neither of them is on record yet."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2)
    quoting = message("> message number 2\nwhat about it?", id="3", by="bob", at=later(5))
    stage.events.append(quoting)
    stage.world.happen(len(stage.events) - 1)
    await stage.come_back()
    assert [noted.judged_text for noted in stage.noted] == ["message number 2", "what about it?"]


async def test_a_live_message_before_the_fetching_hides_nothing() -> None:
    """The break is noted first; what lies between it and the live message is fetched."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2, 3)
    await stage.backfill.note_break(COMMUNITY)
    await stage.hear(4)
    await stage.backfill.catch_up(COMMUNITY)
    assert stage.ids == ["2", "3"]
    assert await stage.gaps() == ()


async def test_a_break_in_the_middle_of_fetching_keeps_the_gap_open() -> None:
    """What was listed before it says nothing of what was missed since."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2)

    async def lose_the_session_again() -> None:
        stage.say(3)
        await stage.backfill.note_break(COMMUNITY)

    stage.history.meanwhile = lose_the_session_again
    await stage.come_back()
    assert stage.ids == ["2"]
    assert len(await stage.gaps()) == 1
    await stage.backfill.catch_up(COMMUNITY)
    assert stage.ids == ["2", "3"]
    assert await stage.gaps() == ()


async def test_a_channel_without_a_cursor_begins_at_its_newest_message() -> None:
    """Nothing from before the bot came is ever judged; what is said in the next break is."""
    stage = Stage()
    stage.say(1, 2, 3)
    await stage.come_back()
    assert stage.ids == []
    assert await stage.store.cursors.cursor(COMMUNITY, CHANNEL) == "3"
    stage.say(4)
    await stage.come_back()
    assert stage.ids == ["4"]


async def test_of_too_many_the_newest_are_fetched_and_the_rest_stays_on_record() -> None:
    """500 missed, 200 fetched: coverage shows the span of the others."""
    stage = Stage(most=200)
    await stage.hear(1)
    stage.say(*range(2, 502))
    await stage.come_back()
    assert stage.ids == [str(number) for number in range(302, 502)]
    assert await stage.gaps() == (Gap(channel=CHANNEL, after="1", before="302", reason=GapReason.LIMIT),)
    stage.noted.clear()
    await stage.come_back()
    assert stage.ids == []


async def test_as_many_as_may_be_fetched_leave_no_gap() -> None:
    """Exactly 200 missed, of 200: more than a page, and nothing is left out."""
    stage = Stage(most=200)
    await stage.hear(1)
    stage.say(*range(2, 202))
    await stage.come_back()
    assert len(stage.ids) == 200
    assert await stage.gaps() == ()


async def test_nothing_is_fetched_where_that_is_switched_off_and_coverage_says_so() -> None:
    """A cap of 0; a channel in which nothing was said has no gap."""
    stage = Stage(most=0)
    await stage.hear(1)
    await stage.hear(1, channel=QUIET)
    stage.say(2)
    await stage.come_back()
    assert stage.ids == []
    assert await stage.gaps() == (Gap(channel=CHANNEL, after="1", before="", reason=GapReason.LIMIT),)


async def test_channels_take_turns() -> None:
    """A busy one does not keep a quiet one waiting."""
    stage = Stage()
    await stage.hear(1, channel=BUSY)
    await stage.hear(1, channel=QUIET)
    stage.say(*range(2, 502), channel=BUSY)
    stage.say(2, 3, channel=QUIET)
    await stage.come_back()
    places = [noted.ref.channel for noted in stage.noted]
    assert places.count(BUSY) == 500
    assert max(index for index, place in enumerate(places) if place == QUIET) < 200


async def test_a_fetched_text_takes_the_place_of_one_that_was_known() -> None:
    """An edit came in for a message whose own delivery was missed: what is fetched is how it reads now."""
    stage = Stage()
    await stage.hear(1)
    await stage.backfill.note_break(COMMUNITY)
    await stage.hear(3)
    stage.say(2)
    first = message("message number 2", id="2")
    await stage.store.inbox.accept(edit("an early edit", of=first), AT)
    await stage.backfill.catch_up(COMMUNITY)
    current = await stage.store.inbox.current(first.ref)
    assert current is not None
    assert current.message is not None
    assert current.message.own_text == "message number 2"


async def test_what_is_too_old_ends_on_record() -> None:
    """Two days old: it counts as not judged, and nobody is asked about it."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2)
    await stage.clock.advance(172_800)
    await stage.come_back()
    item = await stage.store.inbox.current(message(id="2").ref)
    assert item is not None
    assert (item.state, item.reason, stage.ids) == (State.NOT_JUDGED, "stale", [])


async def test_a_busy_platform_is_asked_again() -> None:
    """Until then the gap stays open."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2)
    stage.history.fault = PlatformBusy("It is busy.")
    await stage.come_back()
    assert (stage.ids, len(await stage.store.cursors.open_gaps(COMMUNITY))) == ([], 1)
    stage.history.fault = None
    await stage.backfill.retry()
    assert stage.ids == ["2"]
    stage.history.read.clear()
    await stage.backfill.retry()
    assert stage.history.read == []


async def test_a_channel_that_can_no_longer_be_read_is_given_up() -> None:
    """Coverage goes on showing the gap."""
    stage = Stage()
    await stage.hear(1)
    stage.say(2)
    stage.history.fault = PlatformRefused("No permission.")
    await stage.come_back()
    assert await stage.store.cursors.open_gaps(COMMUNITY) == ()
    assert await stage.gaps() == (Gap(channel=CHANNEL, after="1", before="", reason=GapReason.REFUSED),)


class Guilds(Past):
    """The history of many communities. Each page takes a second; `most` is how many channels were read at once."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.world)
        self.clock = stage.clock
        self.reading = 0
        self.most = 0
        self.order: list[CommunityId] = []

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield what was said in this community."""
        self.reading += 1
        self.most = max(self.most, self.reading)
        self.order.append(community)
        try:
            await self.clock.sleep(1.0)
            async for found in super().since(community, channel, cursor, limit):
                if found.community == community:
                    yield found
        finally:
            self.reading -= 1


def _guild(number: int) -> CommunityId:
    return CommunityId(f"discord:{number}")


async def _many(*channels: int) -> tuple[Stage, Guilds, Backfill]:
    """Return communities with that many channels each, in every one of which two messages were missed."""
    stage = Stage()
    guilds = Guilds(stage)
    for number, count in enumerate(channels):
        for channel in range(count):
            for told in (1, 2, 3):
                event = message(f"number {told}", id=str(told), channel=f"c{channel}", community=_guild(number))
                stage.events.append(event)
                stage.world.happen(len(stage.events) - 1)
                if told == 1:
                    await stage.store.inbox.accept(event, AT)
    reach = Reach(most=100, age=timedelta(days=1))
    return stage, guilds, Backfill(stage.store, guilds, stage.clock, reach, stage._note)


async def test_however_many_communities_come_back_at_once_few_channels_are_read_at_a_time() -> None:
    """Forty communities in the same second, and every missed message comes in."""
    stage, guilds, backfill = await _many(*[3] * 40)
    for number in range(40):
        await backfill.note_break(_guild(number))
    catching_up = asyncio.gather(*(backfill.catch_up(_guild(number)) for number in range(40)))
    await stage.clock.advance(400)
    await catching_up
    assert guilds.most == AT_ONCE
    assert len(stage.noted) == 40 * 3 * 2


async def test_a_large_community_keeps_no_small_one_waiting() -> None:
    """Three hundred channels came first; the small one behind them is done after a dozen reads."""
    stage, guilds, backfill = await _many(300, 1)
    for number in (0, 1):
        await backfill.note_break(_guild(number))
    large = asyncio.create_task(backfill.catch_up(_guild(0)))
    await stage.clock.advance(3)
    small = asyncio.create_task(backfill.catch_up(_guild(1)))
    before = len(guilds.order)
    await stage.clock.advance(6)
    assert small.done()
    assert not large.done()
    assert guilds.order[before:].index(_guild(1)) < 12
    await stage.clock.advance(700)
    await large
    assert len(stage.noted) == 602


async def test_a_community_that_is_announced_again_and_again_is_read_once_more_at_most() -> None:
    """What is under way is let end, and the last word is one more look."""
    stage, guilds, backfill = await _many(4)
    await backfill.note_break(_guild(0))
    announced = [asyncio.create_task(backfill.catch_up(_guild(0)))]
    await stage.clock.advance(0.5)
    announced += [asyncio.create_task(backfill.catch_up(_guild(0))) for _ in range(9)]
    await stage.clock.advance(60)
    await asyncio.gather(*announced)
    assert len(guilds.order) == 4
    assert len(stage.noted) == 8


async def test_channels_born_while_the_bot_was_away_are_read_from_their_beginning() -> None:
    """Also one in which somebody speaks before it is found."""
    stage = Stage()
    await stage.hear(10)
    stage.say(11)
    stage.say(12, channel=QUIET)
    stage.say(13, channel=BUSY)
    await stage.backfill.note_break(COMMUNITY)
    await stage.hear(14, channel=BUSY)
    await stage.backfill.catch_up(COMMUNITY)
    assert sorted(stage.ids) == ["11", "12", "13"]
    assert await stage.gaps() == ()
    assert await stage.store.cursors.sought_since(COMMUNITY) is None


async def test_a_new_channel_that_can_not_be_read_is_a_gap_with_its_reason() -> None:
    """Nothing is unseen that coverage does not know."""
    stage = Stage()
    await stage.hear(10)
    stage.say(12, channel=QUIET)
    stage.history.fault = PlatformRefused("There is no history for the bot.", code="missing_permission")
    await stage.come_back()
    assert {gap.channel: gap.reason for gap in await stage.gaps()}[QUIET] is GapReason.REFUSED


async def test_a_break_while_new_channels_are_looked_for_is_looked_into_as_well() -> None:
    """Those that were born in the second break are no less new."""
    stage = Stage()
    await stage.hear(10)

    async def lose_the_session_again() -> None:
        await stage.backfill.note_break(COMMUNITY)
        stage.say(15, channel=BUSY)

    stage.history.listed = lose_the_session_again
    await stage.come_back()
    assert await stage.store.cursors.sought_since(COMMUNITY) == "10"
    await stage.backfill.catch_up(COMMUNITY)
    assert stage.ids == ["15"]
