"""Any card whatever: the limits hold, and nothing leaks or goes unescaped."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import Action, Outcome
from bot.domain.card import Card, Gathering, Reported
from bot.domain.case import CaseStatus, ReviewResult, RuleRecord
from bot.domain.ids import CategoryId, PersonId, PolicyId
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.domain.verdict import Evidence, UndecidedReason, Verdict, VerdictSource
from bot.messages.cards import MOST_LINES, CardContent, card_content
from bot.messages.catalogue import catalogue
from bot.messages.quoting import QUOTED_CHARACTERS
from tests import factories as make
from tests.messages.test_cards import ENGLISH, SPAM_VERDICT, spam_card, stored

HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["", "\n\n\n", "@everyone", "<@1>", "`" * 9, "\u202egnp.exe", "{name}", "\x00", "\ud800", "x" * 5_000, "a\nb" * 500]
)
REASONS = st.sampled_from([None, *(reason(code) for code in (*StepCode, *PlatformReason)), Reason(code="sunspots")])
EFFECTS = st.lists(
    st.builds(
        stored,
        st.sampled_from(Action),
        st.sampled_from([None, *Outcome]),
        REASONS,
        by=st.sampled_from([PersonId("hallmoot"), PersonId("mo"), PersonId("\n77")]),
        seconds=st.sampled_from([0, 1, 600, 10**9]),
    ),
    max_size=12,
).map(tuple)
STEPS = st.lists(REASONS.filter(lambda step: step is not None), max_size=6).map(tuple)


@st.composite
def judgements(draw: st.DrawFn, secret: str) -> Verdict | None:
    """Return any verdict a card may rest on, or none; `secret` stands in the model's reasoning."""
    evidence = tuple(
        draw(st.lists(st.builds(Evidence, quote=HOSTILE, start=st.integers(-5, 50), end=st.integers(0, 99))))
    )
    return draw(
        st.sampled_from(
            [
                None,
                make.safe(reasoning=secret),
                replace(SPAM_VERDICT, rationale=draw(HOSTILE), reasoning=secret, evidence=evidence),
                replace(SPAM_VERDICT, source=VerdictSource.NEAR_COPY, copy_of=draw(HOSTILE), reasoning=secret),
                replace(SPAM_VERDICT, source=VerdictSource.EXACT_COPY, reasoning=secret),
                make.undecided(draw(st.sampled_from(UndecidedReason)), reasoning=secret),
            ]
        )
    )


@st.composite
def cards(draw: st.DrawFn, secret: str = "") -> Card:
    """Return any card whatever, the names and texts in it hostile; `secret` stands in the model's reasoning."""
    text = draw(HOSTILE) + draw(HOSTILE)
    message = draw(st.sampled_from([None, make.message(text, files=tuple("ab"))]))
    judged = draw(judgements(secret))
    reviews = tuple(
        replace(make.review(12, result), by_name=draw(HOSTILE), note=draw(HOSTILE))
        for result in draw(st.lists(st.sampled_from(ReviewResult), max_size=5))
    )
    case = make.case(
        12,
        author_name=draw(HOSTILE),
        author=PersonId(draw(HOSTILE)),
        rationale=draw(HOSTILE),
        status=draw(st.sampled_from(CaseStatus)),
        reported_by=tuple(PersonId(str(number)) for number in range(draw(st.integers(0, 3)))),
    )
    return spam_card(
        *draw(EFFECTS),
        case=case,
        message=message,
        verdict=judged,
        reviews=reviews,
        decision=make.decision(
            action=draw(st.sampled_from([None, *Action])),
            wanted=draw(st.sampled_from([None, *Action])),
            steps=draw(STEPS),
        ),
        history=make.history(
            messages=draw(st.integers(0, 10**6)),
            cases_upheld=draw(st.integers(0, 9)),
            cases_overturned=draw(st.integers(0, 9)),
            cases_open=draw(st.integers(0, 9)),
            sanctions=draw(st.integers(0, 9)),
            joined_at=draw(st.sampled_from([None, make.later(600), make.AT - timedelta(days=4_000)])),
        ),
        rule_title=draw(HOSTILE),
        record=draw(
            st.sampled_from([None, RuleRecord(policy=PolicyId("p"), category=CategoryId("c"), right=1, wrong=0)])
        ),
        severe=draw(st.booleans()),
        answered=draw(HOSTILE),
        reports=tuple(
            Reported(by=draw(st.sampled_from([None, PersonId("7"), PersonId("\n@x")])), words=draw(HOSTILE))
            for _ in range(draw(st.integers(0, 4)))
        ),
        policy_title=draw(HOSTILE),
        kind=draw(st.sampled_from(Gathering)),
        authors=draw(st.integers(1, 10**6)),
        right_removes=draw(st.booleans()),
        copies=draw(st.integers(0, 10**6)),
    )


def every_text(content: CardContent) -> str:
    """Return all that a card could show, however it is drawn."""
    return "\n".join([*content.lines(), content.author_id, *(button.label for button in content.buttons)])


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@settings(max_examples=50)
@given(card=cards())
def test_no_card_exceeds_ten_lines_or_300_quoted_characters(language: str, card: Card) -> None:
    """Whatever its names, texts, effects, reasons and reviews are; and it can be encoded."""
    content = card_content(card, catalogue(language))
    assert len("\n".join(content.lines()).splitlines()) <= MOST_LINES
    assert len(content.quote.text) <= QUOTED_CHARACTERS
    assert len(every_text(content)) <= 3_000
    every_text(content).encode()


@given(card=cards(secret="Zwetschgenknoedel"))
def test_reasoning_never_reaches_a_card(card: Card) -> None:
    """A word that stands in the reasoning alone is found nowhere on the card."""
    assert "Zwetschgenknoedel" not in repr(card_content(card, ENGLISH))


@given(name=HOSTILE, title=HOSTILE, rationale=HOSTILE, answered=HOSTILE, reviewer=HOSTILE)
def test_all_that_people_and_the_model_wrote_is_escaped(
    name: str, title: str, rationale: str, answered: str, reviewer: str
) -> None:
    """Every such value goes through the platform's own escaping; the quote and the id are the platform's to draw."""
    seen: list[str] = []

    def swallowed(text: str) -> str:
        seen.append(text)
        return "ESCAPED"

    card = spam_card(
        case=make.case(12, author_name=f"{name}Q"),
        rule_title=f"Q{title}",
        verdict=replace(SPAM_VERDICT, rationale=f"Q{rationale}"),
        answered=f"Q{answered}",
        reviews=(make.review(12, by_name=f"Q{reviewer}"),),
        message=None,
    )
    content = card_content(card, catalogue("en", quote=swallowed))
    shown = "\n".join([*content.lines(), content.author]).replace("ESCAPED", "")
    assert "Q" not in shown
    assert len(seen) == 6  # the title stands twice
