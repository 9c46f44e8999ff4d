"""Slack's events, over a real Socket Mode connection: each is delivered once and acknowledged when it is committed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.events import Delete, Edit, Member, MemberChange, Message, Report
from bot.domain.inbox import Acceptance, Accepted
from bot.storage.sqlite.store import open_store
from tests.adapters.slack_stage import Kept, Stage, linked
from tests.fakes.slack import World
from tests.fakes.slack.sockets import Envelope


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


async def test_two_sockets_are_opened(stage: Stage) -> None:
    """Two, so that one can go without a gap."""
    assert len(stage.world.sockets.of(stage.team.app)) == 2


async def test_each_kind_of_event_is_delivered_once(stage: Stage) -> None:
    """A message, its edit, a reaction that reports it, its deletion, a newcomer, a leaver."""
    world, general, anna = stage.world, stage.general, stage.anna
    bert = world.user(stage.team, "Bert")
    post = await world.say(general, anna, "hello")
    await world.edit(general, post, "hello all")
    await world.react(general, post, bert, "triangular_flag_on_post")
    await world.drop(general, post)
    await world.emit(stage.team, {"type": "team_join", "user": bert.payload(), "event_ts": world.next_ts()})
    bert.deleted = True
    await world.emit(stage.team, {"type": "user_change", "user": bert.payload(), "event_ts": world.next_ts()})
    await world.until(lambda: not world.sockets.pending)
    events = await stage.sink.until(6)
    assert {type(event) for event in events} == {Message, Edit, Report, Delete, Member}
    assert [event.change for event in events if isinstance(event, Member)] == [MemberChange.JOINED, MemberChange.LEFT]
    assert len(events) == 6


async def test_an_event_that_could_not_be_committed_comes_again(stage: Stage) -> None:
    """Without a commit there is no acknowledgement, so Slack sends it once more, and it is taken in then."""
    world = stage.world
    stage.sink.fails = 1
    envelope = await world.tell_posted(stage.general, await world.say(stage.general, stage.anna, "keep", heard="no"))
    assert envelope is not None
    await world.until(lambda: stage.sink.fails == 0 or bool(stage.sink.events))
    await world.sockets.redeliver()
    await world.until(envelope.acked.done)
    await stage.settled()
    assert stage.sink.texts() == ["keep"]


async def test_an_event_that_comes_twice_is_delivered_once(stage: Stage) -> None:
    """The acknowledgement was lost on the way: the same event id comes again, and again."""
    world = stage.world
    post = await world.say(stage.general, stage.anna, "once", heard="no")
    envelope = await world.tell_posted(stage.general, post)
    assert envelope is not None
    await world.until(envelope.acked.done)
    for _ in range(3):
        again = await world.sockets.repeat(envelope)
        assert again is not None
        await world.until(again.acked.done)
    assert stage.sink.texts() == ["once"]


async def test_an_old_edit_that_comes_again_does_not_bring_its_text_back(stage: Stage) -> None:
    """By the inbox key alone it would look like a return to an earlier text; the event id tells."""
    world = stage.world
    post = await world.say(stage.general, stage.anna, "one")
    before = dict(post)
    post |= {"text": "two", "edited": {"user": stage.anna.id, "ts": world.next_ts()}}
    event = {"type": "message", "subtype": "message_changed", "channel": stage.general.id, "message": dict(post)}
    event |= {"previous_message": before, "ts": world.next_ts(), "event_ts": world.next_ts()}
    envelope = await world.emit(stage.team, event, "message.channels")
    assert envelope is not None
    await world.until(envelope.acked.done)
    await world.edit(stage.general, post, "three")
    again = await world.sockets.repeat(envelope)
    assert again is not None
    await world.until(again.acked.done)
    assert stage.sink.texts() == ["one", "two", "three"]


async def test_an_event_taken_in_before_a_restart_is_known_after_it(world: World, tmp_path: Path) -> None:
    """The acknowledgement is lost, the process ends, Slack sends the event again: its id is in the database.

    It is an edit that another one overtook: by its text alone it would look like an edit back to that text.
    """
    team = world.team("Rivendell")
    seen: list[Acceptance] = []

    async def run(heard: Callable[[Stage], Awaitable[None]]) -> None:
        store = await open_store(tmp_path / "hallmoot.db", exclusive=True)
        try:
            async with linked(world, team, sink=Kept(world, store=store, seen=seen)) as stage:
                await stage.up()
                await heard(stage)
        finally:
            await store.close()

    envelopes: list[Envelope] = []

    async def before(stage: Stage) -> None:
        post = await world.say(stage.general, stage.anna, "one")
        for text in ("two", "three"):
            envelope = await world.edit(stage.general, post, text)
            assert envelope is not None
            await world.until(envelope.acked.done)
            envelopes.append(envelope)
        await world.drop(stage.general, post, heard="no")  # so that reading the channel again tells nothing either

    async def after(stage: Stage) -> None:
        del stage
        seen.clear()
        again = await world.sockets.repeat(envelopes[0])
        assert again is not None
        await world.until(again.acked.done)

    await run(before)
    assert [one.accepted for one in seen] == [Accepted.NEW, Accepted.NEW, Accepted.NEW]
    await run(after)
    assert [one.accepted for one in seen if one.item is None] == [Accepted.KNOWN]


async def test_what_nobody_asked_for_is_acknowledged(stage: Stage) -> None:
    """Slack would send it again and again: our own posts, housekeeping, presses on things of the past."""
    world = stage.world
    await world.say(stage.general, stage.team.bot, "a card of ours")
    await world.say(stage.general, stage.anna, "joined", subtype="channel_join")
    await world.emit(stage.team, {"type": "app_mention", "user": stage.anna.id, "event_ts": world.next_ts()})
    await world.until(lambda: not world.sockets.pending)
    assert stage.sink.events == []


async def test_presses_commands_and_shortcuts_are_handed_on_and_acknowledged(stage: Stage) -> None:
    """What people do besides writing reaches the interactions."""
    world = stage.world
    post = await world.say(stage.general, stage.anna, "look")
    await world.slash(stage.general, stage.anna, "status")
    await world.shortcut(stage.general, post, stage.anna)
    heard = [kind for kind, _ in stage.interactions.heard]
    assert heard.count("command") == 1
    assert heard.count("shortcut") == 1


async def test_many_events_at_once_are_taken_in_order_and_none_is_lost(stage: Stage) -> None:
    """Bolt starts a listener for each of 500 events at once; the inlet lets some of them through at a time."""
    world = stage.world
    for number in range(500):
        await world.say(stage.general, stage.anna, f"number {number}")
    await stage.sink.until(500)
    await world.until(lambda: not world.sockets.pending)
    assert sorted(stage.sink.texts()) == sorted(f"number {number}" for number in range(500))
    assert len(stage.sink.events) == 500


async def test_an_event_of_another_workspace_of_the_same_app_is_told_apart(world: World) -> None:
    """Two workspaces share one app and its sockets; each event names its own community."""
    app = world.app()
    shire, gondor = world.team("Shire", app), world.team("Gondor", app)
    square, aragorn = world.channel(gondor, "square"), world.user(gondor, "Aragorn")
    async with linked(world, shire, others=(gondor,)) as stage:
        await stage.up()
        await world.say(stage.general, stage.anna, "from the Shire")
        await world.say(square, aragorn, "from Gondor")
        events = await stage.sink.until(2)
    communities = {event.own_text: event.community for event in events if isinstance(event, Message)}
    assert communities == {"from the Shire": f"slack:{shire.id}", "from Gondor": f"slack:{gondor.id}"}


async def test_an_event_of_a_workspace_that_is_not_configured_is_left_alone(world: World) -> None:
    """The app is installed there, but nobody gave us its token."""
    app = world.app()
    ours, theirs = world.team("Shire", app), world.team("Mordor", app)
    tower, sauron = world.channel(theirs, "tower"), world.user(theirs, "Sauron")
    async with linked(world, ours) as stage:
        await stage.up()
        await world.say(tower, sauron, "one ring")
        await world.until(lambda: not world.sockets.pending)
    assert stage.sink.events == []
