"""What every record of cases does: decisions, effects, reviews, and what is looked up in them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actions import BY_PEOPLE_ONLY, NOTICED_BY_MEMBERS, Action, Mode, Outcome
from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.decision import EffectKey, channel_target
from bot.domain.events import Delete, Edit, MemberChange, Message
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, DecisionId, PersonId, PolicyId
from bot.domain.inbox import key_of
from bot.domain.policy import Severity
from bot.domain.reasons import reason
from bot.domain.records import CaseAction, CaseFilter, DecisionRecord, Recorded, Withdrawal
from bot.domain.states import State
from bot.domain.verdict import VerdictSource
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    author,
    copy_query,
    decision,
    decision_record,
    delete,
    edit,
    effect,
    effect_result,
    later,
    member,
    message,
    model_run,
    no_action,
    put_off,
    ref,
    report,
    review_record,
    safe,
    safe_record,
    undecided,
    violates,
)

ANN = PersonId("ann")


async def judge(store: Store, record: DecisionRecord) -> Recorded | None:
    """Deliver the record's message, claim it, and record the decision."""
    await store.inbox.accept(record.message, AT)
    await store.inbox.claim(record.key)
    return await store.cases.record_decision(record)


async def decided(store: Store, record: DecisionRecord) -> Recorded:
    """Do the same where it has to succeed."""
    recorded = await judge(store, record)
    assert recorded is not None
    return recorded


def about(number: str, *, by: str = "ann", community: str = COMMUNITY, **changes: object) -> DecisionRecord:
    """Return the record of a decision about a message of that id, with a case."""
    sent = message(f"Words of message {number}", id=number, by=by, community=community)
    return replace(decision_record(sent, id=f"d{number}"), **changes)  # type: ignore[arg-type]


# Recording


async def test_a_decision_opens_a_case_with_everything_on_record(store: Store) -> None:
    """What was written is what is read, down to the model's run."""
    sent = message(by=author(name="A\ud800n"))
    record = decision_record(
        sent,
        verdicts=(violates(), safe(policy="spam"), undecided(policy="raids")),
        effects=(effect(), effect(Action.NOTICE, returned_text="Good morning", told_of=Action.DELETE, seconds=60)),
        reported_by=(PersonId("rita"), PersonId("rita")),
    )
    recorded = await judge(store, record)
    assert recorded is not None
    case = recorded.case
    assert case is not None
    assert (case.number, case.status, case.version, case.opened_at) == (1, CaseStatus.OPEN, 1, later(5))
    assert (case.author, case.author_name, case.ref) == ("ann", "A\ud800n", sent.ref)
    assert (case.policy, case.category, case.severity) == ("harassment", "insult", Severity.MEDIUM)
    assert (case.action, case.rationale, case.reported_by) == (Action.DELETE, "It attacks a person.", ("rita",))
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.case, file.message, file.decisions) == (case, sent, (record.decision,))
    assert file.verdicts == record.verdicts
    assert file.effects == recorded.effects
    assert [stored.effect for stored in file.effects] == [
        replace(entry, case=CaseNumber(1)) for entry in record.effects
    ]
    assert await store.cases.file_of(sent.ref) == file


async def test_a_decision_moves_its_row_and_writes_its_notes(store: Store) -> None:
    """One transaction does all of it, with the case's number in the notes."""
    await judge(store, decision_record())
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.DECIDED
    (entry,) = await store.audit.entries(COMMUNITY, 10)
    assert (entry.code, entry.case, entry.decision) == (AuditCode.DECIDED, 1, "d1")


async def test_a_safe_message_makes_no_case(store: Store) -> None:
    """Its row is done, and nothing is looked at by people."""
    recorded = await judge(store, safe_record())
    assert recorded == Recorded(case=None, effects=())
    assert await store.cases.file_of(ref()) is None
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.DONE


async def test_a_decision_is_written_once(store: Store) -> None:
    """A second one on the same row, and the same one on another row, write nothing."""
    assert await judge(store, about("1")) is not None
    assert (
        await store.cases.record_decision(about("1", decision=decision(message(id="1"), id="d7"), effects=())) is None
    )
    other = about("2", decision=replace(decision(message(id="2")), id=about("1").decision.id), effects=())
    assert await judge(store, other) is None
    item = await store.inbox.current(ref("2"))
    assert item is not None
    assert item.state is State.JUDGING
    assert len(await store.audit.entries(COMMUNITY, 10)) == 1


