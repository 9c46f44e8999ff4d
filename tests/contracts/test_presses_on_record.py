"""What both stores keep of a person's press on a case."""

import pytest

from bot.domain.actions import Action
from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.reasons import StepCode, reason
from bot.domain.verdict import Label
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    decision,
    decision_record,
    effect,
    inbox_key,
    message,
    put_off,
    ref,
    review_record,
    safe_record,
)


@pytest.fixture(autouse=True)
async def _open_case(store: Store) -> None:
    """Begin every test with one open case."""
    await store.inbox.accept(message(), AT)
    await store.cases.record_decision(decision_record())


async def test_a_press_without_a_word_leaves_no_review(store: Store) -> None:
    """Its decision and effects are on record, the case's status stays, and its version rises."""
    ban = effect(Action.BAN, decision_id="d2", by=PersonId("mo"))
    press = review_record(
        version=1,
        review=None,
        status=CaseStatus.OPEN,
        decision=decision(id="d2", action=Action.BAN, by=PersonId("mo"), makes_case=False),
        effects=(ban,),
        notes=(audit_note(AuditCode.DECIDED, decision="d2"),),
    )
    recorded = await store.cases.review(press)
    assert recorded is not None
    assert [stored.effect.action for stored in recorded.effects] == [Action.BAN]
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.reviews, file.case.status, file.case.version) == ((), CaseStatus.OPEN, 2)
    assert [made.id for made in file.decisions] == ["d1", "d2"]
    assert file.effects[-1].effect.case == 1


async def test_a_press_on_a_case_that_has_changed_writes_nothing(store: Store) -> None:
    """With or without a word."""
    assert await store.cases.review(review_record(version=1, result=ReviewResult.UPHELD)) is not None
    assert await store.cases.review(review_record(version=1, result=ReviewResult.OVERTURNED)) is None
    assert await store.cases.review(review_record(version=1, review=None)) is None
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert [review.result for review in file.reviews] == [ReviewResult.UPHELD]


async def test_what_is_intended_about_a_case_found_wrong_is_suppressed(store: Store) -> None:
    """The bot's and a person's; not what is under way, what tells, and what this very press takes back."""
    second, third = message("Once more, you fool", id="2"), message("And again, you fool", id="3")
    for sent in (second, third):
        await store.inbox.accept(sent, AT)
        await store.inbox.claim(inbox_key(sent))
    press = review_record(
        version=1,
        review=None,
        status=CaseStatus.OPEN,
        decision=decision(id="d2", action=Action.DELETE, by=PersonId("mo"), makes_case=False),
        effects=tuple(
            effect(action, of=of, decision_id="d2", by=PersonId("mo"))
            for action, of in (
                (Action.DELETE, None),
                (Action.BAN, None),
                (Action.NOTICE, None),
                (Action.DELETE, second),
            )
        ),
    )
    await store.cases.review(press)
    await store.cases.record_decision(decision_record(third, id="d3", effects=(effect(of=third, decision_id="d3"),)))
    under_way = effect(Action.BAN, decision_id="d2").key
    await store.cases.begin_effect(under_way)
    await store.cases.postpone(effect(decision_id="d2").key, put_off())
    before = await store.cases.file(COMMUNITY, CaseNumber(1))
    wrong = review_record(
        version=2,
        result=ReviewResult.OVERTURNED,
        decision=decision(id="d4", action=Action.LIFT, by=PersonId("mo"), makes_case=False),
        effects=(effect(Action.LIFT, decision_id="d4", by=PersonId("mo")),),
    )
    assert await store.cases.review(wrong) is not None
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert before is not None
    assert file is not None
    ended = {stored.effect.key.action: stored.result for stored in file.effects if stored.effect.message != second.ref}
    suppressed = {action for action, result in ended.items() if result is not None}
    assert suppressed == {Action.DELETE}
    assert {result.why for result in ended.values() if result is not None} == {reason(StepCode.OVERTURNED)}
    assert not any(stored.put_off for stored in file.effects)
    assert file.changes > before.changes + 1
    assert [
        each.effect.key.decision for each in await store.cases.pending_effects() if each.effect.message == third.ref
    ]


async def test_the_judgements_of_a_message_are_found_with_or_without_a_case(store: Store) -> None:
    """Each with its own verdicts; another message's stay out."""
    quiet = message("Nothing wrong here", id="2")
    await store.inbox.accept(quiet, AT)
    await store.inbox.claim(inbox_key(quiet))
    await store.cases.record_decision(safe_record(quiet, id="d2"))
    [loud] = await store.cases.judgements(message().ref)
    [safe] = await store.cases.judgements(quiet.ref)
    assert (loud.decision.id, [verdict.label for verdict in loud.verdicts]) == ("d1", [Label.VIOLATES])
    assert (safe.decision.id, [verdict.label for verdict in safe.verdicts]) == ("d2", [Label.SAFE])
    assert safe.decision.makes_case is False
    assert await store.cases.judgements(ref("3")) == ()
    assert await store.cases.judgements(ref(community=OTHER_COMMUNITY)) == ()


async def test_a_person_s_press_is_no_judgement(store: Store) -> None:
    """Nobody's press explains what the message went through by itself."""
    press = review_record(decision=decision(id="d2", by=PersonId("mo"), makes_case=False))
    assert await store.cases.review(press) is not None
    assert [found.decision.id for found in await store.cases.judgements(message().ref)] == ["d1"]
