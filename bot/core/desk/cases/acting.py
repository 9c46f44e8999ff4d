"""Act…: what a person may do about a case, and doing it, for real even in shadow."""

from dataclasses import replace

from bot.core.acting.cards import card_of
from bot.core.desk.access import Access
from bot.core.desk.answers import done
from bot.core.desk.cases.batches import Effects, batches_of, lifting, on_people, removing, told_of_all
from bot.core.desk.cases.carrying import Carrying, not_possible, told
from bot.core.desk.cases.pressing import (
    LONGEST,
    NEEDS,
    OFFERED,
    SHORTEST,
    Press,
    already_hit,
    is_automatic,
    removed_by,
    standing_effects,
)
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action
from bot.domain.answer import Answer, How
from bot.domain.case import CaseFile
from bot.domain.decision import Decision, Effect, StoredEffect, message_target
from bot.domain.ids import CaseNumber, PersonId
from bot.domain.people import Actor
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.domain.records import Recorded

_WHAT = "act"
_FEW = 5
"""So many effects are told of one by one; more are counted."""
_TRIES = 3
_FOR_ALL = frozenset({Action.BAN, Action.KICK, Action.TIMEOUT})


class Acting:
    """Carries out what people press behind Act…."""

    def __init__(self, parts: DeskParts, access: Access, carrying: Carrying) -> None:
        self._parts = parts
        self._access = access
        self._carrying = carrying

    async def why_not(self, actor: Actor, file: CaseFile, action: Action) -> Reason | None:
        """Return why this person can't do this about a case now, their own rights first; None where they can."""
        return await self._why_not(await self._press(actor, file, action))

    async def offer(self, actor: Actor, number: CaseNumber, action: Action) -> Answer:
        """Return the case's card where this could be done now: to ask once more."""
        press = await self._allowed(actor, number, action)
        return press if isinstance(press, Answer) else await self._shown(press)

    async def offer_all(self, actor: Actor, number: CaseNumber, action: Action) -> Answer:
        """Return the case's card where this could be done to every author."""
        press = await self._allowed_to_all(actor, number, action)
        return press if isinstance(press, Answer) else await self._shown(press)

    async def act(self, actor: Actor, number: CaseNumber, action: Action, how: How) -> Answer:
        """Do it. What stands in the way is checked anew, whatever the button promised."""
        press = await self._allowed(actor, number, action)
        if isinstance(press, Answer):
            return press
        if how.seconds and not (action is Action.TIMEOUT and SHORTEST <= how.seconds <= LONGEST):
            return await self._access.refuse(actor, reason("press.unreadable"), _WHAT, number)
        press = replace(press, seconds=how.seconds)
        decision = press.decision()
        if action is Action.LIFT:
            return await self._undo(press, decision, number)
        if action is Action.DELETE and press.file.copies > 1:
            return await self._remove_all(press, how.leave_out)
        recorded = await self._carrying.record(press, decision, press.effects(decision))
        if recorded is None:
            return await self._access.stale(actor, number, reason("press.stale"), _WHAT)
        return told(await self._carrying.carry_out(recorded, press), action)

    async def act_on_all(self, actor: Actor, number: CaseNumber, action: Action, how: How) -> Answer:
        """Do it to every author, in batches; each is a decision of its own. Who wrote only what is left out is spared.

        All of them are recorded before the first is carried out, so that a crash in between leaves nobody out.
        """
        press = await self._allowed_to_all(actor, number, action)
        if isinstance(press, Answer):
            return press
        hit, people = already_hit(action, press.file.effects), await self._authors(press.file, how.leave_out)
        recorded = [
            await self._recorded(press, on_people(batch))
            for batch in batches_of(tuple(person for person in people if person not in hit))
        ]
        return told_of_all({person: person for person in people}, await self._carried_out(press, recorded), hit)

    async def _allowed(self, actor: Actor, number: CaseNumber, action: Action) -> Press | Answer:
        """Return the press where nothing stands in its way; else the refusal, on record."""
        file = await self._access.decidable(actor, number, f"{_WHAT}:{action.value}")
        if isinstance(file, Answer):
            return file
        if action not in OFFERED:
            return await self._access.refuse(actor, reason("press.unreadable"), _WHAT, number)
        press = await self._press(actor, file, action)
        why = await self._why_not(press)
        return press if why is None else await self._access.refuse(actor, why, f"{_WHAT}:{action.value}", number)

    async def _allowed_to_all(self, actor: Actor, number: CaseNumber, action: Action) -> Press | Answer:
        """Return the press where nothing stands in its way for everybody: one may be out of reach, others not."""
        file = await self._access.decidable(actor, number, f"all:{action.value}")
        if isinstance(file, Answer):
            return file
        if action not in _FOR_ALL:
            return await self._access.refuse(actor, reason("press.unreadable"), _WHAT, number)
        press = await self._press(actor, file, action)
        why = await self._no_right(press)
        return press if why is None else await self._access.refuse(actor, why, f"all:{action.value}", number)

    async def _shown(self, press: Press) -> Answer:
        card = await card_of(press.file, self._parts.store, self._parts.policies, press.settings)
        return replace(done(), card=card)

    async def _undo(self, press: Press, decision: Decision, number: CaseNumber) -> Answer:
        """Take back what stands: of an incident in batches, as it was done."""
        lifts = press.lifts(decision, standing_effects(press.file.effects))
        if len(lifts) <= _FEW:
            recorded = await self._carrying.record(press, decision, lifts)
            if recorded is None:
                return await self._access.stale(press.actor, number, reason("press.stale"), _WHAT)
            return told(await self._carrying.carry_out(recorded, press), Action.LIFT)
        targets = tuple(effect.key.target for effect in lifts)
        batches = [await self._recorded(press, lifting(batch)) for batch in batches_of(targets)]
        names = {target: target.removeprefix("person:") for target in targets}
        return told_of_all(names, await self._carried_out(press, batches))

    async def _remove_all(self, press: Press, leave_out: frozenset[str]) -> Answer:
        """Remove the messages of the case, in the channels in which this person may do so themselves; spare some."""
        case = press.file.case
        members = {
            message_target(member.ref): member
            for member in await self._parts.store.cases.members(case.community, case.number)
            if message_target(member.ref) not in leave_out
        }
        gone = removed_by(press.file.effects)
        channels = {member.ref.channel for member in members.values()}
        may = self._parts.platform.directory.may
        open_to_them = {channel for channel in channels if await may(press.actor, NEEDS[Action.DELETE], channel)}
        left = (member for target, member in members.items() if target not in gone)
        batches = [
            await self._recorded(press, removing(batch))
            for batch in batches_of(tuple(member for member in left if member.ref.channel in open_to_them))
        ]
        names = {target: member.author or member.ref.message for target, member in members.items()}
        return told_of_all(names, await self._carried_out(press, batches), gone)

    async def _recorded(self, press: Press, effects: Effects) -> Recorded | None:
        """Record one batch; the case is read again, since every batch and others' presses raise its version."""
        case = press.file.case
        for _ in range(_TRIES):
            file = await self._parts.store.cases.file(case.community, case.number)
            now = replace(press, file=file or press.file)
            decision = now.decision()
            recorded = await self._carrying.record(now, decision, effects(now, decision))
            if recorded is not None:
                return recorded
        return None

    async def _carried_out(self, press: Press, batches: list[Recorded | None]) -> list[StoredEffect]:
        return [
            stored
            for recorded in batches
            if recorded is not None
            for stored in await self._carrying.carry_out(recorded, press)
        ]

    async def _authors(self, file: CaseFile, leave_out: frozenset[str]) -> tuple[PersonId, ...]:
        """Return everybody who wrote what the case is about, but for what is left out."""
        members = await self._parts.store.cases.members(file.case.community, file.case.number)
        if leave_out:
            chosen = (member for member in members if message_target(member.ref) not in leave_out)
            return tuple(dict.fromkeys(member.author for member in chosen if member.author is not None))
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
        enforcer = self._parts.platform.enforcer
        if action not in await enforcer.capabilities(press.actor.community):
            own = press.effects(press.decision())[:1] if action is not Action.LIFT else ()
            why = await enforcer.check(own[0]) if own else None
            return not_possible(action, why or reason(StepCode.NOT_POSSIBLE))
        if action is Action.QUARANTINE and not press.settings.quarantine_role:
            return not_possible(action, reason(PlatformReason.NO_ROLE))
        return None

    async def _out_of_reach(self, press: Press) -> Reason | None:
        """Return why the platform would not do it to the target; of several to be lifted, one in reach is enough."""
        decision = press.decision()
        lifts = press.lifts(decision, standing_effects(press.file.effects)) if press.action is Action.LIFT else ()
        first = None
        for each in lifts or press.effects(decision)[:1]:
            why = await self._parts.platform.enforcer.check(each)
            if why is None:
                return None
            first = first or why
        return not_possible(press.action, first) if first is not None else None

    async def _may(self, press: Press, standing: tuple[Effect, ...]) -> bool:
        """Return whether this person's own rights cover it; what the bot did, every moderator may take back."""
        may, channel = self._parts.platform.directory.may, press.file.case.ref.channel
        if press.action is not Action.LIFT:
            return press.action is Action.WARN or await may(press.actor, NEEDS[press.action], channel)
        needed = {NEEDS[effect.action] for effect in standing if not is_automatic(effect)}
        return all([await may(press.actor, permission, channel) for permission in needed])
