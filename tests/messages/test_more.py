"""What stands behind More…: all that is on record, within what one message holds."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import Action, Outcome
from bot.domain.case import CaseFile, ReviewResult
from bot.domain.decision import StoredEffect
from bot.domain.ids import PersonId
from bot.domain.reasons import PlatformReason, StepCode, reason
from bot.domain.verdict import VerdictSource
from bot.messages.catalogue import catalogue
from bot.messages.more import LONGEST_MORE, more_content
from tests import factories as make

ENGLISH = catalogue("en")


def file(**changes: object) -> CaseFile:
    """Return the file of a case about a removed insult."""
    removed, told = make.effect(Action.DELETE), make.effect(Action.NOTICE)
    refused = make.effect_result(told, Outcome.REFUSED, why=reason(PlatformReason.DIRECT_MESSAGES_CLOSED))
    made = CaseFile(
        case=make.case(12),
        message=make.message(),
        verdicts=(make.violates(), make.safe(policy="spam")),
        decisions=(make.decision(steps=(reason(StepCode.VIOLATION), reason(StepCode.REPEATED))),),
        effects=(
            StoredEffect(effect=removed, result=make.effect_result(removed)),
            StoredEffect(effect=told, result=refused),
        ),
        reviews=(make.review(12, ReviewResult.OVERTURNED, note="It was a joke between friends."),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_case_in_full() -> None:
    """The reasoning, the rules, the steps, the effects, the reviews and the author."""
    assert more_content(file(), ENGLISH, history=make.history()).lines() == (
        "Case 12 in full",
        "What the model wrote while thinking",
        "harassment: The text names a member and calls them a name.",
        "Rules it was put to",
        "harassment: breaks “insult” · gpt-oss-safeguard:20b, 2.5 s",
        "spam: nothing found · gpt-oss-safeguard:20b, 2.5 s",
        "How it was decided",
        "the message breaks a rule",
        "the author has broken the rules before",
        "What happened",
        "removing the message: done",
        "a note to the author: not possible, the member takes no direct messages",
        "What moderators said",
        "Mo: wrong · It was a joke between friends.",
        "Who wrote it",
        "first seen 1 day earlier · 10 messages",
    )


def test_policies_and_rules_are_named_by_their_titles() -> None:
    """Where somebody knows these; ids are for the machine."""
    names = (("harassment", "Harassment"), ("harassment/insult", "Insults against a person"))
    lines = more_content(file(), ENGLISH, names=names).lines()
    assert "Harassment: The text names a member and calls them a name." in lines
    assert "Harassment: breaks “Insults against a person” · gpt-oss-safeguard:20b, 2.5 s" in lines
    assert "spam: nothing found · gpt-oss-safeguard:20b, 2.5 s" in lines


def test_where_an_answer_came_from_is_told() -> None:
    """A copy, an example, a check and a person are told apart from the model."""
    sources = (VerdictSource.EXACT_COPY, VerdictSource.NEAR_COPY, VerdictSource.CHECK, VerdictSource.PERSON)
    content = more_content(file(verdicts=tuple(make.safe(source=source) for source in sources)), ENGLISH)
    assert content.sections[1].lines == (
        "harassment: nothing found (from the same text judged before)",
        "harassment: nothing found (only like a known example)",
        "harassment: nothing found (a fixed check, without the model)",
        "harassment: nothing found (by a person)",
    )


def test_an_empty_record_says_so() -> None:
    """No reasoning and no reviews are said to be none."""
    content = more_content(file(verdicts=(), decisions=(), effects=(), reviews=()), ENGLISH)
    assert content.lines() == (
        "Case 12 in full",
        "What the model wrote while thinking",
        "Nothing: the model was not asked, or its words are no longer kept.",
        "What moderators said",
        "Nobody has said anything yet.",
    )


def test_effects_are_counted_where_they_are_too_many() -> None:
    """An incident's effects do not fill the page, and what is left out is counted."""
    effects = tuple(
        StoredEffect(effect=make.effect(Action.BAN, person=PersonId(str(number))), result=None) for number in range(500)
    )
    section = more_content(file(effects=effects), ENGLISH).sections[3]
    assert section.lines[0] == "banning the author: under way"
    assert section.lines[-1] == "489 more lines are left out here."
    assert len(section.lines) == 12


def test_several_rules_reasonings_share_the_room() -> None:
    """One policy's long reasoning does not crowd another's out."""
    verdicts = (make.violates(reasoning="a" * 9_000), make.violates(policy="spam", reasoning="short and clear"))
    lines = more_content(file(verdicts=verdicts), ENGLISH).sections[0].lines
    assert lines[0].startswith("harassment: aaa")
    assert lines[0].endswith("…")
    assert lines[1] == "spam: short and clear"


HOSTILE = st.text(max_size=300) | st.sampled_from(["*" * 9_000, "\n" * 99, "\u202e", "\ud800", "<@1>"])


@settings(max_examples=60)
@given(
    reasonings=st.lists(HOSTILE, max_size=20),
    notes=st.lists(st.tuples(HOSTILE, HOSTILE), max_size=20),
    steps=st.lists(st.sampled_from(list(StepCode)), max_size=21),
)
def test_it_always_fits_one_message_and_is_escaped(
    reasonings: list[str], notes: list[tuple[str, str]], steps: list[StepCode]
) -> None:
    """Whatever the record holds, and even where escaping doubles every character."""
    record = file(
        verdicts=tuple(make.violates(reasoning=text) for text in reasonings),
        reviews=tuple(replace(make.review(12), by_name=name, note=note) for name, note in notes),
        decisions=(make.decision(steps=tuple(reason(step, why="timeout") for step in steps)),),
        effects=file().effects * 50,
    )
    words = catalogue("de", quote=lambda text: text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "\\<"))
    lines = more_content(record, words).lines()
    assert sum(len(line) + 1 for line in lines) <= LONGEST_MORE
    assert len("\n".join(lines).splitlines()) == len(lines)
    assert "<@1>" not in "\n".join(lines).replace("\\<", "")
    "\n".join(lines).encode()
