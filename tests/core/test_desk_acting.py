"""Act…: what a person may do about a case, and that it is done for real."""

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.answer import AnswerKind, How, Options
from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.decision import StoredEffect
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.people import Permission
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from bot.messages.drawing import Drawing
from tests.core.desk_room import ADA, MIA, MO, RUDE, Room, live, refused, room, said, worded
from tests.factories import COMMUNITY, author, category, later, message, policy

ONE = CaseNumber(1)
SHADOW: dict[str, object] = {"mod_log": "mod-log"}


async def with_a_case(settings: dict[str, object] | None = None) -> Room:
    """Return a room with one case about a message of ann's, in shadow unless told otherwise."""
    found = await room(SHADOW if settings is None else settings)
    await found.deliver(message(RUDE))
    return found


async def allowed(found: Room, by: str) -> tuple[Action, ...]:
    """Return what somebody is offered."""
    options = await found.desk.options(MO if by == "mo" else ADA, ONE)
    assert isinstance(options, Options)
    return options.allowed


async def test_a_press_is_real_even_in_shadow() -> None:
    """Only what the bot does by itself is simulated."""
    found = await with_a_case()
    assert (await found.outcomes())[Action.DELETE] is Outcome.SIMULATED
    answer = await found.desk.act(MO, ONE, Action.DELETE)
    assert (answer.kind, said(answer)) == (AnswerKind.DONE, ("press.done",))
    assert worded(answer) == "Done: message removed"
    assert await found.outcomes(by=MO) == {Action.DELETE: Outcome.APPLIED, Action.NOTICE: Outcome.APPLIED}
    assert [key.action for key in found.enforcer.done] == [Action.DELETE]
    [notice] = found.notifier.told.values()
    assert (notice.person, notice.returned_text, notice.rule) == ("ann", RUDE, "Insult")


async def test_a_press_that_the_platform_puts_off_says_when_it_is_tried_again() -> None:
    """And why; nothing is said to be impossible. The card and the status say it too."""
    found = await with_a_case()
    found.enforcer.refuses[Action.DELETE] = "platform_down"
    answer = await found.desk.act(MO, ONE, Action.DELETE)
    assert worded(answer) == (
        "Not yet: removing the message (the platform did not answer). It is tried again by itself, next at 12:00 UTC."
    )
    [waiting] = await found.store.cases.postponed(COMMUNITY)
    assert (waiting.effect.action, waiting.effect.by) == (Action.DELETE, "mo")
    card = next(iter(found.mod_log.cards.values()))
    shown = "removing the message, next try: 2026-11-23 12:00 UTC (the platform did not answer)"
    content = card_content(card, catalogue("en"))
    assert shown in content.not_done
    assert "Under way" not in content.done
    line = "Waiting: removing the message (the platform did not answer). Next try: 12:00 UTC."
    assert line in worded(await found.desk.status(MO))


async def test_a_press_is_a_decision_of_that_person() -> None:
    """On record with their name, in earnest, without a word on whether the rule was right."""
    found = await with_a_case()
    await found.desk.act(MO, ONE, Action.TIMEOUT)
    file = await found.file()
    made = file.decisions[-1]
    assert (made.by, made.mode, made.action, made.makes_case) == ("mo", Mode.LIVE, Action.TIMEOUT, False)
    assert [step.code for step in made.steps] == ["person"]
    assert (file.reviews, file.case.status, file.case.version) == ((), CaseStatus.OPEN, 2)
    [timeout] = [stored.effect for stored in file.effects if stored.effect.key.decision == made.id][:1]
    assert (timeout.by, timeout.seconds, timeout.key.target) == ("mo", 3600, "person:ann")
    [entry] = [entry for entry in await found.entries(AuditCode.DECIDED) if entry.decision == ""]
    assert entry.details == (("action", "timeout"), ("by", "mo"))


async def test_two_presses_are_two_decisions() -> None:
    """The second is no copy of the first."""
    found = await with_a_case()
    await found.desk.act(MO, ONE, Action.WARN)
    await found.desk.act(MIA, ONE, Action.WARN)
    made = [(decision.by, decision.id) for decision in (await found.file()).decisions if decision.by != "hallmoot"]
    assert [by for by, _ in made] == ["mo", "mia"]
    assert made[0][1] != made[1][1]


async def test_the_card_tells_of_the_press_and_still_of_the_rule() -> None:
    """Who did what, and what the rule asked for."""
    found = await with_a_case()
    await found.desk.act(MO, ONE, Action.BAN)
    card = found.mod_log.cards[f"case:{COMMUNITY}:1"]
    content = card_content(card, catalogue("en"), Drawing(name=lambda person: person.title()))
    assert content.title.startswith("Case 1 · Banned · Insult")
    assert content.done == "Done: author banned by Mo"
    assert card.decision.by == "hallmoot"


