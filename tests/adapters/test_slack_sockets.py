"""Slack's sockets break, hang, refuse and fall silent: nothing is lost, nothing comes twice, the bot is back soon."""

import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import structlog

from bot.adapters.slack.sdk_log import sdk_logger
from bot.domain.events import Delete, Edit, Unread
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
        await world.until(lambda: not world.sockets.pending)
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


# Nothing is read up that was heard


async def test_a_hello_of_one_socket_of_two_starts_no_catching_up(stage: Stage) -> None:
    """Slack sent everything over the other: no channel is read, and nothing else waits behind that."""
    world = stage.world
    await settled(lambda: not stage.link.lines.doubts)
    before = len(world.called("conversations.history"))
    for _ in range(3):
        await world.sockets.close(stage.team.app, 1)
        await settled(lambda: stage.link.lines.doubts == 1)
        await settled(lambda: stage.link.lines.up == 2 and not stage.link.lines.doubts)
    await stage.settled()
    assert len(world.called("conversations.history")) == before
    assert stage.sink.signs == [stage.workspace.community]


async def test_both_sockets_die_at_once_and_the_gap_is_read_whichever_comes_back_first(stage: Stage) -> None:
    """The one looks as if it had been up while the other was away; it shows no sign of life any more."""
    world = stage.world
    await world.sockets.freeze(stage.team.app, 1)
    await world.sockets.close(stage.team.app, 1)
    await world.say(stage.general, stage.anna, "meanwhile")
    await world.until(lambda: len(world.sockets.of(stage.team.app)) >= 2)
    await stage.sink.until(1)
    await settled(lambda: stage.link.lines.up == 2 and not stage.link.lines.doubts)
    await stage.settled()
    assert stage.sink.texts() == ["meanwhile"]


async def test_a_sign_of_life_is_given_whenever_slack_is_really_back(stage: Stage) -> None:
    """What waits for Slack is tried again then: once at the start, and once after each loss of all sockets."""
    for losses in (1, 2, 3):
        await settled(lambda losses=losses: len(stage.sink.signs) == losses)  # type: ignore[misc]
        await stage.world.sockets.kill()
        await settled(lambda: stage.link.lines.up == 0)
        await stage.world.sockets.start()
        await _back(stage)


# Frames that can't be read


@pytest.mark.parametrize(
    "frame",
    [
        "{nope",
        "[1, 2]",
        "",
        "null",
        '{"type": 5}',
        '{"type": "hello", "num_connections": "many"}' * 2,
        "[" * 5_000,
        '{"envelope_id": "e1", "type": "events_api", "payload": []}',
        '{"envelope_id": "e2", "type": "events_api", "payload": {"event": [1]}}',
        '{"envelope_id": "e3", "type": "events_api", "payload": {"type": "event_callback", "event": {}}}',
        '{"envelope_id": 7, "type": "interactive", "payload": "text"}',
        '{"envelope_id": "e4", "type": "nonsense", "payload": {}}',
    ],
)
async def test_a_frame_that_can_not_be_read_ends_nothing(stage: Stage, frame: str) -> None:
    """What comes behind it over the same socket is heard at once, and no socket is built anew for it."""
    world = stage.world
    await world.sockets.send_raw(stage.team.app, frame)
    for number in range(4):
        await world.say(stage.general, stage.anna, f"number {number}")
    started = time.monotonic()
    await settled(lambda: len(stage.sink.texts()) == 4)
    assert time.monotonic() - started < 1.0
    assert stage.link.lines.rebuilt == 0


async def test_what_can_not_be_read_is_counted(stage: Stage) -> None:
    """Coverage names its kind; an event that nobody can read is acknowledged, since it would only come again."""
    world = stage.world
    await world.sockets.send_raw(stage.team.app, "{nope")
    envelope = await world.sockets.send(stage.team.app, "events_api", {"type": "event_callback", "event": [1]})
    assert envelope is not None
    await world.until(envelope.acked.done)
    await settled(lambda: len(stage.sink.of(Unread)) >= 2)
    assert {event.kind for event in stage.sink.of(Unread)} == {"frame"}


# The app token


async def test_an_app_token_that_slack_refuses_is_named_with_cause_and_remedy(world: World) -> None:
    """Once, not every few seconds; and once it is put right, the sockets come up by themselves."""
    team = world.team("Rivendell")
    token = world.tokens[team.app.token]
    token.revoked = True
    with structlog.testing.capture_logs() as lines:
        async with linked(world, team) as stage:
            await world.until(lambda: len(world.called("apps.connections.open")) >= 6)
            assert stage.link.lines.rebuilt == 0
            token.revoked = False
            await stage.up()
    said = [line["text"] for line in lines if line["event"] == "slack_app_token_refused"]
    assert len(said) == 1
    assert "token_revoked" in said[0]
    assert "App-Level Tokens" in said[0]


async def test_what_the_library_says_is_not_cut_off(world: World) -> None:
    """slack_sdk names the cause in its second line."""
    with structlog.testing.capture_logs() as lines:
        sdk_logger("test").warning("Failed to connect.\nThe server responded with: %s", {"error": "invalid_auth"})
    assert "invalid_auth" in lines[-1]["text"]
    assert world.calls == []
