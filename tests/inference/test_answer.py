"""Which explanations count, and what is kept of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.texts.text import is_hidden
from bot.domain.verdict import Evidence, UndecidedReason
from bot.inference.answer import answer_schema, kept_reasoning, read_explanation, tidy
from bot.inference.faults import NoVerdict
from tests.inference.samples import policy

TEXT = "Get fr\u200bee NITRO now, you idiot"


def _answer(**changes: Any) -> str:
    made = {"violation": 1, "category": "SP1", "evidence": ["free nitro"], "rationale": "It advertises."}
    return json.dumps({**made, **changes})


def _refused(answer: str) -> UndecidedReason:
    with pytest.raises(NoVerdict) as caught:
        read_explanation(answer, policy(), TEXT)
    return caught.value.reason


def test_a_valid_answer_is_read_with_its_evidence_in_the_messages_own_words() -> None:
    """What the model quoted is looked up; what is kept is what the member wrote."""
    read = read_explanation(_answer(evidence=["free nitro", "not there", "IDIOT"]), policy(), TEXT)
    assert read.category == "SP1"
    assert read.rationale == "It advertises."
    assert read.evidence == (
        Evidence(quote="fr\u200bee NITRO", start=4, end=15),
        Evidence(quote="idiot", start=25, end=30),
    )


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[1]",
        '{"violation":0}',
        _answer(violation=0),
        _answer(violation=True),
        _answer(violation="1"),
        _answer(category="made-up"),
        _answer(category=""),
        _answer(category=None),
        _answer(evidence=[]),
        _answer(evidence=["a"] * 5),
        _answer(evidence="free nitro"),
        _answer(evidence=[1]),
        _answer(rationale=""),
        _answer(rationale=" \u200b\n"),
        "```json\n" + _answer() + "\n```\nand\n```json\n" + _answer() + "\n```",
        "Here it is: " + _answer(),
        _answer() + "}",
        '{"violation":1,"category":"SP1","rationale":"no evidence"}',
        _answer().replace("It adv", "\\ud800"),
        _answer().replace("It adv", "\ud800"),
        "[" * 100_000,
    ],
)
def test_an_answer_outside_the_schema_is_invalid(answer: str) -> None:
    """A server that does not apply the schema can't smuggle anything in."""
    assert _refused(answer) is UndecidedReason.INVALID


@pytest.mark.parametrize(
    "answer",
    [
        _answer(action="ban", confidence=0.9),
        f"```json\n{_answer()}\n```",
        f"\n```\r\n{_answer()}\r\n```\n",
        f"```JSON {chr(10)}{_answer(notes={'a': [1]})}```",
        _answer(category=" sp1 "),
    ],
)
def test_a_fence_around_it_and_keys_beside_it_change_nothing(answer: str) -> None:
    """So models write where no schema holds them back; what was asked for counts, and nothing else is taken."""
    read = read_explanation(answer, policy(), TEXT)
    assert (read.category, read.rationale, [quote.quote for quote in read.evidence]) == (
        "SP1",
        "It advertises.",
        ["fr\u200bee NITRO"],
    )


@pytest.mark.parametrize("quotes", [["words of the context"], [""], ["  "], ["\u200b\u200b"], ["free ... gone"]])
def test_quotes_that_are_not_in_the_message_are_no_evidence(quotes: list[str]) -> None:
    """Nor is nothing at all."""
    assert _refused(_answer(evidence=quotes)) is UndecidedReason.NO_EVIDENCE


@pytest.mark.parametrize("quotes", [["no"], ["words of the context", "yo"], ['"no."']])
def test_words_of_the_message_that_are_too_few_have_a_reason_of_their_own(quotes: list[str]) -> None:
    """It would be untrue to say that they do not stand there."""
    assert _refused(_answer(evidence=quotes)) is UndecidedReason.SHORT_EVIDENCE


def test_a_quote_that_leaves_words_out_is_evidence_in_its_pieces() -> None:
    """Each piece in the message's own words, where it stands."""
    read = read_explanation(_answer(evidence=["Get free \u2026 idiot."]), policy(), TEXT)
    assert read.evidence == (
        Evidence(quote="Get fr\u200bee", start=0, end=9),
        Evidence(quote="idiot", start=25, end=30),
    )


def test_the_schema_offers_the_policys_categories_and_nothing_else() -> None:
    """Keys come in the order in which the model is to think of them."""
    schema = answer_schema(policy(categories=("A", "B")))
    assert list(schema["properties"]) == ["violation", "category", "evidence", "rationale"]
    assert schema["properties"]["category"] == {"enum": ["A", "B"]}
    assert schema["properties"]["violation"] == {"const": 1}
    assert schema["additionalProperties"] is False


@given(st.text())
def test_a_rationale_is_one_line_of_visible_words(text: str) -> None:
    """Whatever the model writes: no control or hidden characters, no control tokens."""
    made = tidy(text)
    assert not any(is_hidden(char) or char in "\n\r\t" for char in made)
    assert "<|" not in made
    assert made == made.strip()


def test_a_rationale_is_capped() -> None:
    """500 characters, however long the model goes on."""
    assert len(read_explanation(_answer(rationale="long " * 1_000), policy(), TEXT).rationale) == 500


def test_reasoning_is_kept_without_hidden_characters_and_capped() -> None:
    """Line ends stay, since people read it."""
    assert kept_reasoning("one\n\u202etwo\x00") == "one\ntwo"
    assert len(kept_reasoning("x" * 50_000)) == 20_000


def test_the_same_words_quoted_twice_count_once() -> None:
    """However they are spelt."""
    read = read_explanation(_answer(evidence=["free nitro", "FREE  Nitro"]), policy(), TEXT)
    assert len(read.evidence) == 1
