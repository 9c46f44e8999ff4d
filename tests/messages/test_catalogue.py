"""The catalogue: a sentence for every code, in every language, with hostile values made harmless."""

import re
from datetime import timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action, Outcome
from bot.domain.answer import AnswerKind
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.notice import AnnouncementCode
from bot.domain.reasons import NotJudgedReason, PlatformReason, Reason, ScreenReason, StepCode, reason
from bot.domain.verdict import UndecidedReason
from bot.messages.catalogue import MAX_VALUE, Family, Said, catalogue, languages
from bot.messages.entry import PLACEHOLDER
from bot.messages.sentences import SENTENCES

EVERY_LANGUAGE = ("en", "de", "es", "fr")
FAMILIES: list[tuple[type[StrEnum], Family]] = [
    (ScreenReason, Family.SCREENED),
    (NotJudgedReason, Family.NOT_JUDGED),
    (UndecidedReason, Family.UNDECIDED),
    (StepCode, Family.STEP),
    (PlatformReason, Family.EFFECT),
]
NAMED: list[tuple[str, type[StrEnum]]] = [
    ("action", Action),
    ("did", Action),
    ("outcome", Outcome),
    ("status", CaseStatus),
    ("decided", ReviewResult),
]
MARKUP = frozenset("*_~`|<>&@#\\\n\r\t")


def starred(text: str) -> str:
    """Escape as a platform would: every star gets a backslash."""
    return text.replace("*", "\\*")


def test_there_are_four_languages() -> None:
    """German, French and Spanish are shipped beside English; one more needs no word here, as the guide says."""
    assert set(EVERY_LANGUAGE) <= set(languages())
    assert languages()[0] == "en"


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
@pytest.mark.parametrize(("codes", "family"), FAMILIES)
def test_every_reason_has_a_clause_of_its_own(language: str, codes: type[StrEnum], family: Family) -> None:
    """No member of any enum of reasons is without words, and the words are the family's own."""
    words = catalogue(language)
    for code in codes:
        assert f"{family.value}.{code.value}" in SENTENCES
        clause = words.reason(Reason(code=code.value), family)
        assert clause
        assert code.value not in clause or "_" not in code.value
        assert not clause.endswith(".")


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
@pytest.mark.parametrize(("prefix", "codes"), NAMED)
def test_every_action_outcome_and_status_has_a_name(language: str, prefix: str, codes: type[StrEnum]) -> None:
    """What stands on a card by name has one for every member of its enum."""
    for code in codes:
        assert catalogue(language).say(f"{prefix}.{code.value.lower()}", count=1, name="Kim")


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_every_announcement_has_a_sentence(language: str) -> None:
    """What a moderators' channel is told besides cards has words for every code."""
    codes = [code for name, code in vars(AnnouncementCode).items() if name.isupper()]
    assert len(codes) >= 6
    for code in codes:
        assert f"announce.{code}" in SENTENCES
        assert catalogue(language).reason(reason(code, count=3, seconds=3_600), Family.ANNOUNCE)


