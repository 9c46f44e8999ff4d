"""Raids: many messages, one case. Who waits, who is judged, who follows, and when all of them go."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.moderator import Patience
from bot.domain.actions import Action, Mode, Outcome
from bot.domain.card import Card
from bot.domain.case import CaseStatus
from bot.domain.events import Author, Message
from bot.domain.ids import CaseNumber
from bot.domain.incident import IncidentKind, IncidentState, MemberState
from bot.domain.records import CaseFilter
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason, VerdictSource
from bot.inference.scripted import SAFE, Answer, ScriptedClassifier, violates
from bot.ports.store import Store
from bot.storage.memory.store import MemoryStore
from tests.core.walking import Walk, walk
from tests.factories import (
    AT,
    COMMUNITY,
    author,
    category,
    community_settings,
    delete,
    edit,
    later,
    message,
    policy,
    report,
)

OFFER = "You can all get a free prize if you click on my name, number {} in line"
RULE = policy("harassment", category("insult", context_free=False))


def member(name: str, *, days: float = 100) -> Author:
    """Return someone who joined so many days ago."""
    return author(name, joined_at=AT - timedelta(days=days))


def raid(count: int, *, days: float = 100, start: int = 0, text: str = OFFER) -> list[Message]:
    """Return variants of one text, each by another account, a second apart."""
    return [
        message(text.format(number), id=f"m{number}", by=member(f"raider-{number}", days=days), at=later(number))
        for number in range(start, start + count)
    ]


def model(*, safe: Iterable[str] = (), unread: Iterable[str] = ()) -> ScriptedClassifier:
    """Return a model that finds a violation in every offer but these."""
    kept, lost = set(safe), set(unread)

    def script(question: object) -> Answer | UndecidedReason:
        text = getattr(question, "text", "")
        if text in lost:
            return UndecidedReason.UNREADABLE
        return violates("insult", "free prize") if "free prize" in text and text not in kept else SAFE

    return ScriptedClassifier(script)


def walked(
    settings: CommunitySettings | None = None, asked: ScriptedClassifier | None = None, store: Store | None = None
) -> Walk:
    """Return a walk in which messages wait where they have to."""
    return walk(settings or community_settings(), RULE, model=asked or model(), patience=Patience.WAITS, store=store)


def shadow() -> CommunitySettings:
    """Return a community that only practises."""
    return community_settings(mode=Mode.SHADOW)


async def deliver(found: Walk, messages: Iterable[Message]) -> list[Message]:
    """Take messages in without judging any; return those that wait for the model."""
    waiting = []
    for each in messages:
        found.clock.advance(each.sent_at)
        received = await found.moderator.receive(each)
        waiting += [each] if received.waiting is not None else []
    return waiting


async def judge(found: Walk, messages: Iterable[Message]) -> None:
    """Judge messages that wait, and whatever is freed by that."""
    for each in messages:
        item = await found.store.inbox.current(each.ref)
        assert item is not None
        await found.moderator.moderate(item.key)


async def states(found: Walk, messages: Iterable[Message]) -> list[State]:
    """Return where messages stand."""
    items = [await found.store.inbox.current(each.ref) for each in messages]
    return [item.state for item in items if item is not None]


async def the_card(found: Walk) -> Card:
    """Return the one card there is, up to date."""
    found.clock.advance(found.clock.now() + timedelta(seconds=6))
    await found.incidents.tick()
    [card] = found.cards
    return card


def removed(found: Walk) -> list[str]:
    """Return the ids of the messages that were removed."""
    return sorted(key.target.rpartition("/")[2] for key in found.enforcer.done if key.action is Action.DELETE)


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
        await found.moderator.receive(delete(each.ref, at=later(10)))
    freed = await found.moderator.freed()
    assert [entry.waiting.key.message for entry in freed if entry.waiting] == ["m2"]


async def test_a_member_that_is_edited_is_judged_as_it_reads_then() -> None:
    """It is a text of its own now."""
    found = walked()
    waiting = await deliver(found, raid(5))
    received = await found.moderator.receive(edit("Sorry, I meant something else entirely", of=raid(5)[3]))
    assert received.policies
    await judge(found, [*waiting, raid(5)[3]])
    assert (await the_card(found)).copies == 4


async def test_three_new_accounts_confirm_a_live_incident() -> None:
    """All copies go, earlier ones too, and nobody is written to for that; later ones go as they come."""
    found = walked()
    await judge(found, await deliver(found, raid(6, days=0.5)))
    assert removed(found) == [f"m{number}" for number in range(6)]
    assert len(found.notifier.told) <= 2
    await found.through(*raid(1, start=6, days=50))
    assert removed(found) == [f"m{number}" for number in range(7)]
    assert len(found.model.asked) == 2
    [incident] = await found.store.incidents.of_case(COMMUNITY, CaseNumber(1))
    assert incident.state is IncidentState.CONFIRMED


@pytest.mark.parametrize("days", [1.01, 30])
async def test_accounts_that_are_not_new_confirm_nothing(days: float) -> None:
    """A day is the limit."""
    found = walked()
    await judge(found, await deliver(found, raid(6, days=days)))
    assert removed(found) == ["m0", "m1"]


async def test_two_new_accounts_are_too_few_however_much_they_post() -> None:
    """Accounts are counted, and not messages."""
    found = walked()
    posts = [replace(each, author=member(f"n{number % 2}", days=0.1)) for number, each in enumerate(raid(6))]
    await judge(found, await deliver(found, posts))
    assert removed(found) == ["m0", "m1"]


async def test_in_shadow_nothing_is_confirmed_by_itself() -> None:
    """Nothing happens to anybody; the card counts."""
    found = walked(shadow())
    await judge(found, await deliver(found, raid(6, days=0.5)))
    assert found.enforcer.done == {}
    assert (await the_card(found)).copies == 6


async def test_a_persons_right_removes_every_copy() -> None:
    """But for those of moderators, whose messages the bot leaves alone."""
    found = walked()
    posts = raid(5)
    posts[4] = replace(posts[4], author=replace(posts[4].author, is_moderator=True))
    await judge(found, await deliver(found, posts))
    assert removed(found) == ["m0", "m1"]
    file = await found.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    await found.incidents.upheld(file.case)
    assert removed(found) == ["m0", "m1", "m2", "m3"]
    await found.incidents.upheld(file.case)
    assert len(removed(found)) == 4


async def test_a_persons_wrong_ends_an_incident() -> None:
    """Who comes later is judged."""
    found = walked()
    await judge(found, await deliver(found, raid(4)))
    file = await found.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    await found.incidents.overturned(file.case)
    await found.through(*raid(1, start=4))
    assert len(found.model.asked) == 3


async def test_an_incident_counts_once_against_the_limits() -> None:
    """Thirty copies removed leave room for others' violations."""
    settings = community_settings()
    tight = replace(settings, limits=replace(settings.limits, per_community_hour=5))
    found = walked(tight)
    await judge(found, await deliver(found, raid(30, days=0.5)))
    assert len(removed(found)) == 30
    assert await found.store.cases.automatic_effects(COMMUNITY, None, AT) <= 4