@pytest.mark.parametrize("overtaken_by", [edit("Other words"), delete()])
async def test_a_decision_that_comes_too_late_writes_nothing(store: Store, overtaken_by: object) -> None:
    """The message was edited or deleted while the model was reading."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.inbox.accept(overtaken_by, later(3))  # type: ignore[arg-type]
    assert await store.cases.record_decision(decision_record()) is None
    assert await store.cases.find(None, CaseFilter()) == ()
    assert await store.cases.pending_effects() == ()
    assert await store.audit.entries(COMMUNITY, 10) == ()


@pytest.mark.parametrize("state", list(State))
async def test_a_waiting_row_is_decided_only_as_the_states_allow(store: Store, state: State) -> None:
    """Nothing is DONE without having been judged; flagged by a copy meanwhile, a row waits on."""
    await store.inbox.accept(message(), AT)
    recorded = await store.cases.record_decision(decision_record(state=state))
    allowed = {State.WAITING, State.DECIDED, State.NOT_JUDGED}
    assert (recorded is not None) is (state in allowed)


async def test_an_effect_of_another_decision_is_refused_whole(store: Store) -> None:
    """Nothing of such a record is written."""
    await store.inbox.accept(message(), AT)
    with pytest.raises(ValueError, match="another decision"):
        await store.cases.record_decision(decision_record(effects=(effect(decision_id="d2"),)))
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.WAITING
    assert await store.cases.find(None, CaseFilter()) == ()


async def test_an_effect_named_twice_is_intended_once(store: Store) -> None:
    """Decision, action and target make the key."""
    recorded = await judge(store, decision_record(effects=(effect(), effect(seconds=5), effect(Action.WARN))))
    assert recorded is not None
    assert [stored.effect.action for stored in recorded.effects] == [Action.DELETE, Action.WARN]
    assert await store.cases.pending_effects() == recorded.effects


async def test_case_numbers_count_up_in_each_community(store: Store) -> None:
    """No number is given twice, and each community begins at one."""
    records = (about("1"), about("2"), about("1", community=OTHER_COMMUNITY), about("3"))
    for number, record in enumerate(records):
        await judge(store, replace(record, decision=replace(record.decision, id=f"x{number}"), effects=()))  # type: ignore[arg-type]
    found = await store.cases.find(None, CaseFilter())
    assert sorted((case.community, case.number) for case in found) == [
        (COMMUNITY, 1),
        (COMMUNITY, 2),
        (COMMUNITY, 3),
        (OTHER_COMMUNITY, 1),
    ]


# Cases that go on


async def reported(store: Store, record: DecisionRecord, reporter: str = "rita") -> Recorded | None:
    """Deliver a report of the record's message and record the decision on the report's row."""
    acceptance = await store.inbox.accept(report(record.message.ref, by=reporter), later(30))
    assert acceptance.item is not None
    await store.inbox.claim(acceptance.item.key)
    changed = replace(record, key=acceptance.item.key, reported_by=(PersonId(reporter),))
    return await store.cases.record_decision(changed)


async def test_a_report_joins_the_case_of_its_message(store: Store) -> None:
    """One message has one case; who reported it is added, and its rule stays as people saw it."""
    await judge(store, decision_record())
    second = decision_record(
        id="d2",
        decision=decision(id="d2", category=CategoryId("threat"), action=Action.ESCALATE),
        rationale="Another reading.",
    )
    recorded = await reported(store, second)
    assert recorded is not None
    assert recorded.case is not None
    assert (recorded.case.number, recorded.case.version, recorded.case.reported_by) == (1, 2, ("rita",))
    assert (recorded.case.category, recorded.case.rationale) == ("insult", "It attacks a person.")
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert [entry.id for entry in file.decisions] == ["d1", "d2"]


async def test_a_case_without_a_rule_gets_one_when_it_is_found(store: Store) -> None:
    """A bare report makes a case for people; a later one may find a violation in the same words."""
    await store.inbox.accept(message(), AT)
    bare = decision_record(
        decision=no_action(makes_case=True, action=Action.ESCALATE), verdicts=(safe(),), effects=(), rationale=""
    )
    await reported(store, bare, "rita")
    recorded = await reported(store, decision_record(id="d2"), "rob")
    assert recorded is not None
    assert recorded.case is not None
    assert (recorded.case.category, recorded.case.action) == ("insult", Action.DELETE)
    assert recorded.case.reported_by == ("rita", "rob")


async def test_new_words_open_a_reviewed_case_again(store: Store) -> None:
    """People decided about other words; the case is about the new ones from now on."""
    await judge(store, decision_record())
    await store.cases.review(review_record(result=ReviewResult.OVERTURNED))
    changed = edit("Worse words than before").message
    await store.inbox.accept(edit("Worse words than before"), later(60))
    await store.inbox.claim(key_of(changed))
    threat = decision(changed, id="d2", category=CategoryId("threat"), severity=Severity.HIGH)
    recorded = await store.cases.record_decision(decision_record(changed, id="d2", decision=threat))
    assert recorded is not None
    assert recorded.case is not None
    assert (recorded.case.status, recorded.case.version) == (CaseStatus.OPEN, 3)
    assert (recorded.case.category, recorded.case.severity) == ("threat", Severity.HIGH)
    file = await store.cases.file_of(ref())
    assert file is not None
    assert file.message == changed


async def test_a_reviewed_case_stays_reviewed_when_the_same_words_are_reported(store: Store) -> None:
    """People have the last word on them."""
    await judge(store, decision_record())
    await store.cases.review(review_record())
    recorded = await reported(store, decision_record(id="d2"))
    assert recorded is not None
    assert recorded.case is not None
    assert recorded.case.status is CaseStatus.UPHELD


async def test_a_harmless_edit_is_on_record_in_the_case(store: Store) -> None:
    """The later decision joins, and changes nothing of what people look at."""
    recorded = await judge(store, decision_record())
    assert recorded is not None
    changed = edit("Kind words").message
    await store.inbox.accept(edit("Kind words"), later(60))
    await store.inbox.claim(key_of(changed))
    joined = await store.cases.record_decision(safe_record(changed, id="d2"))
    assert joined is not None
    assert joined.case == recorded.case
    file = await store.cases.file_of(ref())
    assert file is not None
    assert [entry.id for entry in file.decisions] == ["d1", "d2"]
    assert file.message == message()


# Effects


async def test_an_outcome_is_final(store: Store) -> None:
    """The second one is not written, nor is its note."""
    await judge(store, decision_record())
    done = effect_result(platform_id="p1", why=reason("limit", most=3))
    assert await store.cases.record_result(done, (audit_note(AuditCode.EFFECT),))
    assert not await store.cases.record_result(effect_result(outcome=Outcome.FAILED), (audit_note(AuditCode.EFFECT),))
    file = await store.cases.file_of(ref())
    assert file is not None
    assert file.effects[0].result == done
    assert [entry.code for entry in await store.audit.entries(COMMUNITY, 10)] == [AuditCode.DECIDED, AuditCode.EFFECT]
    assert (await store.audit.entries(COMMUNITY, 1))[0].case == 1


async def test_an_unknown_effect_gets_no_outcome(store: Store) -> None:
    """Nothing is written about what was never intended."""
    assert not await store.cases.record_result(effect_result(), (audit_note(),))
    assert await store.audit.entries(COMMUNITY, 10) == ()


async def test_pending_effects_come_in_the_order_they_were_intended(store: Store) -> None:
    """After a restart they are taken up in this order."""
    for number in ("2", "1", "3"):
        await judge(store, about(number))
    await store.cases.record_result(effect_result(about("1").effects[0]), ())
    assert [stored.effect.key.decision for stored in await store.cases.pending_effects()] == ["d2", "d3"]


# What lasts


async def lasting(store: Store, number: str, action: Action, outcome: Outcome | None = Outcome.APPLIED) -> None:
    """Record an effect on the channel that lasts ten minutes, and how it ended."""
    wanted = effect(action, of=about(number).message, decision_id=f"d{number}", seconds=600)
    await judge(store, about(number, effects=(wanted,)))
    if outcome is not None:
        assert await store.cases.record_result(effect_result(wanted, outcome), ())


async def lift(
    store: Store, number: str, told_of: Action | None, outcome: Outcome | None = Outcome.APPLIED, *, target: str = ""
) -> None:
    """Record that a person lifts what lasts in the channel, and how that ended."""
    made = decision(about(number).message, id=f"l{number}", by=PersonId("mo"))
    key = EffectKey(decision=made.id, action=Action.LIFT, target=target or channel_target(made.ref.channel))
    wanted = replace(effect(Action.LIFT, of=about(number).message), key=key, told_of=told_of)
    file = await store.cases.file_of(made.ref)
    assert file is not None
    case = file.case
    record = review_record(case.number, version=case.version, decision=made, effects=(wanted,))
    assert await store.cases.review(record) is not None
    if outcome is not None:
        assert await store.cases.record_result(effect_result(wanted, outcome), ())


async def standing(store: Store) -> list[tuple[Action, str]]:
    """Return what stands, with the decision that it is of."""
    return [(found.effect.action, found.effect.key.decision) for found in await store.cases.standing()]


async def test_what_lasts_stands_until_it_is_lifted(store: Store) -> None:
    """Oldest first, with when it was decided; neither a timeout nor a deletion is among it."""
    await lasting(store, "1", Action.SLOWMODE)
    await lasting(store, "2", Action.LOCKDOWN)
    for number, other in enumerate((Action.TIMEOUT, Action.QUARANTINE, Action.DELETE), start=3):
        await lasting(store, str(number), other)
    assert await standing(store) == [(Action.SLOWMODE, "d1"), (Action.LOCKDOWN, "d2")]
    first, _ = await store.cases.standing()
    assert (first.effect.seconds, first.effect.case, first.decided_at) == (600, 1, about("1").decision.made_at)
    assert first.ends_at == about("1").decision.made_at + timedelta(minutes=10)


@pytest.mark.parametrize("outcome", [None, *(each for each in Outcome if each is not Outcome.APPLIED)])
async def test_what_was_not_carried_out_does_not_stand(store: Store, outcome: Outcome | None) -> None:
    """There is nothing to end."""
    await lasting(store, "1", Action.SLOWMODE, outcome)
    assert await standing(store) == []


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (None, []),
        (Outcome.APPLIED, []),
        (Outcome.REFUSED, []),
        (Outcome.FAILED, [(Action.SLOWMODE, "d1")]),
        (Outcome.SUPPRESSED, [(Action.SLOWMODE, "d1")]),
    ],
)
async def test_a_lift_counts_unless_it_failed_or_was_held_back(
    store: Store, outcome: Outcome | None, left: list[tuple[Action, str]]
) -> None:
    """What is under way is not begun again, and what was refused for good would be refused again."""
    await lasting(store, "1", Action.SLOWMODE)
    await lift(store, "1", Action.SLOWMODE, outcome)
    assert await standing(store) == left


@pytest.mark.parametrize(
    ("told_of", "left"),
    [
        (Action.SLOWMODE, [(Action.LOCKDOWN, "d2")]),
        (Action.LOCKDOWN, [(Action.SLOWMODE, "d1")]),
        (None, []),
    ],
)
async def test_a_lift_takes_back_what_it_tells_of(
    store: Store, told_of: Action | None, left: list[tuple[Action, str]]
) -> None:
    """In the whole channel, whichever case it was for; a LIFT that names nothing takes back everything."""
    await lasting(store, "1", Action.SLOWMODE)
    await lasting(store, "2", Action.LOCKDOWN)
    await lift(store, "2", told_of)
    assert await standing(store) == left


async def test_an_earlier_lift_and_one_elsewhere_take_nothing_back(store: Store) -> None:
    """A channel is slowed down again after a LIFT."""
    await lasting(store, "1", Action.SLOWMODE)
    await lift(store, "1", Action.SLOWMODE)
    await lasting(store, "2", Action.SLOWMODE)
    await lift(store, "2", Action.SLOWMODE, target="channel:elsewhere")
    assert await standing(store) == [(Action.SLOWMODE, "d2")]


# Reviews


async def test_a_review_is_written_while_the_case_is_as_it_was_seen(store: Store) -> None:
    """The version is compared and set: of two presses at once, one counts."""
    await judge(store, decision_record())
    pressed = decision(id="p1", by=PersonId("mo"), action=Action.TIMEOUT)
    undo = effect(Action.TIMEOUT, decision_id="p1", by=PersonId("mo"))
    record = review_record(decision=pressed, effects=(undo,), notes=(audit_note(AuditCode.REVIEWED, decision="p1"),))
    recorded = await store.cases.review(record)
    assert recorded is not None
    assert recorded.case is not None
    assert (recorded.case.status, recorded.case.version) == (CaseStatus.UPHELD, 2)
    assert [stored.effect for stored in recorded.effects] == [replace(undo, case=CaseNumber(1))]
    assert await store.cases.review(review_record(result=ReviewResult.OVERTURNED)) is None
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.reviews, file.case.status) == ((record.review,), CaseStatus.UPHELD)
    assert [entry.id for entry in file.decisions] == ["d1", "p1"]
    assert [entry.case for entry in await store.audit.entries(COMMUNITY, 10)] == [1, 1]


async def test_a_review_belongs_to_its_community(store: Store) -> None:
    """A number carried in from elsewhere finds nothing."""
    await judge(store, decision_record())
    assert await store.cases.review(review_record(community=OTHER_COMMUNITY)) is None
    assert await store.cases.file(OTHER_COMMUNITY, CaseNumber(1)) is None


async def test_a_press_is_written_once(store: Store) -> None:
    """The same decision of a person is not written twice, even on the right version."""
    await judge(store, decision_record())
    pressed = decision(id="p1", by=PersonId("mo"))
    assert await store.cases.review(review_record(decision=pressed)) is not None
    assert await store.cases.review(review_record(version=2, decision=pressed)) is None
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert len(file.reviews) == 1


async def test_a_persons_effects_need_a_persons_decision(store: Store) -> None:
    """No effect without a name behind it."""
    await judge(store, decision_record())
    with pytest.raises(ValueError, match="another decision"):
        await store.cases.review(review_record(effects=(effect(Action.BAN, decision_id="p1"),)))
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.case.version, file.reviews) == (1, ())


# What a platform put off


async def test_an_effect_that_was_put_off_waits_on_record(store: Store) -> None:
    """Why, since when, how often and until when are read back; the message is not done with."""
    recorded = await decided(store, decision_record())
    key = recorded.effects[0].effect.key
    waits = put_off(not_before=later(60), next_at=later(60), tries=3)
    assert await store.cases.postpone(key, waits)
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert file.effects[0].put_off == waits
    assert [stored.effect.key for stored in await store.cases.postponed(COMMUNITY)] == [key]
    assert await store.cases.postponed(OTHER_COMMUNITY) == ()
    assert key in {stored.effect.key for stored in await store.cases.pending_effects()}


async def test_what_is_due_is_found_by_its_time_the_first_first(store: Store) -> None:
    """Of every community that has any."""
    recorded = await decided(store, decision_record(effects=(effect(), effect(Action.TIMEOUT))))
    first, second = (stored.effect.key for stored in recorded.effects)
    await store.cases.postpone(first, put_off(next_at=later(30)))
    await store.cases.postpone(second, put_off(next_at=later(10)))
    assert [each.effect.key for each in await store.cases.postponed(due_by=later(9))] == []
    assert await store.cases.due_in(later(9)) == ()
    assert [each.effect.key for each in await store.cases.postponed(due_by=later(10))] == [second]
    assert [each.effect.key for each in await store.cases.postponed(due_by=later(30))] == [second, first]
    assert [each.effect.key for each in await store.cases.postponed(due_by=later(30), most=1)] == [second]
    assert await store.cases.due_in(later(10)) == (COMMUNITY,)


async def test_what_a_clock_that_was_ahead_put_off_is_due(store: Store) -> None:
    """No try is ever set a week ahead; a day is what a platform may ask for."""
    recorded = await decided(store, decision_record(effects=(effect(),)))
    [key] = (stored.effect.key for stored in recorded.effects)
    await store.cases.postpone(key, put_off(next_at=later(86_400)))
    assert await store.cases.due_in(later(0)) == ()
    await store.cases.postpone(key, put_off(next_at=later(7 * 86_400)))
    assert await store.cases.due_in(later(0)) == (COMMUNITY,)


@pytest.mark.parametrize("unclear", [True, False])
async def test_an_edit_withdraws_what_was_put_off_unless_it_may_have_happened(store: Store, *, unclear: bool) -> None:
    """What the platform surely did not do is not under way any more."""
    recorded = await decided(store, decision_record())
    key = recorded.effects[0].effect.key
    assert await store.cases.begin_effect(key)
    await store.cases.postpone(key, put_off(unclear=unclear))
    await store.inbox.accept(edit("I take that back", of=message()), later(5))
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.effects[0].result is None) is unclear
    assert [each.begun for each in await store.cases.postponed()] == ([True] if unclear else [])


async def test_an_outcome_ends_the_waiting(store: Store) -> None:
    """And nothing is put off that has one."""
    recorded = await decided(store, decision_record())
    key = recorded.effects[0].effect.key
    await store.cases.postpone(key, put_off())
    await store.cases.record_result(effect_result(recorded.effects[0].effect), ())
    assert await store.cases.postponed() == ()
    assert not await store.cases.postpone(key, put_off())
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert file.effects[0].put_off is None


# Cards


async def test_a_card_is_due_while_it_shows_less_than_has_happened(store: Store) -> None:
    """An outcome, a wait and a press make it so; that the card itself was posted does not."""
    recorded = await decided(store, decision_record(effects=(effect(), effect(Action.TIMEOUT), effect(Action.FLAG))))
    removal, timeout, flag = (stored.effect for stored in recorded.effects)

    async def shown() -> list[int]:
        file = await store.cases.file(COMMUNITY, CaseNumber(1))
        assert file is not None
        await store.cases.set_card(COMMUNITY, CaseNumber(1), "post", file.changes)
        return [case.number for case in await store.cases.cards_due()]

    assert await shown() == []
    await store.cases.record_result(effect_result(flag), ())
    assert [case.number for case in await store.cases.cards_due()] == []
    await store.cases.record_result(effect_result(removal), ())
    assert [case.number for case in await store.cases.cards_due(COMMUNITY)] == [1]
    assert await store.cases.cards_due(OTHER_COMMUNITY) == ()
    assert await shown() == []
    await store.cases.postpone(timeout.key, put_off())
    assert [case.number for case in await store.cases.cards_due()] == [1]
    assert await shown() == []
    await store.cases.card_changed(COMMUNITY, CaseNumber(1))
    assert [case.number for case in await store.cases.cards_due()] == [1]


async def test_an_older_drawing_never_hides_a_later_change(store: Store) -> None:
    """Two processes of drawing may end in the other order."""
    await judge(store, decision_record())
    for _ in range(2):
        await store.cases.card_changed(COMMUNITY, CaseNumber(1))
    await store.cases.set_card(COMMUNITY, CaseNumber(1), "post", 2)
    await store.cases.set_card(COMMUNITY, CaseNumber(1), "post", 1)
    assert await store.cases.cards_due() == ()


async def test_cases_without_a_card_are_found_oldest_first(store: Store) -> None:
    """After a crash their cards are posted; the version people compare stays."""
    for number, seconds in (("1", 30), ("2", 10), ("3", 20)):
        await judge(store, about(number, decision=replace(about(number).decision, made_at=later(seconds))))
    await store.cases.set_card(COMMUNITY, CaseNumber(3), "post-9", 0)
    await store.cases.set_card(OTHER_COMMUNITY, CaseNumber(1), "post-10", 0)
    assert [case.number for case in await store.cases.cards_due(COMMUNITY)] == [2, 1]
    file = await store.cases.file(COMMUNITY, CaseNumber(3))
    assert file is not None
    assert (file.case.card_id, file.case.version) == ("post-9", 1)


# Finding


async def three_cases(store: Store) -> None:
    """Put three cases on record: an insult of Ann's, a threat of Bob's, an insult of Bob's; the last is upheld."""
    threat = replace(about("2").decision, category=CategoryId("threat"), made_at=later(20))
    await judge(store, about("1"))
    await judge(store, about("2", by="bob", decision=threat))
    await judge(store, about("3", by="bob", decision=replace(about("3").decision, made_at=later(30))))
    await store.cases.review(review_record(3))


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (CaseFilter(), [3, 2, 1]),
        (CaseFilter(status=CaseStatus.OPEN), [2, 1]),
        (CaseFilter(policy=PolicyId("spam")), []),
        (CaseFilter(category=CategoryId("insult")), [3, 1]),
        (CaseFilter(author=PersonId("bob")), [3, 2]),
        (CaseFilter(since=later(20)), [3, 2]),
        (CaseFilter(until=later(20)), [1]),
        (CaseFilter(limit=2), [3, 2]),
        (CaseFilter(before=CaseNumber(3)), [2, 1]),
        (CaseFilter(words="message 2"), [2]),
        (CaseFilter(words="WORDS  essage"), [3, 2, 1]),
        (CaseFilter(words="2"), [2]),
        (CaseFilter(words='"'), []),
        (CaseFilter(words="words AND OR NOT (* message"), []),
        (CaseFilter(words="   "), [3, 2, 1]),
        (CaseFilter(words="words", author=PersonId("ann")), [1]),
    ],
)
async def test_cases_are_found_newest_first(store: Store, wanted: CaseFilter, numbers: list[int]) -> None:
    """Every field narrows the list; each word has to stand somewhere in the text, whole or in part."""
    await three_cases(store)
    assert [case.number for case in await store.cases.find(COMMUNITY, wanted)] == numbers
    assert [case.number for case in await store.cases.find(OTHER_COMMUNITY, wanted)] == []


