"""What stands behind “More…”, for moderators alone: the reasoning, the steps, the effects, and who wrote it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.card import WaveMessage
from bot.domain.case import AuthorHistory, CaseFile, Review
from bot.domain.decision import Decision, StoredEffect
from bot.domain.reasons import Reason
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.messages.cards import history_line
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.drawing import LONGEST_NAME, LONGEST_TITLE
from bot.messages.many import wave_line
from bot.messages.readable import plain_line
from bot.messages.reckoning import effect_named, reason_of

LONGEST_MORE = 3_500
"""Most characters in all, so that it fits one message on every platform."""
_LONGEST_NOTE = 300
_SHORTEST = 40
Titles = Mapping[str, str]
_FROM = {
    VerdictSource.EXACT_COPY: "more.from_copy",
    VerdictSource.NEAR_COPY: "more.from_like",
    VerdictSource.CHECK: "more.from_check",
    VerdictSource.PERSON: "more.from_person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """How much may be said: characters of reasoning in all, lines of a section, messages of a wave and of each."""

    reasoning: int
    lines: int
    of_wave: int = 100
    each: int = 200


_ROOMS = (
    _Room(reasoning=1_500, lines=12),
    _Room(reasoning=900, lines=12),
    _Room(reasoning=500, lines=8, each=120),
    _Room(reasoning=200, lines=4, each=60),
    _Room(reasoning=_SHORTEST, lines=2, each=_SHORTEST, of_wave=25),
    _Room(reasoning=_SHORTEST, lines=2, each=_SHORTEST, of_wave=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its lines, escaped."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreContent:
    """A case in full. The model's reasoning stands first in `sections`; it is shown to nobody but moderators."""

    title: str
    sections: tuple[Section, ...]

    def lines(self) -> tuple[str, ...]:
        """Return it as plain lines, headings included."""
        return (self.title, *(line for section in self.sections for line in (section.heading, *section.lines)))


def more_content(
    file: CaseFile,
    catalogue: Catalogue,
    *,
    history: AuthorHistory | None = None,
    names: Iterable[tuple[str, str]] = (),
    wave: tuple[WaveMessage, ...] = (),
    limit: int = LONGEST_MORE,
) -> MoreContent:
    """Return all that is on record about a case, as much of it as fits `limit` characters.

    `names` are titles by `policy` and `policy/rule`; what has none is named by its id.

    Too long a record is told more and more briefly: less of the reasoning first, then fewer lines of each section,
    which say how many are left out.
    """
    titles = dict(names)
    made = (_more(file, catalogue, history, titles, wave, room) for room in _ROOMS)
    shortest = _more(file, catalogue, history, titles, wave, _ROOMS[-1])
    return next((content for content in made if _length(content) <= limit), shortest)


def _more(
    file: CaseFile,
    catalogue: Catalogue,
    history: AuthorHistory | None,
    titles: Titles,
    wave: tuple[WaveMessage, ...],
    room: _Room,
) -> MoreContent:
    sections = {
        "more.wave": [wave_line(message, catalogue, room.each) for message in wave],
        "more.reasoning": _reasoning(file.verdicts, room.reasoning, titles, catalogue),
        "more.rules": [_rule(verdict, titles, catalogue) for verdict in file.verdicts],
        "more.steps": [catalogue.reason(step) for step in _steps(file.decisions)],
        "more.effects": [_effect(stored, catalogue) for stored in file.effects],
        "more.reviews": _reviews(file.reviews, room.reasoning, catalogue),
        "more.history": _history(file, history, catalogue) if history is not None else [],
    }
    return MoreContent(
        title=catalogue.say("more.title", case=file.case.number),
        sections=tuple(
            Section(
                heading=catalogue.say(heading),
                lines=_shortened(lines, room.of_wave if heading == "more.wave" else room.lines, catalogue),
            )
            for heading, lines in sections.items()
            if lines
        ),
    )


def _history(file: CaseFile, history: AuthorHistory, catalogue: Catalogue) -> list[Said]:
    return [history_line(history, catalogue, at=file.case.opened_at, shown=file.case.status)]


def _length(content: MoreContent) -> int:
    return sum(len(line) + 1 for line in content.lines())


def _reasoning(verdicts: tuple[Verdict, ...], room: int, titles: Titles, catalogue: Catalogue) -> list[Said]:
    """Return the reasoning of each policy; room is shared, so that one policy's words do not crowd another's out."""
    thought = [verdict for verdict in verdicts if verdict.reasoning.strip()]
    if not thought:
        return [catalogue.say("more.reasoning_none")]
    lines = []
    for verdict in thought:
        text = plain_line(verdict.reasoning, max(_SHORTEST, room // len(thought)))
        lines.append(catalogue.say("more.reasoning_of", policy=_policy(verdict, titles), text=text))
        if verdict.reasoning_cut:
            lines.append(catalogue.say("more.reasoning_cut"))
    return lines


def _rule(verdict: Verdict, titles: Titles, catalogue: Catalogue) -> Said:
    what = _judged(verdict, titles, catalogue)
    if verdict.source in _FROM:
        return catalogue.say(_FROM[verdict.source], what=what)
    if verdict.run is None:
        return what
    read_by = catalogue.say("more.read_by", model=_title(verdict.run.model), pace=f"{verdict.run.wall_seconds:.1f}")
    return Said(f"{what} · {read_by}")


def _judged(verdict: Verdict, titles: Titles, catalogue: Catalogue) -> Said:
    policy = _policy(verdict, titles)
    if verdict.label is Label.SAFE:
        return catalogue.say("more.rule_kept", policy=policy)
    if verdict.label is Label.UNDECIDED:
        why = catalogue.reason(Reason(code=str(verdict.reason)), Family.UNDECIDED)
        return catalogue.say("more.rule_undecided", policy=policy, why=why)
    rule = titles.get(f"{verdict.policy}/{verdict.category}", verdict.category or "")
    return catalogue.say("more.rule_broken", policy=policy, category=_title(rule))


def _steps(decisions: tuple[Decision, ...]) -> tuple[Reason, ...]:
    """Return the steps of all decisions, each once, in the order in which they were taken."""
    return tuple(dict.fromkeys(step for decision in decisions for step in decision.steps))


def _effect(stored: StoredEffect, catalogue: Catalogue) -> Said:
    outcome = stored.result.outcome.value if stored.result is not None else "pending"
    why = reason_of(stored, catalogue)
    what, ended = effect_named(stored, catalogue), catalogue.say(f"outcome.{outcome}")
    if why is None:
        return catalogue.say("more.effect", what=what, outcome=ended)
    return catalogue.say("more.effect_why", what=what, outcome=ended, why=why)


def _reviews(reviews: tuple[Review, ...], room: int, catalogue: Catalogue) -> list[Said]:
    if not reviews:
        return [catalogue.say("more.reviews_none")]
    return [_review(review, min(room, _LONGEST_NOTE), catalogue) for review in reviews]


def _review(review: Review, room: int, catalogue: Catalogue) -> Said:
    name = plain_line(review.by_name, LONGEST_NAME)
    said = catalogue.say(f"decided.{review.result.value.lower()}", name=name)
    note = plain_line(review.note, room)
    return catalogue.say("more.review_note", what=said, note=note) if note else said


def _shortened(lines: list[Said], most: int, catalogue: Catalogue) -> tuple[Said, ...]:
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], catalogue.say("more.left_out", count=len(lines) - most + 1))


def _policy(verdict: Verdict, titles: Titles) -> str:
    return _title(titles.get(verdict.policy, verdict.policy))


def _title(text: str) -> str:
    return plain_line(text, LONGEST_TITLE)
