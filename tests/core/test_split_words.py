"""Words sent one a line are read together, and what is found has to reach into the newest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.intake.split_words import Joined, covered, in_newest, join
from bot.domain.actions import Action
from bot.domain.card import Gathering
from bot.domain.events import Message
from bot.domain.states import State
from bot.domain.texts.evidence import find_quote
from bot.domain.verdict import Evidence
from bot.inference.scripted import SAFE, Answer, ScriptedClassifier, by_text, violates
from tests.core.walking import walk
from tests.factories import category, community_settings, delete, later, message, policy

RUDE = "you worthless pig"


def lines(*texts: str, apart: float = 5, by: str = "ann") -> list[Message]:
    """Return an author's messages, one after the other."""
    return [message(text, id=str(number), by=by, at=later(number * apart)) for number, text in enumerate(texts)]


def joined(*texts: str, apart: float = 5) -> Joined | None:
    """Return what the last of these lines says together with the others."""
    *before, newest = lines(*texts, apart=apart)
    return join(newest, tuple(before))


def test_lines_are_joined_under_the_newest() -> None:
    """With a space between words."""
    found = joined("you", "worthless", "pig")
    assert found is not None
    assert found.text == RUDE
    assert [found.text[line.start : line.end] for line in found.lines] == ["you", "worthless", "pig"]
    assert found.newest_from == len("you worthless ")


def test_single_letters_make_a_word() -> None:
    """Pieces of one or two letters get no space between them."""
    found = joined("i", "d", "io", "t")
    assert found is not None
    assert found.text == "idiot"


@pytest.mark.parametrize(("apart", "text"), [(30, RUDE), (31, None)])
def test_a_pause_of_more_than_half_a_minute_ends_a_run(apart: float, text: str | None) -> None:
    """Between any two of its lines."""
    found = joined("you", "worthless", "pig", apart=apart)
    assert (found.text if found else None) == text


def test_a_message_of_twenty_characters_stands_alone() -> None:
    """Nineteen may be a piece of something."""
    assert joined("you", "x" * 20) is None
    assert joined("you", "x" * 19) is not None


def test_a_longer_message_may_begin_a_run_and_nothing_before_it_counts() -> None:
    """`I think that all of you` is a beginning; what stood before it is another matter."""
    found = joined("hello", "I think that all of you here", "are", "pigs")
    assert found is not None
    assert found.text == "I think that all of you here are pigs"


def test_a_run_is_bounded() -> None:
    """A thousand lines are not read as one."""
    found = joined(*["abcdefghij"] * 40, apart=1)
    assert found is not None
    assert len(found.lines) == 20


def test_a_picture_between_two_lines_does_not_end_the_run() -> None:
    """A message without text says nothing."""
    found = joined("you", "", "pig")
    assert found is not None
    assert found.text == "you pig"


@given(st.lists(st.text(min_size=1, max_size=19), min_size=2, max_size=6))
def test_every_line_keeps_its_place(texts: list[str]) -> None:
    """Whatever characters there are, the lines do not overlap and hold their own texts."""
    found = joined(*texts)
    if found is None:
        return
    ends = [0, *(line.end for line in found.lines)]
    assert all(line.start >= end for line, end in zip(found.lines, ends, strict=False))
    assert all(found.text[line.start : line.end].strip() for line in found.lines)


def test_the_messages_that_hold_the_evidence_are_covered() -> None:
    """Not those before it."""
    found = joined("hello", "you", "worthless", "pig")
    assert found is not None
    start, end = find_quote("worthless pig", found.text) or (0, 0)
    quotes = (Evidence(quote="worthless pig", start=start, end=end),)
    assert [ref.message for ref in covered(found, quotes)] == ["2"]
    assert in_newest(found, (Evidence(quote="pig", start=end - 3, end=end),))[0].start == 0


def _model(*known: tuple[str, Answer]) -> ScriptedClassifier:
    return ScriptedClassifier(by_text(dict(known)))


async def test_all_lines_that_hold_a_slur_are_removed() -> None:
    """One case, one notice; each message keeps its own state."""
    model = _model((RUDE, violates("insult", RUDE)))
    found = walk(community_settings(), policy(), model=model)
    await found.through(*lines("you", "worthless", "pig"))
    assert [question.text for question in model.asked] == ["you", "you worthless", RUDE]
    removed = sorted(key.target for key in found.enforcer.done if key.action is Action.DELETE)
    assert removed == ["message:general/0", "message:general/1", "message:general/2"]
    assert len(found.notifier.told) == 1
    [card] = found.cards
    assert card.message is not None
    assert (card.message.judged_text, card.copies, card.kind) == (RUDE, 3, Gathering.LINES)
    for line in lines("you", "worthless", "pig"):
        item = await found.store.inbox.current(line.ref)
        assert item is not None
        assert item.state is State.DONE


