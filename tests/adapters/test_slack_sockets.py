"""Slack's sockets break, hang, refuse and fall silent: nothing is lost, nothing comes twice, the bot is back soon."""

import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.events import Delete, Edit
from tests.adapters.slack_stage import Stage, linked, settled
from tests.fakes.slack import World
from tests.fakes.slack_rig import FAST

BACK_WITHIN = 15.0
"""Seconds after the server's return within which the bot has to be back."""


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


async def _back(stage: Stage, sockets: int = 2) -> float:
    """Wait until the sockets are back and nothing is left to catch up on; return how many seconds it took."""
    started = time.monotonic()
    await stage.world.until(lambda: len(stage.world.sockets.of(stage.team.app)) >= sockets, BACK_WITHIN)
    await stage.settled()
    return time.monotonic() - started


async def test_messages_sent_while_the_server_was_down_are_fetched(stage: Stage) -> None:
    """The socket server is killed: one message before, nine meanwhile, one after. All eleven come, each once."""
    world = stage.world
    await world.say(stage.general, stage.anna, "before")
    await stage.sink.until(1)
    await world.sockets.kill()
    for number in range(9):
        await world.say(stage.general, stage.anna, f"meanwhile {number}")
    assert len(world.sockets.lost) == 9
    await world.sockets.start()
    assert await _back(stage) < BACK_WITHIN
    await stage.sink.until(10)
    await world.say(stage.general, stage.anna, "after")
    await stage.sink.until(11)
    expected = ["before", *(f"meanwhile {number}" for number in range(9)), "after"]
    assert stage.sink.texts() == expected


async def test_threads_and_edits_of_the_gap_are_fetched_too(stage: Stage) -> None:
    """A reply in an old thread, and an edit of an old message, while no socket was up."""
    world = stage.world
    parent = await world.say(stage.general, stage.anna, "parent")
    edited = await world.say(stage.general, stage.anna, "harmless")
    await stage.sink.until(2)
    await world.sockets.kill()
    await world.say(stage.general, stage.anna, "reply", thread=parent)
    await world.edit(stage.general, edited, "not harmless")
    await world.sockets.start()
    await _back(stage)
    await stage.sink.until(4)
    assert sorted(stage.sink.texts()) == ["harmless", "not harmless", "parent", "reply"]
    assert len(stage.sink.of(Edit)) == 1


async def test_nothing_comes_twice_although_the_gap_is_read_generously(stage: Stage) -> None:
    """A minute before the gap is read again; what came live in it is passed over."""
    world = stage.world
    for number in range(5):
        await world.say(stage.general, stage.anna, f"live {number}")
    await stage.sink.until(5)
    for _ in range(3):
        await world.sockets.kill()
        await world.sockets.start()
        await _back(stage)
    assert len(stage.sink.events) == 5


async def test_a_message_deleted_in_the_gap_is_not_delivered(stage: Stage) -> None:
    """What is gone before anybody could read it leaves no trace at Slack either."""
    world = stage.world
    await world.sockets.kill()
    post = await world.say(stage.general, stage.anna, "gone")
    await world.drop(stage.general, post)
    await world.sockets.start()
    await _back(stage)
    assert stage.sink.events == []


async def test_failed_handshakes_ask_for_a_new_ticket_each_time(world: World) -> None:
    """slack_sdk would try the same address for ever; each is good for one handshake."""
    world.sockets.refused_handshakes = 5
    async with linked(world, world.team("Rivendell")) as stage:
        await stage.up()
    assert world.sockets.reused == []
    assert world.sockets.handshakes >= 7


async def test_handshakes_fail_after_a_loss_and_the_bot_is_back_all_the_same(stage: Stage) -> None:
    """The server returns, and refuses the first six handshakes."""
    world = stage.world
    world.sockets.refused_handshakes = 6
    await world.sockets.kill()
    await world.say(stage.general, stage.anna, "meanwhile")
    await world.sockets.start()
    assert await _back(stage) < BACK_WITHIN
    await stage.sink.until(1)
    assert stage.sink.texts() == ["meanwhile"]
    assert world.sockets.reused == []


async def test_refused_tickets_are_asked_for_again(stage: Stage) -> None:
    """apps.connections.open answers with an error a few times, and with a pause once."""
    world = stage.world
    world.fail("apps.connections.open", "internal_error", times=3)
    world.fail("apps.connections.open", "ratelimited", status=429, retry_after=1)
    await world.sockets.kill()
    await world.say(stage.general, stage.anna, "meanwhile")
    await world.sockets.start()
    assert await _back(stage) < BACK_WITHIN
    await stage.sink.until(1)


async def test_a_handshake_that_hangs_is_given_up(world: World) -> None:
    """Two handshakes never finish; each is given up after half a second and tried with a new ticket."""
    world.sockets.slow_handshakes = [20.0, 20.0]
    async with linked(world, world.team("Rivendell")) as stage:
        assert await _back(stage) < BACK_WITHIN


async def test_a_socket_without_hello_is_built_anew(world: World) -> None:
    """It is open and answers pings, and Slack never said hello on it: nothing will come over it."""
    world.sockets.without_hello = 2
    async with linked(world, world.team("Rivendell")) as stage:
        await settled(lambda: stage.link.lines.up == 2)
        assert stage.link.lines.rebuilt >= 2
        await world.say(stage.general, stage.anna, "heard")
        await stage.sink.until(1)


