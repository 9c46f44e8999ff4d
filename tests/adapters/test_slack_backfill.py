"""Catching up after an outage: within Slack's limits, channel by channel in turns, and honest about what is missing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.slack.incoming.inlet import Inlet
from bot.domain.coverage import Gap, GapReason
from bot.domain.events import Event, Message
from bot.domain.ids import CommunityId
from tests.adapters.slack_stage import SOON, Kept, Sink, Stage, linked, settled
from tests.factories import message
from tests.fakes.slack import World
from tests.fakes.slack_rig import Rig, rigged


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Return a running stand-in."""
    async with World().running() as running:
        yield running


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """Return a linked adapter in a workspace with the channel `general` and the member Anna."""
    async with linked(world, world.team("Rivendell")) as made:
        await made.up()
        yield made


AT_ONCE = replace(SOON, margin=timedelta(0))
"""What was sent until now counts as heard; in earnest a minute more is read again."""


async def _complete_beyond(stage: Stage, community: CommunityId, ts: str) -> None:
    """Wait until it is on record that everything until then was delivered."""
    async with asyncio.timeout(15):
        while True:
            until = await stage.sink.store.deliveries.complete_until(community)
            if until is not None and until.timestamp() > float(ts):
                return
            await asyncio.sleep(0.01)


async def _gaps(sink: Sink) -> tuple[Gap, ...]:
    return (await sink.store.inbox.coverage(None, None, None)).gaps


async def _down(stage: Stage) -> None:
    """Break every socket, and wait until the adapter has seen it."""
    await stage.world.sockets.kill()
    await settled(lambda: stage.link.lines.up == 0)


async def _back(stage: Stage) -> None:
    await stage.world.sockets.start()
    await stage.world.until(lambda: len(stage.world.sockets.of(stage.team.app)) == 2)
    await settled(lambda: stage.link.lines.up == 2)
    await stage.settled()


async def test_what_is_more_than_is_fetched_is_a_span_of_its_own(world: World) -> None:
    """Of five missed messages the newest three are fetched; coverage names the channel and the reason."""
    backfill = replace(SOON, messages=3)
    async with linked(world, world.team("Rivendell"), backfill=backfill) as stage:
        await stage.up()
        await _down(stage)
        posts = [await world.say(stage.general, stage.anna, f"number {number}") for number in range(5)]
        await _back(stage)
        assert stage.sink.texts() == ["number 2", "number 3", "number 4"]
        [gap] = await _gaps(stage.sink)
    assert (gap.channel, gap.before, gap.reason) == (stage.general.id, posts[2]["ts"], GapReason.LIMIT)
    assert float(gap.after) < float(posts[0]["ts"])


async def test_a_channel_that_slack_refuses_is_a_span_and_stops_no_other(stage: Stage) -> None:
    """The bot was removed from one of two channels meanwhile."""
    other = stage.world.channel(stage.team, "other")
    await _down(stage)
    for channel in (stage.general, other):
        await stage.world.say(channel, stage.anna, f"in {channel.name}")
    stage.world.fail("conversations.history", "not_in_channel", where={"channel": stage.general.id})
    await _back(stage)
    assert stage.sink.texts() == ["in other"]
    assert [(gap.channel, gap.reason) for gap in await _gaps(stage.sink)] == [(stage.general.id, GapReason.REFUSED)]


async def test_what_slack_is_too_busy_for_is_a_span_until_it_is_fetched(stage: Stage) -> None:
    """It is tried again; the span goes when nothing is missing any more."""
    await _down(stage)
    await stage.world.say(stage.general, stage.anna, "meanwhile")
    fault = stage.world.fail("conversations.history", "fatal_error", times=1_000)
    await stage.world.sockets.start()
    await settled(lambda: fault.times < 997)
    assert [gap.reason for gap in await _gaps(stage.sink)] == [GapReason.BUSY]
    assert stage.sink.texts() == []
    fault.times = 0
    await stage.settled()
    assert stage.sink.texts() == ["meanwhile"]
    assert await _gaps(stage.sink) == ()


async def test_replies_in_old_threads_are_fetched_where_a_thread_is_in_use(world: World) -> None:
    """The parent is not among the newest 200 messages; that anybody answered shows nowhere else."""
    async with linked(world, world.team("Rivendell"), sink=Kept(world), backfill=AT_ONCE) as stage:
        await stage.up()
        parent = await world.say(stage.general, stage.anna, "parent")
        await world.say(stage.general, stage.anna, "first reply", thread=parent)
        for number in range(200):
            await world.say(stage.general, stage.anna, f"number {number}")
        await stage.sink.until(202)
        await _complete_beyond(stage, stage.workspace.community, world.next_ts())
        await _down(stage)
        await world.say(stage.general, stage.anna, "second reply", thread=parent)
        await _back(stage)
        assert "second reply" in stage.sink.texts()


async def test_that_old_threads_may_have_gone_on_is_told_after_an_outage_alone(world: World) -> None:
    """While one of two sockets is up nothing is missed, and so nothing is told."""
    async with linked(world, world.team("Rivendell"), backfill=AT_ONCE) as stage:
        await stage.up()
        for number in range(201):
            await world.say(stage.general, stage.anna, f"number {number}")
        await stage.sink.until(201)
        await _complete_beyond(stage, stage.workspace.community, world.next_ts())
        await world.sockets.close(stage.team.app, 1)
        await world.until(lambda: len(world.sockets.of(stage.team.app)) == 2)
        await stage.settled()
        assert await _gaps(stage.sink) == ()
        await _down(stage)
        await _back(stage)
        assert [gap.reason for gap in await _gaps(stage.sink)] == [GapReason.THREADS]


