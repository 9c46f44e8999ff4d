"""What every inbox does: deliveries, their states, and the counts of them."""

import re
from dataclasses import replace

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.decision import BOT
from bot.domain.events import Edit, MemberChange, Message, Unread, unread_kinds
from bot.domain.ids import ChannelId, PersonId
from bot.domain.inbox import Accepted, InboxItem, Kind, key_of
from bot.domain.records import Finished
from bot.domain.states import NEXT, TERMINAL, State
from bot.domain.verdict import UndecidedReason, VerdictSource
from bot.ports.store import Store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    author,
    decision_record,
    delete,
    edit,
    effect,
    effect_result,
    later,
    member,
    message,
    ref,
    report,
    safe,
    safe_record,
    undecided,
    violates,
)


async def state_of(store: Store, of: Message) -> State:
    """Return where the current text of a message stands."""
    item = await store.inbox.current(of.ref)
    assert item is not None
    return item.state


async def judged(store: Store, of: Message, decision_id: str = "d1") -> None:
    """Take a message that is waiting to DECIDED, with a case and one intended effect."""
    assert await store.inbox.claim(key_of(of)) is not None
    assert await store.cases.record_decision(decision_record(of, id=decision_id)) is not None


# Accepting


async def test_a_message_waits(store: Store) -> None:
    """A first delivery makes a row, and hands it out with the message as it came."""
    sent = message(
        quoted="as you said", files=("cat.png",), by=author(roles=frozenset({"a", "b"}), joined_at=later(-9))
    )
    acceptance = await store.inbox.accept(sent, later(1))
    expected = InboxItem(key=key_of(sent), message=sent, state=State.WAITING, reason="", received_at=later(1))
    assert (acceptance.accepted, acceptance.item) == (Accepted.NEW, expected)
    assert await store.inbox.current(sent.ref) == expected
    assert await store.inbox.waiting(10) == (expected,)


async def test_the_same_delivery_twice_is_known(store: Store) -> None:
    """The second one changes nothing, whatever state the first one has reached."""
    await store.inbox.accept(message(), AT)
    await judged(store, message())
    again = await store.inbox.accept(message(), later(5))
    assert again.accepted is Accepted.KNOWN
    assert again.item is not None
    assert again.item.state is State.DECIDED
    assert again.item.received_at == AT


async def test_a_text_that_no_encoder_takes_survives(store: Store) -> None:
    """Lone surrogates and null characters come back as they were."""
    sent = message("\ud800 a \x00 b \U000e0041", by=author(name="\udfff"))
    await store.inbox.accept(sent, AT)
    item = await store.inbox.current(sent.ref)
    assert item is not None
    assert item.message == sent


async def test_an_edit_supersedes_the_text_before_it(store: Store) -> None:
    """Only the new text waits."""
    await store.inbox.accept(message(), AT)
    changed = edit("Good evening")
    acceptance = await store.inbox.accept(changed, later(60))
    assert acceptance.accepted is Accepted.NEW
    assert [item.message for item in await store.inbox.waiting(10)] == [changed.message]
    assert await store.inbox.claim(key_of(message())) is None
    current = await store.inbox.current(ref())
    assert current is not None
    assert current.key == key_of(changed)


async def test_an_edit_of_an_unknown_message_is_a_message(store: Store) -> None:
    """What was edited before it was seen waits like any other."""
    acceptance = await store.inbox.accept(edit("Good evening"), AT)
    assert acceptance.accepted is Accepted.NEW
    assert await state_of(store, message()) is State.WAITING