def test_answers_need_no_sentence_for_their_kind() -> None:
    """An answer's kind is drawn, not said: a new kind has to be thought about here."""
    assert {kind.value for kind in AnswerKind} == {"done", "refused", "failed"}


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_every_sentence_has_the_same_values_in_every_language(language: str) -> None:
    """A translation neither drops a value nor invents one; a singular may leave out its count."""
    words = catalogue(language)
    for code, entry in SENTENCES.items():
        given_values = {name: Said(f"<{name}>") for name in entry.values}
        for count in (1, 2, 5, 1_000):
            said = words.say(code, **(given_values | {"count": count}))
            shown = set(re.findall(r"<([a-z_]+)>", said))
            assert shown == set(entry.values) - {"count"}, (code, language)
            assert not PLACEHOLDER.search(said), (code, language)
            assert "…" not in said or "…" in entry.english, (code, language)


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_a_count_is_shown_unless_it_is_one(language: str) -> None:
    """Zero and many are always told as numbers, whichever plural form the language takes for them."""
    words = catalogue(language)
    for code, entry in SENTENCES.items():
        if entry.plural is None or code.startswith(("did.", "action.")):
            continue  # these count what happened, which is once at least, and say nothing of one
        values = {name: Said("x") for name in entry.values}
        assert "7303" in words.say(code, **(values | {"count": 7303})), (code, language)
        assert "0" in words.say(code, **(values | {"count": 0})), (code, language)


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_no_sentence_holds_markup_or_court_words(language: str) -> None:
    """A platform escapes values, not sentences; and cards speak as people do."""
    words = catalogue(language)
    for code, entry in SENTENCES.items():
        values = dict.fromkeys(entry.values, Said("x"))
        said = words.say(code, **(values | {"count": 2})).replace("Sprache soll", "").replace("/mod ", "")
        assert not MARKUP.intersection(said), (code, language)
        assert said == said.strip()
        assert "%" not in said
        assert not re.search(r"\b(verdict|violat\w*|guilty|offend\w*|Urteil|culpable|coupable)\b", said), code


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_labels_fit_where_platforms_show_them(language: str) -> None:
    """Slack's shortcuts and forms' titles take 24 characters, descriptions of commands 100, choices in menus 75."""
    words = catalogue(language)
    short = (
        "button.",
        "form.",
        "report.menu",
        "report.title",
        "why.menu",
        "confirm.yes",
        "confirm.no",
        "confirm.title",
    )
    limits = {"verb.": 100, "menu.": 75} | dict.fromkeys(short, 24)
    for code, entry in SENTENCES.items():
        longest = next((length for prefix, length in limits.items() if code.startswith(prefix)), None)
        if longest is not None:
            said = words.say(code, **(dict.fromkeys(entry.values, Said("10 minutes")) | {"count": 200}))
            assert len(said) <= longest, (code, said)


def test_an_unknown_language_speaks_english() -> None:
    """A language nobody has translated is no reason to say nothing."""
    assert catalogue("xx").say("button.right") == "Right"
    assert catalogue("").say("button.right") == "Right"
    assert catalogue("../../etc").say("button.right") == "Right"


@pytest.mark.parametrize("name", ["de", "DE", "de-AT", "de_CH"])
def test_a_regional_language_speaks_its_main_language(name: str) -> None:
    """Platforms name languages with their regions."""
    assert catalogue(name).say("button.right") == "Richtig"


def test_a_number_chooses_the_form() -> None:
    """One is told as one, many as many, and French takes zero for one."""
    assert catalogue("en").say("history.messages", count=1) == "1 message"
    assert catalogue("en").say("history.messages", count=0) == "0 messages"
    assert catalogue("fr").say("history.messages", count=0) == "0 message"
    assert catalogue("de").say("history.messages", count=2) == "2 Nachrichten"


def test_a_count_may_come_as_text() -> None:
    """The values of a reason are texts, and a hostile number does not choose anything."""
    words = catalogue("en")
    assert words.reason(reason("stopped", count=1), Family.ANNOUNCE).endswith("1 planned action was dropped.")
    assert "12 planned actions" in words.reason(reason("stopped", count=12), Family.ANNOUNCE)
    assert "planned actions" in words.reason(reason("stopped", count="9" * 5_000), Family.ANNOUNCE)


def test_values_are_escaped_once_and_sentences_never() -> None:
    """What a person wrote is quoted; what the catalogue said already is not quoted again."""
    words = catalogue("en", quote=starred)
    inner = words.say("decided.upheld", name="*Kim*")
    assert inner == "\\*Kim\\*: right"
    assert words.say("decided.line", what=inner) == "Decided · \\*Kim\\*: right"
    assert words.say("decided.line", what=str(inner)) == "Decided · \\\\*Kim\\\\*: right"


def test_a_value_can_not_become_a_placeholder() -> None:
    """Braces in what people write stay braces, and reach into nothing."""
    words = catalogue("en")
    assert words.say("card.why", rationale="{rationale} {name.__class__} {0}") == (
        "Why: {rationale} {name.__class__} {0}"
    )


def test_a_missing_value_shows_as_an_ellipsis() -> None:
    """A card is never lost for want of a value."""
    assert catalogue("en").say("card.why") == "Why: …"


def test_an_unknown_code_of_a_reason_is_named() -> None:
    """A newer reason than the catalogue is shown by its code."""
    assert catalogue("en").reason(Reason(code="sunspots")) == "for a reason without words yet: sunspots"