async def test_an_incident_has_a_limit_of_its_own() -> None:
    """What is above it is held back on record, and people are called once."""
    settings = community_settings()
    tight = replace(settings, limits=replace(settings.limits, per_incident=10))
    found = walked(tight)
    await judge(found, await deliver(found, raid(30, days=0.5)))
    assert len(removed(found)) <= 10
    await found.through(*raid(3, start=30, days=0.5))
    file = await found.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    held_back = [
        stored.result.why.value("limit")
        for stored in file.effects
        if stored.result is not None and stored.result.outcome is Outcome.SUPPRESSED and stored.result.why is not None
    ]
    assert set(held_back) == {"per_incident"}
    assert len(held_back) + len(removed(found)) == 33
    assert [stored.effect.action for stored in file.effects].count(Action.ESCALATE) == 1


async def test_a_copy_of_something_people_decide_alone_is_never_acted_on() -> None:
    """However many new accounts send it."""
    rule = policy("harassment", category("insult", people_only=True))
    found = walk(community_settings(), rule, model=model(), patience=Patience.WAITS)
    await judge(found, await deliver(found, raid(6, days=0.5)))
    assert {key.action for key in found.enforcer.done} == {Action.ESCALATE}
    assert (await the_card(found)).copies == 6


async def test_reports_are_looked_at_by_themselves() -> None:
    """A reported copy is judged, and the shared case names who reported it."""
    found = walked()
    posts = raid(4)
    await judge(found, await deliver(found, posts))
    await found.through(report(posts[3].ref, by="rita"))
    assert len(found.model.asked) == 3
    card = await the_card(found)
    assert (card.case.reported_by, card.copies) == (("rita",), 4)