@pytest.mark.parametrize("words", ["\u0441\u043b\u043e\u0432\u0430", "\u6697\u53f7", "\U0001f4b0", "'; drop", "%", "_"])
async def test_words_of_any_script_are_found(store: Store, words: str) -> None:
    """Two characters are enough where words are that short, and signs are searched as signs."""
    sent = message(f"Buy {words}\u8d27\u5e01 table cases today 100%_")
    await judge(store, decision_record(sent))
    assert len(await store.cases.find(COMMUNITY, CaseFilter(words=words))) == 1
    assert await store.cases.find(COMMUNITY, CaseFilter(words=f"{words}x")) == ()


async def test_cases_about_a_person_are_those_in_which_anything_was_to_be_done_to_them(store: Store) -> None:
    """Their own, and another's that their message belongs to; not one of another community."""
    first = about("1", effects=(effect(of=message(id="1"), decision_id="d1"),))
    raided = effect(of=message(id="7", by="bob"), decision_id="d2")
    await judge(store, first)
    await judge(store, about("2", effects=(raided,)))
    for person, numbers in (("ann", [2, 1]), ("bob", [2]), ("zoe", [])):
        wanted = CaseFilter(about=PersonId(person))
        assert [case.number for case in await store.cases.find(COMMUNITY, wanted)] == numbers
    assert await store.cases.find(OTHER_COMMUNITY, CaseFilter(about=PersonId("bob"))) == ()


