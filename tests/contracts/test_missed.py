"""What every store suggests as missed: removed by a person although it was found to keep the rules."""

from dataclasses import replace

from bot.domain.events import Member, MemberChange, Message
from bot.domain.ids import MessageId, PersonId
from bot.domain.inbox import key_of
from bot.domain.keeping import Cutoffs, Dropped
from bot.domain.missed import deletion_of
from bot.ports.store import Store
from tests.factories import AT, COMMUNITY, OTHER_COMMUNITY, decision_record, delete, later, member, message, safe_record

CALM = message("an ordinary sentence about lunch", id="1")


def removal(of: Message, *, seconds: float = 60, person: str = "") -> Member:
    """Return the event that tells of a removal by a moderator."""
    made = member(person or of.author.id, MemberChange.SANCTIONED, at=later(seconds), by="mod")
    return replace(
        made,
        community=of.community,
        channel=of.ref.channel,
        event_id=deletion_of(MessageId(of.ref.message)),
        detail="deletion",
    )


async def judged_safe(store: Store, of: Message) -> None:
    """Take a message in and judge it."""
    await store.inbox.accept(of, AT)
    await store.inbox.claim(key_of(of))
    assert await store.cases.record_decision(safe_record(of, id=f"d{of.ref.message}")) is not None


async def removed(store: Store, of: Message, *, seconds: float = 60) -> None:
    """Tell of its removal, as a platform does: that it is gone, and who did it."""
    await store.inbox.accept(delete(of.ref, at=later(seconds)), later(seconds))
    await store.inbox.accept(removal(of, seconds=seconds), later(seconds))


async def test_a_removal_of_a_message_judged_safe_is_suggested(store: Store) -> None:
    """With who did it, when, and the text."""
    await judged_safe(store, CALM)
    await removed(store, CALM)
    [found] = await store.inbox.missed(COMMUNITY, None, 10)
    assert (found.ref, found.author, found.by, found.at) == (CALM.ref, "ann", PersonId("mod"), later(60))
    assert found.message is not None
    assert found.message.own_text == CALM.own_text


async def test_nothing_is_suggested_of_what_broke_a_rule_or_was_never_judged(store: Store) -> None:
    """Nor of a removal that names no message, or the message of another author."""
    bad, waiting, other = (message(f"sentence number {number}", id=str(number)) for number in (2, 3, 4))
    await store.inbox.accept(bad, AT)
    await store.inbox.claim(key_of(bad))
    await store.cases.record_decision(decision_record(bad))
    await removed(store, bad)
    await store.inbox.accept(waiting, AT)
    await removed(store, waiting)
    await judged_safe(store, other)
    await store.inbox.accept(replace(removal(other), event_id="deletion:999"), AT)
    await store.inbox.accept(removal(other, person="bob"), AT)
    assert await store.inbox.missed(None, None, 10) == ()


async def test_suggestions_are_chosen_by_community_time_and_number(store: Store) -> None:
    """The latest removals first."""
    first, second = CALM, message("another ordinary sentence", id="2")
    foreign = message("a sentence elsewhere, quite ordinary", id="3", community=OTHER_COMMUNITY)
    for number, sent in enumerate((first, second, foreign)):
        await judged_safe(store, sent)
        await removed(store, sent, seconds=60 + number)
    assert [found.ref for found in await store.inbox.missed(COMMUNITY, None, 10)] == [second.ref, first.ref]
    assert [found.ref for found in await store.inbox.missed(None, later(61), 10)] == [foreign.ref, second.ref]
    assert [found.ref for found in await store.inbox.missed(None, None, 1)] == [foreign.ref]
    assert await store.inbox.missed(None, None, 0) == ()


async def test_the_words_of_what_a_moderator_removed_stay_as_long_as_those_without_a_case(store: Store) -> None:
    """Those that their author took back go sooner. The suggestion stands without them, and goes with its author."""
    day, hour = Cutoffs(without_case=later(-90), deleted=later(90), of_case=later(-90)), later(90)
    await judged_safe(store, CALM)
    await removed(store, CALM)
    assert await store.keeping.drop_words(day) == Dropped(messages=0, cases=0)
    assert await store.keeping.drop_words(replace(day, without_case=hour)) == Dropped(messages=1, cases=0)
    [found] = await store.inbox.missed(COMMUNITY, None, 10)
    assert found.message is None
    await store.keeping.erase(COMMUNITY, PersonId("ann"), later(120))
    assert await store.inbox.missed(COMMUNITY, None, 10) == ()
