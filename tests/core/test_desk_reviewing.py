"""Right, Wrong and Can't tell."""

import asyncio

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.answer import Answer, AnswerKind
from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.ids import CaseNumber
from bot.domain.people import Permission
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from tests.core.desk_room import ADA, MIA, MO, RUDE, Room, live, refused, room, said, worded
from tests.factories import COMMUNITY, edit, message

ONE = CaseNumber(1)


async def timed_out() -> Room:
    """Return a room in which ann was timed out by the bot."""
    found = await room(live(Action.TIMEOUT))
    await found.deliver(message(RUDE))
    assert await found.outcomes() == {
        Action.DELETE: Outcome.APPLIED,
        Action.TIMEOUT: Outcome.APPLIED,
        Action.NOTICE: Outcome.APPLIED,
        Action.FLAG: Outcome.APPLIED,
    }
    return found


async def test_right_is_recorded_with_the_moderator_s_name() -> None:
    """On the case, on its card, in the audit log; and whoever wants to follow it up is told."""
    found = await timed_out()
    answer = await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert (answer.kind, said(answer)) == (AnswerKind.DONE, ("press.noted_right",))
    file = await found.file()
    assert [(review.result, review.by, review.by_name) for review in file.reviews] == [
        (ReviewResult.UPHELD, "mo", "Mo")
    ]
    assert (file.case.status, file.case.version, len(file.decisions)) == (CaseStatus.UPHELD, 2, 1)
    card = card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en"))
    assert card.decided == "Decided · Mo: right"
    assert [button.label for button in card.buttons] == ["Act…", "More…"]
    [entry] = await found.entries(AuditCode.REVIEWED)
    assert (entry.case, entry.details) == (1, (("by", "mo"), ("result", "UPHELD")))
    assert [case.number for case in found.upheld] == [1]


async def test_wrong_lifts_a_timeout_by_a_decision_of_that_person() -> None:
    """The message is gone for good; what can be taken back is."""
    found = await timed_out()
    answer = await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    assert said(answer) == ("press.noted_wrong", "press.done", "press.stays_removed")
    file = await found.file()
    lift = file.decisions[-1]
    assert (lift.by, lift.action, lift.mode, len(file.decisions)) == ("mo", Action.LIFT, Mode.LIVE, 2)
    assert await found.outcomes(by=MO) == {Action.LIFT: Outcome.APPLIED}
    [effect] = [stored.effect for stored in file.effects if stored.effect.action is Action.LIFT]
    assert (effect.key.target, effect.told_of) == ("person:ann", Action.TIMEOUT)
    assert (await found.store.cases.history(COMMUNITY, file.case.author)).sanctions == 0


async def test_wrong_lifts_the_bot_s_timeout_without_the_moderator_s_own_permission() -> None:
    """It is the bot's mistake that is put right."""
    found = await timed_out()
    found.directory.grant("mo", Permission.MODERATE)
    assert said(await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)) == (
        "press.noted_wrong",
        "press.done",
        "press.stays_removed",
    )


async def test_wrong_leaves_a_person_s_ban_to_those_who_could_ban() -> None:
    """One moderator's press does not undo what another did with rights that the first does not have."""
    found = await timed_out()
    await found.desk.act(MIA, ONE, Action.BAN)
    found.directory.grant("mo", Permission.MODERATE)
    await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    [lift] = [stored.effect for stored in (await found.file()).effects if stored.effect.action is Action.LIFT]
    assert lift.told_of is Action.TIMEOUT


async def test_wrong_in_shadow_has_nothing_to_lift() -> None:
    """What was only simulated is not taken back."""
    found = await room({"mod_log": "mod-log"})
    await found.deliver(message(RUDE))
    assert said(await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)) == ("press.noted_wrong",)
    assert await found.outcomes(by=MO) == {}
    assert (await found.file()).case.status is CaseStatus.OVERTURNED


async def test_a_lift_that_the_platform_refuses_is_not_claimed() -> None:
    """The review stands, and nobody is told that the time-out is over."""
    found = await timed_out()
    found.enforcer.refuses[Action.LIFT] = "nothing_to_lift"
    assert said(await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)) == (
        "press.noted_wrong",
        "press.not_possible",
        "press.stays_removed",
    )
    assert await found.outcomes(by=MO) == {Action.LIFT: Outcome.REFUSED}


