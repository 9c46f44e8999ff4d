"""Counts on cards: each is of what it says, people of people, messages of messages; what only waits counts nowhere."""

from dataclasses import replace

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.card import Gathering
from bot.domain.case import CaseStatus
from bot.domain.decision import StoredEffect
from bot.domain.events import Message
from bot.domain.ids import DecisionId, PersonId
from bot.domain.reasons import PlatformReason, StepCode, reason
from bot.messages.cards import card_content, history_line
from bot.messages.catalogue import catalogue
from bot.messages.more import more_content
from tests import factories as make
from tests.messages.test_cards import ENGLISH, removals, spam_card, stored
from tests.messages.test_more import file


def told(people: int, times: int, action: Action, outcome: Outcome = Outcome.APPLIED) -> tuple[StoredEffect, ...]:
    """Return what was done to so many people, so many times in all, in decisions of their own."""
    authors = [make.author(f"p{number % people}") for number in range(times)]
    effects = [
        make.effect(action, of=make.message(id=f"m{number}", by=by), decision_id=f"d{number}")
        for number, by in enumerate(authors)
    ]
    return tuple(StoredEffect(effect=each, result=make.effect_result(each, outcome)) for each in effects)


def test_who_was_told_nine_times_is_counted_once() -> None:
    """Nine notes to five people are five people; seventeen warnings of one are one."""
    assert card_content(spam_card(*told(5, 9, Action.NOTICE)), ENGLISH).done == "Done: 5 authors told"
    assert card_content(spam_card(*told(1, 17, Action.WARN)), ENGLISH).done == "Done: author warned"
    assert card_content(spam_card(*told(1, 3, Action.TIMEOUT)), ENGLISH).done == "Done: author timed out"


def test_what_was_not_done_counts_people_too() -> None:
    """Also where it failed."""
    card = spam_card(*told(5, 9, Action.NOTICE, Outcome.REFUSED))
    assert card_content(card, ENGLISH).not_done == "Not done: a note to 5 authors (the platform refused)"


def test_a_raid_of_which_most_stands_is_not_called_removed() -> None:
    """The title says how many are gone, and the card what Right would do about the rest."""
    gone, held = removals(5), removals(120, Outcome.SUPPRESSED)[5:]
    card = spam_card(*gone, *held, copies=120, authors=40, kind=Gathering.COPIES, right_removes=True)
    content = card_content(card, ENGLISH)
    assert content.title == "Case 12 · Removed 5 of 120 · Spam"
    assert content.about == "120 messages like this, from 40 accounts"
    assert content.done == "Done: 5 messages removed · Right removes the others too."
    everything = card_content(spam_card(*removals(120), copies=120, right_removes=True), ENGLISH)
    assert everything.title == "Case 12 · Removed · Spam"
    assert everything.done == "Done: 120 messages removed"


def test_what_was_gone_already_does_not_stand() -> None:
    """A program deletes the original of a message that it repeats: with the copy removed, nothing is left of either."""
    copy, original = removals(2)
    gone = replace(original, result=make.effect_result(original.effect, Outcome.REFUSED, why=reason("message_gone")))
    assert card_content(spam_card(copy, gone, copies=2), ENGLISH).title == "Case 12 · Removed · Spam"


def test_a_time_out_does_not_hide_that_most_messages_stand() -> None:
    """The stronger action is no reason to be silent about the messages."""
    card = spam_card(*removals(2), *told(2, 2, Action.TIMEOUT), copies=9, kind=Gathering.COPIES)
    assert card_content(card, ENGLISH).title == "Case 12 · Removed 2 of 9 · Spam"


def test_what_a_later_decision_made_up_for_is_no_longer_not_done() -> None:
    """A limit held them back; a person's Right removed them: nothing is left to be said of the limit."""
    limit = reason(StepCode.LIMIT, limit="per_incident")
    held = tuple(
        replace(each, result=make.effect_result(each.effect, Outcome.SUPPRESSED, why=limit)) for each in removals(9)
    )
    again = removals(9)
    done = tuple(_decided(each, "right") for each in again)
    card = spam_card(*held, *done, copies=9, case=make.case(12, of=_spam(), status=CaseStatus.UPHELD))
    content = card_content(card, ENGLISH)
    assert (content.done, content.not_done) == ("Done: 9 messages removed", "")
    half = spam_card(*held, *done[:4], copies=9)
    assert card_content(half, ENGLISH).not_done == (
        "Not done: removing 5 messages (the limit for automatic actions was reached)"
    )


def test_what_is_only_intended_is_neither_done_nor_refused() -> None:
    """Not in the title, not among what was done, not among what was not."""
    waiting = removals(115, None)
    content = card_content(spam_card(*removals(5), *waiting[5:], copies=115), ENGLISH)
    assert content.title == "Case 12 · Removed 5 of 115 · Spam"
    assert (content.done, content.not_done) == ("Done: 5 messages removed · Under way: removing 110 messages", "")
    alone = card_content(spam_card(stored(Action.DELETE, None)), ENGLISH)
    assert alone.title == "Case 12 · Under way · Spam"
    assert alone.done == "Under way: removing the message"


def test_a_refused_removal_is_not_in_the_title() -> None:
    """What was planned is not what happened."""
    refused = stored(Action.DELETE, Outcome.REFUSED, reason(PlatformReason.OWNER))
    assert card_content(spam_card(refused), ENGLISH).title == "Case 12 · Not carried out · Spam"


