"""When all messages of a raid go, what limits that, and what a restart changes; different texts of one wave."""

from dataclasses import replace

import pytest

from bot.core.acting.cards import card_of, wave_in
from bot.core.main_flow import Patience
from bot.domain.actions import Action, Outcome
from bot.domain.case import CaseStatus
from bot.domain.ids import CaseNumber
from bot.domain.incident import IncidentState
from bot.domain.people import Growth
from bot.domain.records import CaseFilter
from bot.domain.states import State
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from bot.messages.more import more_content
from tests.core.raiding import (
    deliver,
    judge,
    member,
    model,
    raid,
    removed,
    shadow,
    states,
    the_card,
    walked,
)
from tests.core.walking import ListedPolicies, walk
from tests.factories import (
    AT,
    COMMUNITY,
    author,
    category,
    community_settings,
    later,
    message,
    policy,
    report,
)
from tests.fakes.directory import ScriptedDirectory
from tests.memory.store import MemoryStore


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
        await after.flow.moderate(key)
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


async def test_a_member_of_a_wave_is_told_once_however_much_they_write() -> None:
    """Ten messages of five people are five warnings, each told by itself alone, and the card counts people."""
    found = walk(community_settings(), policy("harassment", category(action=Action.WARN)), model=model())
    posts = [
        message(
            f"number {number}: {chr(97 + number) * 7} {chr(109 + number) * 5} has a free prize for you",
            id=f"w{number}",
            by=author(f"new-{number % 5}", joined_at=later(-600)),
            at=later(number),
        )
        for number in range(12)
    ]
    await found.through(*posts)
    wave = (await found.store.cases.find(COMMUNITY, CaseFilter()))[0]
    file = await found.store.cases.file(COMMUNITY, wave.number)
    assert file is not None
    assert file.copies == 10
    told = [stored.effect.key.target for stored in file.effects if stored.effect.action is Action.WARN]
    assert sorted(told) == [f"person:new-{number}" for number in range(5)]
    card = await card_of(file, found.store, ListedPolicies(policy("harassment", category(action=Action.WARN))))
    assert card_content(card, catalogue("en")).done == "Done: 5 authors warned"


@pytest.mark.parametrize(
    ("grown", "cases"),
    [
        (Growth(founded_at=later(-3_600), share=0.9), 5),
        (Growth(founded_at=later(-90 * 86_400), share=0.9), 5),
        (Growth(founded_at=later(-90 * 86_400), share=0.4), 3),
        (Growth(), 3),
    ],
)
async def test_where_everybody_has_just_joined_it_is_no_sign(grown: Growth, cases: int) -> None:
    """In a new server, or one that a whole community moved to, members who break a rule have cards of their own."""
    directory = ScriptedDirectory()
    directory.grown = grown
    found = walked(shadow(), directory=directory)
    posts = [
        message(
            f"{chr(97 + number) * 9} {chr(112 + number) * 7} has a free prize for you",
            id=f"w{number}",
            by=author(f"new-{number}", joined_at=later(-600)),
            at=later(number),
        )
        for number in range(5)
    ]
    await found.through(*posts)
    assert len(await found.store.cases.find(COMMUNITY, CaseFilter())) == cases


async def test_a_wave_s_card_lists_what_each_said_and_by_whom() -> None:
    """A few on the card, all of them behind More…; what was removed is marked, and it is not called alike."""
    found = walked(community_settings(categories=()))
    posts = [
        message(
            f"{chr(97 + number) * 9} {chr(112 + number) * 3} has a free prize for you",
            id=f"w{number}",
            by=author(f"new-{number}", name=f"Kim {number}", joined_at=later(-600)),
            at=later(number),
        )
        for number in range(10)
    ]
    await found.through(*posts)
    card = found.cards[-1]
    content = card_content(card, catalogue("en"))
    assert content.about == "8 different messages against this rule, from 8 accounts"
    assert content.listed == (
        *(
            f"Kim {number}: {chr(97 + number) * 9} {chr(112 + number) * 3} has a free prize for you"
            for number in range(3, 8)
        ),
        "2 more under “More…”",
    )
    file = await found.store.cases.file(COMMUNITY, card.case.number)
    assert file is not None
    wave = await wave_in(file, found.store)
    more = more_content(file, catalogue("en"), wave=wave)
    assert more.sections[0].heading == "What each of them said"
    assert [line.partition(":")[0] for line in more.sections[0].lines] == [f"Kim {number}" for number in range(2, 10)]
