"""What retention and erasure do in every store."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditCode
from bot.domain.case import CaseFile
from bot.domain.decision import message_target, person_target
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.inbox import key_of
from bot.domain.keeping import Cutoffs, Dropped
from bot.domain.reasons import Reason
from bot.domain.records import CaseFilter
from bot.domain.states import State
from bot.domain.verdict import VerdictSource
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
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
    put_off,
    ref,
    report,
    review,
    review_record,
    safe,
    safe_record,
    violates,
)

ANN = PersonId("ann")
HOUR, DAY = 3_600, 86_400
SECRET = "The purple elephant dances at midnight"


async def judged(store: Store, of: Message, number: str = "d1", *, received: datetime = AT) -> None:
    """Take a message to DONE, with a case and an applied effect."""
    await store.inbox.accept(of, received)
    await store.inbox.claim(key_of(of))
    told = effect(Action.NOTICE, of=of, decision_id=number, returned_text=of.own_text)
    made_at = decision(of, id=number, made_at=received)
    await store.cases.record_decision(decision_record(of, id=number, effects=(told,), decision=made_at))
    await store.cases.record_result(effect_result(told), ())


async def passed(store: Store, of: Message, number: str = "d1", *, received: datetime = AT) -> None:
    """Take a message to DONE as SAFE."""
    await store.inbox.accept(of, received)
    await store.inbox.claim(key_of(of))
    await store.cases.record_decision(safe_record(of, id=number, verdicts=(safe(reasoning="It is about elephants."),)))


async def text_of(store: Store, number: str = "1") -> str | None:
    """Return the current text of a message on record, None once it is gone."""
    item = await store.inbox.current(ref(number))
    assert item is not None
    return item.message.own_text if item.message is not None else None


async def file_of(store: Store, number: int = 1) -> CaseFile:
    """Return a case that is on record."""
    file = await store.cases.file(COMMUNITY, CaseNumber(number))
    assert file is not None
    return file


def cutoffs(*, without_case: float = -DAY, deleted: float = -DAY, of_case: float = -DAY) -> Cutoffs:
    """Return cutoffs at these seconds after `AT`."""
    return Cutoffs(without_case=later(without_case), deleted=later(deleted), of_case=later(of_case))


# Retention


async def test_words_without_a_case_go_first(store: Store) -> None:
    """The message of a case keeps its text while another one of the same age loses it."""
    await passed(store, message(SECRET, id="1"), "d1")
    await judged(store, message("You are a fool, truly a fool", id="2"), "d2")
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=1, cases=0)
    assert await text_of(store, "1") is None
    assert await text_of(store, "2") == "You are a fool, truly a fool"
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=0, cases=0)


async def test_the_skeleton_stays(store: Store) -> None:
    """Counts, states and the author's history are as they were; a copy of the text is not found any more."""
    await passed(store, message(SECRET))
    before = await store.inbox.coverage(COMMUNITY, None, None)
    assert await store.cases.exact_copy(copy_query(message(SECRET))) is not None
    await store.keeping.drop_words(cutoffs(without_case=1))
    assert await store.inbox.coverage(COMMUNITY, None, None) == before
    assert (await store.cases.history(COMMUNITY, ANN)).messages == 1
    assert await store.cases.exact_copy(copy_query(message(SECRET))) is None
    assert await store.inbox.earlier(message(id="9", at=later(9)), 5) == ()


async def test_what_was_received_later_than_the_cutoff_keeps_its_words(store: Store) -> None:
    """The cutoff itself is not before the cutoff."""
    await passed(store, message(SECRET), received=later(1))
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=0, cases=0)
    assert await text_of(store) == SECRET


async def test_words_of_deleted_messages_go_sooner(store: Store) -> None:
    """Their author took them back: they go when the deletion is old enough, whenever they came in."""
    await passed(store, message(SECRET, id="1"), "d1")
    await passed(store, message(SECRET, id="2"), "d2")
    await store.inbox.accept(delete(ref("1"), at=later(10)), later(10))
    assert await store.keeping.drop_words(cutoffs(deleted=10)) == Dropped(messages=0, cases=0)
    assert await store.keeping.drop_words(cutoffs(deleted=11)) == Dropped(messages=1, cases=0)
    assert await text_of(store, "2") == SECRET