def test_a_case_found_wrong_says_nothing_of_what_was_held_back() -> None:
    """Nothing of it is to be done any more."""
    held = stored(Action.DELETE, Outcome.SUPPRESSED, reason(StepCode.LIMIT, limit="per_incident"))
    card = spam_card(held, case=make.case(12, of=_spam(), status=CaseStatus.OVERTURNED))
    assert card_content(card, ENGLISH).not_done == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Gathering.ONE, ""),
        (Gathering.COPIES, "3 messages like this, from 2 accounts"),
        (Gathering.WAVE, "3 different messages against this rule, from 2 accounts"),
        (Gathering.LINES, "3 lines in a row, read together"),
        (Gathering.ACCOUNT, "3 posts of this account so far"),
    ],
)
def test_what_several_messages_share_is_named(kind: Gathering, said: str) -> None:
    """Lines that were read together are not like one another, and neither are the texts of a wave."""
    assert card_content(spam_card(copies=3, authors=2, kind=kind), ENGLISH).about == said


def test_a_lift_is_named_for_what_it_lifted() -> None:
    """A ban that was lifted is no time-out."""
    lifts = {
        what: card_content(spam_card(stored(Action.LIFT, told_of=what)), ENGLISH).done
        for what in (Action.TIMEOUT, Action.BAN, Action.QUARANTINE, Action.LOCKDOWN, Action.SLOWMODE, None)
    }
    assert lifts == {
        Action.TIMEOUT: "Done: time-out lifted",
        Action.BAN: "Done: ban lifted",
        Action.QUARANTINE: "Done: quarantine lifted",
        Action.LOCKDOWN: "Done: channel unlocked",
        Action.SLOWMODE: "Done: slow mode switched off",
        None: "Done: all restrictions lifted",
    }


def test_other_open_cases_are_others_wherever_they_are_counted() -> None:
    """On the card, behind More…, and in a member's record, where there is no case that they could be other than."""
    history = make.history(messages=0, cases_open=3, first_seen=None)
    assert card_content(spam_card(history=history), ENGLISH).history == "2 other open cases"
    more = more_content(file(), ENGLISH, history=history)
    assert more.sections[-1].lines == ("2 other open cases",)
    assert history_line(history, ENGLISH, at=make.AT) == "3 open cases"


def test_removals_and_sanctions_are_told_apart() -> None:
    """Thirty-nine removals and one time-out are not “acted against once”."""
    history = make.history(messages=0, first_seen=None, removals=39, sanctions=1)
    assert history_line(history, ENGLISH, at=make.AT) == "39 messages removed · 1 warning, time-out or ban"
    german = history_line(history, catalogue("de"), at=make.AT)
    assert german == "39 Nachrichten entfernt · 1 Verwarnung, Timeout oder Bann"


def test_calls_of_people_are_counted_as_calls() -> None:
    """Each is its own, though all are about one message."""
    calls = tuple(_decided(stored(Action.ESCALATE), f"d{number}") for number in range(3))
    assert card_content(spam_card(*calls), ENGLISH).done == "Done: moderators called 3 times"


def test_who_did_it_stays_told_apart() -> None:
    """One person banned by two moderators at once is told for each."""
    by = [stored(Action.BAN, by=PersonId(name)) for name in ("mo", "mia")]
    assert card_content(spam_card(*by), ENGLISH).done == "Done: author banned by mo, author banned by mia"


def test_what_waits_is_not_put_to_people_as_if_it_were_over() -> None:
    """The platform is tried again: nothing is done yet, and nobody has to decide because of that."""
    waiting = replace(stored(Action.DELETE, None), put_off=make.put_off())
    content = card_content(spam_card(waiting), ENGLISH)
    assert content.title == "Case 12 · Waiting for the platform · Spam"
    assert content.done == "Nothing is done yet."
    assert content.not_done.startswith("Not done: removing the message, next try: 2026-")


def test_a_request_names_who_asks() -> None:
    """Colleagues have to know whom to ask; what the bot asks for by itself names nobody."""
    why = reason(PlatformReason.NOT_SUPPORTED)
    ban = stored(Action.BAN, Outcome.REQUESTED, why)
    asked = replace(ban, effect=replace(ban.effect, by=PersonId("kim")))
    assert card_content(spam_card(asked), ENGLISH).not_done == (
        "Not done: banning the author, please do this yourselves: kim asks for it (this platform does not offer that)"
    )
    assert card_content(spam_card(asked), catalogue("de")).not_done == (
        "Nicht geschehen: Person bannen, bitte macht das selbst: kim bittet darum (diese Plattform bietet das nicht an)"
    )
    assert "kim" not in card_content(spam_card(ban), ENGLISH).not_done


def test_a_note_that_was_held_back_with_its_removal_goes_without_saying() -> None:
    """One reason is told once."""
    stopped = reason(StepCode.STOPPED)
    held = (stored(Action.DELETE, Outcome.SUPPRESSED, stopped), stored(Action.NOTICE, Outcome.SUPPRESSED, stopped))
    assert card_content(spam_card(*held), ENGLISH).not_done == (
        "Not done: removing the message (automatic actions are stopped)"
    )


def test_an_edited_message_says_that_nothing_was_found_in_its_later_text() -> None:
    """The card shows what was found before, and is still open: its title stays, and says no less than it did."""
    card = spam_card(
        stored(Action.FLAG),
        case=make.case(12, of=_spam(), action=Action.FLAG),
        decision=make.decision(_spam(), action=None, wanted=None, steps=(reason(StepCode.SAFE),)),
    )
    content = card_content(card, ENGLISH)
    assert content.title == "Case 12 · Flagged · Spam"
    assert content.about == "edited since; nothing was found in the later text"


def _decided(effect: StoredEffect, decision: str) -> StoredEffect:
    key = replace(effect.effect.key, decision=DecisionId(decision))
    result = replace(effect.result, key=key) if effect.result is not None else None
    return StoredEffect(effect=replace(effect.effect, key=key), result=result)


def _spam() -> Message:
    return make.message("Cheap followers", by=make.author("42", name="Kim"))
