"""Act…: what a person may do about a case, and doing it, for real even in shadow."""

from collections.abc import Iterator
from dataclasses import replace

from bot.core.desk.access import Access
from bot.core.desk.answers import done, failed
from bot.core.desk.carrying import DONE_ENOUGH, Carrying, not_possible, told
from bot.core.desk.parts import DeskParts
from bot.core.desk.pressing import NEEDS, OFFERED, Press, is_automatic, standing_effects, stands_already
from bot.domain.actions import Action
from bot.domain.answer import Answer
from bot.domain.case import CaseFile
from bot.domain.decision import Effect, StoredEffect
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.people import Actor
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason

_WHAT = "act"
_AT_ONCE = 200
"""People that one decision is about when a press hits every author of an incident."""
_MOST_NAMED = 20
_TRIES = 3
_FOR_ALL = frozenset({Action.BAN, Action.KICK, Action.TIMEOUT})


class Acting:
    """Carries out what people press behind Act…."""

    def __init__(self, parts: DeskParts, access: Access, carrying: Carrying) -> None:
        self._parts = parts
        self._access = access
        self._carrying = carrying

    async def options(self, actor: Actor, number: CaseNumber) -> tuple[Action, ...] | Answer:
        """Return what this person's own rights and the platform allow on the case now."""
        file = await self._access.decidable(actor, number, "options")
        if isinstance(file, Answer):
            return file
        capable = await self._parts.platform.enforcer.capabilities(actor.community)
        candidates = (action for action in OFFERED if action in capable and not stands_already(action, file.effects))
        presses = [await self._press(actor, file, action) for action in candidates]
        return tuple([press.action for press in presses if await self._why_not(press) is None])

    async def act(self, actor: Actor, number: CaseNumber, action: Action) -> Answer:
        """Do it. What stands in the way is checked anew, whatever the button promised."""
        file = await self._access.decidable(actor, number, f"{_WHAT}:{action.value}")
        if isinstance(file, Answer):
            return file
        press = await self._press(actor, file, action)
        refusal = await self._refusal(press, number)
        if refusal is not None:
            return refusal
        decision = press.decision()
        effects = (
            press.lifts(decision, standing_effects(file.effects)) if action is Action.LIFT else press.effects(decision)
        )
        recorded = await self._carrying.record(press, decision, effects)
        if recorded is None:
            return await self._access.stale(actor, number, reason("press.stale"), _WHAT)
        return told(await self._carrying.carry_out(recorded, press), action)

    async def act_on_all(self, actor: Actor, number: CaseNumber, action: Action) -> Answer:
        """Do it to every author, in batches; each is a decision of its own, recorded before it is carried out."""
        file = await self._access.decidable(actor, number, f"all:{action.value}")
        if isinstance(file, Answer):
            return file
        if action not in _FOR_ALL:
            return await self._access.refuse(actor, reason("press.unreadable"), _WHAT, number)
        press = await self._press(actor, file, action)
        why = await self._no_right(press)
        if why is not None:
            return await self._access.refuse(actor, why, _WHAT, number)
        people, ended = await self._authors(file), list[StoredEffect]()
        for batch in _batches(people):
            ended += await self._act_on(batch, press)
        return _told_of_all(people, ended)

    async def _act_on(self, people: tuple[PersonId, ...], press: Press) -> tuple[StoredEffect, ...]:
        """Act on one batch; the case is read again, since every batch and others' presses raise its version."""
        case = press.file.case
        for _ in range(_TRIES):
            file = await self._parts.store.cases.file(case.community, case.number)
            now = replace(press, file=file or press.file)
            decision = now.decision()
            recorded = await self._carrying.record(now, decision, now.effects(decision, people))
            if recorded is not None:
                return await self._carrying.carry_out(recorded, now)
        return ()

    async def _authors(self, file: CaseFile) -> tuple[PersonId, ...]:
        """Return everybody who wrote what the case is about."""
        members = await self._parts.store.cases.members(file.case.community, file.case.number)
        wrote = (member.author for member in members if member.author is not None)
        hit = (stored.effect.person for stored in file.effects if stored.effect.person is not None)
        return tuple(dict.fromkeys((file.case.author, *wrote, *hit)))

    async def _press(self, actor: Actor, file: CaseFile, action: Action) -> Press:
        return Press(
            file=file,
            actor=actor,
            action=action,
            category=self._carrying.category_of(file),
            settings=await self._parts.book.of(actor.community),
            at=self._parts.clock.now(),
        )

    async def _refusal(self, press: Press, number: CaseNumber) -> Answer | None:
        if press.action not in OFFERED:
            return await self._access.refuse(press.actor, reason("press.unreadable"), _WHAT, number)
        why = await self._why_not(press)
        return await self._access.refuse(press.actor, why, _WHAT, number) if why is not None else None

    async def _why_not(self, press: Press) -> Reason | None:
        """Return why this person can't do this to this target now: their own rights first, then the bot's."""
        return await self._no_right(press) or await self._out_of_reach(press)

    async def _no_right(self, press: Press) -> Reason | None:
        """Return what this person or the bot lacks, whoever it is done to."""
        action = press.action
        standing = standing_effects(press.file.effects) if action is Action.LIFT else ()
        if action is Action.LIFT and not standing:
            return reason("press.nothing_to_undo")
        if not await self._may(press, standing):
            return reason("press.no_permission", action=action.value)
        if action not in await self._parts.platform.enforcer.capabilities(press.actor.community):
            return not_possible(action, reason(StepCode.NOT_POSSIBLE))
        if action is Action.QUARANTINE and not press.settings.quarantine_role:
            return not_possible(action, reason(PlatformReason.NO_ROLE))
        return None

    async def _out_of_reach(self, press: Press) -> Reason | None:
        """Return why the platform would not do it to the target; of several to be lifted, one in reach is enough."""
        decision = press.decision()
        lifts = press.lifts(decision, standing_effects(press.file.effects)) if press.action is Action.LIFT else ()
        checked = [await self._parts.platform.enforcer.check(each) for each in lifts or press.effects(decision)[:1]]
        why = checked[0]
        return not_possible(press.action, why) if why is not None and None not in checked else None

    async def _may(self, press: Press, standing: tuple[Effect, ...]) -> bool:
        """Return whether this person's own rights cover it; what the bot did, every moderator may take back."""
        may, channel = self._parts.platform.directory.may, press.file.case.ref.channel
        if press.action is not Action.LIFT:
            return press.action is Action.WARN or await may(press.actor, NEEDS[press.action], channel)
        needed = {NEEDS[effect.action] for effect in standing if not is_automatic(effect)}
        return all([await may(press.actor, permission, channel) for permission in needed])


def _batches(people: tuple[PersonId, ...]) -> Iterator[tuple[PersonId, ...]]:
    for start in range(0, len(people), _AT_ONCE):
        yield people[start : start + _AT_ONCE]


def _told_of_all(people: tuple[PersonId, ...], ended: list[StoredEffect]) -> Answer:
    """Return how many it was done to, and to whom it was not: refused, failed, or never on record."""
    fine = {
        stored.effect.person for stored in ended if stored.result is not None and stored.result.outcome in DONE_ENOUGH
    }
    others = [person for person in people if person not in fine]
    lines = [reason("press.batch", done=len(fine), count=len(people))]
    if others:
        names = ", ".join(others[:_MOST_NAMED])
        lines.append(reason("press.batch_failed", count=len(others), names=names))
    return done(*lines) if fine else failed(*lines)