async def test_messages_on_their_way_keep_their_words(store: Store) -> None:
    """What waits, is being judged or has effects before it is never emptied."""
    decided = message(SECRET, id="3")
    for number in ("1", "2", "3"):
        await store.inbox.accept(message(SECRET, id=number), AT)
    await store.inbox.claim(key_of(message(SECRET, id="2")))
    await store.inbox.claim(key_of(decided))
    await store.cases.record_decision(decision_record(decided))
    assert await store.keeping.drop_words(cutoffs(without_case=9, deleted=9, of_case=9)) == Dropped(messages=0, cases=0)
    assert [await text_of(store, number) for number in ("1", "2", "3")] == [SECRET] * 3
    assert (await store.cases.pending_effects())[0].effect.rationale == "It attacks a person."


@pytest.mark.parametrize("action", [Action.FLAG, Action.ESCALATE])
async def test_a_card_that_waits_for_its_mod_log_keeps_no_words_for_ever(store: Store, action: Action) -> None:
    """It is never given up, so it can be posted long after the words have gone; the message stays on its way."""
    waiting = message(SECRET)
    card = effect(action, of=waiting)
    await store.inbox.accept(waiting, AT)
    await store.inbox.claim(key_of(waiting))
    await store.cases.record_decision(decision_record(waiting, effects=(card,)))
    await store.cases.postpone(card.key, put_off(until=None))
    assert await store.keeping.drop_words(cutoffs(without_case=9, deleted=9)) == Dropped(messages=0, cases=0)
    assert await store.keeping.drop_words(cutoffs(of_case=9)) == Dropped(messages=1, cases=1)
    assert await text_of(store) is None
    [pending] = await store.cases.pending_effects()
    assert (pending.effect.rationale, pending.effect.key) == ("", card.key)
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.DECIDED
    await store.cases.record_result(effect_result(card), ())
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.DONE


async def test_superseded_texts_go_too(store: Store) -> None:
    """An old text of an edited message is a text like any other."""
    await store.inbox.accept(message(SECRET), AT)
    await store.inbox.accept(edit("Other words"), later(60))
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=1, cases=0)
    again = await store.inbox.accept(message(SECRET), later(70))
    assert again.item is not None
    assert again.item.message is None


async def test_a_cases_words_go_with_everything_that_repeats_them(store: Store) -> None:
    """Text, evidence, rationale, reasoning and returned text go; number, rule, outcome and review stay."""
    await judged(store, message(SECRET))
    await store.cases.review(review_record())
    assert await store.keeping.drop_words(cutoffs(of_case=1)) == Dropped(messages=1, cases=1)
    file = await file_of(store)
    assert (file.message, file.case.rationale) == (None, "")
    (verdict,) = file.verdicts
    assert verdict == replace(violates(), evidence=(), rationale="", reasoning="")
    (stored,) = file.effects
    assert (stored.effect.rationale, stored.effect.returned_text) == ("", "")
    assert stored.result == effect_result(stored.effect)
    assert (file.case.category, file.case.status, len(file.reviews)) == ("insult", "UPHELD", 1)
    assert await store.cases.find(COMMUNITY, CaseFilter(words="elephant")) == ()
    assert len(await store.cases.find(COMMUNITY, CaseFilter())) == 1
    assert await store.keeping.drop_words(cutoffs(of_case=1)) == Dropped(messages=0, cases=0)


async def test_a_case_counts_from_its_last_decision(store: Store) -> None:
    """While people still work on it, its words are there."""
    await judged(store, message(SECRET))
    pressed = decision(message(SECRET), id="p1", made_at=later(DAY), by=PersonId("mo"))
    await store.cases.review(review_record(decision=pressed))
    assert await store.keeping.drop_words(cutoffs(of_case=DAY)) == Dropped(messages=0, cases=0)
    assert await store.keeping.drop_words(cutoffs(of_case=DAY + 1)) == Dropped(messages=1, cases=1)


