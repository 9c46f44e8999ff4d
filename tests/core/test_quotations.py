"""Quotations: another's words where somebody really said them here, else their writer's own."""

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.intake.quotations import MOST_BEFORE, MOST_TRIED, confirmed, confirmed_page, with_quotations
from bot.core.judging.context import context_lines
from bot.domain.events import Message, Part, PartKind
from bot.domain.ids import MessageId
from bot.domain.inbox import Accepted
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.scripted import SAFE, ScriptedClassifier, violates
from bot.storage.codec.events import message_text, to_message
from tests.core.walking import walk
from tests.factories import AT, author, community_settings, delete, edit, later, message, policy, report
from tests.memory.store import MemoryStore

INSULT = "You are the dumbest person in this whole server"


def said(*texts: str, by: str = "bob") -> list[Message]:
    """Return messages of one author, ten seconds apart, an hour before `AT`."""
    return [message(text, id=f"s{number}", by=by, at=later(number * 10 - 3_600)) for number, text in enumerate(texts)]


def quoting(text: str, before: Iterable[Message] = (), **changes: object) -> Message:
    """Return Ann's message with what it repeats of these."""
    return with_quotations(message(text, id="q", **changes), before)  # type: ignore[arg-type]


def behind(found: Message) -> list[str]:
    """Return the texts of the background."""
    return [part.text for part in found.background]


@pytest.mark.parametrize(
    ("quote", "heard"),
    [
        (f"> {INSULT}", [INSULT]),
        (f">{INSULT}", [INSULT]),
        ("> the dumbest person", [INSULT]),
        ("> THE  DUMBEST person!", [INSULT]),
        (f"> **{INSULT}**", [INSULT]),
        (f'> "{INSULT}."', [INSULT]),
        ("> first line\n> second line", ["well, first line\nsecond line it is"]),
        (f">> {INSULT}", [INSULT]),
        ("> \u6b7b\u306d", ["\u304a\u524d\u306f\u6b7b\u306d\u3088"]),
        (f"> {INSULT}", ["something else", INSULT, "and more"]),
    ],
)
def test_words_that_somebody_said_are_background(quote: str, heard: list[str]) -> None:
    """Whoever answers them is not judged for them; case, spaces, markup and the marks around do not matter."""
    found = quoting(f"{quote}\nThat is no way to talk to people", said(*heard))
    assert found.judged_text == "That is no way to talk to people"
    assert len(found.background) == 1
    assert found.background[0].kind is PartKind.QUOTE
    assert ">" not in found.background[0].text


@pytest.mark.parametrize(
    ("quote", "heard"),
    [
        (f"> {INSULT}", []),
        (f"> {INSULT}", ["You are the nicest person in this whole server"]),
        ("> ass", ["I assume that you are right"]),
        ("> you\n> are\n> an idiot", ["you are right", "are we late?", "an idiot did it"]),
        ("> ...", ["well ..."]),
        ("> ", [INSULT]),
    ],
)
def test_words_that_nobody_said_are_the_writers_own(quote: str, heard: list[str]) -> None:
    """A made-up quotation hides nothing, and words put together from several messages are made up."""
    text = f"{quote}\nThat is no way to talk to people"
    found = quoting(text, said(*heard))
    assert (found.judged_text, behind(found)) == (text, [])


def test_ones_own_words_are_no_quotation_of_anothers() -> None:
    """Saying it once more is saying it."""
    text = f"> {INSULT}\nI said it and I mean it"
    assert quoting(text, said(INSULT, by="ann")).judged_text == text


def test_what_was_said_long_ago_is_no_quotation() -> None:
    """A day; the replay's own time counts, not the clock's."""
    old = [replace(each, sent_at=AT - timedelta(days=1, seconds=1)) for each in said(INSULT)]
    assert quoting(f"> {INSULT}\nwow", old).judged_text == f"> {INSULT}\nwow"
    young = [replace(each, sent_at=AT - timedelta(days=1)) for each in said(INSULT)]
    assert quoting(f"> {INSULT}\nwow", young).judged_text == "wow"


def test_of_a_longer_quotation_each_line_counts_that_is_long_enough() -> None:
    """Two people are quoted in one go, and a line of one's own is slipped in between."""
    first, second = "The meeting has been moved to nine", "I can not come at nine, sorry"
    found = quoting(f"> {first}\n> {INSULT}\n> {second}\nwell", said(first, second))
    assert found.judged_text == f"> {INSULT}\nwell"
    assert behind(found) == [f"{first}\n{second}"]