async def test_an_edit_that_changes_nothing_to_read_is_unchanged(store: Store) -> None:
    """The row stays as it is."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    acceptance = await store.inbox.accept(Edit(message=message(), edited_at=later(60)), later(60))
    assert acceptance.accepted is Accepted.UNCHANGED
    assert await state_of(store, message()) is State.JUDGING


async def test_a_return_to_an_earlier_text_reopens_it(store: Store) -> None:
    """A text that was superseded before anyone judged it waits again, from now on."""
    first, second = message("First words of mine"), edit("Second words of mine", at=later(60))
    await store.inbox.accept(first, AT)
    await store.inbox.accept(second, later(60))
    acceptance = await store.inbox.accept(Edit(message=first, edited_at=later(90)), later(91))
    assert acceptance.accepted is Accepted.REOPENED
    assert acceptance.item is not None
    assert (acceptance.item.state, acceptance.item.received_at) == (State.WAITING, later(91))
    assert [item.key for item in await store.inbox.waiting(10)] == [key_of(first)]


async def test_a_return_to_a_text_that_was_judged_keeps_its_verdict(store: Store) -> None:
    """What is done stays done; the text between the two is superseded."""
    first, second = message("First words of mine"), edit("Second words of mine", at=later(60))
    await store.inbox.accept(first, AT)
    await store.inbox.claim(key_of(first))
    await store.cases.record_decision(safe_record(first))
    await store.inbox.accept(second, later(60))
    acceptance = await store.inbox.accept(Edit(message=first, edited_at=later(90)), later(91))
    assert acceptance.accepted is Accepted.KNOWN
    assert await state_of(store, first) is State.DONE
    assert await store.inbox.waiting(10) == ()


async def test_the_same_edit_again_does_not_undo_a_later_one(store: Store) -> None:
    """A platform may repeat a delivery long after; only a new edit returns to an old text."""
    second, third = edit("Second words of mine", at=later(60)), edit("Third words of mine", at=later(70))
    await store.inbox.accept(message("First words of mine"), AT)
    await store.inbox.accept(second, later(60))
    await store.inbox.accept(third, later(70))
    assert (await store.inbox.accept(second, later(80))).accepted is Accepted.KNOWN
    assert [item.key for item in await store.inbox.waiting(10)] == [key_of(third)]


async def test_the_first_text_after_its_edit_is_superseded_on_arrival(store: Store) -> None:
    """Deliveries may overtake each other; the edit stays current."""
    changed = edit("Second words of mine")
    await store.inbox.accept(changed, later(60))
    acceptance = await store.inbox.accept(message("First words of mine"), later(61))
    assert acceptance.item is not None
    assert (acceptance.accepted, acceptance.item.state) == (Accepted.NEW, State.SUPERSEDED)
    assert [item.key for item in await store.inbox.waiting(10)] == [key_of(changed)]


async def test_a_message_that_reads_otherwise_now_counts_as_edited(store: Store) -> None:
    """What is fetched after a pause is the text as it reads then."""
    await store.inbox.accept(message("First words of mine"), AT)
    acceptance = await store.inbox.accept(message("Second words of mine"), later(60))
    assert acceptance.accepted is Accepted.NEW
    assert [item.message for item in await store.inbox.waiting(10)] == [message("Second words of mine")]


@pytest.mark.parametrize("decided", [State.DONE, State.NOT_JUDGED])
async def test_an_edit_leaves_an_ended_text_as_it_ended(store: Store, decided: State) -> None:
    """A text that reached a terminal state is not superseded any more; it is only not current."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.cases.record_decision(safe_record(state=decided))
    await store.inbox.accept(edit("Good evening"), later(60))
    again = await store.inbox.accept(message(), later(61))
    assert again.item is not None
    assert again.item.state is decided


async def test_edits_after_judgements_are_counted(store: Store) -> None:
    """A judgement that ended counts, and one that an edit overtook; a text that nobody judged does not."""
    await store.inbox.accept(message("Text number one"), AT)
    await store.inbox.accept(edit("Text number two", at=later(10)), later(10))
    await store.inbox.claim(key_of(edit("Text number two")))
    await store.inbox.accept(edit("Text number three", at=later(20)), later(20))
    current = await store.inbox.current(ref())
    assert current is not None
    assert current.judged_before == 1
    await store.inbox.claim(current.key)
    await store.cases.record_decision(safe_record(message("Text number three")))
    acceptance = await store.inbox.accept(edit("Text number four", at=later(30)), later(30))
    assert acceptance.item is not None
    assert acceptance.item.judged_before == 2


# Deletions


@pytest.mark.parametrize("reached", [State.WAITING, State.JUDGING, State.DECIDED])
async def test_a_deletion_withdraws_what_is_not_done(store: Store, reached: State) -> None:
    """Whatever stood in the way to DONE ends there, and what was intended is suppressed with its reason."""
    await store.inbox.accept(message(), AT)
    if reached is State.JUDGING:
        await store.inbox.claim(key_of(message()))
    if reached is State.DECIDED:
        await judged(store, message())
    acceptance = await store.inbox.accept(delete(), later(90))
    assert (acceptance.accepted, acceptance.item) == (Accepted.NOTED, None)
    item = await store.inbox.current(ref())
    assert item is not None
    assert (item.state, item.reason) == (State.WITHDRAWN, "gone")
    assert await store.cases.pending_effects() == ()