async def test_words_that_a_press_brings_to_an_old_case_go_as_well(store: Store) -> None:
    """The case lost its own before."""
    await judged(store, message(SECRET))
    assert await store.keeping.drop_words(cutoffs(of_case=1)) == Dropped(messages=1, cases=1)
    pressed = decision(message(SECRET), id="p1", made_at=later(DAY), by=PersonId("mo"))
    ban = effect(Action.BAN, decision_id="p1")
    await store.cases.review(review_record(decision=pressed, effects=(ban,)))
    await store.cases.record_result(effect_result(ban), ())
    assert await store.keeping.drop_words(cutoffs(of_case=DAY + 1)) == Dropped(messages=0, cases=1)
    assert {stored.effect.rationale for stored in (await file_of(store)).effects} == {""}
    assert await store.keeping.drop_words(cutoffs(of_case=DAY + 1)) == Dropped(messages=0, cases=0)


async def test_a_reports_words_go_with_its_message(store: Store) -> None:
    """Who reported stays on record, what they wrote does not."""
    told = report(brings=message(SECRET), words="An elephant again")
    acceptance = await store.inbox.accept(told, AT)
    assert acceptance.item is not None
    await store.inbox.claim(acceptance.item.key)
    bare = safe_record(message(SECRET), key=acceptance.item.key)
    await store.cases.record_decision(bare)
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=1, cases=0)
    again = await store.inbox.accept(told, later(5))
    assert again.item is not None
    assert again.item.message is None
    assert again.item.report == replace(told, words="", message=None)


async def test_many_words_go_in_one_pass(store: Store) -> None:
    """However many are over, none is left."""
    for number in range(450):
        await store.inbox.accept(message(SECRET, id=str(number)), AT)
        await store.inbox.accept(delete(ref(str(number))), AT)
    assert await store.keeping.drop_words(cutoffs(without_case=1)) == Dropped(messages=450, cases=0)


# Erasure


async def full_record(store: Store) -> None:
    """Put Ann on record as an author with and without a case, as reporter, as moderator, and elsewhere."""
    mine, other = message(SECRET, id="m1"), message("Words of Bob, rather rude ones", id="m3", by="bob")
    await judged(store, mine)
    await store.cases.review(review_record())
    await passed(store, message("All my gardens bloom", id="m2"), "d2")
    await judged(store, other, "d3")
    acceptance = await store.inbox.accept(report(other.ref, by="ann", words="I saw an elephant"), later(30))
    assert acceptance.item is not None
    await store.inbox.claim(acceptance.item.key)
    copied = safe(policy="spam", source=VerdictSource.EXACT_COPY, copy_of="m1")
    step = Reason(code="copy_of", values=(("of", "m1"),))
    again = decision(other, id="d4", steps=(step,))
    joined = decision_record(other, id="d4", key=acceptance.item.key, effects=(), decision=again)
    await store.cases.record_decision(replace(joined, verdicts=(copied,), reported_by=(ANN,)))
    by_ann = review(2, by=ANN, by_name="Ann")
    pressed = decision(other, id="p1", by=ANN)
    ban = effect(Action.BAN, of=other, decision_id="p1", by=ANN)
    await store.cases.review(review_record(2, version=2, review=by_ann, decision=pressed, effects=(ban,)))
    await store.inbox.accept(member("ann"), AT)
    await store.inbox.accept(member("bob", event_id="e2", by=ANN), AT)
    await store.settings.save(COMMUNITY, {"exempt_people": ["ann", "zoe"], "mode": "live"}, audit_note(decision=""))
    await store.audit.append((audit_note(AuditCode.REFUSED_PRESS, decision="", details=(("author", "ann"),)),))
    await store.inbox.accept(message(SECRET, id="m1", community=OTHER_COMMUNITY), AT)