def test_all_after_three_marks_is_a_quotation() -> None:
    """As Discord shows it."""
    found = quoting(f"look at this\n>>> {INSULT}\nand ugly too", said(f"{INSULT}\nand ugly too"))
    assert (found.judged_text, behind(found)) == ("look at this", [f"{INSULT}\nand ugly too"])
    made_up = quoting(f"look at this\n>>> {INSULT}\nand ugly too", said(INSULT))
    assert made_up.judged_text == "look at this\nand ugly too"


def test_a_message_of_nothing_but_quotations_is_judged_by_them() -> None:
    """As a bare forward is; a word of one's own beside them makes them background again."""
    bare = quoting(f"> {INSULT}\n!!!", said(INSULT))
    assert (bare.judged_text, behind(bare)) == (f"> {INSULT}\n!!!", [])
    assert quoting(f"> {INSULT}\nno", said(INSULT)).judged_text == "no"


def test_what_is_known_to_be_quoted_changes_neither_text_nor_revision() -> None:
    """A message that is delivered again when its quotation is gone is the same message."""
    plain = message(f"> {INSULT}\nThat is no way to talk", id="q")
    found = with_quotations(plain, said(INSULT))
    assert found.parts != plain.parts
    assert (found.revision, found.written_text) == (plain.revision, plain.written_text)
    assert to_message(message_text(found)) == found
    assert to_message(message_text(plain)) == plain


def test_other_parts_quote_nothing() -> None:
    """A file's or a forward's lines stand as they are."""
    made = message("what is this", id="q")
    made = replace(made, parts=(*made.parts, Part(kind=PartKind.ATTACHMENT, text=f"> {INSULT}")))
    assert with_quotations(made, said(INSULT)).judged_text == f"what is this\n> {INSULT}"


def test_quotations_stand_in_the_context_and_never_in_the_judged_words() -> None:
    """The model reads them as what somebody else said."""
    found = quoting(f"> {INSULT}\nno way to talk", said(INSULT))
    (line,) = context_lines(found, ())
    assert (line.author, line.kind, line.text) == ("quoted", "quote", INSULT)


async def test_the_latest_messages_of_the_channel_and_the_one_that_is_answered_are_looked_through() -> None:
    """Not those of other channels, deleted ones, or what lies far back."""
    store = MemoryStore()
    inbox = store.inbox
    (heard,) = said(INSULT)
    text = f"> {INSULT}\nno way to talk"
    asked = message(text, id="q")
    assert (await confirmed(asked, inbox)).judged_text == text
    await inbox.accept(message(INSULT, id="other", by="bob", channel="elsewhere", at=later(-60)), AT)
    assert (await confirmed(asked, inbox)).judged_text == text
    await inbox.accept(heard, AT)
    assert (await confirmed(asked, inbox)).judged_text == "no way to talk"
    for number in range(MOST_BEFORE):
        await inbox.accept(message("chatting", id=f"c{number}", by="cid", at=later(-50 + number / 10)), AT)
    assert (await confirmed(asked, inbox)).judged_text == text
    answering = replace(asked, reply_to=MessageId("s0"))
    assert (await confirmed(answering, inbox)).judged_text == "no way to talk"
    await inbox.accept(delete(heard.ref), AT)
    assert (await confirmed(answering, inbox)).judged_text == text
    later_on = replace(asked, sent_at=later(10))
    assert (await confirmed(later_on, inbox)).judged_text == text


async def test_a_removed_insult_is_its_writers_as_soon_as_it_was_judged() -> None:
    """The bot removes it, and somebody complains; what its writer takes back unjudged was never said."""
    model = ScriptedClassifier(lambda question: violates("insult", INSULT) if INSULT in question.text else SAFE)
    found = walk(community_settings(), policy(), model=model)
    (heard,) = said(INSULT)
    complaint = message(f"> {INSULT}\nI want this to end", id="c", at=later(-3_500))
    await found.through(heard, delete(heard.ref, at=later(-3_550)), complaint)
    assert [card.case.ref.message for card in found.cards] == ["s0"]
    taken_back = message("What a worthless piece of dirt you are", id="t", by="bob", at=later(-3_400))
    await found.flow.receive(taken_back)
    await found.flow.receive(delete(taken_back.ref, at=later(-3_399)))
    received = await found.flow.receive(message(f"> {taken_back.own_text}\nlol", id="l", at=later(-3_390)))
    assert received.waiting is not None
    assert received.waiting.message is not None
    assert received.waiting.message.judged_text == f"> {taken_back.own_text}\nlol"


