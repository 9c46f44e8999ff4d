"""What lists and cards say of several messages, through the desk and the real core: each number is of what it says."""

from dataclasses import replace

from bot.core.acting.cards import card_of
from bot.domain.actions import Action
from bot.domain.card import Card, Gathering
from bot.domain.case import ReviewResult
from bot.domain.ids import CaseNumber, ChannelId, MessageId, PersonId
from bot.domain.people import Actor
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from tests.core.desk_room import MO, RUDE, Room, live, room, worded
from tests.core.test_desk_incidents import ONE, SHADOW, raid, raided, trickled
from tests.factories import COMMUNITY, later, message


async def shown(found: Room, number: int = 1) -> Card:
    """Return a case's card, as a moderator asks for it."""
    answer = await found.desk.case(MO, CaseNumber(number))
    assert answer.card is not None
    return answer.card


async def title(found: Room, number: int = 1) -> str:
    """Return a card's first line in English."""
    return card_content(await shown(found, number), catalogue("en")).title


async def test_a_removal_that_was_refused_is_not_listed_as_removed() -> None:
    """The list says what the card says: the plan is not the outcome."""
    found = await room()
    found.enforcer.refuses[Action.DELETE] = "not_deletable"
    await found.deliver(message(RUDE))
    entry = "Case 1 · Not carried out · Insult · open"
    assert worded(await found.desk.history(MO, PersonId("ann"))) == f"On record about Ann\n{entry}"
    assert worded(await found.desk.open_cases(MO)) == entry
    assert await title(found) == "Case 1 · Not carried out · Insult"


async def test_lists_say_how_much_of_a_raid_is_gone() -> None:
    """Two were removed before it was known for a raid; Right removes the rest, and the list follows."""
    found = await trickled(live(), raid(6))
    assert worded(await found.desk.open_cases(MO)).splitlines()[-1] == "Case 1 · Removed 1 of 5 · Insult · open"
    card = await shown(found)
    assert card.right_removes
    assert (card.copies, card.authors) == (5, 5)
    assert "Right removes the others too." in card_content(card, catalogue("en")).done
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    content = card_content(await shown(found), catalogue("en"))
    assert content.title == "Case 1 · Removed · Insult"
    assert content.done == "Done: 5 messages removed, author told"
    assert content.not_done == ""


async def test_right_promises_nothing_that_it_does_not_do() -> None:
    """Not in shadow, not while all is stopped, not of a rule that only flags, not of one message."""
    practising, flagging = await raided(SHADOW, raid(5)), await raided(live(Action.FLAG), raid(5))
    assert not (await shown(practising)).right_removes
    assert not (await shown(flagging)).right_removes
    stopped = await raided({**live(), "stopped": True}, raid(5))
    assert not (await shown(stopped)).right_removes
    one = await room()
    await one.deliver(message(RUDE))
    assert not (await shown(one)).right_removes


async def test_a_raid_s_card_names_its_channels_and_accounts() -> None:
    """Where and when the first was posted, and how many more channels and accounts there were."""
    posts = [
        replace(each, ref=replace(each.ref, channel=ChannelId(f"c{number % 3}")))
        for number, each in enumerate(raid(9, accounts=4))
    ]
    found = await raided(live(Action.FLAG), posts)
    content = card_content(await shown(found), catalogue("en"))
    assert content.where == ("c0 and 2 more channels · 2026-11-23 12:00 UTC · 9 messages like this, from 4 accounts")


async def test_where_and_when_stay_on_the_card_after_a_removal_and_when_the_text_is_gone() -> None:
    """Without the message itself the case's own time is told."""
    found = await room()
    await found.deliver(message(RUDE, at=later(90)))
    content = card_content(await shown(found), catalogue("en"))
    assert (content.title, content.where) == ("Case 1 · Removed · Insult", "general · 2026-11-23 12:01 UTC")
    file = replace(await found.file(), message=None)
    bare = card_content(await card_of(file, found.store, found.policies), catalogue("en"))
    assert bare.where == "general · case opened 2026-11-23 12:00 UTC"


async def test_a_webhooks_copy_and_its_original_are_one_message() -> None:
    """A member's words that a program repeats are not two messages like this."""
    found = await room()
    copy = replace(message(RUDE, id="2"), proxy_of=MessageId("1"))
    await found.deliver(copy)
    card = await shown(found)
    assert card.kind is Gathering.ONE
    assert "like this" not in card_content(card, catalogue("en")).where


async def test_long_lists_say_how_many_more_there_are() -> None:
    """Ten are shown; the number of the others is told."""
    found = await room(live(Action.FLAG))
    for number in range(12):
        text = f"{chr(97 + number) * 9} is the name that I call you"
        found.model_says_violates(text)
        await found.deliver(message(text, id=f"x{number}", by=f"w{number}"))
    lines = worded(await found.desk.open_cases(MO)).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "2 more"


async def test_what_waits_for_the_platform_is_listed_as_waiting() -> None:
    """A permission may be given back: it is neither removed nor refused meanwhile."""
    found = await room()
    found.enforcer.refuses[Action.DELETE] = "missing_permission"
    await found.deliver(message(RUDE))
    assert worded(await found.desk.open_cases(MO)) == "Case 1 · Waiting for the platform · Insult · open"
    assert await title(found) == "Case 1 · Waiting for the platform · Insult"


async def test_whoever_is_hit_in_another_s_case_finds_it_in_their_record() -> None:
    """A raid has one case, its first author's; the others' messages are gone all the same, and both lists say so."""
    found = await trickled(live(), raid(6))
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    history = await found.desk.history(MO, PersonId("raider-3"))
    assert worded(history).splitlines()[1:] == ["Case 1 · Removed · Insult · found right"]
    other = Actor(community=COMMUNITY, person=PersonId("raider-3"))
    assert worded(await found.desk.mine(other)).splitlines() == [
        "What was done about your messages",
        "2026-11-23 · case 1 · removed · Insult",
        "You wrote: You can all get a free prize if you click on my name, number 3 in line",
    ]
    nobody = Actor(community=COMMUNITY, person=PersonId("somebody-else"))
    assert worded(await found.desk.mine(nobody)) == "Nothing was done about your messages."