# Histories


async def test_an_authors_history_weighs_cases_as_people_saw_them(store: Store) -> None:
    """Overturned cases are told apart, and the sanctions in them do not count."""
    for number in ("1", "2", "3", "4"):
        record = about(number, effects=(effect(Action.TIMEOUT, decision_id=f"d{number}"),))
        await judge(store, record)
        await store.cases.record_result(effect_result(record.effects[0]), ())
    await store.cases.review(review_record(1))
    await store.cases.review(review_record(2, ReviewResult.OVERTURNED))
    await store.cases.review(review_record(3, ReviewResult.UNCLEAR))
    await store.inbox.accept(message(id="9", at=later(-500), by=author(joined_at=later(-900))), AT)
    history = await store.cases.history(COMMUNITY, ANN)
    assert (history.messages, history.cases_upheld, history.cases_open, history.cases_overturned) == (5, 1, 1, 1)
    assert (history.sanctions, history.first_seen, history.joined_at) == (3, later(-500), later(-900))
    stranger = await store.cases.history(OTHER_COMMUNITY, ANN)
    assert (stranger.messages, stranger.sanctions, stranger.first_seen, stranger.joined_at) == (0, 0, None, None)


@pytest.mark.parametrize("action", list(Action))
async def test_only_sanctions_that_were_applied_count(store: Store, action: Action) -> None:
    """A warning counts, a deletion is no sanction, and nothing counts that was not carried out."""
    first, second = about("1", effects=(effect(action),)), about("2", effects=(effect(action, decision_id="d2"),))
    first = replace(first, effects=(effect(action, decision_id="d1"),))
    await judge(store, first)
    await judge(store, second)
    await store.cases.record_result(effect_result(first.effects[0]), ())
    await store.cases.record_result(effect_result(second.effects[0], Outcome.SIMULATED), ())
    sanctions = {Action.WARN, Action.TIMEOUT, Action.QUARANTINE, Action.KICK, Action.BAN}
    assert (await store.cases.history(COMMUNITY, ANN)).sanctions == (action in sanctions)


