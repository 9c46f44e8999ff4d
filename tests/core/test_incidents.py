"""Raids: many messages, one case. Who waits, who is judged and who follows."""

from dataclasses import replace

from bot.domain.actions import Action
from bot.domain.incident import IncidentKind, IncidentState, MemberState
from bot.domain.states import State
from bot.domain.verdict import VerdictSource
from tests.core.raiding import (
    OFFER,
    deliver,
    judge,
    model,
    raid,
    removed,
    states,
    the_card,
    walked,
)
from tests.factories import (
    AT,
    delete,
    edit,
    later,
    message,
)


async def test_an_incident_forms_at_the_third_and_its_members_wait() -> None:
    """Nothing is said of it; the first two go to the model as ever."""
    found = walked()
    waiting = await deliver(found, raid(6))
    assert [each.ref.message for each in waiting] == ["m0", "m1"]
    assert await states(found, raid(6)) == [State.WAITING] * 6
    [incident] = await found.store.incidents.since(AT)
    assert (incident.kind, incident.state) == (IncidentKind.COPIES, IncidentState.OPEN)
    standings = [member.standing for member in await found.store.incidents.members(incident.id)]
    assert standings == [MemberState.ASKED] * 2 + [MemberState.HELD] * 4
    assert found.mod_log.announcements == {}


async def test_two_messages_alike_are_no_incident() -> None:
    """Nor are three that differ."""
    found = walked()
    texts = ("what a lovely morning it is", "has anyone seen my umbrella?", "the game begins at nine o'clock")
    other = [message(text, id=f"o{number}", by=f"b{number}") for number, text in enumerate(texts)]
    assert len(await deliver(found, raid(2) + other)) == 5
    assert await found.store.incidents.since(AT) == ()


async def test_members_follow_what_was_found_of_the_first() -> None:
    """Without a question, in one case whose card counts up, flagged alone."""
    found = walked()
    await judge(found, await deliver(found, raid(8)))
    assert len(found.model.asked) == 2
    assert await states(found, raid(8)) == [State.DONE] * 8
    card = await the_card(found)
    assert (card.copies, card.case.ref.message) == (8, "m0")
    assert removed(found) == ["m0", "m1"]
    judgement = (await found.store.cases.judgements(raid(8)[5].ref))[0]
    assert (judgement.verdicts[0].source, judgement.verdicts[0].copy_of) == (VerdictSource.NEAR_COPY, "m0")
    assert judgement.decision.action is Action.FLAG


async def test_a_message_that_comes_later_follows_at_once() -> None:
    """The card counts it."""
    found = walked()
    await judge(found, await deliver(found, raid(3)))
    await found.through(*raid(2, start=3))
    assert len(found.model.asked) == 2
    assert (await the_card(found)).copies == 5


async def test_the_window_is_ten_minutes_from_the_latest() -> None:
    """After that the text is judged anew."""
    found = walked()
    await judge(found, await deliver(found, raid(3)))
    late = replace(raid(1, start=9)[0], sent_at=later(2 + 601))
    await found.through(late)
    assert len(found.model.asked) == 3


async def test_a_safe_incident_dissolves_and_everyone_is_judged() -> None:
    """One by one; and so is who comes later."""
    found = walked(asked=model(safe=[OFFER.format(number) for number in range(9)]))
    await judge(found, await deliver(found, raid(6)))
    assert len(found.model.asked) == 6
    assert await states(found, raid(6)) == [State.DONE] * 6
    await found.through(*raid(1, start=6))
    assert len(found.model.asked) == 7
    assert (found.cards, await found.store.incidents.since(AT)) == ((), ())


async def test_up_to_five_are_judged_as_an_incident_grows() -> None:
    """The first two, and later the farthest from them."""
    found = walked()
    count = 150
    await judge(found, await deliver(found, raid(count)))
    assert len(found.model.asked) == 4
    assert await states(found, raid(count)) == [State.DONE] * count
    assert (await the_card(found)).copies == count


async def test_the_farthest_is_the_one_with_the_most_edits() -> None:
    """It is most likely another matter."""
    odd = message(OFFER.format("7").replace("click", "clikkc").replace("line", "lyyne"), id="odd", by="o", at=later(5))
    found = walked()
    waiting = await deliver(found, [*raid(4), odd, *raid(8, start=5)])
    await judge(found, waiting)
    assert [question.ref.message for question in found.model.asked if question.ref] == ["m0", "m1", "odd"]


async def test_disagreement_splits_an_incident() -> None:
    """Who is nearer to the SAFE one is judged; the others follow the violation."""
    other = "You can all get a free prize if you clyk onne my name, numbe {} in lin"
    first, second = raid(8), raid(3, start=8, text=other)
    found = walked(asked=model(safe=[each.judged_text for each in second]))
    mixed = [first[0], second[0], *first[1:], *second[1:]]
    timed = [replace(each, sent_at=later(number)) for number, each in enumerate(mixed)]
    await judge(found, await deliver(found, timed))
    asked = {question.ref.message for question in found.model.asked if question.ref}
    assert asked >= {"m0", "m8", "m9", "m10"}
    assert len(asked) == 6
    assert await states(found, timed) == [State.DONE] * 11
    assert (await the_card(found)).copies == 8


async def test_unreadable_answers_settle_nothing() -> None:
    """Others are asked in their place, five in all; then everyone is judged."""
    texts = [OFFER.format(number) for number in range(8)]
    found = walked(asked=model(unread=texts[:2]))
    await judge(found, await deliver(found, raid(6)))
    assert len(found.model.asked) == 4
    lost = walked(asked=model(unread=texts))
    await judge(lost, await deliver(lost, raid(8)))
    assert len(lost.model.asked) == 8
    assert await states(lost, raid(8)) == [State.NOT_JUDGED] * 8


async def test_when_the_first_are_deleted_others_are_judged() -> None:
    """An incident never waits for an answer that does not come."""
    found = walked()
    waiting = await deliver(found, raid(5))
    for each in waiting:
        await found.flow.receive(delete(each.ref, at=later(10)))
    freed = await found.flow.freed()
    assert [entry.waiting.key.message for entry in freed if entry.waiting] == ["m2"]


async def test_a_member_that_is_edited_is_judged_as_it_reads_then() -> None:
    """It is a text of its own now."""
    found = walked()
    waiting = await deliver(found, raid(5))
    received = await found.flow.receive(edit("Sorry, I meant something else entirely", of=raid(5)[3]))
    assert received.policies
    await judge(found, [*waiting, raid(5)[3]])
    assert (await the_card(found)).copies == 4
