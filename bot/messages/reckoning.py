"""What was done about a case, what was not, and why: the headline and two lines of its card."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.actions import STRICTNESS, Action, Outcome
from bot.domain.card import Card
from bot.domain.case import CaseStatus
from bot.domain.decision import BOT, PutOff, StoredEffect
from bot.domain.ids import PersonId
from bot.domain.reasons import Reason, StepCode
from bot.domain.reckoning import SILENT, headline_of, outcome_of, removed, subject_of, that_count
from bot.domain.verdict import Label
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.drawing import Drawing
from bot.messages.readable import plain_line

_MILDER = frozenset(
    {
        StepCode.NEAR_COPY_FLAGS,
        StepCode.PEOPLE_ONLY,
        StepCode.REASONING_CUT,
        StepCode.BELOW_THRESHOLD,
        StepCode.MODERATOR,
        StepCode.STALE,
        StepCode.CHANGED,
        StepCode.MODEL_AWAY,
        StepCode.LIMIT,
        StepCode.STOPPED,
        StepCode.NOT_POSSIBLE,
    }
)
"""Steps that say why less was done than the rule asks for."""

_WITHOUT_REASON = {
    Outcome.SIMULATED: Reason(code="shadow"),
    Outcome.REQUESTED: Reason(code="not_possible"),
    Outcome.SUPPRESSED: Reason(code="limit"),
    Outcome.REFUSED: Reason(code="refused"),
    Outcome.FAILED: Reason(code="unclear"),
}
"""What is said of an outcome that came without a reason."""

_LASTING = frozenset({Action.TIMEOUT, Action.QUARANTINE, Action.SLOWMODE, Action.LOCKDOWN})
"""Actions whose effects last. A note to the author carries a length too: the one that it tells of."""

_LIFTED = frozenset({Action.TIMEOUT, Action.QUARANTINE, Action.BAN, Action.LOCKDOWN, Action.SLOWMODE})
"""What can be said to be lifted by its name; several at once are lifted together."""
_HELD_WITH_IT = frozenset({StepCode.NOT_POSSIBLE, StepCode.LIMIT, StepCode.STOPPED, StepCode.STALE, StepCode.CHANGED})
"""Why a note is not sent where that which it tells of is not done, for the same reason."""
_SHOWN_PIECES = 3
_SHOWN_STEPS = 2
_LONGEST_NAME = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What makes effects alike enough to be told in one piece, with a count."""

    action: Action
    outcome: Outcome | None
    why: Reason | None
    by: PersonId
    seconds: int
    lifted: Action | None = None
    waits: bool = False


def headline(card: Card, catalogue: Catalogue) -> Said:
    """Return the word for what became of a message: the strongest thing done, else why nothing was."""
    undecided = card.verdict is not None and card.verdict.label is Label.UNDECIDED
    what = headline_of(
        card.case,
        card.effects,
        copies=card.copies,
        is_undecided=undecided,
        is_reported=card.is_reported,
        decided=card.decision.action or card.case.action,
    )
    return catalogue.line(what)


def done_line(card: Card, catalogue: Catalogue, drawing: Drawing) -> str:
    """Return what was carried out, by whom when by a person; or plainly that nothing was. And what Right adds to it.

    Empty on a closed card: its message is gone, and not by our doing.
    """
    line = _done_line(card, catalogue, _namer(card, drawing))
    stands = len(removed(card.effects)) < card.copies
    return Said(f"{line} · {catalogue.say('card.right_removes')}") if card.right_removes and stands else line


def _done_line(card: Card, catalogue: Catalogue, name_of: Callable[[PersonId], str]) -> str:
    kinds = _kinds(card.effects)
    done = _pieces(kinds, Outcome.APPLIED, catalogue, name_of)
    pending = tuple(_named(kind, count, catalogue) for kind, count in kinds.items() if _is_under_way(kind, kinds))
    under_way = catalogue.say("card.under_way", what=catalogue.listed(pending)) if pending else None
    if done:
        line = catalogue.say("card.done", what=catalogue.listed(done))
        return Said(f"{line} · {under_way}") if under_way is not None else line
    if under_way is not None:
        return under_way
    if card.case.status is CaseStatus.CLOSED:
        return ""
    practised = tuple(
        _named(kind, count, catalogue) for kind, count in kinds.items() if kind.outcome is Outcome.SIMULATED
    )
    if practised:
        return catalogue.say("card.practising", what=catalogue.listed(practised))
    if any(kind.waits for kind in kinds):
        return catalogue.say("card.nothing_yet")
    return catalogue.say("card.nothing_done" if card.case.status is CaseStatus.OPEN else "card.nothing_to_do")


