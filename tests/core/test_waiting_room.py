"""What waits beyond memory is read in pages, the limit drops nothing unrecorded, and admins can let go of it all."""

from dataclasses import replace
from datetime import timedelta

from bot.core.waiting.waiting_room import PAGE
from bot.domain.audit import AuditCode
from bot.domain.coverage import Coverage
from bot.domain.events import Message
from bot.domain.ids import ChannelId
from bot.domain.states import State
from tests.core.run import DEGRADED, Run, at_work, run_of
from tests.factories import COMMUNITY, OTHER_COMMUNITY, community_settings, message, policy, report


def _many(count: int, start: int = 0) -> list[Message]:
    return [
        message(f"message number {number}", id=str(number), by=f"member-{number}")
        for number in range(start, start + count)
    ]


async def _coverage(run: Run) -> Coverage:
    return await run.store.inbox.coverage(None, None, None)


async def test_more_than_fits_into_memory_is_judged_all_the_same() -> None:
    """Sixty messages, ten of them in memory at a time."""
    run = run_of(community_settings(), policy(), in_memory=10)
    async with at_work(run):
        await run.deliver(*_many(60))
        assert (run.room.at_hand, len(run.room)) == (9, 59)
        await run.clock.advance(90)
        assert (await _coverage(run)).count(State.DONE) == 60
        assert len(run.room) == 0
    assert sorted(q.text for q in run.model.asked if q.ref is not None) == sorted(each.own_text for each in _many(60))


async def test_an_urgent_message_comes_into_a_full_memory() -> None:
    """And is next."""
    run = run_of(community_settings(), policy(), in_memory=10)
    async with at_work(run):
        await run.deliver(*_many(40))
        await run.deliver(message("look at www.example.org/free right now", id="link"))
        await run.clock.advance(1.5)
        asked = [q.text for q in run.model.asked if q.ref is not None]
    assert asked[1].startswith("look at www.example.org")


async def test_a_restart_reads_what_waits_in_pages() -> None:
    """More than two pages, all of them judged."""
    run = run_of(community_settings(), policy(), in_memory=PAGE * 2 + 20)
    await run.running.begin()
    await run.deliver(*_many(PAGE * 2 + 50))
    again = run_of(community_settings(), policy(), store=run.store, in_memory=100, slots=50)
    async with at_work(again):
        assert again.room.at_hand <= 100 + PAGE
        await again.clock.advance(60)
        assert (await _coverage(again)).count(State.DONE) == PAGE * 2 + 50


async def test_at_the_limit_the_oldest_are_given_up_on_record() -> None:
    """Not one message is without a state, and reports stay."""
    run = run_of(community_settings(), policy(), degraded=replace(DEGRADED, backlog_limit=50))
    async with at_work(run):
        run.model.go_away()
        await run.deliver(*_many(1))
        await run.deliver(report(message(id="0").ref))
        for number in range(1, 100):
            await run.deliver(*_many(1, number))
            await run.clock.advance(1)
        coverage = await _coverage(run)
        assert coverage.count(State.WAITING) <= 50
        assert coverage.count(State.WAITING, State.NOT_JUDGED) == 100
        assert coverage.reasons == ((State.NOT_JUDGED, "backlog_full", coverage.count(State.NOT_JUDGED)),)
        newest = await run.store.inbox.current(message(id="99").ref)
        assert newest is not None
        assert newest.state is State.WAITING
        waiting = await run.store.inbox.waiting(200)
    assert any(item.report is not None for item in waiting)


async def test_an_admin_can_forget_what_waits_in_a_community() -> None:
    """The other community's messages and all reports stay; the audit log says who did it."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        run.model.go_away()
        await run.deliver(*_many(1, 90))
        await run.clock.advance(5)
        await run.deliver(*_many(20), message(id="other", community=OTHER_COMMUNITY), report(message(id="3").ref))
        assert await run.giving_up.forget(COMMUNITY, by="admin") == 21
        assert len(run.room) == 2
        assert (await _coverage(run)).reasons == ((State.NOT_JUDGED, "forgotten", 21),)
        run.model.away = None
        await run.clock.advance(60)
        assert len(run.room) == 0
        entries = await run.store.audit.entries(COMMUNITY, 10)
    noted = [entry for entry in entries if entry.code == AuditCode.OUTAGE]
    assert [("by", "admin") in (entry.details or ()) for entry in noted] == [True]


async def test_what_another_process_forgot_is_skipped() -> None:
    """A row that waits no more when its turn comes costs no question."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        run.model.go_away()
        await run.deliver(*_many(1, 90))
        await run.clock.advance(5)
        await run.deliver(*_many(5))
        other = run_of(community_settings(), policy(), store=run.store, clock=run.clock)
        assert await other.giving_up.forget(None, by="command line") == 6
        before = len(run.model.asked)
        run.model.away = None
        await run.clock.advance(120)
        asked = [q for q in run.model.asked[before:] if q.ref is not None]
    assert asked == []
    assert run.pipeline.idle


async def test_a_message_past_the_age_limit_is_not_judged() -> None:
    """Each community has its own limit; the reason is on record."""
    short = replace(community_settings().ages, judge=timedelta(minutes=30))
    run = run_of(community_settings(ages=short), policy(), pulse=10.0)
    async with at_work(run):
        run.model.go_away()
        await run.deliver(*_many(3))
        await run.clock.advance(40 * 60)
        assert (await _coverage(run)).reasons == ((State.NOT_JUDGED, "stale", 3),)
    assert len(run.room) == 0


async def test_an_edit_of_an_old_message_is_new() -> None:
    """What counts is how long it has waited, or an old message could be edited into anything."""
    old = message("a message of last month", id="old", at=message().sent_at - timedelta(days=30))
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.deliver(old)
        await run.clock.advance(120)
        assert (await _coverage(run)).count(State.DONE) == 1


async def test_screened_messages_take_no_place() -> None:
    """An exempt channel's messages end on receipt."""
    run = run_of(community_settings(exempt_channels=frozenset({ChannelId("general")})), policy())
    async with at_work(run):
        await run.deliver(*_many(5))
        assert (await _coverage(run)).count(State.SCREENED_OUT) == 5
    assert len(run.room) == 0