async def test_effects_are_on_record_before_they_are_carried_out() -> None:
    """Whatever crashes in between, it is known what was meant."""
    found = await with_a_case()
    pending: list[tuple[StoredEffect, ...]] = []

    async def look() -> None:
        pending.append(await found.store.cases.pending_effects())

    found.enforcer.before_apply = look
    await found.desk.act(MO, ONE, Action.BAN)
    assert [[stored.effect.action for stored in seen] for seen in pending] == [[Action.BAN]]


async def test_only_what_a_person_may_do_themselves_is_offered() -> None:
    """A moderator without the right to ban is offered no ban; one without any right may still warn."""
    found = await with_a_case()
    assert await allowed(found, "ada") == (
        Action.DELETE,
        Action.WARN,
        Action.TIMEOUT,
        Action.KICK,
        Action.BAN,
        Action.LOCKDOWN,
    )
    found.directory.grant("mo", Permission.MODERATE, Permission.TIMEOUT)
    assert await allowed(found, "mo") == (Action.WARN, Action.TIMEOUT)
    found.directory.grant("mo", Permission.MODERATE)
    assert await allowed(found, "mo") == (Action.WARN,)


@pytest.mark.parametrize("action", [Action.DELETE, Action.TIMEOUT, Action.KICK, Action.BAN, Action.LOCKDOWN])
async def test_what_a_person_may_not_do_themselves_is_refused(action: Action) -> None:
    """The bot's rights are nobody's to borrow."""
    found = await with_a_case()
    found.directory.grant("mo", Permission.MODERATE)
    assert refused(await found.desk.act(MO, ONE, action)) == "press.no_permission"
    assert [entry["what"] for entry in await found.refusals()] == [f"act:{action}"]
    assert found.enforcer.done == {}


async def test_what_is_heavy_is_offered_as_the_card_while_it_is_allowed() -> None:
    """The question is asked in sight of whom it hits; a right that has gone since is refused, on record."""
    found = await with_a_case()
    found.directory.grant("mo", Permission.MODERATE, Permission.BAN)
    offered = [await found.desk.offer(MO, ONE, Action.BAN), await found.desk.offer_all(MO, ONE, Action.BAN)]
    assert [answer.card.case.number for answer in offered if answer.card is not None] == [1, 1]
    found.directory.grant("mo", Permission.MODERATE)
    for answer in (await found.desk.offer(MO, ONE, Action.BAN), await found.desk.offer_all(MO, ONE, Action.BAN)):
        assert answer.card is None
        assert refused(answer) == "press.no_permission"
    assert [entry["what"] for entry in await found.refusals()] == ["act:ban", "all:ban"]
    assert refused(await found.desk.offer_all(MO, ONE, Action.DELETE)) == "press.unreadable"
    assert found.enforcer.done == {}


async def test_what_the_platform_can_not_do_is_neither_offered_nor_tried() -> None:
    """As on Slack, where nobody can be timed out."""
    found = await with_a_case()
    found.enforcer.withheld = {Action.TIMEOUT}
    assert Action.TIMEOUT not in await allowed(found, "ada")
    answer = await found.desk.act(ADA, ONE, Action.TIMEOUT)
    assert refused(answer) == "press.not_possible"
    assert worded(answer) == "The bot can't do that: a time-out (the bot can't do that here)."


async def test_quarantine_is_offered_where_there_is_a_role_for_it() -> None:
    """Its effect carries the role."""
    found = await with_a_case({**SHADOW, "quarantine_role": "muted"})
    assert Action.QUARANTINE in await allowed(found, "ada")
    await found.desk.act(ADA, ONE, Action.QUARANTINE)
    [effect] = [stored.effect for stored in (await found.file()).effects if stored.effect.by == "ada"]
    assert effect.role == "muted"
    bare = await with_a_case()
    assert refused(await bare.desk.act(ADA, ONE, Action.QUARANTINE)) == "press.not_possible"


async def test_what_stands_already_is_not_offered_again() -> None:
    """A message is removed once; a timeout may be given anew."""
    found = await with_a_case(live(Action.TIMEOUT))
    offered = await allowed(found, "ada")
    assert Action.DELETE not in offered
    assert Action.TIMEOUT in offered


async def test_a_failure_is_told_with_what_did_work() -> None:
    """Removed, though the author could not be told."""
    found = await with_a_case()
    found.notifier_refuses("direct_messages_closed")
    answer = await found.desk.act(MO, ONE, Action.DELETE)
    assert answer.kind is AnswerKind.DONE
    assert worded(answer) == (
        "Done: message removed\nThe bot can't do that: a note to the author (the member takes no direct messages)."
    )