def not_done_line(card: Card, catalogue: Catalogue, drawing: Drawing) -> str:
    """Return what was held back, refused, asked of people or failed, each with its reason; empty when nothing was."""
    kinds = _kinds(card.effects)
    is_wrong = card.case.status is CaseStatus.OVERTURNED
    something_done = any(kind.outcome is Outcome.APPLIED for kind in kinds)
    name_of = _namer(card, drawing)
    pieces = [
        _not_done(kind, count, catalogue, name_of)
        for kind, count in kinds.items()
        if kind.outcome in _WITHOUT_REASON
        and (kind.outcome is not Outcome.SIMULATED or something_done)
        and not _is_settled(kind, card.case.status)
        and not _goes_without_saying(kind)
    ]
    lowered = _lowered(card, catalogue, frozenset(kind.action for kind in kinds)) if not is_wrong else None
    if lowered:
        pieces.insert(0, lowered)
    pieces = [*_waiting(card, kinds, catalogue, drawing), *pieces]
    if not pieces:
        return ""
    shown = pieces[:_SHOWN_PIECES]
    if len(pieces) > len(shown):
        shown.append(catalogue.say("not_done.more", count=len(pieces) - len(shown)))
    return catalogue.say("card.not_done", what=Said("; ".join(shown)))


def effect_named(stored: StoredEffect, catalogue: Catalogue) -> Said:
    """Return the name of one effect's action, with its length where it lasts."""
    return _lasting(catalogue.action(stored.effect.action), _length(stored), catalogue)


def reason_of(stored: StoredEffect, catalogue: Catalogue) -> Said | None:
    """Return why an effect ended as it did, or waits; None for one that was carried out, or is under way."""
    if stored.put_off is not None:
        return catalogue.reason(why_it_waits(stored.put_off), Family.EFFECT)
    result = stored.result
    if result is None or (result.why is None and result.outcome is Outcome.APPLIED):
        return None
    return catalogue.reason(result.why or _WITHOUT_REASON[result.outcome], Family.EFFECT)


def _kinds(effects: tuple[StoredEffect, ...]) -> Counter[_Kind]:
    """Return of how many people, messages or channels each kind of effects is, in the order of the first of each."""
    subjects: dict[_Kind, set[str]] = {}
    for stored in that_count(effects):
        if stored.effect.action not in SILENT:
            subjects.setdefault(_kind(stored), set()).add(subject_of(stored.effect))
    return Counter({kind: len(about) for kind, about in subjects.items()})


def _kind(stored: StoredEffect) -> _Kind:
    is_lift = stored.effect.action is Action.LIFT
    return _Kind(
        action=stored.effect.action,
        outcome=outcome_of(stored),
        why=_why(stored),
        by=stored.effect.by,
        seconds=_length(stored),
        waits=stored.put_off is not None,
        lifted=stored.effect.told_of if is_lift else None,
    )


def _why(stored: StoredEffect) -> Reason | None:
    if stored.put_off is not None:
        return why_it_waits(stored.put_off)
    return stored.result.why if stored.result is not None else None


def why_it_waits(put_off: PutOff) -> Reason:
    """Return why an effect waits, without the pause that the platform asked for: what counts is the next try."""
    return replace(put_off.why, values=tuple(pair for pair in put_off.why.values if pair[0] != "seconds"))


def _is_under_way(kind: _Kind, kinds: Counter[_Kind]) -> bool:
    """Return whether this is being done now. A note that tells of what waits, waits with it."""
    if kind.outcome is not None or kind.waits:
        return False
    return kind.action is not Action.NOTICE or not any(other.waits for other in kinds)


def _waiting(card: Card, kinds: Counter[_Kind], catalogue: Catalogue, drawing: Drawing) -> list[Said]:
    """Return what waits for the platform, why, and when it is tried next."""
    return [
        catalogue.say(
            "not_done.waits",
            what=_named(kind, count, catalogue),
            why=catalogue.reason(kind.why, Family.EFFECT),
            at=Said(drawing.time(_next_try(card, kind))),
        )
        for kind, count in kinds.items()
        if kind.waits and kind.why is not None
    ]


