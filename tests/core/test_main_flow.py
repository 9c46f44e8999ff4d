"""The whole walk: what becomes of a message, from its delivery to the mod log."""

from dataclasses import replace

import pytest

from bot.core.main_flow import Patience
from bot.domain.actions import Action, Mode, Outcome
from bot.domain.errors import ModelUnreachable
from bot.domain.events import Message
from bot.domain.ids import CommunityId
from bot.domain.states import State
from bot.domain.verdict import OBJECTED, Label, UndecidedReason, VerdictSource
from bot.inference.scripted import Script, ScriptedClassifier, by_text, violates
from bot.messages.catalogue import catalogue
from bot.messages.coverage import coverage_lines
from tests.core.walking import Walk, walk
from tests.factories import (
    COMMUNITY,
    author,
    category,
    community_settings,
    delete,
    edit,
    later,
    message,
    policy,
    precedent,
    report,
    using,
)

RUDE = "you are a complete fool and everybody knows it"
RUDE_MODEL = by_text({RUDE: violates("insult", "complete fool"), "short fool": violates("insult", "fool")})


def _model() -> ScriptedClassifier:
    return ScriptedClassifier(RUDE_MODEL)


def _away() -> ScriptedClassifier:
    model = _model()
    model.fail(ModelUnreachable("nobody answers"))
    return model


def _by_policy(answers: dict[str, UndecidedReason]) -> Script:
    return lambda question: answers[question.policy.id]


async def _state(found: Walk, judged: Message) -> tuple[State, str]:
    item = await found.store.inbox.current(judged.ref)
    assert item is not None
    return item.state, item.reason


async def test_a_safe_message_is_done_without_a_case() -> None:
    """One question, no card."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message())
    assert await _state(found, message()) == (State.DONE, "")
    assert (len(found.model.asked), found.cards) == (1, ())


async def test_a_live_violation_is_removed_and_its_author_told() -> None:
    """The card that stands in the end tells of all that was done."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.DONE, "")
    assert [key.action for key in found.enforcer.done] == [Action.DELETE]
    assert [notice.returned_text for notice in found.notifier.told.values()] == [RUDE]
    card = found.cards[0]
    outcomes = {stored.effect.action: stored.result.outcome for stored in card.effects if stored.result is not None}
    assert outcomes == dict.fromkeys((Action.DELETE, Action.NOTICE, Action.FLAG), Outcome.APPLIED)


@pytest.mark.parametrize("why", sorted(OBJECTED))
async def test_what_the_model_could_not_explain_goes_to_people(why: UndecidedReason) -> None:
    """The rule is live and deletes, yet nothing is removed; coverage counts it apart from the judged and the missed."""
    found = walk(community_settings(), policy(), model=ScriptedClassifier(by_text({RUDE: why})))
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.NOT_JUDGED, why)
    assert (found.enforcer.done, len(found.cards)) == ({}, 1)
    told = coverage_lines(await found.store.inbox.coverage(CommunityId(COMMUNITY), None, None), catalogue("en"))
    assert told[1:3] == ("0 were judged.", "None was missed.")
    assert told[3].startswith("1 was left to people: 1 (the model objected")


@pytest.mark.parametrize("why", [UndecidedReason.UNFINISHED, UndecidedReason.UNCLEAR])
async def test_a_text_that_confuses_the_model_does_not_pass_unread(why: UndecidedReason) -> None:
    """Nobody waits for the model to come back, since it is there: a person reads it."""
    found = walk(
        community_settings(), policy(), model=ScriptedClassifier(by_text({RUDE: why})), patience=Patience.WAITS
    )
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.NOT_JUDGED, why)
    assert (len(found.cards), len(found.model.asked)) == (1, 1)


async def test_an_objection_names_the_message_where_other_policies_only_failed() -> None:
    """Of several reasons the finding counts, whatever stands first."""
    script = _by_policy({"spam": UndecidedReason.REJECTED, "harassment": UndecidedReason.UNEXPLAINED})
    found = walk(using("spam", "harassment"), policy("spam"), policy(), model=ScriptedClassifier(script))
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.NOT_JUDGED, UndecidedReason.UNEXPLAINED)


async def test_in_shadow_a_card_is_posted_and_nothing_else_happens() -> None:
    """What members could notice is simulated."""
    found = walk(community_settings(mode=Mode.SHADOW), policy(), model=_model())
    await found.through(message(RUDE))
    assert (found.enforcer.done, found.notifier.told, len(found.cards)) == ({}, {}, 1)
    file = await found.store.cases.file_of(message().ref)
    assert file is not None
    outcomes = {stored.effect.action: stored.result.outcome for stored in file.effects if stored.result is not None}
    assert outcomes == {
        Action.DELETE: Outcome.SIMULATED,
        Action.NOTICE: Outcome.SIMULATED,
        Action.FLAG: Outcome.APPLIED,
    }