async def test_can_t_tell_leaves_the_case_to_others() -> None:
    """It is recorded, and anybody may still decide."""
    found = await timed_out()
    assert said(await found.desk.review(MO, ONE, ReviewResult.UNCLEAR)) == ("press.noted_unclear",)
    assert (await found.file()).case.status is CaseStatus.UNCLEAR
    assert said(await found.desk.review(MIA, ONE, ReviewResult.UPHELD)) == ("press.noted_right",)


async def test_wrong_says_what_it_lifted_and_not_what_it_could_not() -> None:
    """Three time-outs lifted are three; a quarantine is no time-out."""
    found = await timed_out()
    await found.desk.act(MO, ONE, Action.BAN)
    answer = await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    assert worded(answer).splitlines() == [
        "Noted: this was wrong. Thank you for saying so.",
        "Done: all restrictions lifted",
        "1 message was removed, and can't be put back here.",
    ]


async def test_of_two_presses_at_once_one_counts_and_the_other_is_stale() -> None:
    """The loser sees the case as it stands, and nothing of theirs is on record but the refusal."""
    found = await timed_out()
    answers = await asyncio.gather(
        found.desk.review(MO, ONE, ReviewResult.UPHELD), found.desk.review(MIA, ONE, ReviewResult.OVERTURNED)
    )
    kinds = sorted(answer.kind for answer in answers)
    assert kinds == [AnswerKind.DONE, AnswerKind.REFUSED]
    assert len((await found.file()).reviews) == 1
    assert len(await found.refusals()) == 1


async def test_a_press_on_a_case_that_moved_on_meanwhile_is_stale() -> None:
    """Read, changed by somebody else, then written: the write does not go through."""
    found = await timed_out()
    found.before_next_review(lambda: found.desk.act(MIA, ONE, Action.WARN))
    answer = await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert refused(answer) == "press.stale"
    assert answer.card is not None
    assert (answer.card.case.version, answer.card.case.status) == (2, CaseStatus.OPEN)
    assert ((await found.file()).reviews, found.upheld) == ((), [])


async def test_another_moderator_does_not_overrule_a_decided_case_unawares() -> None:
    """Their card was drawn before; it is shown anew. An admin, and whoever decided, may change the word."""
    found = await timed_out()
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    answer = await found.desk.review(MIA, ONE, ReviewResult.OVERTURNED)
    assert (refused(answer), answer.lines[0].value("name")) == ("press.already_decided", "Mo")
    assert answer.card is not None
    assert answer.card.reviews[0].by_name == "Mo"
    assert said(await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)) == (
        "press.noted_wrong",
        "press.done",
        "press.stays_removed",
    )
    assert said(await found.desk.review(ADA, ONE, ReviewResult.UPHELD)) == ("press.noted_right",)
    assert [review.by for review in (await found.file()).reviews] == ["mo", "mo", "ada"]


async def test_the_same_press_twice_is_one_review() -> None:
    """A double click says nothing new."""
    found = await timed_out()
    for _ in range(2):
        assert said(await found.desk.review(MO, ONE, ReviewResult.OVERTURNED))[0].startswith("press.noted_wrong")
    file = await found.file()
    assert (len(file.reviews), len(file.decisions)) == (1, 2)


async def test_new_words_open_a_decided_case_to_everybody() -> None:
    """A review of the earlier words says nothing about them."""
    found = await room(live(Action.WARN))
    await found.deliver(message(RUDE))
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    found.model_says_violates("and now something else that is rude")
    await found.deliver(edit("and now something else that is rude", of=message(RUDE)))
    assert (await found.file()).case.status is CaseStatus.OPEN
    assert said(await found.desk.review(MIA, ONE, ReviewResult.UNCLEAR)) == ("press.noted_unclear",)


async def test_a_card_that_can_not_be_redrawn_does_not_undo_a_review() -> None:
    """What is on record is what counts."""
    found = await timed_out()
    found.mod_log.cards.clear()
    answer: Answer = await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert said(answer) == ("press.noted_right",)
    assert f"case:{COMMUNITY}:1" in found.mod_log.cards


async def test_wrong_takes_back_what_waits_for_the_platform() -> None:
    """At once, and the card promises it no more."""
    found = await room(live(Action.DELETE))
    found.enforcer.refuses[Action.DELETE] = "rate_limited"
    await found.deliver(message(RUDE))
    assert Action.DELETE not in await found.outcomes()
    assert "next try" in card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en")).not_done
    await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    assert (await found.outcomes())[Action.DELETE] is Outcome.SUPPRESSED
    assert "next try" not in card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en")).not_done
