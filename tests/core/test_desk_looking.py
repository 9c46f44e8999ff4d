"""Looking at cases, members, messages, and at how things stand."""

from dataclasses import replace

import pytest

from bot.core.desk.status import pace_name
from bot.domain.actions import Action
from bot.domain.answer import Answer, AnswerKind, StopChange, Switch
from bot.domain.case import ReviewResult
from bot.domain.errors import ModelUnreachable
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.verdict import UndecidedReason
from tests.core.desk_room import ADA, BEN, MO, RUDE, live, refused, room, said, worded
from tests.factories import COMMUNITY, OTHER_COMMUNITY, author, delete, later, message, ref

ONE = CaseNumber(1)


async def test_more_is_the_whole_record_with_the_author_s_history() -> None:
    """Reasoning included: it is for moderators."""
    found = await room()
    await found.deliver(message(RUDE))
    answer = await found.desk.more(MO, ONE)
    assert answer.record is not None
    assert answer.history is not None
    assert answer.record.verdicts[0].reasoning == "Read from the script."
    assert (answer.history.person, answer.history.cases_open) == ("ann", 1)
    assert answer.names == (("harassment", "Harassment"), ("harassment/insult", "Insult"))


async def test_a_case_is_shown_as_its_card() -> None:
    """As the mod log has it."""
    found = await room()
    await found.deliver(message(RUDE))
    answer = await found.desk.case(MO, ONE)
    posted = found.mod_log.cards[f"case:{COMMUNITY}:1"]
    assert answer.card is not None
    assert (answer.card.case.card_id, answer.card.message) == (f"case:{COMMUNITY}:1", posted.message)
    assert (answer.card.rule_title, answer.card.verdict) == ("Insult", posted.verdict)


async def test_a_member_s_history_lists_their_cases() -> None:
    """What became of each, the newest first; nothing of other members'."""
    found = await room()
    await found.deliver(message(RUDE, id="1"))
    await found.deliver(message(RUDE, id="2", by="bob", at=later(5)))
    found.model_says_violates("another insult, quite a long one")
    await found.deliver(message("another insult, quite a long one", id="3", at=later(10)))
    await found.desk.review(MO, CaseNumber(3), ReviewResult.UPHELD)
    await found.desk.act(MO, CaseNumber(3), Action.BAN)
    answer = await found.desk.history(MO, PersonId("ann"))
    assert worded(answer) == (
        "On record about Ann\nCase 3 · Banned · Insult · found right\nCase 1 · Removed · Insult · open"
    )
    assert answer.history is not None
    assert (answer.history.messages, answer.history.cases_upheld, answer.history.sanctions) == (2, 1, 1)


async def test_open_cases_are_listed_until_somebody_decides_them() -> None:
    """The newest first; to moderators alone."""
    found = await room()
    await found.deliver(message(RUDE, id="1"))
    found.model_says_violates("another insult, quite a long one")
    await found.deliver(message("another insult, quite a long one", id="2", at=later(10)))
    assert worded(await found.desk.open_cases(MO)) == (
        "Case 2 · Removed · Insult · open\nCase 1 · Removed · Insult · open"
    )
    await found.desk.review(MO, CaseNumber(2), ReviewResult.UPHELD)
    await found.desk.review(MO, CaseNumber(1), ReviewResult.OVERTURNED)
    assert worded(await found.desk.open_cases(MO)) == "No case is open."
    assert refused(await found.desk.open_cases(BEN)) == "press.not_a_moderator"


async def test_a_member_without_a_record_has_none() -> None:
    """And is named by what was asked for."""
    found = await room()
    assert worded(await found.desk.history(MO, PersonId("zoe"))) == "On record about zoe\nNo cases."


async def test_a_message_that_broke_no_rule_is_explained_step_by_step() -> None:
    """Every policy's word, and what was decided on it."""
    found = await room()
    await found.deliver(message("hello there"))
    assert worded(await found.desk.explain(MO, ref())) == (
        "What happened to this message\nHarassment: nothing found\nnothing against the rules was found"
    )


async def test_a_message_with_a_case_is_explained_by_its_record() -> None:
    """The case is named."""
    found = await room()
    await found.deliver(message(RUDE))
    answer = await found.desk.explain(MO, ref())
    assert worded(answer) == "What happened to this message\nIt is case 1."
    assert answer.record is not None
    assert [step.code for step in answer.record.decisions[0].steps] == ["violation"]


async def test_why_a_message_was_not_put_to_a_rule_is_explained() -> None:
    """The reason is that of its own family."""
    found = await room()
    await found.deliver(message(RUDE, by=author("beep", is_bot=True)))
    assert worded(await found.desk.explain(MO, ref())) == (
        "What happened to this message\nIt was not put to any rule: written by a bot or another program."
    )