def _next_try(card: Card, kind: _Kind) -> datetime:
    return min(
        stored.put_off.next_at
        for stored in card.effects
        if stored.put_off is not None
        and (stored.effect.action, why_it_waits(stored.put_off)) == (kind.action, kind.why)
    )


def _namer(card: Card, drawing: Drawing) -> Callable[[PersonId], str]:
    """Return how to name who pressed: as they were called when they decided, else as the platform does."""
    names = {review.by: review.by_name for review in card.reviews}
    return lambda person: names.get(person) or drawing.name(person)


def _pieces(
    kinds: Counter[_Kind], outcome: Outcome, catalogue: Catalogue, name_of: Callable[[PersonId], str]
) -> tuple[Said, ...]:
    return tuple(_did(kind, count, catalogue, name_of) for kind, count in kinds.items() if kind.outcome is outcome)


def _did(kind: _Kind, count: int, catalogue: Catalogue, name_of: Callable[[PersonId], str]) -> Said:
    code = f"lifted.{kind.lifted.value}" if kind.lifted in _LIFTED else f"did.{kind.action.value}"
    what = _lasting(catalogue.say(code, count=count), kind.seconds, catalogue)
    if kind.by == BOT:
        return what
    return catalogue.say("done.by", what=what, name=plain_line(name_of(kind.by), _LONGEST_NAME))


def _named(kind: _Kind, count: int, catalogue: Catalogue) -> Said:
    return _lasting(catalogue.say(f"action.{kind.action.value}", count=count), kind.seconds, catalogue)


def _length(stored: StoredEffect) -> int:
    return stored.effect.seconds if stored.effect.action in _LASTING else 0


def _lasting(what: Said, seconds: int, catalogue: Catalogue) -> Said:
    if seconds <= 0:
        return what
    return catalogue.say("done.for", what=what, length=catalogue.duration(timedelta(seconds=seconds)))


def _not_done(kind: _Kind, count: int, catalogue: Catalogue, name_of: Callable[[PersonId], str]) -> Said:
    outcome = kind.outcome or Outcome.FAILED
    what = _named(kind, count, catalogue)
    why = catalogue.reason(kind.why or _WITHOUT_REASON[outcome], Family.EFFECT)
    if outcome is Outcome.REQUESTED and kind.by != BOT:
        name = plain_line(name_of(kind.by), _LONGEST_NAME)
        return catalogue.say("not_done.requested_by", what=what, name=name, why=why)
    if outcome is Outcome.REQUESTED:
        return catalogue.say("not_done.requested", what=what, why=why)
    return catalogue.say("not_done.failed" if outcome is Outcome.FAILED else "not_done.because", what=what, why=why)


def _is_settled(kind: _Kind, status: CaseStatus) -> bool:
    """Return whether what was not done is not to be done any more: a request that was met, or what was found wrong."""
    if status is CaseStatus.CLOSED:
        return kind.action is Action.DELETE and kind.outcome is Outcome.REQUESTED
    return status is CaseStatus.OVERTURNED and kind.outcome in (Outcome.SUPPRESSED, Outcome.REQUESTED)


def _goes_without_saying(kind: _Kind) -> bool:
    """Return whether this is a note that was not sent because what it tells of was not done: that is told already."""
    return (
        kind.action is Action.NOTICE
        and kind.outcome is Outcome.SUPPRESSED
        and kind.why is not None
        and (kind.why.code in _HELD_WITH_IT)
    )


def _lowered(card: Card, catalogue: Catalogue, told: frozenset[Action]) -> Said | None:
    """Return what the rule asks for and why less was decided; None when it was not lowered or an effect tells it."""
    wanted, action = card.decision.wanted, card.decision.action
    if wanted not in STRICTNESS or wanted in told or (action in STRICTNESS and action.strictness >= wanted.strictness):
        return None
    steps = [step for step in card.decision.steps if step.code in _MILDER][:_SHOWN_STEPS]
    what = catalogue.action(wanted)
    if not steps:
        return what
    why = catalogue.listed(tuple(catalogue.reason(step) for step in steps))
    return catalogue.say("not_done.because", what=what, why=why)
