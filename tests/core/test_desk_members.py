"""What every member may ask for: reports, their own record, and what is kept of them."""

from dataclasses import replace

import pytest

from bot.domain.actions import Action
from bot.domain.answer import AnswerKind
from bot.domain.case import ReviewResult
from bot.domain.events import Report
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.people import Actor
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from tests.core.desk_room import BEN, MIA, MO, RUDE, live, room, said, worded
from tests.factories import COMMUNITY, category, delete, later, message, policy, ref, report

ANN = Actor(community=COMMUNITY, person=PersonId("ann"), name="Ann")


async def test_a_report_is_thanked_for_and_reaches_people() -> None:
    """The answer tells nothing of what follows."""
    found = await room()
    await found.deliver(message("hello there"))
    answer = await found.desk.report(BEN, report(words="It is rude."))
    assert (answer.kind, said(answer)) == (AnswerKind.DONE, ("report.thanks",))
    assert (await found.file()).case.reported_by == ("ben",)
    assert len(found.mod_log.cards) == 1


async def test_the_words_of_a_report_reach_the_card_and_what_stands_behind_more() -> None:
    """With the names of those who gave them; a report without words takes none away."""
    found = await room()
    await found.deliver(message("hello there"))
    await found.desk.report(BEN, report(words="It is rude."))
    await found.desk.report(MIA, report(words=""))
    answer = await found.desk.more(MO, CaseNumber(1))
    assert worded(answer) == "mia reported it\nben reported it: “It is rude.”"
    [card] = found.mod_log.cards.values()
    content = card_content(card, catalogue("en"))
    assert content.reported == "ben reported it: “It is rude.”; mia reported it"
    assert "reported by 2 members" in content.about


async def test_a_report_without_a_name_or_words_still_has_a_reason_on_its_card() -> None:
    """It says that it was reported, by how many, and what Right and Wrong mean where no rule is named."""
    found = await room()
    await found.deliver(message("hello there"))
    await found.desk.report(BEN, replace(report(words=""), anonymous=True))
    [card] = found.mod_log.cards.values()
    content = card_content(card, catalogue("en"))
    assert content.title == "Case 1 · Reported"
    assert content.about == "reported by a member"
    assert content.why == (
        "No rule was found broken, but a member asked you to look. "
        "Right means that the report is right, Wrong that nothing is wrong with the message."
    )
    assert content.reported == "A member reported it without a name"
    await found.desk.report(MIA, replace(report(words="Rude!"), anonymous=True))
    again = card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en"))
    assert again.about == "reported by 2 members"
    assert again.reported == ("A member reported it without a name: “Rude!”; A member reported it without a name")
    assert "ben" not in worded(await found.desk.more(MO, CaseNumber(1)))


async def test_a_message_that_the_bot_removed_is_not_judged_once_more() -> None:
    """A client may still show it; its author is told once."""
    found = await room()
    await found.deliver(message(RUDE))
    assert said(await found.desk.report(BEN, report())) == ("report.gone",)
    assert len(found.notifier.told) == 1


async def test_a_report_of_a_violation_is_answered_like_any_other() -> None:
    """Nobody learns from the answer what the model thinks."""
    found = await room(live(Action.FLAG))
    await found.deliver(message(RUDE))
    assert said(await found.desk.report(BEN, report())) == ("report.thanks",)


async def test_the_same_report_twice_is_known() -> None:
    """It is taken in once."""
    found = await room()
    await found.deliver(message("hello there"))
    await found.desk.report(BEN, report())
    assert said(await found.desk.report(BEN, report())) == ("report.known",)
    assert len([event for event in found.delivered if isinstance(event, Report)]) == 1


async def test_reports_that_make_no_sense_are_answered_kindly() -> None:
    """One's own message, one that is gone, and where nobody would see it."""
    found = await room()
    await found.deliver(message("hello there", id="1"))
    assert said(await found.desk.report(ANN, report())) == ("report.own",)
    await found.store.inbox.accept(message("good bye", id="2", at=later(5)), later(5))
    await found.store.inbox.accept(delete(ref("2")), later(6))
    assert said(await found.desk.report(BEN, report(ref("2")))) == ("report.gone",)
    bare = await room({})
    assert said(await bare.desk.report(BEN, report())) == ("report.not_here",)