async def test_an_erasure_takes_a_person_out_of_every_table(store: Store) -> None:
    """The receipt counts each kind of row, and names nobody."""
    await full_record(store)
    receipt = await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    assert dict(receipt.counts) == {
        "messages": 2,
        "texts": 2,
        "decisions": 1,
        "cases": 1,
        "effects": 2,
        "reports": 1,
        "reviews": 1,
        "members": 2,
        "people": 1,
        "settings": 1,
        "incidents": 0,
        "quotes": 0,
        "audit_details": 4,
    }
    assert (receipt.cases, receipt.erased_at, receipt.total) == ((1,), later(DAY), 18)
    assert "ann" not in repr(receipt)


async def test_after_an_erasure_nothing_on_record_names_the_person(store: Store) -> None:
    """Neither their words nor their ids are found anywhere in what can be read."""
    await full_record(store)
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    read = repr([await file_of(store, 1), await file_of(store, 2), await store.settings.load(COMMUNITY)])
    read += repr([await store.audit.entries(COMMUNITY, 99), await store.cases.find(COMMUNITY, CaseFilter())])
    for trace in ("'ann'", "Ann", "person:ann", "'m1'", "general/m1", "elephant", "gardens"):
        assert trace not in read
    assert await store.inbox.current(ref("m1")) is None
    assert await store.cases.file_of(ref("m1")) is None
    assert await store.cases.exact_copy(copy_query(message(SECRET))) is None
    assert await store.cases.find(COMMUNITY, CaseFilter(words="elephant")) == ()
    history = await store.cases.history(COMMUNITY, ANN)
    assert (history.messages, history.cases_upheld, history.sanctions, history.joined_at) == (0, 0, 0, None)


async def test_an_erased_case_keeps_its_skeleton(store: Store) -> None:
    """Number, rule, outcome and review stay, under one name in all of it that leads nowhere."""
    await full_record(store)
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    file = await file_of(store)
    token = file.case.author
    assert token.startswith("erased-")
    assert file.case.ref.message.startswith(token)
    assert (file.case.category, file.case.status, file.reviews) == ("insult", "UPHELD", (review(),))
    assert (file.decisions[0].ref, file.case.author_name) == (file.case.ref, "")
    (stored,) = file.effects
    assert stored.effect.key.target == person_target(token)
    assert stored.result == effect_result(stored.effect)
    assert await store.cases.file_of(file.case.ref) == file


async def test_an_erasure_takes_along_what_was_not_read_of_a_persons_messages(store: Store) -> None:
    """Counts of what nobody could read go with the message that they belong to."""
    await store.inbox.accept(message(id="m9", by="ann", unread=("poll",)), AT)
    await store.inbox.accept(message(id="m10", by="bob", unread=("table",)), AT)
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).unread == (("table", 1),)


async def test_an_erasure_leaves_others_and_other_communities_alone(store: Store) -> None:
    """Bob's message, case and verdict are as they were, and Ann is still known elsewhere."""
    await full_record(store)
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    assert await text_of(store, "m3") == "Words of Bob, rather rude ones"
    file = await file_of(store, 2)
    assert (file.case.author, file.verdicts[0]) == ("bob", violates())
    assert len(await store.cases.find(COMMUNITY, CaseFilter(words="rude"))) == 1
    assert (await store.cases.history(OTHER_COMMUNITY, ANN)).messages == 1
    assert await store.settings.load(COMMUNITY) == {"exempt_people": ["zoe"], "mode": "live"}


