"""Recording a press, carrying it out, and telling how it ended."""

from collections import Counter

from bot.core.desk.access import Access
from bot.core.desk.cases.pressing import LIFTABLE, Press
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action, Outcome
from bot.domain.answer import Answer, AnswerKind
from bot.domain.audit import AuditCode
from bot.domain.case import CaseFile, CaseStatus, Review
from bot.domain.decision import Decision, Effect, StoredEffect
from bot.domain.ids import CaseNumber, CommunityId
from bot.domain.policy import Category
from bot.domain.put_off import shown_at
from bot.domain.reasons import Reason, reason
from bot.domain.records import Recorded, ReviewRecord

DONE_ENOUGH = frozenset({Outcome.APPLIED, Outcome.REQUESTED})
_UNEXPLAINED = "unclear"


class Carrying:
    """Takes presses to the records, to the platform and back to the card."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access

    async def record(
        self, press: Press, decision: Decision | None, effects: tuple[Effect, ...], review: Review | None = None
    ) -> Recorded | None:
        """Write a press, before anything is done; None when the case has changed since it was read."""
        case = press.file.case
        code = AuditCode.REVIEWED if review is not None else AuditCode.DECIDED
        word = (("result", review.result.value),) if review is not None else (("action", press.action.value),)
        details = (("by", press.actor.person), *word)
        note = self._access.noted(press.actor, code, details, case.number)
        record = ReviewRecord(
            community=case.community,
            case=case.number,
            expected_version=case.version,
            review=review,
            status=CaseStatus(review.result.value) if review is not None else case.status,
            decision=decision,
            effects=effects,
            notes=(note,),
        )
        return await self._parts.store.cases.review(record)

    async def carry_out(self, recorded: Recorded, press: Press) -> tuple[StoredEffect, ...]:
        """Carry out what was recorded, redraw the card, and return the effects with their outcomes."""
        await self._parts.enforcing.carry_out(recorded.effects)
        case = press.file.case
        await self._parts.enforcing.drawing.catch_up(case.community, case.number)
        mine = {stored.effect.key for stored in recorded.effects}
        file = await self._parts.store.cases.file(case.community, case.number)
        return tuple(stored for stored in file.effects if stored.effect.key in mine) if file is not None else ()

    async def redraw(self, community: CommunityId, number: CaseNumber) -> None:
        """Redraw a card. What was done stays done when the platform will not show it; the card is drawn later then."""
        await self._parts.enforcing.drawing.refresh(community, number)

    def category_of(self, file: CaseFile) -> Category | None:
        """Return the rule that a case is about, where its policy still has it."""
        case = file.case
        policy = self._parts.policies.of(case.community).get(case.policy) if case.policy is not None else None
        if policy is None:
            return None
        return next((entry for entry in policy.categories if entry.id == case.category), None)


def told(effects: tuple[StoredEffect, ...], action: Action) -> Answer:
    """Return how a press ended: what was done, and what was not and why. Its own action decides what kind it is."""
    own = [stored for stored in effects if stored.effect.action is action]
    is_done = bool(own) and all(_outcome(stored) in DONE_ENOUGH for stored in own)
    lines = tuple(_line(stored) for stored in effects if not _goes_without_saying(stored))
    return Answer(kind=AnswerKind.DONE if is_done else AnswerKind.FAILED, lines=lines)


def lifted(ended: tuple[StoredEffect, ...]) -> tuple[Reason, ...]:
    """Return what was taken back, each kind with the number of people or channels, and why something was not."""
    lifts = [stored for stored in ended if stored.effect.action is Action.LIFT]
    done = Counter(_did(stored.effect) for stored in lifts if _is_done(stored))
    missed = dict.fromkeys(_line(stored) for stored in lifts if not _is_done(stored))
    return (*(reason("press.done", what=what, count=count) for what, count in done.items()), *missed)


def _goes_without_saying(stored: StoredEffect) -> bool:
    """Return whether this is a note to the author that was sent, or that waits for what it tells of."""
    is_open = stored.result is None and stored.put_off is None
    return stored.effect.action is Action.NOTICE and (is_open or _is_done(stored))


def _line(stored: StoredEffect) -> Reason:
    action = stored.effect.action
    if _is_done(stored):
        return _done(stored.effect)
    if stored.put_off is not None:
        waits = stored.put_off
        values = {**dict(waits.why.values), "action": action.value, "why": waits.why.code}
        return reason("press.put_off", **values, at=shown_at(waits.next_at, waits.since))
    why = (stored.result.why if stored.result is not None else None) or reason(_UNEXPLAINED)
    if _outcome(stored) is Outcome.REQUESTED:
        return _with_reason("press.requested", action, why)
    return not_possible(action, why)


def _did(effect: Effect) -> str:
    """Return the sentence for what was done; a lift is named for what it lifted."""
    named = effect.action is Action.LIFT and effect.told_of in LIFTABLE
    return f"lifted.{effect.told_of.value}" if named and effect.told_of is not None else f"did.{effect.action.value}"


def _done(effect: Effect) -> Reason:
    if effect.action is Action.TIMEOUT and effect.seconds > 0:
        return reason("press.done_for", what=_did(effect), length=effect.seconds)
    return reason("press.done", what=_did(effect))


def not_possible(action: Action, why: Reason) -> Reason:
    """Return the line that says why the bot can't do something."""
    return _with_reason("press.not_possible", action, why)


def _with_reason(code: str, action: Action, why: Reason) -> Reason:
    return reason(code, **{**dict(why.values), "action": action.value, "why": why.code})


def _outcome(stored: StoredEffect) -> Outcome | None:
    return stored.result.outcome if stored.result is not None else None


def _is_done(stored: StoredEffect) -> bool:
    return _outcome(stored) is Outcome.APPLIED