async def test_a_suppressed_effect_says_that_its_message_is_gone(store: Store) -> None:
    """The case stays on record, with what was meant and why it was not done."""
    await store.inbox.accept(message(), AT)
    await judged(store, message())
    await store.inbox.accept(delete(), later(90))
    file = await store.cases.file_of(ref())
    assert file is not None
    (stored,) = file.effects
    assert stored.result is not None
    assert stored.result.outcome is Outcome.SUPPRESSED
    assert stored.result.why is not None
    assert stored.result.why.code == "gone"


async def test_the_bots_own_deletion_withdraws_nothing(store: Store) -> None:
    """The platform tells of every deletion, ours too: that is how a decision is carried out."""
    await store.inbox.accept(message(), AT)
    await judged(store, message())
    await store.inbox.accept(delete(by=BOT), later(6))
    assert await state_of(store, message()) is State.DECIDED
    assert await store.cases.record_result(effect_result(), ())
    assert await state_of(store, message()) is State.DONE


@pytest.mark.parametrize("when", ["under way", "applied"])
async def test_a_deletion_that_was_decided_withdraws_nothing(store: Store, when: str) -> None:
    """The platform seldom says who deleted; our own deletion must not cost the author's timeout and notice."""
    record = decision_record(effects=(effect(), effect(Action.TIMEOUT), effect(Action.NOTICE)))
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.cases.record_decision(record)
    await store.cases.begin_effect(record.effects[0].key)
    if when == "applied":
        await store.cases.record_result(effect_result(record.effects[0]), ())
    await store.inbox.accept(delete(), later(6))
    assert await state_of(store, message()) is State.DECIDED
    for planned in record.effects:
        await store.cases.record_result(effect_result(planned), ())
    assert await state_of(store, message()) is State.DONE
    assert (await store.inbox.accept(delete(), later(7))).accepted is Accepted.KNOWN
    assert await store.inbox.earlier(message(id="9", at=later(9)), 5) == ()


@pytest.mark.parametrize(("action", "mode"), [(Action.TIMEOUT, Mode.LIVE), (Action.DELETE, Mode.SHADOW)])
async def test_another_effect_under_way_does_not_make_a_deletion_ours(store: Store, action: Action, mode: Mode) -> None:
    """Neither a timeout nor a simulated deletion removes a message."""
    record = decision_record(effects=(effect(action, mode=mode), effect(Action.NOTICE)))
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.cases.record_decision(record)
    await store.cases.begin_effect(record.effects[0].key)
    await store.inbox.accept(delete(), later(6))
    assert await state_of(store, message()) is State.WITHDRAWN


async def test_what_was_carried_out_all_the_same_is_on_record(store: Store) -> None:
    """A deletion that came in while the platform was at work does not turn an applied effect into a suppressed one."""
    await store.inbox.accept(message(), AT)
    await judged(store, message())
    await store.inbox.accept(delete(), later(6))
    assert not await store.cases.record_result(effect_result(outcome=Outcome.REFUSED), ())
    assert await store.cases.record_result(effect_result(), ())
    assert not await store.cases.record_result(effect_result(), ())
    file = await store.cases.file_of(ref())
    assert file is not None
    assert file.effects[0].result == effect_result()


async def test_a_deletion_before_its_message_withdraws_it_on_arrival(store: Store) -> None:
    """It is counted, and nobody judges it."""
    await store.inbox.accept(delete(), AT)
    assert await store.inbox.current(ref()) is None
    acceptance = await store.inbox.accept(message(), later(1))
    assert acceptance.accepted is Accepted.NEW
    assert await state_of(store, message()) is State.WITHDRAWN
    assert await store.inbox.waiting(10) == ()


async def test_deleted_is_deleted(store: Store) -> None:
    """No edit that comes in later brings a deleted message back, neither with a new text nor with an old one."""
    await store.inbox.accept(message(), AT)
    await store.inbox.accept(edit("Good evening", at=later(60)), later(60))
    await store.inbox.accept(delete(), later(90))
    await store.inbox.accept(edit("Good night", at=later(91)), later(91))
    await store.inbox.accept(Edit(message=message(), edited_at=later(92)), later(92))
    assert await store.inbox.waiting(10) == ()
    assert (await store.inbox.accept(delete(), later(93))).accepted is Accepted.KNOWN


