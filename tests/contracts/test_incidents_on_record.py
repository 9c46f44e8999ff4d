"""What both stores keep of incidents, and of cases that are about several messages."""

from dataclasses import replace

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus
from bot.domain.decision import StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, PersonId, PolicyId
from bot.domain.inbox import key_of
from bot.domain.incident import Incident, IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.domain.reasons import StepCode, reason
from bot.domain.records import CaseAction, Withdrawal
from bot.domain.states import State
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    decision,
    decision_record,
    delete,
    edit,
    effect,
    effect_result,
    later,
    message,
    review_record,
    safe_record,
)

RAID = IncidentId("raid")
SPAM, SCAM = PolicyId("spam"), CategoryId("scam")


def post(number: int, *, by: str = "", text: str = "", at: float | None = None) -> Message:
    """Return the n-th message of a raid."""
    return message(
        text or f"join my great server now, offer {number}",
        id=str(number),
        by=by or f"raider-{number}",
        at=later(at or number),
    )


def incident(**changes: object) -> Incident:
    """Return an open incident of copies."""
    made = Incident(
        id=RAID, community=COMMUNITY, kind=IncidentKind.COPIES, state=IncidentState.OPEN, formed_at=later(3)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def seat(of: Message, standing: MemberState = MemberState.HELD, **changes: object) -> Member:
    """Return a message's membership."""
    made = Member(
        incident=RAID,
        key=key_of(of),
        author=of.author.id,
        joined_at=AT,
        sent_at=of.sent_at,
        standing=standing,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
async def _raid(store: Store) -> None:
    """Put five messages in that are being judged."""
    for number in range(1, 6):
        await store.inbox.accept(post(number), AT)
        await store.inbox.claim(key_of(post(number)))


async def test_an_incident_is_kept_with_its_members(store: Store) -> None:
    """In the order of their joining; joining again changes a member's standing, not its place."""
    await store.incidents.form(incident(), (seat(post(1), MemberState.ASKED), seat(post(2))))
    await store.incidents.join((seat(post(3), spared=True),))
    found = MemberState.VIOLATES
    judged = seat(post(1), found, policy=SPAM, category=SCAM)
    await store.incidents.join((judged,))
    assert await store.incidents.members(RAID) == (judged, seat(post(2)), seat(post(3), spared=True))
    assert await store.incidents.incident(RAID) == incident()
    assert await store.incidents.incident(IncidentId("another")) is None


async def test_forming_again_changes_the_state_alone(store: Store) -> None:
    """Its beginning stays on record."""
    await store.incidents.form(incident(), (seat(post(1)),))
    found = incident(state=IncidentState.FOUND, policy=SPAM, category=SCAM, formed_at=later(99))
    await store.incidents.form(found, ())
    assert await store.incidents.incident(RAID) == replace(found, formed_at=later(3))
    assert len(await store.incidents.members(RAID)) == 1


async def test_a_member_may_leave_and_join_another_incident(store: Store) -> None:
    """A message is in one incident at most."""
    other = IncidentId("other")
    await store.incidents.form(incident(), (seat(post(1)), seat(post(2)), seat(post(3))))
    await store.incidents.form(incident(id=other), (seat(post(2), incident=other),))
    await store.incidents.leave((post(1).ref,))
    assert await store.incidents.members(RAID) == (seat(post(3)),)
    assert await store.incidents.members(other) == (seat(post(2), incident=other),)


async def test_a_start_finds_incidents_that_are_fresh_or_wait(store: Store) -> None:
    """What is dissolved, or old and settled, is left alone."""
    names = [IncidentId(name) for name in ("fresh", "waiting", "old", "dissolved")]
    standings = [MemberState.FOLLOWS, MemberState.HELD, MemberState.FOLLOWS, MemberState.FOLLOWS]
    for number, (name, standing) in enumerate(zip(names, standings, strict=True), start=1):
        state = IncidentState.DISSOLVED if name == "dissolved" else IncidentState.FOUND
        sent_at = later(600) if name in ("fresh", "dissolved") else AT
        one = seat(post(number), standing, incident=name, sent_at=sent_at)
        await store.incidents.form(incident(id=name, state=state, formed_at=later(number)), (one,))
    assert [found.id for found in await store.incidents.since(later(500))] == ["fresh", "waiting"]


async def test_a_decision_writes_its_member_and_gives_the_incident_its_case(store: Store) -> None:
    """All in one transaction; the first case stays."""
    await store.incidents.form(incident(), (seat(post(1), MemberState.ASKED), seat(post(2), MemberState.ASKED)))
    for number in (1, 2):
        record = decision_record(post(number), id=f"d{number}", member=seat(post(number), MemberState.VIOLATES))
        assert await store.cases.record_decision(record) is not None
    members = await store.incidents.members(RAID)
    assert [member.standing for member in members] == [MemberState.VIOLATES, MemberState.VIOLATES]
    assert await store.incidents.of_case(COMMUNITY, CaseNumber(1)) == (incident(case=CaseNumber(1)),)
    assert await store.incidents.of_case(COMMUNITY, CaseNumber(2)) == ()
    assert await store.incidents.of_case(OTHER_COMMUNITY, CaseNumber(1)) == ()


async def test_a_case_is_about_all_messages_of_its_incident(store: Store) -> None:
    """Those with cases of their own too, and those that wait; not a moderator's, nor one that keeps to the rules."""
    await store.cases.record_decision(decision_record(post(2), id="d2"))
    waiting = (seat(post(1)), seat(post(2), MemberState.VIOLATES), seat(post(3)))
    await store.incidents.form(incident(), (*waiting, seat(post(4), spared=True), seat(post(5), MemberState.SAFE)))
    await store.cases.record_decision(
        decision_record(post(1), id="d1", member=seat(post(1), MemberState.VIOLATES, policy=SPAM, category=SCAM))
    )
    found = [(entry.ref.message, entry.author) for entry in await store.cases.members(COMMUNITY, CaseNumber(2))]
    assert found == [("1", "raider-1"), ("2", "raider-2"), ("3", "raider-3")]
    assert [entry.ref.message for entry in await store.cases.members(COMMUNITY, CaseNumber(1))] == ["2"]


async def test_a_copy_joins_a_case_and_leaves_it_as_it_is(store: Store) -> None:
    """The card counts up; a press on it is not refused for that. Without effects its decision is not filed."""
    await store.cases.record_decision(decision_record(post(1)))
    before = await store.cases.file(COMMUNITY, CaseNumber(1))
    joined = await store.cases.record_decision(
        decision_record(post(2), id="d2", joins=CaseNumber(1), effects=(), state=State.DONE)
    )
    assert joined is not None
    assert joined.case is not None
    assert joined.case.number == 1
    after = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert before is not None
    assert after == replace(before, copies=2)
    assert await store.cases.file_of(post(2).ref) == after
    assert (await store.cases.file(COMMUNITY, CaseNumber(2))) is None


async def test_a_copy_that_is_acted_on_is_filed_under_the_case(store: Store) -> None:
    """Recovery finds a decision by its case."""
    await store.cases.record_decision(decision_record(post(1)))
    removed = effect(of=post(2), decision_id="d2")
    await store.cases.record_decision(
        decision_record(post(2), id="d2", joins=CaseNumber(1), effects=(removed,), state=State.DECIDED)
    )
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert [made.id for made in file.decisions] == ["d1", "d2"]
    assert file.effects[-1].effect == replace(removed, case=CaseNumber(1))
    assert file.message == post(1)


async def test_a_case_covers_further_messages(store: Store) -> None:
    """Words sent one a line: what is found about an earlier line later joins the same case while that is open."""
    await store.cases.record_decision(decision_record(post(3), covers=(post(1).ref, post(2).ref)))
    found = await store.cases.file_of(post(2).ref)
    assert found is not None
    assert (found.case.number, found.copies) == (1, 3)
    assert [(entry.ref, entry.author) for entry in await store.cases.members(COMMUNITY, CaseNumber(1))] == [
        (post(3).ref, "raider-3"),
        (post(1).ref, "raider-1"),
        (post(2).ref, "raider-2"),
    ]
    joined = await store.cases.record_decision(decision_record(post(1), id="d2"))
    assert joined is not None
    assert joined.case is not None
    assert joined.case.number == 1


async def test_a_case_that_is_over_takes_no_new_violation_in(store: Store) -> None:
    """It gets a case of its own; a SAFE verdict on a covered message makes none."""
    await store.cases.record_decision(decision_record(post(3), covers=(post(1).ref, post(2).ref)))
    await store.cases.review(review_record(version=1, status=CaseStatus.UPHELD))
    anew = await store.cases.record_decision(decision_record(post(1), id="d2"))
    kept = await store.cases.record_decision(safe_record(post(2), id="d3"))
    assert anew is not None
    assert anew.case is not None
    assert anew.case.number == 2
    assert kept is not None
    assert kept.case is None


async def test_who_reports_a_copy_is_noted_in_the_shared_case(store: Store) -> None:
    """That is a change people should see, so the version rises."""
    await store.cases.record_decision(decision_record(post(1)))
    await store.cases.record_decision(
        decision_record(post(2), id="d2", joins=CaseNumber(1), reported_by=(PersonId("rita"),))
    )
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert (file.case.reported_by, file.case.version) == (("rita",), 2)


async def test_what_a_limit_held_back_is_on_record_with_its_reason(store: Store) -> None:
    """It is never pending, and settles with the rest."""
    why = reason(StepCode.LIMIT, limit="per_author_minute")
    kept = effect(of=post(1))
    held = StoredEffect(effect=kept, result=effect_result(kept, Outcome.SUPPRESSED, why=why))
    asked = effect(Action.ESCALATE, of=post(1))
    recorded = await store.cases.record_decision(decision_record(post(1), effects=(asked,), held_back=(held,)))
    assert recorded is not None
    assert [entry.effect.action for entry in recorded.effects] == [Action.ESCALATE, Action.DELETE]
    assert [entry.effect.action for entry in await store.cases.pending_effects()] == [Action.ESCALATE]
    file = await store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert [entry.result for entry in file.effects] == [None, held.result]
    await store.cases.record_result(effect_result(asked), ())
    item = await store.inbox.item(key_of(post(1)))
    assert item is not None
    assert item.state is State.DONE


async def test_an_effect_held_back_without_its_reason_is_refused(store: Store) -> None:
    """It would be carried out."""
    held = StoredEffect(effect=effect(of=post(1)), result=None)
    with pytest.raises(ValueError, match="held back"):
        await store.cases.record_decision(decision_record(post(1), effects=(), held_back=(held,)))


async def test_an_action_on_a_case_is_recorded_once(store: Store) -> None:
    """Its effects have several targets, and the incident changes in the same transaction."""
    await store.incidents.form(incident(), (seat(post(1), MemberState.ASKED),))
    await store.cases.record_decision(decision_record(post(1), member=seat(post(1), MemberState.VIOLATES)))
    action = CaseAction(
        community=COMMUNITY,
        case=CaseNumber(1),
        decision=decision(post(1), id="all"),
        effects=tuple(effect(of=post(number), decision_id="all", incident=RAID) for number in (2, 3)),
        held_back=(),
        notes=(audit_note(AuditCode.DECIDED, decision="all"),),
        incident=incident(state=IncidentState.CONFIRMED),
    )
    stored = await store.cases.record_action(action)
    assert stored is not None
    assert [entry.effect.key.target for entry in stored] == ["message:general/2", "message:general/3"]
    assert await store.cases.record_action(action) is None
    assert await store.cases.record_action(replace(action, case=CaseNumber(9))) is None
    found = await store.incidents.incident(RAID)
    assert found == incident(state=IncidentState.CONFIRMED, case=CaseNumber(1))
    assert await store.cases.incident_effects(COMMUNITY, RAID) == 2
    assert await store.cases.incident_effects(OTHER_COMMUNITY, RAID) == 0


async def test_effects_of_an_incident_count_once_against_the_limits(store: Store) -> None:
    """A hundred copies removed are one matter."""
    await store.cases.record_decision(
        decision_record(post(1), effects=tuple(effect(of=post(number), incident=RAID) for number in (1, 2, 3)))
    )
    await store.cases.record_decision(decision_record(post(4), id="d4"))
    assert await store.cases.automatic_effects(COMMUNITY, None, AT) == 2
    assert await store.cases.automatic_effects(COMMUNITY, PersonId("raider-2"), AT) == 1


async def test_a_stop_withdraws_what_is_queued_of_one_rule(store: Store) -> None:
    """Cards, people's own presses and other rules stay; a message left without effects is done."""
    queued = effect(of=post(1), policy=SPAM, category=SCAM)
    card = effect(Action.FLAG, of=post(2), decision_id="d2", policy=SPAM, category=SCAM)
    pressed = effect(of=post(3), decision_id="d3", by=PersonId("mo"), policy=SPAM, category=SCAM)
    other = effect(of=post(4), decision_id="d4", policy=SPAM, category=CategoryId("other"))
    tried = effect(of=post(5), decision_id="d5", mode=Mode.SHADOW, policy=SPAM, category=SCAM)
    for number, one in enumerate((queued, card, pressed, other, tried), start=1):
        await store.cases.record_decision(decision_record(post(number), id=one.key.decision, effects=(one,)))
    stop = Withdrawal(
        community=COMMUNITY,
        policy=SPAM,
        category=CategoryId("scam"),
        code="stopped",
        notes=(audit_note(AuditCode.STOPPED, decision=""),),
    )
    assert await store.cases.withdraw(stop) == 1
    left = {entry.effect.key.decision for entry in await store.cases.pending_effects()}
    assert left == {"d2", "d3", "d4", "d5"}
    item = await store.inbox.item(key_of(post(1)))
    assert item is not None
    assert item.state is State.DONE
    assert await store.cases.withdraw(replace(stop, policy=None, category=None)) == 1
    assert await store.cases.withdraw(replace(stop, community=OTHER_COMMUNITY, policy=None, category=None)) == 0
    assert [entry.code for entry in await store.audit.entries(COMMUNITY, 2)] == [AuditCode.STOPPED, AuditCode.STOPPED]


async def test_what_is_under_way_is_not_withdrawn(store: Store) -> None:
    """The platform may have done it already: what happens counts, not what was meant."""
    queued = effect(of=post(1))
    await store.cases.record_decision(decision_record(post(1), effects=(queued,)))
    await store.cases.begin_effect(queued.key)
    stop = Withdrawal(community=COMMUNITY, policy=None, category=None, code="stopped")
    assert await store.cases.withdraw(stop) == 0
    assert await store.cases.record_result(effect_result(queued), ())


async def test_what_a_rule_did_lately_can_be_listed(store: Store) -> None:
    """What was applied or may have been; not what was simulated, suppressed or is older."""
    outcomes = (Outcome.APPLIED, Outcome.FAILED, Outcome.SUPPRESSED)
    for number, outcome in enumerate(outcomes, start=1):
        one = effect(of=post(number), decision_id=f"d{number}", policy=SPAM, category=SCAM)
        await store.cases.record_decision(decision_record(post(number), id=f"d{number}", effects=(one,)))
        await store.cases.record_result(effect_result(one, outcome), ())
    listed = await store.cases.acted(COMMUNITY, SPAM, SCAM, AT)
    assert [entry.effect.key.decision for entry in listed] == ["d1", "d2"]
    assert await store.cases.acted(COMMUNITY, SPAM, CategoryId("other"), AT) == ()
    assert len(await store.cases.acted(COMMUNITY, None, None, AT)) == 2
    assert await store.cases.acted(COMMUNITY, None, None, later(60)) == ()


async def test_a_run_of_lines_is_the_authors_own(store: Store) -> None:
    """In this channel, before the message, as it reads now, without what was deleted."""
    lines = [
        message(text, id=name, by=by, at=later(at), channel=channel)
        for text, name, by, at, channel in (
            ("one", "a", "ann", 10, "general"),
            ("two", "b", "ann", 20, "general"),
            ("between", "c", "bob", 21, "general"),
            ("elsewhere", "d", "ann", 22, "random"),
            ("gone", "e", "ann", 23, "general"),
            ("last", "f", "ann", 30, "general"),
            ("after", "g", "ann", 40, "general"),
        )
    ]
    for line in lines:
        await store.inbox.accept(line, AT)
    await store.inbox.accept(delete(lines[4].ref), AT)
    await store.inbox.accept(edit("two, changed", of=lines[1]), AT)
    run = await store.inbox.run_before(lines[5], later(5))
    assert [line.judged_text for line in run] == ["one", "two, changed"]
    assert [line.judged_text for line in await store.inbox.run_before(lines[5], later(15))] == ["two, changed"]


async def test_recent_messages_are_read_as_they_are_now(store: Store) -> None:
    """The newest of them, oldest first; deleted ones are gone, and so are reports."""
    await store.inbox.accept(delete(post(4).ref), AT)
    await store.inbox.accept(edit("changed", of=post(3)), AT)
    found = await store.inbox.recent(later(2), 10)
    assert [item.message.judged_text for item in found if item.message] == [
        post(2).judged_text,
        "changed",
        post(5).judged_text,
    ]
    assert [item.key.message for item in await store.inbox.recent(AT, 2)] == ["3", "5"]


async def test_an_erasure_takes_a_person_out_of_incidents_and_shared_cases(store: Store) -> None:
    """The others stay."""
    await store.incidents.form(incident(), (seat(post(1)), seat(post(2))))
    await store.cases.record_decision(decision_record(post(1), covers=(post(2).ref, post(3).ref)))
    receipt = await store.keeping.erase(COMMUNITY, PersonId("raider-2"), later(60))
    assert dict(receipt.counts)["incidents"] == 1
    assert [member.author for member in await store.incidents.members(RAID)] == ["raider-1"]
    left = await store.cases.members(COMMUNITY, CaseNumber(1))
    assert [entry.author for entry in left] == ["raider-1", "raider-3"]
    assert await store.cases.file_of(post(2).ref) is None
