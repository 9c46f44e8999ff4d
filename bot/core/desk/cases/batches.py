"""One press on many: in batches, each a decision of its own, told of by numbers and the names of those it missed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from bot.core.desk.answers import done, failed
from bot.core.desk.cases.carrying import DONE_ENOUGH
from bot.core.desk.cases.pressing import Press, standing_effects
from bot.domain.answer import Answer
from bot.domain.decision import Decision, Effect, StoredEffect
from bot.domain.ids import PersonId
from bot.domain.reasons import reason
from bot.domain.records import CaseMember

AT_ONCE = 200
"""What one decision is about at most: so many accounts go into one bulk ban."""
_MOST_NAMED = 20
_Of = TypeVar("_Of")
Effects = Callable[[Press, Decision], tuple[Effect, ...]]
"""Returns what one batch does, on the case as it stands."""


def batches_of(those: tuple[_Of, ...]) -> Iterator[tuple[_Of, ...]]:
    """Go through these, so many at a time."""
    for start in range(0, len(those), AT_ONCE):
        yield those[start : start + AT_ONCE]


def on_people(people: tuple[PersonId, ...]) -> Effects:
    """Return what does the press's action to each of these."""
    return lambda press, decision: press.effects(decision, people)


def removing(members: tuple[CaseMember, ...]) -> Effects:
    """Return what removes these messages."""
    return lambda press, decision: press.removals(decision, members)


def lifting(targets: tuple[str, ...]) -> Effects:
    """Return what takes back whatever stands on these targets."""

    def lifts(press: Press, decision: Decision) -> tuple[Effect, ...]:
        standing = press.lifts(decision, standing_effects(press.file.effects))
        return tuple(effect for effect in standing if effect.key.target in targets)

    return lifts


def told_of_all(names: Mapping[str, str], ended: list[StoredEffect], before: Collection[str] = frozenset()) -> Answer:
    """Return to how many it was done, and whom it missed: refused, failed, or never on record.

    `names` are those of the people or targets that were meant; to those in `before` it was done earlier.
    """
    done_to = [stored.effect for stored in ended if stored.result is not None and stored.result.outcome in DONE_ENOUGH]
    fine = {effect.person for effect in done_to} | {effect.key.target for effect in done_to} | set(before)
    others = [each for each in names if each not in fine]
    lines = [reason("press.batch", done=len(names) - len(others), count=len(names))]
    if others:
        missed = dict.fromkeys(names[each] for each in others)
        members = ", ".join(list(missed)[:_MOST_NAMED])
        lines.append(reason("press.batch_failed", count=len(others), members=members))
    return done(*lines) if len(others) < len(names) else failed(*lines)
