"""What waits for the model, and letting go of it."""

from bot.domain.answer import AnswerKind
from bot.domain.audit import AuditCode
from bot.domain.ids import PersonId
from bot.domain.people import Actor, Permission
from bot.domain.states import State
from tests.core.desk_room import ADA, MO, room, said, worded
from tests.core.run import at_work, run_of
from tests.factories import COMMUNITY, OTHER_COMMUNITY, community_settings, message, policy, ref, report

MINUTE = 60.0


async def test_it_is_told_how_much_waits_here_and_no_more() -> None:
    """Another community's messages are not counted."""
    found = await room()
    assert said(await found.desk.backlog(MO)) == ("backlog.none",)
    for number in range(3):
        await found.store.inbox.accept(message(f"number {number}", id=str(number)), found.clock.now())
    await found.store.inbox.accept(message("elsewhere", community=OTHER_COMMUNITY), found.clock.now())
    answer = await found.desk.backlog(MO)
    assert said(answer) == ("backlog.waiting", "backlog.how")
    assert "3 messages" in worded(answer)


async def test_status_and_backlog_tell_the_same_number() -> None:
    """One of three is being judged, one is reported: three messages have no verdict yet."""
    found = await room()
    assert "backlog.none" in said(await found.desk.status(MO))
    for number in range(3):
        await found.store.inbox.accept(message(f"number {number}", id=str(number)), found.clock.now())
    await found.store.inbox.accept(report(ref("1")), found.clock.now())
    await found.store.inbox.claim((await found.store.inbox.waiting(1))[0].key)
    told = [await found.desk.status(MO), await found.desk.backlog(MO)]
    lines = [line for answer in told for line in answer.lines if line.code == "backlog.waiting"]
    assert [line.value("count") for line in lines] == ["3", "3"]
    assert told[0].coverage is not None
    assert told[0].coverage.count(State.WAITING, State.JUDGING) == 3


async def test_letting_go_ends_each_message_on_record_and_says_who_it_was() -> None:
    """A report waits on, and the other community's message too."""
    found = await room()
    inbox, now = found.store.inbox, found.clock.now()
    for number in range(2):
        await inbox.accept(message(f"number {number}", id=str(number)), now)
    await inbox.accept(report(ref("1")), now)
    await inbox.accept(message("elsewhere", community=OTHER_COMMUNITY), now)
    answer = await found.desk.forget_backlog(ADA)
    assert (answer.kind, said(answer)) == (AnswerKind.DONE, ("backlog.forgotten",))
    assert "2 messages" in worded(answer)
    coverage = await inbox.coverage(COMMUNITY, None, None)
    assert (State.NOT_JUDGED, "forgotten", 2) in coverage.reasons
    assert dict(await inbox.waiting_counts()) == {COMMUNITY: 1, OTHER_COMMUNITY: 1}
    [entry] = [each for each in await found.store.audit.entries(COMMUNITY, 99) if each.code is AuditCode.OUTAGE]
    assert dict(entry.details or ()) == {"by": "ada", "what": "forgotten"}
    assert said(await found.desk.forget_backlog(ADA)) == ("backlog.none",)


async def test_a_run_lets_go_at_once_and_judges_what_comes_next() -> None:
    """Nothing of it comes to the model when that is back; nothing that came later is lost with it."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.clock.advance(10)
        run.model.go_away()
        sent = [message(f"old number {number}", id=f"old{number}", by=f"m{number}") for number in range(5)]
        await run.deliver(*sent)
        await run.clock.advance(10 * MINUTE)
        ended = await run.giving_up.forget(COMMUNITY, "ada")
        assert (ended, run.room.at_hand) == (5, 0)
        await run.deliver(message("a new one", id="new", at=run.clock.now()))
        run.model.away = None
        await run.clock.advance(5 * MINUTE)
        states = [await run.store.inbox.current(each.ref) for each in (*sent, message(id="new"))]
    assert [item.state for item in states if item is not None] == [*[State.NOT_JUDGED] * 5, State.DONE]
    assert [question.text for question in run.model.asked if question.ref is not None].count("a new one") == 1
    assert not any("old" in question.text for question in run.model.asked[-1:])
    assert run.pipeline.idle


async def test_only_an_admin_of_this_very_community_may() -> None:
    """Who is one elsewhere is nobody here."""
    found = await room()
    await found.store.inbox.accept(message("waits"), found.clock.now())
    found.directory.grant("mallory", Permission.MODERATE)
    mallory = Actor(community=COMMUNITY, person=PersonId("mallory"), name="Mallory")
    assert (await found.desk.forget_backlog(mallory)).kind is AnswerKind.REFUSED
    assert dict(await found.store.inbox.waiting_counts()) == {COMMUNITY: 1}