async def test_why_a_message_was_not_judged_is_explained() -> None:
    """Here the model was away and the message was not to wait."""
    found = await room()
    found.model.fail(ModelUnreachable("nobody answers"))
    await found.deliver(message(RUDE))
    assert worded(await found.desk.explain(MO, ref())) == (
        "What happened to this message\n"
        "It was not judged: no model is connected.\n"
        "Harassment: could not be judged, no model is connected\n"
        "it could not be judged: no model is connected"
    )


@pytest.mark.parametrize("code", ["stale", "stopped"])
async def test_a_reason_that_means_two_things_is_told_as_what_it_means_here(code: str) -> None:
    """A message may be stale for judging, and a decision stale for acting."""
    found = await room()
    await found.store.inbox.accept(message("hello there"), later(0))
    await found.end_unjudged(message("hello there"), code)
    told = {"stale": "it had waited too long for the model", "stopped": "judging was stopped"}
    assert worded(await found.desk.explain(MO, ref())).endswith(f"It was not judged: {told[code]}.")


async def test_what_waits_or_is_gone_is_explained() -> None:
    """Each state has its sentence."""
    found = await room()
    await found.store.inbox.accept(message("hello there"), later(0))
    assert said(await found.desk.explain(MO, ref())) == ("explain.title", "explain.waiting")
    await found.store.inbox.accept(delete(), later(1))
    assert said(await found.desk.explain(MO, ref())) == ("explain.title", "explain.withdrawn")
    assert said(await found.desk.explain(MO, ref("77"))) == ("explain.title", "explain.never_seen")
    theirs = ref(community=OTHER_COMMUNITY)
    assert refused(await found.desk.explain(MO, theirs)) == "command.unknown_message"


async def test_a_policy_that_could_not_answer_is_named() -> None:
    """With its reason."""
    found = await room(script=lambda _asked: UndecidedReason.UNREADABLE)
    await found.deliver(message("hello there"))
    assert "Harassment: could not be judged, the model's answer could not be read" in worded(
        await found.desk.explain(MO, ref())
    )


async def test_the_status_tells_how_things_stand() -> None:
    """The model, the rules in earnest, open cases, where cards go, and coverage of a week and of a day."""
    found = await room()
    await found.deliver(message(RUDE, id="1", at=later(-3 * 86_400)))
    await found.deliver(message(RUDE, id="2"))
    await found.deliver(message("hello there", id="3", by=author("beep", is_bot=True)))
    await found.store.facts.save(pace_name(COMMUNITY), {"seconds": 2.25})
    answer = await found.desk.status(MO)
    assert worded(answer) == (
        "How things stand\n"
        "The model answers (scripted), 2.2 s a message.\n"
        "No message is waiting for the model.\n"
        "In earnest: Insult. All else only practises.\n"
        "2 cases are open.\n"
        "Cards go to mod-log.\n"
        "Over the last 7 days:\n"
        "3 messages came in.\n"
        "2 were judged.\n"
        "None was missed.\n"
        "Over the last 24 hours:"
    )
    assert answer.coverage is not None
    assert (answer.coverage.seen, answer.coverage.judged) == (2, 1)


async def test_the_status_tells_what_the_bot_may_not_do() -> None:
    """A rule in earnest whose action is not possible here would otherwise fail in silence."""
    found = await room(live(Action.TIMEOUT))
    found.enforcer.withheld = {Action.TIMEOUT, Action.BAN}
    assert "The bot may not do this here: a time-out." in worded(await found.desk.status(MO))


async def test_the_status_is_honest_without_a_model_and_when_stopped() -> None:
    """And before anything was set up."""
    found = await room({})
    found.model.fail(ModelUnreachable("nobody answers"))
    await found.desk.change(ADA, StopChange(switch=Switch.ON))
    assert said(await found.desk.status(MO)) == (
        "status_of.title",
        "status_of.model_away",
        "backlog.none",
        "status_of.stopped",
        "status_of.no_open_cases",
        "status_of.no_mod_log",
        "status_of.last_week",
        "coverage.nothing",
        "status_of.last_day",
    )


async def test_the_status_counts_this_community_alone() -> None:
    """Nobody learns of another community's messages."""
    found = await room()
    await found.deliver(message(RUDE))
    stranger = replace(MO, community=OTHER_COMMUNITY)
    answer: Answer = await found.desk.status(stranger)
    assert answer.kind is AnswerKind.DONE
    assert answer.coverage is not None
    assert answer.coverage.seen == 0
    assert "status_of.no_open_cases" in said(answer)