async def test_one_case_is_one_sanction_of_a_kind(store: Store) -> None:
    """An account that is timed out once more for each of its posts was timed out once."""
    record = about("1", effects=(effect(Action.TIMEOUT, decision_id="d1"), effect(Action.BAN, decision_id="d1")))
    await judge(store, record)
    again = CaseAction(
        community=COMMUNITY,
        case=CaseNumber(1),
        decision=replace(record.decision, id=DecisionId("d9")),
        effects=(effect(Action.TIMEOUT, decision_id="d9"),),
        held_back=(),
        notes=(),
    )
    await store.cases.record_action(again)
    for each in (*record.effects, *again.effects):
        await store.cases.record_result(effect_result(each), ())
    assert (await store.cases.history(COMMUNITY, ANN)).sanctions == 2


async def test_removals_are_counted_beside_sanctions_each_message_once(store: Store) -> None:
    """What the bot removed and what people did; not what was put right, not what was only planned, nothing twice."""
    for number in ("1", "2", "3", "4"):
        record = about(number, effects=(effect(of=message(id=number), decision_id=f"d{number}"),))
        await judge(store, record)
        outcome = Outcome.REFUSED if number == "4" else Outcome.APPLIED
        await store.cases.record_result(effect_result(record.effects[0], outcome), ())
    await store.cases.review(review_record(3, ReviewResult.OVERTURNED))
    for number in ("1", "7"):
        gone = member(
            change=MemberChange.SANCTIONED, event_id=f"deletion:{number}", detail="deletion", by=PersonId("mo")
        )
        await store.inbox.accept(gone, AT)
    banned = member(change=MemberChange.SANCTIONED, event_id="b", detail="ban", by=PersonId("mo"))
    await store.inbox.accept(banned, AT)
    history = await store.cases.history(COMMUNITY, ANN)
    assert (history.removals, history.sanctions) == (3, 1)


