"""What a card says: at most ten lines, at most 300 quoted characters, and never the model's reasoning.

`card_content` words a `Card`; an adapter draws the result. All of a `CardContent` is escaped by the catalogue's
`quote`, except `author_id` and the quote's segments, which the platform escapes as it draws them (as code, as plain
text, with marks).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.built_in import BUILT_IN
from bot.domain.card import Card
from bot.domain.case import AuthorHistory, CaseStatus, RuleRecord
from bot.domain.reasons import Reason, StepCode
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.drawing import LONGEST_ID, LONGEST_NAME, LONGEST_RATIONALE, LONGEST_TITLE, PLAIN, Drawing
from bot.messages.many import listed, reported, shared
from bot.messages.quoting import Segment, hidden_characters, quoted
from bot.messages.readable import plain_line
from bot.messages.reckoning import done_line, headline, not_done_line

MOST_LINES = 10
"""Most lines of a card, the quote counted as one, and what a wave lists left out."""
_LONGEST_EXAMPLE = 60
_SHOWN_REVIEWS = 3
_SURE = ((4.6, "sure.very"), (2.2, "sure.fairly"))
"""Least logarithm of the odds of a violation (99 to 1, 9 to 1) and the words for it."""
_COUNTED = frozenset(code for check in BUILT_IN for code in check.steps)
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

    `author_id` is to be drawn so that it can be copied. `place` says where the message stood and `when` at what time,
    as the platform draws both; `at` is that time, None where only that of the case is known. `about` says whom the
    message answers, its files, what it shares with others, its reports. `listed` are the other messages of a wave.
    `reported` says who reported it, in which words. `decided` names who decided what; Right and Wrong are gone then.
    """

    title: str
    author: str
    author_id: str
    history: str
    place: str
    when: str
    at: datetime | None
    about: str
    quote: Quote
    listed: tuple[str, ...]
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
        every = (*self.listed, self.rule, self.why, self.reported, self.done, self.not_done, self.decided)
        return tuple(line for line in every if line)

    @property
    def where(self) -> str:
        """Return where and when it was written, and what else is known of the message."""
        return _SEPARATOR.join(part for part in (self.place, self.when, self.about) if part)

    def author_line(self, *author_id: str) -> str:
        """Return who wrote it, with their profile or id as a platform draws them."""
        return _SEPARATOR.join(part for part in (self.author, *author_id, self.history) if part)

    def lines(self) -> tuple[str, ...]:
        """Return the card as plain lines, for a place that shows text alone. The quote is not escaped."""
        author, quote = self.author_line(self.author_id), self.quote.text or self.quote.missing
        return tuple(line for line in (self.title, author, self.where, quote, *self.told) if line)


def card_content(card: Card, catalogue: Catalogue, drawing: Drawing = PLAIN) -> CardContent:
    """Return what a card says, in the catalogue's language."""
    case = card.case
    at = card.message.sent_at if card.message is not None else None
    opened = Said(drawing.time(case.opened_at))
    return CardContent(
        title=_title(card, catalogue),
        author=catalogue.shown(plain_line(case.author_name, LONGEST_NAME)),
        author_id=plain_line(case.author, LONGEST_ID),
        history=_history(card, catalogue),
        place=_place(card, catalogue, drawing),
        when=Said(drawing.time(at)) if at is not None else catalogue.say("card.opened", time=opened),
        at=at,
        about=_about(card, catalogue),
        quote=_quote(card, catalogue),
        listed=listed(card, catalogue),
        rule=_rule(card, catalogue),
        why=_why(card, catalogue),
        reported=reported(card, catalogue, drawing),
        done=done_line(card, catalogue, drawing),
        not_done=not_done_line(card, catalogue, drawing),
        decided=_decided(card, catalogue),
        buttons=buttons(catalogue, _STILL_USEFUL if _is_decided(card) else tuple(ButtonCode)),
    )


def buttons(catalogue: Catalogue, codes: tuple[ButtonCode, ...]) -> tuple[Button, ...]:
    """Return these buttons, with their labels."""
    return tuple(Button(code=code, label=catalogue.say(f"button.{code.value}")) for code in codes)


