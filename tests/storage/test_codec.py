"""Stored texts: what is written is read back, strange and old and newer ones too."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.case import Case, Review
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult
from bot.domain.errors import StorageError
from bot.domain.events import Attachment, Author, Message, Part, Report
from bot.domain.ids import MessageRef
from bot.domain.reasons import Reason
from bot.domain.verdict import Evidence, ModelRun, Verdict, VerdictSource
from bot.storage.codec.decisions import (
    decision_text,
    effect_text,
    effect_words,
    people_text,
    rationale_text,
    result_text,
    review_text,
    to_decision,
    to_effect,
    to_rationale,
    to_result,
    to_review,
    with_people,
)
from bot.storage.codec.documents import SCHEMA, from_micros, to_micros
from bot.storage.codec.events import message_text, report_text, report_words, to_message, to_report
from bot.storage.codec.verdicts import to_verdict, verdict_text, words_text
from tests.factories import AT, case, decision, effect, message, review, safe, undecided, violates

T = TypeVar("T")
TEXTS = st.text(st.characters(), max_size=12)
"""Any characters, lone surrogates and nulls too."""
MOMENTS = st.builds(
    datetime.fromtimestamp,
    st.floats(0, 7e9),
    tz=st.sampled_from([UTC, timezone(timedelta(hours=-3))]),
)


def whole(kind: type[T]) -> st.SearchStrategy[T]:
    """Return objects with a value of their own in every field, those with a default too."""
    return st.builds(kind, **{name: st.from_type(hint) for name, hint in get_type_hints(kind).items()})


st.register_type_strategy(str, TEXTS)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(float, st.floats(allow_nan=False))
for stored in (MessageRef, Author, Part, Attachment, Message, Report, Reason, Evidence, ModelRun):
    st.register_type_strategy(stored, whole(stored))
for written_down in (Decision, EffectKey, Effect, EffectResult, Review, Case):
    st.register_type_strategy(written_down, whole(written_down))
VERDICTS = st.builds(
    replace,
    st.sampled_from([violates(), safe(), undecided()]),
    policy=TEXTS,
    policy_hash=TEXTS,
    source=st.sampled_from(VerdictSource),
    evidence=st.from_type(tuple[Evidence, ...]),
    rationale=TEXTS,
    reasoning=TEXTS,
    reasoning_cut=st.booleans(),
    with_context=st.booleans(),
    copy_of=TEXTS,
    run=st.none() | whole(ModelRun),
)


@given(st.from_type(Message))
def test_messages_come_back(written: Message) -> None:
    """Every field, whatever members put there."""
    assert to_message(message_text(written)) == written


@given(st.from_type(Report))
def test_reports_come_back(written: Report) -> None:
    """In two texts, or without the words."""
    assert to_report(report_text(written), report_words(written)) == written
    assert to_report(report_text(written), None) == replace(written, words="", message=None)


@given(VERDICTS)
def test_verdicts_come_back(written: Verdict) -> None:
    """In two texts, or without the words."""
    assert to_verdict(verdict_text(written), words_text(written)) == written
    assert to_verdict(verdict_text(written), None) == replace(written, evidence=(), rationale="", reasoning="")


@given(st.from_type(Decision))
def test_decisions_come_back(written: Decision) -> None:
    """With every step."""
    assert to_decision(decision_text(written)) == written


@given(st.from_type(Effect))
def test_effects_come_back(written: Effect) -> None:
    """In two texts, or without the words."""
    assert to_effect(effect_text(written), effect_words(written)) == written
    assert to_effect(effect_text(written), None) == replace(written, rationale="", returned_text="")


@given(st.from_type(EffectResult))
def test_results_come_back(written: EffectResult) -> None:
    """Under the key that stands in the row."""
    assert to_result(result_text(written.outcome, written.why, written.platform_id), written.key) == written


@given(st.from_type(Review))
def test_reviews_come_back(written: Review) -> None:
    """With the note."""
    assert to_review(review_text(written)) == written


@given(st.from_type(Case))
def test_a_cases_people_and_rationale_come_back(written: Case) -> None:
    """What is no column of its own."""
    bare = replace(written, author_name="", reported_by=(), rationale="")
    assert with_people(bare, people_text(written)) == replace(written, rationale="")
    assert to_rationale(rationale_text(written.rationale)) == written.rationale
    assert to_rationale(None) == ""


@given(MOMENTS)
def test_moments_come_back_to_the_microsecond(at: datetime) -> None:
    """In UTC, the same instant."""
    assert from_micros(to_micros(at)) == at


def test_keys_of_a_later_version_are_passed_over() -> None:
    """A database may be read by an older version after it was written by a newer one of the same schema."""
    text = json.dumps(json.loads(message_text(message())) | {"mood": "merry"})
    assert to_message(text) == message()


def test_keys_that_an_earlier_version_did_not_write_get_their_defaults() -> None:
    """Only what makes the thing what it is has to be there."""
    document = json.loads(decision_text(decision(steps=())))
    for key in ("steps", "wanted", "severity"):
        del document[key]
    assert to_decision(json.dumps(document)) == decision(steps=(), wanted=None, severity=None)


def test_a_text_of_a_later_schema_is_refused_with_the_remedy() -> None:
    """It may mean something else by then."""
    text = json.dumps(json.loads(effect_text(effect())) | {"schema": SCHEMA + 1})
    with pytest.raises(StorageError, match=f"schema {SCHEMA + 1}.*Install the later version"):
        to_effect(text, None)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"schema":1}', '{"schema":1,"case":"x","result":"?"}'])
def test_a_damaged_text_is_an_error_for_people(text: str) -> None:
    """It names the remedy, and shows nothing of what members wrote."""
    with pytest.raises(StorageError, match="hallmoot backup --restore"):
        to_review(text)


def test_texts_are_ascii() -> None:
    """No encoder refuses them, whatever stands in a name."""
    assert people_text(case(author_name="\ud800é")).isascii()
    assert review_text(review(note="\udfff", at=AT)).isascii()
