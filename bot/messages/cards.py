"""What a card says: at most ten lines, at most 300 quoted characters, and never the model's reasoning.

`card_content` words a `Card`; an adapter draws the result. All of a `CardContent` is escaped by the catalogue's
`quote`, except `author_id` and the quote's segments, which the platform escapes as it draws them (as code, as plain
text, with marks).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.card import Card
from bot.domain.case import AuthorHistory, CaseStatus, RuleRecord
from bot.domain.ids import PersonId
from bot.domain.reasons import Reason, StepCode
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.quoting import Segment, hidden_characters, quoted
from bot.messages.readable import plain_line
from bot.messages.reckoning import done_line, headline, not_done_line

MOST_LINES = 10
"""Most lines of a card, the quote counted as one."""
LONGEST_NAME = 48
LONGEST_TITLE = 60
LONGEST_RATIONALE = 240
_LONGEST_ID = 40
_LONGEST_EXAMPLE = 60
_SHOWN_REVIEWS = 3
_COUNTED = frozenset({StepCode.TAKEOVER_TEXT, StepCode.TAKEOVER_LINK, StepCode.TAKEOVER_FILES})
_SEPARATOR = " · "


class ButtonCode(StrEnum):
    """What a moderator can press on a card; an adapter puts it into its button's id."""

    RIGHT = "right"
    WRONG = "wrong"
    ACT = "act"
    MORE = "more"


_STILL_USEFUL = (ButtonCode.ACT, ButtonCode.MORE)
"""What a decided card still offers: the decision stands, and what was done can be added to, undone and read up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button and its label."""

    code: ButtonCode
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The quoted text. Without segments there is nothing to quote, and `missing` says why.

    `is_spoiler`: to be hidden until the reader asks for it.
    """

    segments: tuple[Segment, ...]
    is_spoiler: bool
    missing: str

    @property
    def text(self) -> str:
        """Return the quote without marks, unescaped, for a place that has none."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """One case in words. Empty strings are lines that this card does not have.

    `author_id` is to be drawn so that it can be copied. `about` says whom the message answers, its files, its copies
    and reports. `reported` holds the words of a report. `decided` names who decided what; Right and Wrong
    are gone then.
    """

    title: str
    author: str
    author_id: str
    history: str
    about: str
    quote: Quote
    rule: str
    why: str
    reported: str
    done: str
    not_done: str
    decided: str
    buttons: tuple[Button, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """Return the lines below the quote that this card has."""
        every = (self.rule, self.why, self.reported, self.done, self.not_done, self.decided)
        return tuple(line for line in every if line)

    def author_line(self, author_id: str) -> str:
        """Return who wrote it, with their id as a platform draws it."""
        return _SEPARATOR.join(part for part in (self.author, author_id, self.history) if part)

    def lines(self) -> tuple[str, ...]:
        """Return the card as plain lines, for a place that shows text alone. The quote is not escaped."""
        author, quote = self.author_line(self.author_id), self.quote.text or self.quote.missing
        return tuple(line for line in (self.title, author, self.about, quote, *self.told) if line)


def card_content(card: Card, catalogue: Catalogue, *, name_of: Callable[[PersonId], str] = str) -> CardContent:
    """Return what a card says, in the catalogue's language.

    `name_of` names a moderator who acted by a button and left no review; the default shows their id.
    """
    case = card.case
    return CardContent(
        title=_title(card, catalogue),
        author=catalogue.shown(plain_line(case.author_name, LONGEST_NAME)),
        author_id=plain_line(case.author, _LONGEST_ID),
        history=_history(card, catalogue),
        about=_about(card, catalogue),
        quote=_quote(card, catalogue),
        rule=_rule(card, catalogue),
        why=_why(card, catalogue),
        reported=_reported(card, catalogue),
        done=done_line(card, catalogue, name_of),
        not_done=not_done_line(card, catalogue),
        decided=_decided(card, catalogue),
        buttons=buttons(catalogue, _STILL_USEFUL if _is_decided(card) else tuple(ButtonCode)),
    )


def buttons(catalogue: Catalogue, codes: tuple[ButtonCode, ...]) -> tuple[Button, ...]:
    """Return these buttons, with their labels."""
    return tuple(Button(code=code, label=catalogue.say(f"button.{code.value}")) for code in codes)


def history_line(history: AuthorHistory, catalogue: Catalogue, *, at: datetime, open_here: int = 0) -> Said:
    """Return one line on an author as of `at`; `open_here` of their open cases are the reader's own and not counted."""
    joined, seen = history.joined_at, history.first_seen
    counts = (
        ("history.messages", history.messages),
        ("history.upheld", history.cases_upheld),
        ("history.overturned", history.cases_overturned),
        ("history.open", history.cases_open - open_here),
        ("history.sanctions", history.sanctions),
    )
    parts = [catalogue.say(code, count=count) for code, count in counts if count > 0]
    if joined is not None:
        parts.insert(0, catalogue.say("history.member_for", length=catalogue.duration(at - joined)))
    elif seen is not None:
        parts.insert(0, catalogue.say("history.seen_for", length=catalogue.duration(at - seen)))
    return Said(_SEPARATOR.join(parts) or catalogue.say("history.none"))