async def test_a_withdrawn_text_reopens_when_an_edit_brings_it_back(store: Store) -> None:
    """The core may have ended a text that it found changed; no deletion came in, so the text may return."""
    await store.inbox.accept(message(), AT)
    await store.inbox.finish(Finished(key=key_of(message()), state=State.WITHDRAWN, reason="changed"))
    await store.inbox.accept(edit("Good evening", at=later(60)), later(60))
    acceptance = await store.inbox.accept(Edit(message=message(), edited_at=later(70)), later(70))
    assert acceptance.accepted is Accepted.REOPENED
    assert await state_of(store, message()) is State.WAITING


async def test_an_edit_suppresses_what_was_meant_for_the_text_before_it(store: Store) -> None:
    """Changed words are not acted upon; they are judged anew."""
    await store.inbox.accept(message(), AT)
    await judged(store, message())
    await store.inbox.accept(edit("Good evening"), later(60))
    assert await store.cases.pending_effects() == ()
    file = await store.cases.file_of(ref())
    assert file is not None
    assert file.effects[0].result is not None
    assert file.effects[0].result.why is not None
    assert file.effects[0].result.why.code == "changed"


# Reports and members


async def test_a_report_is_a_row_of_its_own_with_the_stored_text(store: Store) -> None:
    """The message's own state stays, and the text judged is the one on record, not the one that the report brings."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.cases.record_decision(safe_record())
    told = report(brings=message("Something else that is made up"), words="look at this")
    acceptance = await store.inbox.accept(told, later(30))
    item = acceptance.item
    assert item is not None
    assert (acceptance.accepted, item.key.kind, item.key.discriminator) == (Accepted.NEW, Kind.REPORT, "rita")
    assert (item.message, item.report, item.state) == (message(), told, State.WAITING)
    assert await state_of(store, message()) is State.DONE
    assert (await store.inbox.accept(told, later(31))).accepted is Accepted.KNOWN


async def test_a_report_of_an_unknown_message_has_the_text_that_it_brings(store: Store) -> None:
    """Without one there is none; either way it waits."""
    brought = await store.inbox.accept(report(brings=message(id="7")), AT)
    bare = await store.inbox.accept(report(ref("8")), AT)
    assert brought.item is not None
    assert bare.item is not None
    assert (brought.item.message, bare.item.message) == (message(id="7"), None)
    assert len(await store.inbox.waiting(10)) == 2
    assert await store.inbox.current(ref("7")) is None


async def test_a_report_that_brings_another_message_has_no_text(store: Store) -> None:
    """Nobody is judged for what stands somewhere else."""
    acceptance = await store.inbox.accept(report(ref("8"), brings=message(id="7")), AT)
    assert acceptance.item is not None
    assert acceptance.item.message is None


async def test_a_deletion_does_not_end_a_report(store: Store) -> None:
    """Who deletes what was reported does not get rid of the report."""
    await store.inbox.accept(message(), AT)
    await store.inbox.accept(report(), later(30))
    await store.inbox.accept(delete(), later(90))
    assert [item.key.kind for item in await store.inbox.waiting(10)] == [Kind.REPORT]


async def test_reports_of_a_message_are_handed_out_latest_first(store: Store) -> None:
    """With their words, whoever made them; those of another message or community are not among them."""
    sent = message()
    await store.inbox.accept(sent, later(1))
    for number, (by, words) in enumerate([("rita", "rude"), ("ray", ""), ("ria", "again")], start=2):
        await store.inbox.accept(report(sent.ref, by=by, words=words), later(number))
    await store.inbox.accept(report(ref("other"), words="elsewhere"), later(9))
    await store.inbox.accept(report(replace(sent.ref, community=OTHER_COMMUNITY), words="foreign"), later(9))
    assert [made.words for made in await store.inbox.reports(sent.ref, 5)] == ["again", "", "rude"]
    assert [made.reporter for made in await store.inbox.reports(sent.ref, 1)] == ["ria"]


async def test_two_reporters_make_two_rows(store: Store) -> None:
    """One person is heard once, two are heard twice."""
    await store.inbox.accept(message(), AT)
    for reporter in ("rita", "rob", "rita"):
        await store.inbox.accept(report(by=reporter), later(30))
    assert len(await store.inbox.waiting(10)) == 3


async def test_a_member_event_is_noted_once_and_has_nothing_to_judge(store: Store) -> None:
    """It feeds the history, and coverage never counts it."""
    first = await store.inbox.accept(member(), AT)
    again = await store.inbox.accept(member(), AT)
    assert (first.accepted, first.item, again.accepted) == (Accepted.NOTED, None, Accepted.KNOWN)
    assert (await store.inbox.coverage(None, None, None)).by_state == ()
    assert (await store.cases.history(COMMUNITY, PersonId("ann"))).joined_at == AT


# Moving


async def test_one_claim_wins(store: Store) -> None:
    """A row is judged once, by whoever came first; released, it can be claimed again."""
    await store.inbox.accept(message(), AT)
    claimed = await store.inbox.claim(key_of(message()))
    assert claimed is not None
    assert claimed.state is State.JUDGING
    assert await store.inbox.claim(key_of(message())) is None
    await store.inbox.release(key_of(message()))
    assert await store.inbox.claim(key_of(message())) is not None


async def test_an_unknown_key_moves_nothing(store: Store) -> None:
    """Every step on a row that does not exist says so, and raises nothing."""
    key = key_of(message())
    assert await store.inbox.claim(key) is None
    assert not await store.inbox.finish(Finished(key=key, state=State.SCREENED_OUT, reason="bot"))
    await store.inbox.release(key)
    await store.inbox.settle(key)
    assert await store.cases.record_decision(decision_record()) is None


@pytest.mark.parametrize("state", sorted(TERMINAL - {State.DONE}))
async def test_finishing_moves_only_as_the_states_allow(store: Store, state: State) -> None:
    """What the table of states refuses is refused, and the note of a refused step is not written."""
    finished = Finished(key=key_of(message()), state=state, reason="why", notes=(audit_note(),))
    await store.inbox.accept(message(), AT)
    assert await store.inbox.finish(finished) is (state in NEXT[State.WAITING])
    assert not await store.inbox.finish(finished)
    item = await store.inbox.current(ref())
    assert item is not None
    assert (item.state, item.reason) == (state, "why")
    assert len(await store.audit.entries(COMMUNITY, 10)) == 1


@pytest.mark.parametrize("state", [State.DONE, State.WAITING, State.JUDGING, State.DECIDED])
async def test_finishing_is_an_end_without_a_decision(store: Store, state: State) -> None:
    """It leads to no other state, though the table knows a way for decisions."""
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    assert not await store.inbox.finish(Finished(key=key_of(message()), state=state, reason=""))
    assert await state_of(store, message()) is State.JUDGING


async def test_settling_waits_for_the_last_outcome(store: Store) -> None:
    """A row with a pending effect stays DECIDED; its last outcome settles it."""
    record = decision_record(effects=(effect(), effect(Action.NOTICE)))
    await store.inbox.accept(message(), AT)
    await store.inbox.claim(key_of(message()))
    await store.cases.record_decision(record)
    await store.inbox.settle(key_of(message()))
    assert await state_of(store, message()) is State.DECIDED
    await store.cases.record_result(effect_result(record.effects[0]), ())
    assert await state_of(store, message()) is State.DECIDED
    await store.cases.record_result(effect_result(record.effects[1], Outcome.REFUSED), ())
    assert await state_of(store, message()) is State.DONE


async def test_recovering_takes_up_what_was_left(store: Store) -> None:
    """What was being judged waits again, what was decided without anything to do is done; the rest stays."""
    left, bare, busy = message(id="1"), message(id="2"), message(id="3")
    for sent in (left, bare, busy):
        await store.inbox.accept(sent, AT)
        await store.inbox.claim(key_of(sent))
    await store.cases.record_decision(decision_record(bare, id="d2", effects=()))
    await store.cases.record_decision(decision_record(busy, id="d3"))
    assert await store.inbox.recover() == 1
    assert [await state_of(store, sent) for sent in (left, bare, busy)] == [State.WAITING, State.DONE, State.DECIDED]
    assert await store.inbox.recover() == 0


async def test_waiting_rows_come_oldest_first_and_no_more_than_asked(store: Store) -> None:
    """The time of receipt counts, then the order of arrival."""
    for number, received in (("1", 30), ("2", 10), ("3", 20), ("4", 10)):
        await store.inbox.accept(message(id=number), later(received))
    assert [item.key.message for item in await store.inbox.waiting(3)] == ["2", "4", "3"]


# Context


async def test_earlier_messages_of_the_channel_are_found(store: Store) -> None:
    """Oldest first, at most as many as asked, without deleted ones, other channels and later ones."""
    for number in range(6):
        await store.inbox.accept(message(f"Text {number}", id=f"{number}", at=later(number)), later(number))
    await store.inbox.accept(message("Elsewhere", id="8", channel="other", at=later(3)), later(3))
    await store.inbox.accept(message("Far away", id="8", community=OTHER_COMMUNITY, at=later(3)), later(3))
    await store.inbox.accept(delete(ref("3")), later(9))
    await store.inbox.accept(edit("Text two", of=message(id="2", at=later(2))), later(9))
    found = await store.inbox.earlier(message("Text 5", id="5", at=later(5)), 3)
    assert [entry.own_text for entry in found] == ["Text 1", "Text two", "Text 4"]


async def test_what_was_said_before_holds_deleted_messages_that_were_judged(store: Store) -> None:
    """Whoever deletes their words before anybody judged them has said nothing that others could repeat."""
    for number in range(6):
        each = message(f"Text {number}", id=f"{number}", at=later(number))
        await store.inbox.accept(each, later(number))
        if number == 3:
            await store.inbox.claim(key_of(each))
            await store.cases.record_decision(safe_record(each))
    for gone in ("2", "3"):
        await store.inbox.accept(delete(ref(gone)), later(9))
    await store.inbox.accept(message("Elsewhere", id="8", channel="other", at=later(3)), later(3))
    await store.inbox.accept(message("Far away", id="8", community=OTHER_COMMUNITY, at=later(3)), later(3))
    found = await store.inbox.said_before(message("Text 5", id="5", at=later(5)), 3)
    assert [entry.own_text for entry in found] == ["Text 1", "Text 3", "Text 4"]
    assert [entry.own_text for entry in await store.inbox.earlier(found[-1], 9)] == ["Text 0", "Text 1"]


async def test_of_messages_sent_at_one_moment_the_first_to_arrive_is_earlier(store: Store) -> None:
    """Some exports know the minute only."""
    for number in ("1", "2", "3"):
        await store.inbox.accept(message(f"Text {number}", id=number), AT)
    found = await store.inbox.earlier(message("Text 2", id="2"), 5)
    assert [entry.ref.message for entry in found] == ["1"]
    unknown = await store.inbox.earlier(message("New", id="9"), 5)
    assert [entry.ref.message for entry in unknown] == ["1", "2", "3"]


# Coverage


async def test_coverage_counts_every_message_once(store: Store) -> None:
    """Edited messages count with their last text, reports and member events not at all."""
    for number in ("1", "2", "3"):
        await store.inbox.accept(message(id=number, files=("a.png", "b.png")), AT)
    await store.inbox.accept(edit("Other words", of=message(id="1", files=("a.png", "b.png"))), later(60))
    await store.inbox.finish(Finished(key=key_of(message(id="2")), state=State.SCREENED_OUT, reason="bot"))
    await store.inbox.accept(report(ref("3")), later(61))
    await store.inbox.accept(member(), AT)
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.by_state == ((State.SCREENED_OUT, 1), (State.WAITING, 2))
    assert coverage.reasons == ((State.SCREENED_OUT, "bot", 1),)
    assert coverage.attachments_unjudged == 6
    assert (coverage.seen, coverage.judged) == (3, 0)


async def test_what_could_not_be_read_is_counted_by_kind(store: Store) -> None:
    """Pieces of a message count with its current text, in its span and community, and delivered twice once."""
    sent = message(unread=unread_kinds(["Block Table", "block table", "component 99"]))
    for _ in range(2):
        await store.inbox.accept(sent, AT)
    await store.inbox.accept(message(id="2", at=later(60), community=OTHER_COMMUNITY, unread=("poll",)), AT)
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    assert coverage.unread == (("block table", 2), ("component 99", 1))
    assert (await store.inbox.coverage(None, later(1), None)).unread == (("poll", 1),)
    await store.inbox.accept(replace(edit("Other words", of=replace(sent, unread=("component 99",)))), later(60))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).unread == (("component 99", 1),)
    item = await store.inbox.current(sent.ref)
    assert item is not None
    assert item.message is not None
    assert item.message.unread == ("component 99",)


async def test_an_event_that_could_not_be_read_is_counted_once(store: Store) -> None:
    """It has no message, and no row; delivered again it is the same."""
    event = Unread(community=COMMUNITY, kind="event message_create", at=AT, event_id="7", channel=ChannelId("c"))
    assert (await store.inbox.accept(event, AT)).accepted is Accepted.NOTED
    assert (await store.inbox.accept(event, later(5))) == (await store.inbox.accept(event, later(9)))
    await store.inbox.accept(replace(event, event_id="8", at=later(60)), AT)
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    assert (coverage.unread, coverage.seen) == ((("event message_create", 2),), 0)
    assert (await store.inbox.coverage(COMMUNITY, None, later(1))).unread == (("event message_create", 1),)
    assert (await store.inbox.coverage(OTHER_COMMUNITY, None, None)).unread == ()


@pytest.mark.parametrize("name", ["\x1b[31m@everyone", "", "x" * 500])
def test_a_kind_of_the_platform_is_harmless(name: str) -> None:
    """Whoever names it, nothing but plain small letters is kept, and not many of them."""
    (kind,) = unread_kinds([name])
    assert re.fullmatch(r"[a-z0-9 _.-]{1,60}", kind)
    assert len(unread_kinds([name] * 1_000)) == 50


async def test_coverage_tells_verdicts_by_source_and_what_no_policy_could_judge(store: Store) -> None:
    """A message with one answer is judged; the other policy's silence is counted beside it."""
    for number in ("1", "2"):
        await store.inbox.accept(message(id=number), AT)
        await store.inbox.claim(key_of(message(id=number)))
    copied = replace(violates(), source=VerdictSource.EXACT_COPY)
    late = undecided(UndecidedReason.TIMEOUT, policy="spam")
    await store.cases.record_decision(safe_record(message(id="1"), id="d1", verdicts=(safe(), late, copied)))
    lost = safe_record(message(id="2"), id="d2", verdicts=(late,), state=State.NOT_JUDGED, reason="timeout")
    await store.cases.record_decision(lost)
    coverage = await store.inbox.coverage(None, None, None)
    assert coverage.by_state == ((State.DONE, 1), (State.NOT_JUDGED, 1))
    assert coverage.reasons == ((State.NOT_JUDGED, "timeout", 1),)
    assert coverage.undecided == (("spam", "timeout", 1),)
    assert coverage.sources == (("SAFE", "model", 1), ("UNDECIDED", "model", 2), ("VIOLATES", "exact_copy", 1))
    assert coverage.judged == 1