async def test_the_last_joining_counts(store: Store) -> None:
    """Who left and came back is as new as they were then."""
    await store.inbox.accept(member(at=later(-50), event_id="j1"), AT)
    await store.inbox.accept(member(at=later(-10), event_id="j2"), AT)
    await store.inbox.accept(message(by=author(joined_at=later(-70))), AT)
    history = await store.cases.history(COMMUNITY, ANN)
    assert (history.first_seen, history.joined_at) == (later(-50), later(-10))


async def test_a_rules_record_is_how_its_cases_were_reviewed(store: Store) -> None:
    """Right and wrong of this rule, in this community; unclear and open ones count for neither."""
    for number in ("1", "2", "3", "4", "5"):
        await judge(store, about(number))
    await store.cases.review(review_record(1))
    await store.cases.review(review_record(2))
    await store.cases.review(review_record(3, ReviewResult.OVERTURNED))
    await store.cases.review(review_record(4, ReviewResult.UNCLEAR))
    record = await store.cases.rule_record(COMMUNITY, PolicyId("harassment"), CategoryId("insult"))
    assert (record.right, record.wrong) == (2, 1)
    other = await store.cases.rule_record(COMMUNITY, PolicyId("harassment"), CategoryId("threat"))
    assert (other.right, other.wrong) == (0, 0)