async def test_an_action_that_fails_on_the_platform_is_not_claimed() -> None:
    """Its reason is told, and stands on the card."""
    found = await with_a_case()
    found.enforcer.refuses[Action.BAN] = "role_order"
    answer = await found.desk.act(MO, ONE, Action.BAN)
    assert answer.kind is AnswerKind.FAILED
    assert worded(answer) == "The bot can't do that: banning the author (the member's role is above the bot's)."
    assert await found.outcomes(by=MO) == {Action.BAN: Outcome.REFUSED}


async def test_a_lockdown_is_for_half_an_hour_and_on_the_channel() -> None:
    """Nobody in particular is meant."""
    found = await with_a_case()
    await found.desk.act(ADA, ONE, Action.LOCKDOWN)
    [effect] = [stored.effect for stored in (await found.file()).effects if stored.effect.by == "ada"]
    assert (effect.key.target, effect.seconds) == ("channel:general", 1800)


async def test_undoing_lifts_everything_that_stands() -> None:
    """One lift for each member and channel; afterwards there is nothing left to undo."""
    found = await with_a_case({**live(Action.TIMEOUT), "quarantine_role": "muted"})
    for action in (Action.QUARANTINE, Action.BAN, Action.LOCKDOWN):
        await found.desk.act(ADA, ONE, action)
    assert Action.LIFT in await allowed(found, "ada")
    answer = await found.desk.act(ADA, ONE, Action.LIFT)
    assert answer.kind is AnswerKind.DONE
    lifts = [stored.effect for stored in (await found.file()).effects if stored.effect.action is Action.LIFT]
    assert [(lift.key.target, lift.told_of, lift.role) for lift in lifts] == [
        ("person:ann", None, "muted"),
        ("channel:general", Action.LOCKDOWN, ""),
    ]
    assert Action.LIFT not in await allowed(found, "ada")
    assert refused(await found.desk.act(ADA, ONE, Action.LIFT)) == "press.nothing_to_undo"
    card = card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en"))
    assert card.title == "Case 1 · Removed · Insult"


async def test_what_was_done_again_after_an_undo_can_be_undone_again() -> None:
    """The order of things counts."""
    found = await with_a_case(live(Action.TIMEOUT))
    await found.desk.act(ADA, ONE, Action.LIFT)
    await found.desk.act(ADA, ONE, Action.BAN)
    assert Action.LIFT in await allowed(found, "ada")
    card = card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en"))
    assert card.title == "Case 1 · Banned · Insult"


async def test_undoing_a_person_s_ban_needs_the_right_to_ban() -> None:
    """Undoing the bot's own timeout does not."""
    found = await with_a_case(live(Action.TIMEOUT))
    found.directory.grant("mo", Permission.MODERATE)
    assert Action.LIFT in await allowed(found, "mo")
    await found.desk.act(ADA, ONE, Action.BAN)
    assert Action.LIFT not in await allowed(found, "mo")
    assert refused(await found.desk.act(MO, ONE, Action.LIFT)) == "press.no_permission"


async def test_a_press_on_a_case_that_moved_on_does_nothing() -> None:
    """It is shown as it stands now."""
    found = await with_a_case()
    found.before_next_review(lambda: found.desk.act(MIA, ONE, Action.WARN))
    answer = await found.desk.act(MO, ONE, Action.BAN)
    assert refused(answer) == "press.stale"
    assert answer.card is not None
    assert await found.outcomes(by=MO) == {}


async def test_a_text_that_must_not_come_back_is_not_given_back() -> None:
    """The category decides, whoever presses."""
    rule = policy("harassment", category(context_free=True, return_text=False))
    found = await room(SHADOW, rule)
    await found.deliver(message(RUDE))
    await found.desk.act(MO, ONE, Action.DELETE)
    assert [notice.returned_text for notice in found.notifier.told.values()] == [""]


async def test_nobody_in_an_incident_is_written_to() -> None:
    """The first author of many would be told by an ordinary press; so many messages would look like spam."""
    found = await with_a_case()
    for number, name in enumerate(("ben", "cleo", "dora"), start=2):
        await found.deliver(message(RUDE, id=str(number), at=later(number), by=author(name)))
    assert (await found.file()).copies > 1
    await found.desk.act(ADA, ONE, Action.TIMEOUT)
    assert await found.outcomes(by=ADA) == {Action.TIMEOUT: Outcome.APPLIED}
    assert found.notifier.told == {}