async def test_only_the_lines_that_the_evidence_touches_go() -> None:
    """An innocent greeting before it stays."""
    model = _model(("hello you worthless pig", violates("insult", "worthless pig")))
    found = walk(community_settings(), policy(), model=model)
    await found.through(*lines("hello", "you", "worthless", "pig"))
    removed = sorted(key.target for key in found.enforcer.done if key.action is Action.DELETE)
    assert removed == ["message:general/2", "message:general/3"]


async def test_evidence_in_earlier_lines_alone_convicts_nobody() -> None:
    """The newest is asked about alone then: what stood before it was judged when it came."""
    model = _model(
        ("you pig", violates("insult", "you pig")),
        ("you pig lol", violates("insult", "you pig")),
    )
    found = walk(community_settings(), policy(), model=model)
    await found.through(*lines("you", "pig", "lol"))
    assert [question.text for question in model.asked] == ["you", "you pig", "you pig lol", "lol"]
    assert [card.case.ref.message for card in found.cards] == ["1"]


async def test_what_the_newest_says_alone_still_counts() -> None:
    """Its evidence stands in its own text."""
    model = _model(
        ("you", SAFE),
        ("you pig", violates("insult", "you")),
        ("pig", violates("insult", "pig")),
    )
    found = walk(community_settings(), policy(), model=model)
    await found.through(*lines("you", "pig"))
    [card] = found.cards
    assert card.message is not None
    assert card.verdict is not None
    assert card.message.judged_text == "pig"
    assert [(quote.start, quote.end) for quote in card.verdict.evidence] == [(0, 3)]
    assert card.copies == 1


async def test_others_may_speak_in_between_and_are_not_joined() -> None:
    """A busy channel hides nothing."""
    first, second = message("you worthless", id="1"), message("pig", id="3", at=later(8))
    between = message("good morning", id="2", by="bob", at=later(4))
    model = _model((RUDE, violates("insult", RUDE)))
    found = walk(community_settings(), policy(), model=model)
    await found.through(first, between, second)
    assert [question.text for question in model.asked] == ["you worthless", "good morning", RUDE]


async def test_a_deleted_line_is_not_joined() -> None:
    """Nobody reads it any more."""
    first, second = message("you worthless", id="1"), message("pig", id="2", at=later(8))
    found = walk(community_settings(), policy())
    await found.through(first, delete(first.ref, at=later(3)), second)
    assert [question.text for question in found.model.asked] == ["you worthless", "pig"]


async def test_the_joined_lines_are_no_context_as_well() -> None:
    """The model reads each once."""
    before = message("what a lovely day this has been", id="0", by="bob")
    found = walk(community_settings(), policy("harassment", category(context_free=False)))
    await found.through(
        before, *(line for line in (message("you", id="1", at=later(1)), message("pig", id="2", at=later(2))))
    )
    asked = found.model.asked[-1]
    assert (asked.text, [line.text for line in asked.context]) == ("you pig", ["what a lovely day this has been"])


async def test_others_who_say_the_last_word_do_not_follow_what_was_found_of_all_lines() -> None:
    """The same short word makes an incident from the third on; what two members' lines say together leads nobody."""
    model = ScriptedClassifier(by_text({RUDE: violates("insult", RUDE)}))
    found = walk(community_settings(), policy(), model=model)
    bobs = [
        message(text, id=f"b{number}", by="bob", at=later(30 + number))
        for number, text in enumerate(("you", "worthless", "pig"))
    ]
    others = [message("pig", id=f"p{number}", by=f"member-{number}", at=later(60 + number)) for number in range(3)]
    await found.through(*lines("you", "worthless", "pig"), *bobs, *others)
    assert [question.text for question in model.asked][-3:] == ["pig"] * 3
    assert len(found.cards) == 2
    assert {key.target for key in found.enforcer.done if key.action is Action.DELETE} == {
        f"message:general/{name}" for name in ("0", "1", "2", "b0", "b1", "b2")
    }