async def test_a_silent_socket_is_built_anew(world: World) -> None:
    """It said hello and then carries nothing, while the other one carries everything."""
    world.sockets.mute_next = 1
    sockets = replace(FAST, silent_events=10)
    async with linked(world, world.team("Rivendell"), sockets=sockets) as stage:
        await stage.up()
        for number in range(40):
            await world.say(stage.general, stage.anna, f"number {number}")
        await settled(lambda: stage.link.lines.rebuilt == 1)
        await stage.up()
        await world.sockets.redeliver()
        await stage.sink.until(40)
    assert sorted(stage.sink.texts()) == sorted(f"number {number}" for number in range(40))


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_slack_asks_to_reconnect(stage: Stage, reason: str) -> None:
    """Slack moves its sockets every few hours, and says so."""
    world = stage.world
    before = world.sockets.handshakes
    await world.sockets.disconnect(reason, stage.team.app)
    await world.until(lambda: world.sockets.handshakes >= before + 2)
    await _back(stage)
    await world.say(stage.general, stage.anna, "still here")
    await stage.sink.until(1)
    assert stage.sink.texts() == ["still here"]


async def test_socket_mode_is_switched_off_and_on_again(stage: Stage) -> None:
    """`link_disabled`: no new socket is given until an admin switches it on again; then the gap is fetched."""
    world = stage.world
    stage.team.app.socket_mode = False
    await world.sockets.disconnect("link_disabled", stage.team.app)
    await world.sockets.close(stage.team.app)
    await settled(lambda: stage.link.lines.up == 0)
    await world.say(stage.general, stage.anna, "unheard")
    stage.team.app.socket_mode = True
    assert await _back(stage) < BACK_WITHIN
    await stage.sink.until(1)
    assert stage.sink.texts() == ["unheard"]


async def test_one_socket_goes_and_the_other_carries_on(stage: Stage) -> None:
    """No event is lost at all while one of two is up."""
    world = stage.world
    await world.sockets.close(stage.team.app, 1)
    await world.say(stage.general, stage.anna, "carried by the other")
    await stage.sink.until(1)
    assert world.sockets.lost == []
    await _back(stage)
    assert len(stage.sink.events) == 1


async def test_unacknowledged_events_come_over_the_next_socket(stage: Stage) -> None:
    """The socket dies between the event and its acknowledgement: Slack sends it again, and it counts once."""
    world = stage.world
    stage.sink.fails = 1
    await world.say(stage.general, stage.anna, "in between")
    await settled(lambda: stage.sink.fails == 0)
    await world.sockets.kill()
    await world.sockets.start()
    await _back(stage)
    await world.sockets.redeliver()
    await world.until(lambda: not world.sockets.pending)
    assert stage.sink.texts() == ["in between"]


async def test_a_process_that_stood_still_hears_what_its_dead_sockets_carried(stage: Stage) -> None:
    """Two seconds without a turn of the loop: the sockets count as dead, and what came over them comes again."""
    world = stage.world
    stalled = threading.Event()
    await world.say(stage.general, stage.anna, "before")
    await stage.sink.until(1)
    stalled.wait(2.0)
    post = await world.say(stage.general, stage.anna, "just then")
    await world.drop(stage.general, post)
    await world.until(lambda: bool(stage.sink.of(Delete)))
    await world.until(lambda: not world.sockets.pending)
    assert stage.sink.texts().count("just then") <= 1
    assert len(stage.sink.of(Delete)) == 1


async def test_a_restart_goes_on_where_the_last_run_ended(world: World) -> None:
    """The process ends, two messages are sent, it starts again: both are fetched, and nothing from before."""
    team = world.team("Rivendell")
    async with linked(world, team) as first:
        await first.up()
        await world.say(first.general, first.anna, "before")
        await first.sink.until(1)
    for text in ("while away", "still away"):
        await world.say(first.general, first.anna, text)
    async with linked(world, team, sink=first.sink) as second:
        await second.up()
        await first.sink.until(3)
    assert first.sink.texts()[-2:] == ["while away", "still away"]


async def test_a_busy_slack_puts_the_backfill_off_and_loses_nothing(stage: Stage) -> None:
    """conversations.history is refused for a moment: it is read later, and the moment of completeness waits."""
    world = stage.world
    world.fail("conversations.history", "fatal_error", times=4)
    await world.sockets.kill()
    await world.say(stage.general, stage.anna, "meanwhile")
    await world.sockets.start()
    await _back(stage)
    await stage.sink.until(1)
    assert stage.sink.texts() == ["meanwhile"]


async def test_a_deletion_comes_before_a_late_copy_of_the_message(stage: Stage) -> None:
    """The message's event is sent again after its deletion, which comes last all the same."""
    world = stage.world
    stage.sink.fails = 1
    post = await world.say(stage.general, stage.anna, "gone")
    await settled(lambda: stage.sink.fails == 0)
    await world.drop(stage.general, post)
    await world.until(lambda: bool(stage.sink.of(Delete)))
    await world.sockets.redeliver()
    await world.until(lambda: not world.sockets.pending)
    await stage.settled()
    assert len(stage.sink.of(Delete)) == 1
    assert isinstance(stage.sink.events[-1], Delete)


async def test_one_event_that_cannot_be_taken_in_holds_up_no_other(stage: Stage) -> None:
    """It is tried again, and the moment of completeness waits for it."""
    world = stage.world
    await world.sockets.kill()
    for number in range(3):
        await world.say(stage.general, stage.anna, f"meanwhile {number}")
    stage.sink.fails = 1
    await world.sockets.start()
    await stage.sink.until(3)
    assert sorted(stage.sink.texts()) == ["meanwhile 0", "meanwhile 1", "meanwhile 2"]