async def test_what_others_quote_of_an_erased_person_goes_too(store: Store) -> None:
    """From an answer with a case and one without; their own words stay, and so does what is quoted of others."""
    await passed(store, message(SECRET, id="m1"))
    answer = replace(message("That is rude, rather rude", id="2", by="bob", quoted=SECRET), reply_to=ref("m1").message)
    plain = replace(message("So it is said", id="3", by="bob", quoted=SECRET), reply_to=ref("m1").message)
    other = replace(message("I agree", id="4", by="eve", quoted="So it is said"), reply_to=ref("3").message)
    waiting = replace(message("Who says that?", id="5", by="eve", quoted=SECRET), reply_to=ref("m1").message)
    await judged(store, answer, "d2")
    await passed(store, plain, "d3")
    await passed(store, other, "d4")
    await store.inbox.accept(waiting, AT)
    undone = replace(message("How rude of you", id="6", by="bob", quoted=SECRET), reply_to=ref("m1").message)
    await store.inbox.accept(undone, AT)
    await store.inbox.claim(key_of(undone))
    await store.cases.record_decision(
        decision_record(undone, id="d6", effects=(effect(Action.FLAG, of=undone, decision_id="d6"),))
    )
    receipt = await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    assert dict(receipt.counts)["quotes"] == 5
    assert "elephant" not in repr(await _kept(store, "6"))
    file = await file_of(store)
    read = [file.message, *[(await _kept(store, number)) for number in ("2", "3")]]
    assert "elephant" not in repr(read)
    assert "m1" not in repr(read)
    assert [await text_of(store, number) for number in ("2", "3")] == [answer.own_text, plain.own_text]
    assert await _kept(store, "4") == other
    assert await _kept(store, "5") == waiting


async def _kept(store: Store, number: str) -> Message | None:
    item = await store.inbox.current(ref(number))
    assert item is not None
    return item.message


async def test_the_audit_chain_verifies_after_an_erasure(store: Store) -> None:
    """Entries stay, details that named the person are gone, and the chain says how many."""
    await full_record(store)
    before = await store.audit.verify(COMMUNITY)
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    after = await store.audit.verify(COMMUNITY)
    assert (after.entries, after.faults) == (before.entries, ())
    assert after.details_erased == 4


async def test_what_was_still_to_be_done_to_an_erased_person_is_not_done(store: Store) -> None:
    """An effect without its target is suppressed; one on somebody else goes on."""
    mine, other = message(id="m1"), message(id="m2", by="bob")
    for sent, number in ((mine, "d1"), (other, "d2")):
        await store.inbox.accept(sent, AT)
        await store.inbox.claim(key_of(sent))
        record = decision_record(sent, id=number)
        await store.cases.record_decision(record)
        await store.cases.postpone(record.effects[0].key, put_off())
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    for left in (await store.cases.pending_effects(), await store.cases.postponed()):
        assert [stored.effect.key.target for stored in left] == [message_target(other.ref)]
    (stored,) = (await file_of(store)).effects
    assert stored.result is not None
    assert (stored.result.outcome, stored.put_off) == (Outcome.SUPPRESSED, None)


async def test_a_message_that_is_being_judged_is_not_decided_after_its_erasure(store: Store) -> None:
    """The answer comes too late, and nothing is written."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    assert await store.cases.record_decision(decision_record()) is None
    assert await store.cases.find(None, CaseFilter()) == ()


async def test_an_erased_person_may_come_back(store: Store) -> None:
    """What they write from then on is on record as anyone's, even under an id that was erased."""
    await judged(store, message(SECRET))
    await store.keeping.erase(COMMUNITY, ANN, later(DAY))
    await judged(store, message("Something new and rude"), "d9")
    file = await store.cases.file_of(ref())
    assert file is not None
    assert (file.case.number, file.case.author) == (2, "ann")
    assert (await store.keeping.erase(COMMUNITY, ANN, later(2 * DAY))).cases == (2,)


async def test_erasing_a_stranger_does_nothing(store: Store) -> None:
    """The receipt says so."""
    await store.inbox.accept(message(), AT)
    receipt = await store.keeping.erase(COMMUNITY, PersonId("nobody"), later(DAY))
    assert (receipt.total, receipt.cases) == (0, ())
    item = await store.inbox.current(ref())
    assert item is not None
    assert item.state is State.WAITING
