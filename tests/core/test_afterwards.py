"""What is acknowledged is on disk, and nothing more has to be done first; the rest follows in order."""

import asyncio
from pathlib import Path

import pytest

from bot.bench.stand_ins.generators import messages, policies
from bot.bench.surroundings import QuickModel, at_work, opened
from bot.core.intake.afterwards import Afterwards
from bot.core.recordings.clocks import SystemClock
from bot.domain.events import Delete, Event
from bot.domain.inbox import Acceptance, Accepted
from bot.domain.states import State
from tests.factories import AT, delete, edit, message

_KNOWN = Acceptance(accepted=Accepted.KNOWN, item=None)


async def test_an_event_is_committed_before_anybody_works_on_it(tmp_path: Path) -> None:
    """Nobody runs yet; the messages are on disk all the same, and are judged once somebody does."""
    batch = list(messages(1, 3, SystemClock().now()))
    async with opened(tmp_path, QuickModel(), policies(1, 1), slots=1) as run:
        for number, sent in enumerate(batch):
            await run.running.commit(sent, f"Ev{number}")
            await run.running.commit(sent, f"Ev{number}")
        assert (await run.store.inbox.coverage(None, None, None)).by_state == ((State.WAITING, 3),)
        async with at_work(run):
            await run.until_decided(3)
        assert (await run.store.inbox.coverage(None, None, None)).judged == 3


async def test_what_a_crash_leaves_undone_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    """It was acknowledged, and nobody had looked at it."""
    [sent] = messages(1, 1, SystemClock().now())
    async with opened(tmp_path, QuickModel(), policies(1, 1), slots=1) as run:
        await run.running.commit(sent, "Ev1")
    async with opened(tmp_path, QuickModel(), policies(1, 1), slots=1) as again, at_work(again):
        await again.until_decided(1)


async def test_the_events_of_one_message_are_followed_in_their_order() -> None:
    """And a deletion is waited for: nothing in the inbox would tell of it after a crash."""
    followed: list[Event] = []
    may_go = asyncio.Event()

    async def follow(event: Event, acceptance: Acceptance) -> None:
        del acceptance
        await may_go.wait()
        followed.append(event)

    afterwards = Afterwards(follow)
    working = asyncio.create_task(afterwards.run())
    events: list[Event] = [message(), edit("two", at=AT), delete()]
    await afterwards.add(events[0], _KNOWN)
    await afterwards.add(events[1], _KNOWN)
    deleting = asyncio.create_task(afterwards.add(events[2], _KNOWN))
    await asyncio.sleep(0)
    assert not deleting.done()
    may_go.set()
    await deleting
    assert followed == events
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_one_event_that_breaks_holds_up_no_other() -> None:
    """It waits in the inbox, where it is found again."""
    followed: list[Event] = []

    async def follow(event: Event, acceptance: Acceptance) -> None:
        del acceptance
        if not isinstance(event, Delete):
            raise RuntimeError("a broken part")  # noqa: TRY004 - it stands for any fault
        followed.append(event)

    afterwards = Afterwards(follow)
    working = asyncio.create_task(afterwards.run())
    await afterwards.add(message(), _KNOWN)
    await afterwards.add(delete(), _KNOWN)
    assert followed == [delete()]
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