async def test_a_screened_message_never_reaches_the_model() -> None:
    """And coverage knows why."""
    found = walk(community_settings(), policy(), model=_model())
    robot = message(RUDE, by=author("beep", is_bot=True))
    await found.through(robot)
    assert await _state(found, robot) == (State.SCREENED_OUT, "bot")
    assert found.model.asked == []


async def test_what_moderators_say_in_the_mod_log_is_counted_with_its_reason() -> None:
    """A report of it is looked at all the same."""
    found = walk(community_settings(), policy(), model=_model())
    said = message(RUDE, channel="mod-log", by=author("mo", is_moderator=True))
    await found.through(said)
    assert (found.model.asked, found.cards) == ([], ())
    coverage = await found.store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.reasons == ((State.SCREENED_OUT, "moderators_channel", 1),)
    await found.through(report(said.ref))
    assert len(found.cards) == 1


async def test_the_same_delivery_twice_is_judged_once() -> None:
    """Platforms deliver again whenever they are unsure."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message(RUDE), message(RUDE))
    assert (len(found.model.asked), len(found.cards)) == (1, 1)


async def test_an_exact_copy_keeps_the_models_verdict_at_no_cost() -> None:
    """Same text, same prompt, same model, no context in either."""
    rule = policy("harassment", category(context_free=True))
    found = walk(community_settings(), rule, model=_model())
    await found.through(message(RUDE, id="1"), message(f"  {RUDE.upper()}", id="2", by="bob"))
    assert len(found.model.asked) == 1
    file = await found.store.cases.file_of(message(id="2").ref)
    assert file is not None
    assert file.verdicts[0].source is VerdictSource.EXACT_COPY
    assert file.verdicts[0].copy_of == "1"


async def test_a_short_text_is_never_copied() -> None:
    """Under 20 characters the same words mean different things."""
    rule = policy("harassment", category(context_free=True))
    found = walk(community_settings(), rule, model=_model())
    await found.through(message("short fool", id="1"), message("short fool", id="2"))
    assert len(found.model.asked) == 2


async def test_without_a_model_a_recording_ends_undecided_and_deletes_nothing() -> None:
    """It is counted, with its reason."""
    away = _away()
    found = walk(community_settings(), policy(), model=away)
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.NOT_JUDGED, UndecidedReason.NO_MODEL)
    assert (found.enforcer.done, found.cards) == ({}, ())


async def test_without_a_model_a_known_text_is_flagged_and_no_more() -> None:
    """Even where its category is live and would delete."""
    away = _away()
    found = walk(community_settings(), policy(), model=away)
    await found.near_copies.add(None, (precedent(RUDE, id="golden:h-1", policy="harassment", category="insult"),))
    await found.through(message(RUDE))
    card = found.cards[0]
    assert (card.decision.action, card.decision.wanted) == (Action.FLAG, Action.DELETE)
    assert card.verdict is not None
    assert card.verdict.copy_of == "golden:h-1"
    assert found.enforcer.done == {}


async def test_in_a_run_a_message_waits_for_the_models_return() -> None:
    """Nothing is lost: it is judged once a model answers."""
    model = _away()
    found = walk(community_settings(), policy(), model=model, patience=Patience.WAITS)
    await found.through(message(RUDE))
    assert await _state(found, message(RUDE)) == (State.WAITING, "")
    model.fail(None)
    for item in await found.store.inbox.waiting(10):
        await found.flow.moderate(item.key)
    assert await _state(found, message(RUDE)) == (State.DONE, "")
    assert len(found.cards) == 1


async def test_an_edit_is_judged_anew_and_joins_the_earlier_case() -> None:
    """A message has at most one case."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message("hello there"), edit(RUDE), edit("hello again", at=later(70)))
    assert len(found.model.asked) == 3
    assert len(found.cards) == 1
    coverage = await found.store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.seen == 1


async def test_too_many_edits_make_a_case_for_people() -> None:
    """Three edits are judged; a further one is not."""
    found = walk(community_settings(edits_judged=3), policy(), model=_model())
    edits = [edit(f"text number {number}", at=later(60 + number)) for number in range(4)]
    await found.through(message("the first text"), *edits)
    assert len(found.model.asked) == 4
    assert found.cards[0].decision.action is Action.FLAG
    assert found.cards[0].verdict is not None
    assert found.cards[0].verdict.reason is UndecidedReason.EDIT_LIMIT