def history_line(
    history: AuthorHistory, catalogue: Catalogue, *, at: datetime, shown: CaseStatus | None = None
) -> Said:
    """Return one line on an author as of `at`.

    `shown` is the status of the case of theirs that the reader has before them: their open cases are counted without
    it, and called others.
    """
    joined, seen = history.joined_at, history.first_seen
    is_open = int(shown is CaseStatus.OPEN)
    counts = (
        ("history.messages", history.messages),
        ("history.upheld", history.cases_upheld),
        ("history.overturned", history.cases_overturned),
        ("history.open_at_all" if shown is None else "history.open", history.cases_open - is_open),
        ("history.removals", history.removals),
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
    return history_line(card.history, catalogue, at=card.case.opened_at, shown=card.case.status)


def _place(card: Card, catalogue: Catalogue, drawing: Drawing) -> Said:
    """Return the message's channel; of several messages in several channels also how many more there are."""
    channel, more = Said(drawing.channel(card.case.ref.channel)), len(set(card.channels) - {card.case.ref.channel})
    return catalogue.say("card.places", channel=channel, count=more) if more else channel


def _about(card: Card, catalogue: Catalogue) -> str:
    files = len(card.message.attachments) if card.message else 0
    hidden = hidden_characters(card.message.judged_text) if card.message else 0
    parts = [
        catalogue.say("card.passed_on") if card.message is not None and card.message.passes_on else "",
        catalogue.say("card.answers", name=plain_line(card.answered, LONGEST_NAME)) if card.answered else "",
        catalogue.say("card.files", count=files) if files else "",
        catalogue.say("card.hidden", count=hidden) if hidden else "",
        shared(card, catalogue),
        catalogue.say("card.edited") if _was_mended(card) else "",
        catalogue.say("card.reported_by", count=card.reporters) if card.is_reported else "",
    ]
    return _SEPARATOR.join(part for part in parts if part)


def _was_mended(card: Card) -> bool:
    """Return whether the message was edited since, and nothing is found against its later text."""
    steps = {step.code for step in card.decision.steps}
    return card.decision.action is None and card.case.category is not None and StepCode.SAFE in steps


def _quote(card: Card, catalogue: Catalogue) -> Quote:
    if card.message is None:
        return Quote(segments=(), is_spoiler=False, missing=catalogue.say("card.text_gone"))
    segments = quoted(card.message.judged_text, card.verdict.evidence if card.verdict else ())
    missing = "" if segments else catalogue.say("card.no_text")
    return Quote(segments=segments, is_spoiler=card.severe and bool(segments), missing=missing)


def _rule(card: Card, catalogue: Catalogue) -> str:
    """Return what stands behind the rule that the title names: its policy, how sure the model was, how often right."""
    policy, rule = plain_line(card.policy_title, LONGEST_TITLE), plain_line(card.rule_title, LONGEST_TITLE)
    parts = (
        catalogue.say("card.policy", policy=policy) if policy and policy.casefold() != rule.casefold() else "",
        _sureness(card.verdict, catalogue),
        record_line(card.record, catalogue) if card.record is not None else "",
    )
    line = _SEPARATOR.join(part for part in parts if part)
    return f"{line[:1].upper()}{line[1:]}"


def _sureness(verdict: Verdict | None, catalogue: Catalogue) -> str:
    """Return in words how sure the model was; empty where it was not weighed. A figure would claim too much."""
    run = verdict.run if verdict is not None and verdict.label is Label.VIOLATES else None
    if run is None or run.logprob_violates is None or run.logprob_safe is None:
        return ""
    odds = run.logprob_violates - run.logprob_safe
    return catalogue.say(next((code for least, code in _SURE if odds >= least), "sure.hardly"))


def record_line(record: RuleRecord, catalogue: Catalogue) -> Said:
    """Return how often reviews found a rule right: counts, since a percentage would claim more than is known."""
    total = record.right + record.wrong
    if not total:
        return catalogue.say("record.not_reviewed")
    return catalogue.say("record.found_right", right=record.right, count=total)


def _why(card: Card, catalogue: Catalogue) -> str:
    """Return why there is a card. Where no rule is named, it says what Right and Wrong mean instead."""
    verdict = card.verdict
    rationale = plain_line((verdict.rationale if verdict else "") or card.case.rationale, LONGEST_RATIONALE)
    if verdict is not None and verdict.label is Label.UNDECIDED:
        return _with_meaning(catalogue.say("card.why_undecided", why=_undecided(verdict, catalogue)), card, catalogue)
    if verdict is not None and verdict.source in _BY_SOURCE:
        return _BY_SOURCE[verdict.source](card, rationale, catalogue)
    if rationale:
        return catalogue.say("card.why", rationale=rationale)
    return _with_meaning(catalogue.say("card.why_reported"), card, catalogue) if card.is_reported else ""


def _with_meaning(why: Said, card: Card, catalogue: Catalogue) -> Said:
    """Return a reason with what Right and Wrong say of it, while they can be pressed."""
    if _is_decided(card):
        return why
    is_undecided = card.verdict is not None and card.verdict.label is Label.UNDECIDED
    meaning = catalogue.say("card.means_undecided" if is_undecided else "card.means_reported")
    return Said(f"{why} {meaning}")


def _why_like(card: Card, _rationale: str, catalogue: Catalogue) -> Said:
    example = plain_line(card.verdict.copy_of if card.verdict is not None else "", _LONGEST_EXAMPLE)
    return catalogue.say("card.why_like", example=example)


def _why_copy(_card: Card, rationale: str, catalogue: Catalogue) -> Said:
    return catalogue.say("card.why_copy", rationale=rationale)


def _why_checked(card: Card, rationale: str, catalogue: Catalogue) -> Said:
    """Return what a built-in check counted, in the reader's language."""
    counted = next((step for step in card.decision.steps if step.code in _COUNTED), None)
    return catalogue.say("card.why", rationale=catalogue.reason(counted) if counted is not None else rationale)


_BY_SOURCE = {
    VerdictSource.CHECK: _why_checked,
    VerdictSource.NEAR_COPY: _why_like,
    VerdictSource.EXACT_COPY: _why_copy,
}


def _undecided(verdict: Verdict, catalogue: Catalogue) -> Said:
    return catalogue.reason(Reason(code=str(verdict.reason)), Family.UNDECIDED)


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