async def test_a_restart_takes_incidents_up_again() -> None:
    """Who waited still waits, and follows what is found then."""
    store = MemoryStore()
    before = walked(store=store)
    await deliver(before, raid(6))
    after = walked(store=store)
    after.clock.advance(later(20))
    await store.inbox.recover()
    await after.incidents.load()
    waiting = [item.key for item in await store.inbox.waiting(100)]
    for key in waiting:
        await after.moderator.moderate(key)
    assert len(after.model.asked) == 2
    assert await states(after, raid(6)) == [State.DONE] * 6
    assert (await the_card(after)).copies == 6


async def test_a_restart_after_the_finding_lets_later_ones_follow() -> None:
    """The verdict is read from the case."""
    store = MemoryStore()
    before = walked(store=store)
    await judge(before, await deliver(before, raid(4)))
    after = walked(store=store)
    after.clock.advance(later(20))
    await after.incidents.load()
    await after.through(*raid(2, start=4))
    assert after.model.asked == []
    assert (await store.cases.members(COMMUNITY, CaseNumber(1)))[-1].ref.message == "m5"


async def test_different_texts_of_accounts_that_joined_together_share_a_card() -> None:
    """From the third on; those who joined at another time have cards of their own."""
    texts = (
        "Get your free prize here, everyone is welcome to it",
        "I won a phone with this, a free prize for all of us",
        "Look what they give away today: a free prize, wow",
        "My grandmother got a free prize and so can yours too",
        "There is no catch at all, just a free prize for you",
    )
    posts = [
        message(
            text, id=f"w{number}", by=author(f"new-{number}", joined_at=later(-600 - 60 * number)), at=later(number)
        )
        for number, text in enumerate(texts)
    ]
    veteran = message("A free prize, who would believe it these days?", id="v", by=member("vera"), at=later(9))
    found = walked(shadow())
    await found.through(*posts, veteran)
    cases = await found.store.cases.find(COMMUNITY, CaseFilter())
    assert [case.ref.message for case in reversed(cases)] == ["w0", "w1", "w2", "v"]
    counts = {case.ref.message: len(await found.store.cases.members(COMMUNITY, case.number)) for case in cases}
    assert counts == {"w0": 1, "w1": 1, "w2": 3, "v": 1}
    assert {case.status for case in cases} == {CaseStatus.OPEN}


async def test_a_wave_is_taken_up_again_after_a_restart() -> None:
    """Its case goes on counting."""
    store = MemoryStore()
    texts = (
        "free prize for the first of you",
        "who wants a free prize, friends?",
        "the free prize waits for you all",
    )
    posts = [
        message(text, id=f"w{number}", by=author(f"new-{number}", joined_at=later(-600)), at=later(number))
        for number, text in enumerate(texts)
    ]
    await walked(shadow(), store=store).through(*posts)
    after = walked(shadow(), store=store)
    after.clock.advance(later(60))
    await after.incidents.load()
    await after.through(message("one more free prize, come here now", id="w9", by=author("x", joined_at=later(-500))))
    assert len(await store.cases.members(COMMUNITY, CaseNumber(3))) == 2