async def test_a_flood_of_reports_is_slowed_down() -> None:
    """Ten in ten minutes; another member is not held back by it, and later there is room again."""
    found = await room()
    for number in range(12):
        await found.deliver(message("hello there", id=str(number), by="zoe", at=later(number)))
    answers = [said(await found.desk.report(BEN, report(ref(str(number)))))[0] for number in range(12)]
    assert answers == ["report.thanks"] * 10 + ["report.too_many"] * 2
    assert said(await found.desk.report(ANN, report(ref("11")))) == ("report.thanks",)
    found.clock.advance(later(700))
    assert said(await found.desk.report(BEN, report(ref("11")))) == ("report.thanks",)


async def test_a_report_that_carries_another_message_is_no_report_of_this_one() -> None:
    """What it names and what it shows have to be one."""
    found = await room()
    mixed = replace(report(), message=message("something else", id="9"))
    assert (await found.desk.report(BEN, mixed)).kind is AnswerKind.REFUSED
    assert found.delivered == []


async def test_one_s_own_record_tells_what_was_removed_and_gives_the_words_back() -> None:
    """With the rule, and without reasoning or anybody's name."""
    found = await room()
    await found.deliver(message(RUDE))
    answer = await found.desk.mine(ANN)
    assert worded(answer) == (
        f"What was done about your messages\n2026-11-23 · case 1 · removed · Insult\nYou wrote: {RUDE}"
    )
    assert (answer.record, answer.card, answer.history) == (None, None, None)


async def test_one_s_own_record_is_nobody_else_s() -> None:
    """Another member sees nothing of it."""
    found = await room()
    await found.deliver(message(RUDE))
    assert said(await found.desk.mine(BEN)) == ("mine.none",)


async def test_words_that_must_not_come_back_do_not() -> None:
    """The category decides."""
    found = await room(None, policy("harassment", category(context_free=True, return_text=False)))
    await found.deliver(message(RUDE))
    assert said(await found.desk.mine(ANN)) == ("mine.title", "mine.entry")


async def test_what_was_only_practised_or_shown_to_moderators_was_not_done() -> None:
    """A member is told of what they could notice."""
    found = await room({"mod_log": "mod-log"})
    await found.deliver(message(RUDE))
    assert said(await found.desk.mine(ANN)) == ("mine.none",)


@pytest.mark.parametrize(
    ("action", "words"), [(Action.WARN, "a warning"), (Action.TIMEOUT, "a time-out"), (Action.BAN, "Banned")]
)
async def test_what_a_moderator_did_counts_too(action: Action, words: str) -> None:
    """Without the moderator's name."""
    found = await room({"mod_log": "mod-log"})
    await found.deliver(message(RUDE))
    await found.desk.act(MO, CaseNumber(1), action)
    told = worded(await found.desk.mine(ANN))
    assert told == f"What was done about your messages\n2026-11-23 · case 1 · {words} · Insult"
    assert "Mo" not in told.replace("What", "")


async def test_what_was_found_wrong_is_said_to_be() -> None:
    """The author has a right to know; a removal can't be put right, so that is not said of it."""
    found = await room(live(Action.TIMEOUT))
    await found.deliver(message(RUDE))
    await found.desk.review(MO, CaseNumber(1), ReviewResult.OVERTURNED)
    assert "case 1 · found to be wrong · Insult" in worded(await found.desk.mine(ANN))


async def test_what_was_taken_back_in_full_is_said_to_be_put_right() -> None:
    """Here a moderator's time-out alone: the message stands."""
    found = await room(live(Action.FLAG))
    await found.deliver(message(RUDE))
    await found.desk.act(MO, CaseNumber(1), Action.TIMEOUT)
    await found.desk.act(MO, CaseNumber(1), Action.LIFT)
    await found.desk.review(MO, CaseNumber(1), ReviewResult.OVERTURNED)
    assert "case 1 · found to be wrong and put right · Insult" in worded(await found.desk.mine(ANN))


async def test_anybody_may_ask_what_is_kept() -> None:
    """The lengths are those of this installation."""
    found = await room()
    told = worded(await found.desk.privacy(BEN))
    assert "is kept for 1 day, for 1 hour once you delete it, and the text of a case for 90 days" in told
    assert "Nothing is used for training." in told