def _title(card: Card, catalogue: Catalogue) -> str:
    what = headline(card, catalogue)
    if not card.rule_title:
        return catalogue.say("card.title_without_rule", case=card.case.number, what=what)
    rule = plain_line(card.rule_title, LONGEST_TITLE)
    return catalogue.say("card.title", case=card.case.number, what=what, rule=rule)


def _history(card: Card, catalogue: Catalogue) -> str:
    is_open = card.case.status is CaseStatus.OPEN
    return history_line(card.history, catalogue, at=card.case.opened_at, open_here=int(is_open))


def _about(card: Card, catalogue: Catalogue) -> str:
    files = len(card.message.attachments) if card.message else 0
    hidden = hidden_characters(card.message.judged_text) if card.message else 0
    parts = [
        catalogue.say("card.answers", name=plain_line(card.answered, LONGEST_NAME)) if card.answered else "",
        catalogue.say("card.files", count=files) if files else "",
        catalogue.say("card.hidden", count=hidden) if hidden else "",
        catalogue.say("card.copies", count=card.copies) if card.copies > 1 else "",
        catalogue.say("card.reported_by", count=len(card.case.reported_by)) if card.case.reported_by else "",
    ]
    return _SEPARATOR.join(part for part in parts if part)


def _quote(card: Card, catalogue: Catalogue) -> Quote:
    if card.message is None:
        return Quote(segments=(), is_spoiler=False, missing=catalogue.say("card.text_gone"))
    segments = quoted(card.message.judged_text, card.verdict.evidence if card.verdict else ())
    missing = "" if segments else catalogue.say("card.no_text")
    return Quote(segments=segments, is_spoiler=card.severe and bool(segments), missing=missing)


def _rule(card: Card, catalogue: Catalogue) -> str:
    if not card.rule_title:
        return ""
    rule = plain_line(card.rule_title, LONGEST_TITLE)
    if card.record is None:
        return catalogue.say("card.rule", rule=rule)
    return catalogue.say("card.rule_and_record", rule=rule, record=record_line(card.record, catalogue))


def record_line(record: RuleRecord, catalogue: Catalogue) -> Said:
    """Return how often reviews found a rule right: counts, since a percentage would claim more than is known."""
    total = record.right + record.wrong
    if not total:
        return catalogue.say("record.not_reviewed")
    return catalogue.say("record.found_right", right=record.right, count=total)


def _why(card: Card, catalogue: Catalogue) -> str:
    verdict = card.verdict
    rationale = plain_line((verdict.rationale if verdict else "") or card.case.rationale, LONGEST_RATIONALE)
    if verdict is not None and verdict.label is Label.UNDECIDED:
        return catalogue.say("card.why_undecided", why=_undecided(verdict, catalogue))
    if verdict is not None and verdict.source is VerdictSource.CHECK:
        return _why_checked(card, rationale, catalogue)
    if verdict is not None and verdict.source is VerdictSource.NEAR_COPY:
        example = plain_line(verdict.copy_of, _LONGEST_EXAMPLE)
        return catalogue.say("card.why_like", example=example)
    if verdict is not None and verdict.source is VerdictSource.EXACT_COPY:
        return catalogue.say("card.why_copy", rationale=rationale)
    if rationale:
        return catalogue.say("card.why", rationale=rationale)
    return catalogue.say("card.why_reported") if card.case.reported_by else ""


def _why_checked(card: Card, rationale: str, catalogue: Catalogue) -> Said:
    """Return what a built-in check counted, in the reader's language."""
    counted = next((step for step in card.decision.steps if step.code in _COUNTED), None)
    return catalogue.say("card.why", rationale=catalogue.reason(counted) if counted is not None else rationale)


def _undecided(verdict: Verdict, catalogue: Catalogue) -> Said:
    return catalogue.reason(Reason(code=str(verdict.reason)), Family.UNDECIDED)


def _reported(card: Card, catalogue: Catalogue) -> str:
    words = plain_line(card.reported_words, LONGEST_RATIONALE)
    return catalogue.say("report.words_were", words=words) if words else ""


def _is_decided(card: Card) -> bool:
    return card.case.status in (CaseStatus.UPHELD, CaseStatus.OVERTURNED, CaseStatus.CLOSED)


def _decided(card: Card, catalogue: Catalogue) -> str:
    if not card.reviews:
        return catalogue.say("decided.closed") if card.case.status is CaseStatus.CLOSED else ""
    said = [
        catalogue.say(f"decided.{review.result.value.lower()}", name=plain_line(review.by_name, LONGEST_NAME))
        for review in card.reviews[-_SHOWN_REVIEWS:]
    ]
    return catalogue.say("decided.line", what=catalogue.listed(tuple(said)))