# Limits


@pytest.mark.parametrize("action", list(Action))
async def test_automatic_effects_that_members_notice_are_counted(store: Store, action: Action) -> None:
    """What only moderators see is not, nor is what takes an action back: an end of a slow mode harms nobody."""
    await judge(store, decision_record(effects=(effect(action),)))
    counted = await store.cases.automatic_effects(COMMUNITY, ANN, AT)
    assert counted == (action in NOTICED_BY_MEMBERS and action not in (Action.LIFT, Action.RESTORE))
    stopped = Withdrawal(community=COMMUNITY, policy=None, category=None, code="stopped")
    assert await store.cases.withdraw(stopped) == counted
    assert BY_PEOPLE_ONLY < NOTICED_BY_MEMBERS


@pytest.mark.parametrize("outcome", [None, *Outcome])
async def test_effects_count_against_limits_unless_they_did_not_happen(store: Store, outcome: Outcome | None) -> None:
    """Intended, applied and failed ones count: of these it is known or possible that members noticed."""
    await judge(store, decision_record())
    if outcome is not None:
        await store.cases.record_result(effect_result(outcome=outcome), ())
    counted = await store.cases.automatic_effects(COMMUNITY, None, AT)
    assert counted == (outcome in (None, Outcome.APPLIED, Outcome.FAILED))