async def test_a_deletion_withdraws_what_waits() -> None:
    """A message that nobody can see any more is not judged."""
    model = _away()
    found = walk(community_settings(), policy(), model=model, patience=Patience.WAITS)
    await found.through(message(RUDE), delete())
    assert (await _state(found, message(RUDE)))[0] is State.WITHDRAWN
    assert await found.store.inbox.waiting(10) == ()


async def test_a_report_of_a_safe_message_makes_a_case_for_people() -> None:
    """It is judged anew, and its own state stays."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message("hello there"), report())
    assert await _state(found, message("hello there")) == (State.DONE, "")
    assert [card.decision.action for card in found.cards] == [Action.FLAG]
    assert len(found.model.asked) == 2


async def test_a_report_of_a_screened_message_is_seen_by_people() -> None:
    """Exemptions do not hold against a report."""
    found = walk(community_settings(exempt_roles=frozenset({"vip"})), policy(), model=_model())
    vip = message(RUDE, by=author("vera", roles=frozenset({"vip"})))
    await found.through(vip, report())
    assert len(found.cards) == 1
    assert found.cards[0].decision.wanted is Action.DELETE


async def test_every_policy_is_asked_and_one_that_fails_is_counted() -> None:
    """Judged by one of two: DONE, with the other counted as undecided."""
    script = by_text({"hello there": UndecidedReason.UNREADABLE})
    model = ScriptedClassifier(
        lambda question: script(question) if question.policy.id == "spam" else violates("insult", "hello")
    )
    found = walk(using("harassment", "spam"), policy(), policy("spam", category("ad")), model=model)
    await found.through(message("hello there"))
    assert (await _state(found, message("hello there")))[0] is State.DONE
    coverage = await found.store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.undecided == (("spam", "unreadable", 1),)


async def test_the_limit_turns_an_action_into_an_escalation() -> None:
    """The first two deletions are carried out, the third is for people."""
    settings = community_settings()
    limited = replace(settings, limits=replace(settings.limits, per_author_minute=4))
    rule = policy("harassment", category(context_free=True))
    insults = (
        "you are a complete fool, ask anybody",
        "what a miserable clown you make of yourself",
        "nobody likes an idiot",
    )
    model = ScriptedClassifier(by_text({text: violates("insult") for text in insults}))
    found = walk(limited, rule, model=model)
    await found.through(*(message(text, id=text[:4], at=later(number)) for number, text in enumerate(insults)))
    assert [card.decision.action for card in found.cards] == [Action.DELETE, Action.DELETE, Action.ESCALATE]


@pytest.mark.parametrize("mode", list(Mode))
async def test_every_decided_case_leaves_a_chain_that_verifies(mode: Mode) -> None:
    """The audit log holds the decision and each effect."""
    found = walk(community_settings(mode=mode), policy(), model=_model())
    await found.through(message(RUDE))
    report_found = await found.store.audit.verify(CommunityId(COMMUNITY))
    assert (report_found.faults, report_found.entries) == ((), 4)


async def test_context_goes_only_to_policies_that_need_it() -> None:
    """A policy whose every category is context free gets none."""
    free, bound = policy("spam", category("ad", context_free=True)), policy("harassment")
    found = walk(using("spam", "harassment"), free, bound, model=_model())
    await found.through(message("earlier words", id="1", by="bob"), message("later words", id="2", at=later(5)))
    asked = [question for question in found.model.asked if question.text == "later words"]
    contexts = {str(question.policy.id): question.context for question in asked}
    assert contexts["spam"] == ()
    assert [line.text for line in contexts["harassment"]] == ["earlier words"]


async def test_labels_of_golden_rows_never_acquit() -> None:
    """A violation stays one whatever is like it."""
    found = walk(community_settings(), policy(), model=_model())
    await found.near_copies.add(None, (precedent(RUDE, policy="spam"),))
    await found.through(message(RUDE))
    assert found.cards[0].verdict is not None
    assert found.cards[0].verdict.label is Label.VIOLATES


async def test_a_card_names_whom_the_message_answers() -> None:
    """So that a moderator need not look it up."""
    found = walk(community_settings(), policy(), model=_model())
    await found.through(message("hi", id="1", by="bob"), message(RUDE, id="2", reply_to=message(id="1").ref.message))
    assert found.cards[0].answered == "Bob"