async def test_every_author_of_an_incident_is_banned_in_batches_and_failures_are_listed() -> None:
    """450 authors are three decisions; nobody of them is written to."""
    found = await with_a_case()
    crowd = [PersonId(f"raider-{number}") for number in range(449)]
    found.hit(crowd)
    found.enforcer.spared = {crowd[7], crowd[300]}
    answer = await found.desk.act_on_all(ADA, ONE, Action.BAN)
    assert answer.kind is AnswerKind.DONE
    assert worded(answer) == "448 of 450 done.\nThese 2 failed: raider-7, raider-300"
    file = await found.file()
    mine = [decision.id for decision in file.decisions if decision.by == "ada"]
    sizes = [sum(stored.effect.key.decision == made for stored in file.effects) for made in mine]
    assert sizes == [200, 200, 50]
    assert len({stored.effect.person for stored in file.effects if stored.effect.by == "ada"}) == 450
    assert found.notifier.told == {}


async def test_one_author_out_of_reach_saves_no_other() -> None:
    """Alone they are neither offered nor tried; among many they are listed as missed."""
    found = await with_a_case()
    found.hit([PersonId("raider-1"), PersonId("raider-2")])
    found.enforcer.owners = {PersonId("ann")}
    assert Action.BAN not in await allowed(found, "ada")
    alone = await found.desk.act(ADA, ONE, Action.BAN)
    assert worded(alone) == "The bot can't do that: banning the author (the member owns this community)."
    together = await found.desk.act_on_all(ADA, ONE, Action.BAN)
    assert worded(together) == "2 of 3 done.\nThis one failed: ann"


async def test_act_says_what_is_not_possible_and_why() -> None:
    """What this person lacks on one line, what the bot can't do on another; what stands already is no news."""
    found = await with_a_case()
    found.enforcer.withheld = {Action.TIMEOUT}
    options = await found.desk.options(MO, ONE)
    assert isinstance(options, Options)
    assert Action.BAN in options.allowed
    told = [catalogue("en").line(line) for line in options.refused]
    assert told == [
        "The bot can't do that: a time-out (the bot can't do that here).",
        "The bot can't do that: quarantine (no role or group is set for it).",
        "You don't have the permission for that yourself: kicking the author, locking the channel.",
    ]


async def test_a_time_out_lasts_as_long_as_was_chosen() -> None:
    """The usual length is among those on offer; what no button offers is refused."""
    found = await with_a_case()
    options = await found.desk.options(MO, ONE)
    assert isinstance(options, Options)
    assert options.lengths == (600, 3_600, 86_400, 604_800)
    answer = await found.desk.act(MO, ONE, Action.TIMEOUT, How(seconds=86_400))
    assert worded(answer) == "Done: author timed out for 1 day"
    card = card_content(found.mod_log.cards[f"case:{COMMUNITY}:1"], catalogue("en"))
    assert "author timed out for 1 day by mo" in card.done
    for seconds in (5, 29 * 86_400):
        assert refused(await found.desk.act(MO, ONE, Action.TIMEOUT, How(seconds=seconds))) == "press.unreadable"
    assert refused(await found.desk.act(MO, ONE, Action.BAN, How(seconds=600))) == "press.unreadable"


async def test_a_slip_can_be_corrected_by_whoever_made_it() -> None:
    """They are offered the other word on the decided case, an admin too, and nobody else."""
    found = await with_a_case()
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    offered = {}
    for who in (MO, MIA, ADA):
        options = await found.desk.options(who, ONE)
        assert isinstance(options, Options)
        offered[who.name] = options.corrections
    assert offered == {"Mo": (ReviewResult.OVERTURNED,), "Mia": (), "Ada": (ReviewResult.OVERTURNED,)}
    await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    assert (await found.file()).case.status is CaseStatus.OVERTURNED


async def test_one_press_may_leave_single_messages_out() -> None:
    """Only the others go, and only those who wrote them are hit; ids that are none of the case are passed over."""
    found = await with_a_case()
    for number, name in enumerate(("ben", "cleo", "dora"), start=2):
        await found.deliver(message(RUDE, id=str(number), at=later(number), by=author(name)))
    left = How(leave_out=frozenset({"message:general/1", "message:general/3", "message:elsewhere/9", "nonsense"}))
    await found.desk.act(MO, ONE, Action.DELETE, left)
    gone = {key.target for key in found.enforcer.done if key.action is Action.DELETE}
    assert gone == {"message:general/2", "message:general/4"}
    answer = await found.desk.act_on_all(ADA, ONE, Action.BAN, left)
    assert worded(answer) == "2 of 2 done."
    assert {key.target for key in found.enforcer.done if key.action is Action.BAN} == {"person:ben", "person:dora"}