async def test_channels_take_turns(stage: Stage) -> None:
    """A channel with 20 threads that went on does not hold up a quiet one, whose message comes first."""
    world, quiet = stage.world, stage.world.channel(stage.team, "quiet")
    parents = [await world.say(stage.general, stage.anna, f"parent {number}") for number in range(20)]
    await stage.sink.until(20)
    await _down(stage)
    for parent in parents:
        await world.say(stage.general, stage.anna, "reply", thread=parent)
    await world.say(quiet, stage.anna, "quiet")
    await _back(stage)
    fetched = stage.sink.texts()[20:]
    assert fetched == ["quiet", *["reply"] * 20]


async def test_a_workspace_that_lost_its_token_leaves_the_others_alone(world: World) -> None:
    """The others catch up and go on; its own moment of completeness stands still, for when it has a new token."""
    app = world.app()
    shire, gondor = world.team("Shire", app), world.team("Gondor", app)
    square, aragorn = world.channel(gondor, "square"), world.user(gondor, "Aragorn")
    async with linked(world, shire, others=(gondor,), backfill=AT_ONCE) as stage:
        await stage.up()
        await _down(stage)
        world.bot_token(shire).revoked = True
        missed = await world.say(square, aragorn, "meanwhile")
        await world.sockets.start()
        await stage.sink.until(1)
        await world.say(square, aragorn, "afterwards")
        await stage.sink.until(2)
        await _complete_beyond(stage, CommunityId(f"slack:{gondor.id}"), missed["ts"])
        assert stage.link.backfill.is_behind
    assert stage.sink.texts() == ["meanwhile", "afterwards"]
    stood = await stage.sink.store.deliveries.complete_until(stage.workspace.community)
    assert stood is not None
    assert stood.timestamp() < float(missed["ts"])


async def test_a_long_outage_is_read_as_far_back_as_the_settings_say(world: World) -> None:
    """What lies before that is a span, where there was anything."""
    team, sink = world.team("Rivendell"), Sink(world)
    busy, quiet = world.channel(team, "busy"), world.channel(team, "quiet")
    community = CommunityId(f"slack:{team.id}")
    await sink.store.deliveries.set_complete_until(community, datetime.now(UTC) - timedelta(hours=1))
    await world.say(busy, world.user(team, "Bert"), "too old", heard="no")
    async with linked(world, team, sink=sink, backfill=replace(SOON, age=timedelta(0))) as stage:
        await stage.up()
    gaps = {gap.channel: gap.reason for gap in await _gaps(sink)}
    assert gaps == {busy.id: GapReason.AGE}
    assert quiet.id not in gaps
    assert sink.events == []


async def test_a_first_start_reads_nothing_from_before_it(world: World) -> None:
    """Nobody is judged for what was said before the bot came."""
    team = world.team("Rivendell")
    await world.say(world.channel(team, "tavern"), world.user(team, "Bert"), "long before", heard="no")
    async with linked(world, team, backfill=replace(SOON, margin=timedelta(minutes=1))) as stage:
        await stage.up()
        await stage.settled()
        await world.say(stage.general, stage.anna, "and now")
        await settled(lambda: stage.sink.texts() == ["and now"])


# Channels that nobody reads


async def test_channels_that_nobody_reads_are_in_coverage() -> None:
    """A public channel that the bot may not join; one that it joins is not among them, nor is an archived one."""
    async with rigged() as rig:
        rig.world.channel(rig.team, "backyard", watched="no")
        rig.world.channel(rig.team, "attic", watched="no").archived = True
        rig.world.fail("conversations.join", "restricted_action")
        async with rig.linked():
            await _until_unwatched(rig, ("backyard",))


async def _until_unwatched(rig: Rig, names: tuple[str, ...]) -> None:
    async with asyncio.timeout(15):
        while (await rig.store.inbox.coverage(rig.community, None, None)).unwatched != names:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # nobody tells when it is on record


# One way in


async def test_what_is_being_committed_just_now_is_waited_for() -> None:
    """A message comes live while it is being fetched: it is acknowledged when that is on disk, or not at all."""
    sent, entered, may_go = message(), asyncio.Event(), asyncio.Event()

    async def deliver(event: Event, delivery: str = "") -> None:
        del event, delivery
        entered.set()
        await may_go.wait()
        raise OSError("the disk is full")

    inlet = Inlet(deliver)
    fetched = asyncio.create_task(inlet.take(sent))
    await entered.wait()
    live = asyncio.create_task(inlet.take(sent, "Ev1"))
    await asyncio.sleep(0)
    assert not live.done()
    may_go.set()
    for task in (fetched, live):
        with pytest.raises(OSError, match="full"):
            await task


async def test_what_failed_is_taken_when_it_comes_again() -> None:
    """Nothing stays behind of the attempt."""
    taken: list[Event] = []
    fails = [OSError("the disk is full")]

    async def deliver(event: Event, delivery: str = "") -> None:
        del delivery
        if fails:
            raise fails.pop()
        taken.append(event)

    inlet = Inlet(deliver)
    sent: Message = message()
    with pytest.raises(OSError, match="full"):
        await inlet.take(sent)
    assert await inlet.take(sent)
    assert not await inlet.take(sent)
    assert taken == [sent]
