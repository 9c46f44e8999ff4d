"""What every store keeps true of rows that wait, and of the process's own facts."""

from datetime import timedelta

from bot.domain.audit import AuditCode
from bot.domain.inbox import InboxKey
from bot.domain.records import Finished, GivenUp
from bot.domain.states import State
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    decision,
    decision_record,
    effect,
    inbox_key,
    later,
    message,
    report,
)


async def _fill(store: Store, count: int, community: str = COMMUNITY) -> list[InboxKey]:
    """Deliver messages, three of which come in at the same moment each time; return their keys."""
    keys = []
    for number in range(count):
        each = message(f"number {number}", id=f"{community}-{number}", community=community)
        await store.inbox.accept(each, AT + timedelta(seconds=number // 3))
        keys.append(inbox_key(each))
    return keys


async def test_pages_hold_every_waiting_row_once_in_order(store: Store) -> None:
    """Also where several came in at the same moment, and where the row that a page ended with waits no more."""
    keys = await _fill(store, 10)
    first = await store.inbox.waiting(4)
    await store.inbox.claim(first[-1].key)
    second = await store.inbox.waiting(4, first[-1])
    third = await store.inbox.waiting(4, second[-1])
    assert [item.key for item in (*first, *second, *third)] == keys
    assert await store.inbox.waiting(4, third[-1]) == ()


async def test_waiting_rows_are_counted_for_each_community(store: Store) -> None:
    """A claimed row does not wait."""
    assert await store.inbox.waiting_counts() == ()
    keys = await _fill(store, 4)
    await _fill(store, 2, OTHER_COMMUNITY)
    await store.inbox.claim(keys[0])
    assert await store.inbox.waiting_counts() == ((COMMUNITY, 3), (OTHER_COMMUNITY, 2))


async def test_what_is_being_judged_is_told_by_its_keys(store: Store) -> None:
    """In all communities, and reports too: nobody may forget one."""
    assert await store.inbox.judging() == ()
    keys = [*await _fill(store, 2), *await _fill(store, 1, OTHER_COMMUNITY)]
    await store.inbox.accept(report(keys[1].ref), AT)
    waiting = await store.inbox.waiting(9)
    for item in waiting:
        await store.inbox.claim(item.key)
    await store.inbox.release(keys[1])
    assert set(await store.inbox.judging()) == {item.key for item in waiting} - {keys[1]}


async def test_messages_that_no_verdict_was_given_on_are_counted_as_coverage_counts_them(store: Store) -> None:
    """Waiting or being judged; a report of one of them is no other message."""
    assert await store.inbox.unjudged_counts() == ()
    keys = await _fill(store, 4)
    await _fill(store, 2, OTHER_COMMUNITY)
    await store.inbox.accept(report(keys[1].ref), AT)
    await store.inbox.claim(keys[0])
    assert await store.inbox.unjudged_counts() == ((COMMUNITY, 4), (OTHER_COMMUNITY, 2))
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.count(State.WAITING, State.JUDGING) == 4
    await store.inbox.finish(Finished(key=keys[0], state=State.SCREENED_OUT, reason="exempt_channel"))
    assert dict(await store.inbox.unjudged_counts())[COMMUNITY] == 3


async def test_the_oldest_are_given_up_first_and_no_more_than_asked_for(store: Store) -> None:
    """Their state says why; the audit chain has the note."""
    keys = await _fill(store, 6)
    note = audit_note(AuditCode.OUTAGE, decision="")
    given_up = GivenUp(reason="forgotten", received_before=later(60), community=COMMUNITY, most=2, notes=(note,))
    assert await store.inbox.give_up(given_up) == tuple(keys[:2])
    item = await store.inbox.item(keys[0])
    assert item is not None
    assert (item.state, item.reason) == (State.NOT_JUDGED, "forgotten")
    assert len(await store.inbox.waiting(10)) == 4
    assert [entry.code for entry in await store.audit.entries(COMMUNITY, 5)] == [AuditCode.OUTAGE]


async def test_only_what_came_in_before_then_and_in_that_community_is_given_up(store: Store) -> None:
    """What came in at that very moment stays, and nothing is noted where nothing ended."""
    keys = await _fill(store, 6)
    others = await _fill(store, 3, OTHER_COMMUNITY)
    assert await store.inbox.give_up(GivenUp(reason="stale", received_before=later(1), community=COMMUNITY)) == tuple(
        keys[:3]
    )
    note = audit_note(AuditCode.OUTAGE, decision="")
    assert await store.inbox.give_up(GivenUp(reason="stale", received_before=AT, notes=(note,))) == ()
    assert await store.audit.entries(COMMUNITY, 5) == ()
    assert await store.inbox.give_up(GivenUp(reason="stale", received_before=later(60))) == (*others, *keys[3:])


async def test_reports_and_claimed_rows_are_not_given_up(store: Store) -> None:
    """People asked for the first, and the second are being judged."""
    keys = await _fill(store, 2)
    await store.inbox.claim(keys[0])
    await store.inbox.accept(report(keys[1].ref), AT)
    assert await store.inbox.give_up(GivenUp(reason="backlog_full", received_before=later(60))) == (keys[1],)
    left = await store.inbox.waiting(5)
    assert [item.report is not None for item in left] == [True]


async def test_a_row_is_found_by_its_key(store: Store) -> None:
    """Whatever its state; an unknown one is None."""
    (key,) = await _fill(store, 1)
    await store.inbox.claim(key)
    item = await store.inbox.item(key)
    assert item is not None
    assert (item.key, item.state) == (key, State.JUDGING)
    assert await store.inbox.item(inbox_key(message(id="unknown"))) is None


async def test_a_message_that_was_flagged_meanwhile_waits_on_and_is_decided_later(store: Store) -> None:
    """Both decisions are on record in one case; the first does not count as a judgement."""
    judged = message()
    await store.inbox.accept(judged, AT)
    meanwhile = decision_record(judged, id="d1", state=State.WAITING)
    assert await store.cases.record_decision(meanwhile) is not None
    item = await store.inbox.item(inbox_key(judged))
    assert item is not None
    assert (item.state, item.judged_before) == (State.WAITING, 0)
    await store.inbox.claim(item.key)
    final = decision_record(
        judged, id="d2", decision=decision(judged, id="d2"), effects=(effect(of=judged, decision_id="d2"),)
    )
    assert await store.cases.record_decision(final) is not None
    file = await store.cases.file_of(judged.ref)
    assert file is not None
    assert [each.id for each in file.decisions] == ["d1", "d2"]


async def test_facts_are_kept_under_their_names(store: Store) -> None:
    """The latest values count; what is not there is None; what comes back is nobody else's."""
    assert await store.facts.load("outage") is None
    await store.facts.save("outage", {"began": "2026-11-23", "said": {"a": ["began"]}})
    await store.facts.save("baseline", {"tokens_per_second": 91.5, "gpu_share": None})
    await store.facts.save("outage", {})
    assert await store.facts.load("outage") == {}
    found = await store.facts.load("baseline")
    assert found == {"tokens_per_second": 91.5, "gpu_share": None}
    found["slots"] = 9
    assert await store.facts.load("baseline") == {"tokens_per_second": 91.5, "gpu_share": None}