async def test_of_a_page_of_the_past_each_message_may_quote_those_before_it() -> None:
    """None of them is on record yet."""
    (heard,) = said(INSULT)
    page = await confirmed_page((heard, message(f"> {INSULT}\nno", id="q")), MemoryStore().inbox)
    assert [each.judged_text for each in page] == [INSULT, "no"]


def _objecting() -> ScriptedClassifier:
    return ScriptedClassifier(
        lambda question: violates("insult", "dumbest person") if "dumbest" in str(question) else violates("insult", "x")
    )


async def test_whoever_answers_an_insult_is_not_convicted_by_it_and_whoever_makes_one_up_is() -> None:
    """Through the whole flow: evidence has to stand in the writer's own words."""
    found = walk(community_settings(context_messages=0), policy(), model=_objecting())
    (heard,) = said("You are the dumbest person in this whole server")
    answer = message("> the dumbest person in this whole server\nThat is no way to talk to people here", id="a")
    made_up = message("> Bob said that Cid is the dumbest person alive\nI would never say that", id="m", at=later(60))
    bare = message("> the dumbest person in this whole server", id="b", at=later(120), by="dan")
    await found.through(heard, answer, made_up, bare)
    verdicts = {}
    for each in (heard, answer, made_up, bare):
        (judgement,) = await found.store.cases.judgements(each.ref)
        verdicts[str(each.ref.message)] = judgement.verdicts[0]
    labels = {name: verdict.label for name, verdict in verdicts.items()}
    assert labels == {
        "s0": Label.VIOLATES,
        "a": Label.UNDECIDED,
        "m": Label.VIOLATES,
        "b": Label.VIOLATES,
    }
    assert verdicts["a"].reason is UndecidedReason.NO_EVIDENCE
    assert verdicts["m"].evidence[0].quote == "dumbest person"


async def test_a_delivery_an_edit_and_a_report_are_all_looked_at() -> None:
    """And the same message again, once the quoted one is gone, is no edit."""
    found = walk(community_settings(), policy())
    (heard,) = said(INSULT)
    answer = message(f"> {INSULT}\nno way to talk", id="a")
    plain = message("hello", id="e", by="eve")
    await found.through(heard, answer, plain)
    await found.through(edit(f"> {INSULT}\nnot nice", of=plain))
    strange = message(f"> {INSULT}\nwho says that?", id="r", by="rob", at=later(100))
    await found.through(report(brings=strange))
    stored = [await found.store.inbox.current(each.ref) for each in (answer, plain)]
    texts = [item.message.judged_text for item in stored if item is not None and item.message is not None]
    assert texts == ["no way to talk", "not nice"]
    assert any(question.text == "who says that?" for question in found.model.asked)
    await found.through(delete(heard.ref))
    again = await found.flow.receive(answer)
    assert (again.acceptance.accepted, again.waiting) == (Accepted.KNOWN, None)


@given(
    st.text(alphabet="> ab\n*", max_size=60),
    st.lists(st.text(alphabet="> ab\n*", max_size=30), max_size=4),
)
def test_whatever_is_quoted_every_line_is_judged_or_background(text: str, heard: list[str]) -> None:
    """Nothing is lost between the two, and places are whole lines in their order."""
    found = with_quotations(message(text, id="q", by=author("ann")), said(*heard))
    (part,) = found.parts
    ends = [edge for span in part.quoted for edge in span]
    assert ends == sorted(ends)
    for start, end in part.quoted:
        assert start == 0 or text[start - 1] == "\n"
        assert end == len(text) or text[end] == "\n"
    read = "\n".join((found.judged_text, *(each.text for each in found.background)))
    assert sorted(char for char in read if char in "ab") == sorted(char for char in text if char in "ab")


def test_hostile_quotations_cost_little() -> None:
    """Thousands of lines, long runs, huge messages before: fifteen cases in a third of a second each at most."""
    began = time.process_time()
    for text in ("> a\n" * 2_000, "> " + "a" * 7_990, ">" * 8_000, "> a\nb\n" * 1_300, ">>> " * 2_000):
        for heard in (["a" * 8_000] * 50, ["a\n" * 4_000] * 50, ["x"] * 100):
            found = with_quotations(message(text, id="q"), said(*heard))
            assert sum(len(part.quoted) for part in found.parts) <= MOST_TRIED
    assert time.process_time() - began < 5.0