def test_an_unknown_sentence_is_an_error() -> None:
    """A code that stands in the program and not in the catalogue is a mistake to be found by tests."""
    with pytest.raises(KeyError):
        catalogue("en").say("press.nonsense")


def test_the_same_code_says_different_things_in_different_families() -> None:
    """`stale` means too old to act on as a step, and waited too long as a state."""
    words = catalogue("en")
    assert words.reason(Reason(code="stale")) == "the message was already too old to act on"
    assert words.reason(Reason(code="stale"), Family.NOT_JUDGED) == "it had waited too long for the model"


def test_codes_within_a_reason_are_worded_too() -> None:
    """An action, a reason and a length of time inside a reason's values become words."""
    words = catalogue("en")
    assert words.reason(reason("undecided", why="timeout")) == (
        "it could not be judged: the model did not answer in time"
    )
    lacks = reason("permission_missing", permission="Ban Members", action="ban")
    assert words.reason(lacks, Family.ANNOUNCE) == (
        "The bot lacks the permission “Ban Members”. Until it has it, this is left to you: banning the author."
    )
    assert "for 3 hours." in words.reason(reason("outage_lasts", seconds=10_900, count=2), Family.ANNOUNCE)


def test_a_line_of_an_answer_is_its_sentence() -> None:
    """Answers carry codes of sentences, or of reasons."""
    words = catalogue("en")
    assert words.line(Reason(code="press.not_a_moderator")) == "Only moderators can do that here."
    assert words.line(reason("press.no_permission", action="kick")) == (
        "You don't have the permission for that yourself: kicking the author."
    )
    assert words.line(Reason(code="owner")) == "the member owns this community"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_unit(length: timedelta, said: str) -> None:
    """Nobody needs the seconds of a day."""
    assert catalogue("en").duration(length) == said


@given(text=st.text(max_size=50) | st.text(min_size=2_500, max_size=2_600))
def test_any_value_stays_on_one_line_and_short(text: str) -> None:
    """Line breaks of whatever kind in a name or title do not break the layout."""
    said = catalogue("en").say("card.why", rationale=text)
    assert len(said.splitlines()) == 1
    assert len(said) <= len("Rule: ") + MAX_VALUE


def test_an_overlong_value_is_cut_with_an_ellipsis() -> None:
    """It shows that something is missing."""
    said = catalogue("en").say("card.why", rationale="x" * 100_000)
    assert said == f"Why: {'x' * (MAX_VALUE - 1)}…"


def test_a_line_of_an_answer_words_what_its_values_mean() -> None:
    """Actions, reasons with values of their own, lengths of time, and sentences within the sentence."""
    words = catalogue("en")
    refused = reason("press.not_possible", action="ban", why="missing_permission", permission="Ban Members")
    assert words.line(refused) == (
        "The bot can't do that: banning the author (the bot lacks the permission “Ban Members”)."
    )
    assert words.line(reason("status_of.cant_do", actions="ban,timeout")) == (
        "The bot may not do this here: banning the author, a time-out."
    )
    kept = reason("privacy.keeps", plain=86_400, deleted=3_600, with_case=90 * 86_400)
    assert "is kept for 1 day, for 1 hour once you delete it" in words.line(kept)
    used = reason("policies.in_use", policy="Spam", where="policies.in_channels", channels="a, b")
    assert words.line(used) == "Spam is in use in a, b."
    assert words.line(reason("press.done", what="did.ban")) == "Done: author banned"


@pytest.mark.parametrize("why", ["stale", "not_judged.stale"])
def test_a_reason_in_a_line_may_say_which_family_it_means(why: str) -> None:
    """A code alone is looked for in all of them."""
    line = catalogue("en").line(reason("explain.not_judged", why=why))
    wait, age = "it had waited too long for the model", "the message was already too old to act on"
    assert line == f"It was not judged: {wait if '.' in why else age}."


@given(st.text(max_size=30), st.sampled_from(["what", "where", "status", "mode", "why", "action", "length", "actions"]))
def test_no_value_of_a_line_breaks_it(value: str, name: str) -> None:
    """Not even one that names its own sentence."""
    words = catalogue("en", quote=starred)
    for code in ("case.entry", "policies.entry", "press.not_possible", "privacy.keeps", "status_of.cant_do"):
        assert isinstance(words.line(Reason(code=code, values=((name, value), (name, code)))), Said)