async def test_limits_count_by_author_community_and_time_and_not_what_people_did(store: Store) -> None:
    """Shadow effects and a moderator's own are free."""
    await judge(store, about("1"))
    await judge(store, about("2", by="bob", effects=(effect(decision_id="d2", person=PersonId("bob")),)))
    await judge(store, about("3", effects=(effect(decision_id="d3", mode=Mode.SHADOW),)))
    pressed = decision(id="p1", by=PersonId("mo"))
    ban = effect(Action.BAN, decision_id="p1", by=PersonId("mo"))
    await store.cases.review(review_record(decision=pressed, effects=(ban,)))
    counts = [
        await store.cases.automatic_effects(COMMUNITY, None, later(5)),
        await store.cases.automatic_effects(COMMUNITY, ANN, later(5)),
        await store.cases.automatic_effects(COMMUNITY, None, later(6)),
        await store.cases.automatic_effects(OTHER_COMMUNITY, None, AT),
    ]
    assert counts == [2, 1, 0, 0]


# Copies


async def test_a_verdict_is_found_again_by_its_text(store: Store) -> None:
    """The latest one, with the message that it was given on."""
    await judge(store, decision_record())
    await judge(store, safe_record(message(id="2"), id="d2"))
    copy = await store.cases.exact_copy(copy_query())
    assert copy is not None
    assert (copy.verdict, copy.ref) == (safe(), ref("2"))


@pytest.mark.parametrize(
    "difference",
    [
        {"community": CommunityId(OTHER_COMMUNITY)},
        {"policy": PolicyId("spam")},
        {"prompt_hash": "d" * 64},
        {"digest": "sha256:other"},
        {"copy_key": "good morning, everyone"},
        {"copy_key": ""},
    ],
)
async def test_everything_has_to_be_the_same_for_a_copy(store: Store, difference: dict[str, object]) -> None:
    """Another community, prompt, model or text is another question."""
    await judge(store, decision_record(copy_key=""))
    await judge(store, decision_record(message(id="2"), id="d2"))
    assert await store.cases.exact_copy(copy_query()) is not None
    other = replace(copy_query(), **difference)  # type: ignore[arg-type]
    assert await store.cases.exact_copy(other) is None


@pytest.mark.parametrize(
    "verdict",
    [
        violates(source=VerdictSource.EXACT_COPY),
        violates(source=VerdictSource.NEAR_COPY),
        violates(with_context=True),
        undecided(run=model_run()),
        violates(run=None),
    ],
)
async def test_some_verdicts_are_never_copied(store: Store, verdict: object) -> None:
    """Copies of copies, those that needed the context, and those that are none."""
    await judge(store, decision_record(verdicts=(verdict,)))
    assert await store.cases.exact_copy(copy_query()) is None


async def test_a_newer_silence_does_not_hide_an_older_answer(store: Store) -> None:
    """The latest verdict counts, not the latest attempt."""
    await judge(store, decision_record())
    await judge(store, safe_record(message(id="2"), id="d2", verdicts=(undecided(run=model_run()),)))
    copy = await store.cases.exact_copy(copy_query())
    assert copy is not None
    assert copy.verdict == violates()


def test_the_samples_share_their_text() -> None:
    """The tests above mean what they say: the two messages read the same."""
    first: Message = message()
    assert first.judged_text == message(id="2").judged_text


async def test_an_effect_under_way_is_marked_until_it_has_an_outcome(store: Store) -> None:
    """It can be begun again, as after a crash; what is done with, or was never intended, can not."""
    recorded = await judge(store, about("1"))
    assert recorded is not None
    [stored] = recorded.effects
    assert not stored.begun
    assert await store.cases.begin_effect(stored.effect.key)
    assert await store.cases.begin_effect(stored.effect.key)
    assert [entry.begun for entry in await store.cases.pending_effects()] == [True]
    await store.cases.record_result(effect_result(stored.effect), ())
    assert not await store.cases.begin_effect(stored.effect.key)
    assert not await store.cases.begin_effect(effect(Action.TIMEOUT).key)


@pytest.mark.parametrize("overtakes", [delete(), edit("other words")], ids=["deletion", "edit"])
async def test_what_is_under_way_is_not_withdrawn_and_neither_is_the_card(
    store: Store, overtakes: Delete | Edit
) -> None:
    """Only what members would notice and the platform was not asked for yet."""
    judged = message()
    kinds = (Action.TIMEOUT, Action.NOTICE, Action.FLAG)
    effects = tuple(effect(action, of=judged) for action in kinds)
    recorded = await judge(store, replace(decision_record(judged), effects=effects))
    assert recorded is not None
    assert await store.cases.begin_effect(effects[0].key)
    await store.inbox.accept(overtakes, later(90))
    pending = await store.cases.pending_effects()
    assert [entry.effect.action for entry in pending] == [Action.TIMEOUT, Action.FLAG]
    assert not await store.cases.begin_effect(effects[1].key)