async def test_coverage_is_of_one_community_and_of_a_span_of_time(store: Store) -> None:
    """The moment of sending counts, from the first on and before the last."""
    for number in range(4):
        await store.inbox.accept(message(id=f"{number}", at=later(number)), later(100))
    await store.inbox.accept(message(id="9", community=OTHER_COMMUNITY, at=later(1)), later(100))
    assert (await store.inbox.coverage(COMMUNITY, later(1), later(3))).seen == 2
    assert (await store.inbox.coverage(OTHER_COMMUNITY, later(1), later(3))).seen == 1
    whole = await store.inbox.coverage(None, later(1), None)
    assert (whole.seen, whole.since, whole.until) == (4, later(1), None)


async def test_communities_do_not_see_each_other(store: Store) -> None:
    """The same ids elsewhere are another message."""
    await store.inbox.accept(message(), AT)
    acceptance = await store.inbox.accept(message(community=OTHER_COMMUNITY), AT)
    assert acceptance.accepted is Accepted.NEW
    await store.inbox.accept(delete(ref(community=OTHER_COMMUNITY)), later(9))
    assert await state_of(store, message()) is State.WAITING
    assert await store.inbox.current(ref(channel=ChannelId("other"))) is None


async def test_a_sanction_by_another_counts_against_an_author(store: Store) -> None:
    """What the bot itself did is on record as an effect, and not counted twice."""
    await store.inbox.accept(member(change=MemberChange.SANCTIONED, event_id="s1", by=PersonId("mo")), AT)
    await store.inbox.accept(member(change=MemberChange.SANCTIONED, event_id="s2", by=BOT), AT)
    await store.inbox.accept(member(change=MemberChange.LEFT, event_id="s3"), AT)
    assert (await store.cases.history(COMMUNITY, PersonId("ann"))).sanctions == 1
