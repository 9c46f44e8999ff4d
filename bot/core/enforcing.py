"""Carrying effects out, one platform call at a time, and committing each outcome on its own.

Each effect is first marked as under way. That fails where an edit or a deletion has withdrawn it since; from then on
nothing withdraws it, and after a crash it is known that it may have happened.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.core.cards import card_of
from bot.core.rechecking import Rechecking, acts_alone
from bot.domain.actions import NOTICED_BY_MEMBERS, Action, Mode, Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.card import Card
from bot.domain.case import CaseFile
from bot.domain.decision import BOT, Effect, EffectKey, EffectResult, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import CaseNumber, CommunityId
from bot.domain.notice import notice_of
from bot.domain.reasons import Reason, StepCode, reason
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.enforcer import Enforcer
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store

_log = get_logger(__name__)
IN_MOD_LOG = frozenset({Action.FLAG, Action.ESCALATE})
"""What moderators alone see, after all else: the card, and then the call that brings them to it."""
_IN_BULK = 100
"""Most messages that are removed in one call."""
_BANNED_AT_ONCE = 200
"""Most accounts that are banned in one call."""
_NOT_DONE = frozenset({Outcome.SUPPRESSED, Outcome.REQUESTED, Outcome.REFUSED, Outcome.FAILED})
"""Nobody is told of what was not done."""


class ShadowEnforcer(Enforcer):
    """Stands in the real enforcer's place in shadow: nothing that a member can notice happens."""

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return every action: anything can be simulated."""
        del community
        return frozenset(Action)

    async def check(self, effect: Effect) -> Reason | None:
        """Return None: simulating is always possible."""
        del effect
        return None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Return SIMULATED for each effect."""
        why = reason(StepCode.SHADOW)
        return tuple(EffectResult(key=effect.key, outcome=Outcome.SIMULATED, why=why) for effect in effects)

    async def find(self, effect: Effect) -> EffectResult | None:
        """Return None: there is nothing to find."""
        del effect
        return None


class Enforcing:
    """Takes intended effects to their outcomes."""

    def __init__(
        self, platform: Platform, store: Store, policies: PolicySource, clock: Clock, rechecking: Rechecking
    ) -> None:
        self._platform = platform
        self._store = store
        self._cases = store.cases
        self._policies = policies
        self._clock = clock
        self._rechecking = rechecking
        self._shadow = ShadowEnforcer()
        self._drawing: WeakValueDictionary[tuple[CommunityId, CaseNumber], asyncio.Lock] = WeakValueDictionary()

    async def carry_out(self, effects: tuple[StoredEffect, ...]) -> None:
        """Bring every effect of a decision that has no outcome yet to one.

        The card, which tells of them, comes after the others; the call of people to it is last. Where no card could be
        posted, people are called all the same: somebody has to look at the case.

        `effects` are all of one decision, in their order, those with an outcome too.
        """
        outcomes = {stored.effect.action: stored.result.outcome for stored in effects if stored.result is not None}
        removals = [stored for stored in effects if stored.effect.action is Action.DELETE]
        if len(removals) > 1:
            effects = await self._remove_all(effects, removals, outcomes)
        bans = [stored for stored in effects if stored.effect.action is Action.BAN]
        if len(bans) > 1:
            effects = await self._ban_all(effects, bans)
        held_back = await self._rechecking.why_not(effects)
        open_effects = [stored.effect for stored in effects if stored.result is None]
        for effect in open_effects:
            if effect.action not in IN_MOD_LOG:
                await self._bring_about(effect, outcomes, held_back)
        for effect in open_effects:
            if effect.action is Action.FLAG:
                await self._show(effect)
        for effect in open_effects:
            if effect.action is Action.ESCALATE and await self._bring_about(effect, outcomes, held_back):
                await self._tell_of_call(effect)

    async def _remove_all(
        self, effects: tuple[StoredEffect, ...], removals: list[StoredEffect], outcomes: dict[Action, Outcome]
    ) -> tuple[StoredEffect, ...]:
        """Remove the messages of one decision, those of one channel in one call; return the effects as they are then.

        Each message is looked at again on its own: that one is gone says nothing about the others.
        """
        late = await self._rechecking.too_late(effects)
        results: dict[EffectKey, EffectResult] = {}
        by_channel: dict[str | None, list[StoredEffect]] = {}
        for stored in removals:
            by_channel.setdefault(stored.effect.channel, []).append(stored)
        for together in by_channel.values():
            for start in range(0, len(together), _IN_BULK):
                results |= await self._remove(together[start : start + _IN_BULK], outcomes, late)
        ended = {result.outcome for result in results.values()}
        if ended:
            outcomes[Action.DELETE] = Outcome.APPLIED if Outcome.APPLIED in ended else ended.pop()
        return _with_results(effects, results)

    async def _remove(
        self, together: list[StoredEffect], outcomes: dict[Action, Outcome], late: Reason | None
    ) -> dict[EffectKey, EffectResult]:
        """Remove what fits into one call. No more is marked as under way than that: a stop withdraws the rest."""
        results: dict[EffectKey, EffectResult] = {}
        possible: list[Effect] = []
        for stored in together:
            effect = stored.effect
            if stored.result is not None or not await self._cases.begin_effect(effect.key):
                continue
            held_back = late or await self._rechecking.why_not_on(stored)
            if (held_back is not None and acts_alone(effect)) or _is_simulated(effect):
                results[effect.key] = await self._result(effect, outcomes, held_back)
                await self.commit(effect, results[effect.key])
            else:
                possible.append(effect)
        return results | await self._at_once(possible, _IN_BULK)

    async def _ban_all(self, effects: tuple[StoredEffect, ...], bans: list[StoredEffect]) -> tuple[StoredEffect, ...]:
        """Ban the people of one decision, always a person's, in few calls; return the effects as they are then."""
        open_bans = [stored.effect for stored in bans if stored.result is None]
        possible = [effect for effect in open_bans if await self._cases.begin_effect(effect.key)]
        return _with_results(effects, await self._at_once(possible, _BANNED_AT_ONCE))

    async def _at_once(self, effects: list[Effect], most: int) -> dict[EffectKey, EffectResult]:
        """Carry out effects, so many in one call of the platform, and commit each outcome on its own."""
        results: dict[EffectKey, EffectResult] = {}
        for start in range(0, len(effects), most):
            for effect, result in await self._apply_all(effects[start : start + most]):
                results[effect.key] = result
                await self.commit(effect, result)
        return results

    async def _apply_all(self, effects: list[Effect]) -> list[tuple[Effect, EffectResult]]:
        """Carry out effects in one call of the platform, but for those that are not possible."""
        enforcer, refused, possible = self._platform.enforcer, [], []
        for effect in effects:
            why = await enforcer.check(effect)
            if why is None:
                possible.append(effect)
            else:
                refused.append((effect, EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)))
        done = await enforcer.apply(tuple(possible)) if possible else ()
        return [*refused, *zip(possible, done, strict=True)]

    async def redraw(self, community: CommunityId, number: CaseNumber) -> None:
        """Bring the card of a case up to date; post it anew when it is gone. One at a time for each case."""
        async with self._drawing.setdefault((community, number), asyncio.Lock()):
            file = await self._cases.file(community, number)
            if file is None:
                return
            settings = await self._rechecking.settings.of(community)
            card = await card_of(file, self._store, self._policies, settings)
            card_id = file.case.card_id or await self._posted_before(file)
            if not card_id or not await self._updated(card_id, card):
                card_id = await self._platform.mod_log.post(card_key(community, number), card)
            if card_id != file.case.card_id:
                await self._cases.set_card(community, number, card_id)

    async def commit(self, effect: Effect, result: EffectResult) -> None:
        """Record how an effect ended, in a transaction of its own; the last one settles the message."""
        details = (
            ("action", effect.action),
            ("by", effect.by),
            ("outcome", result.outcome),
            ("target", effect.key.target),
        )
        note = AuditNote(
            community=effect.community,
            code=AuditCode.EFFECT,
            at=self._clock.now(),
            case=effect.case,
            decision=effect.key.decision,
            details=details if result.why is None else (*details, ("why", _recorded(result.why))),
        )
        await self._cases.record_result(result, (note,))

    async def _bring_about(
        self, effect: Effect, outcomes: dict[Action, Outcome], held_back: Reason | None
    ) -> EffectResult | None:
        """Take one effect to its outcome; None where there is nothing to carry out any more."""
        if not await self._cases.begin_effect(effect.key):
            return None
        result = await self._result(effect, outcomes, held_back)
        outcomes[effect.action] = result.outcome
        await self.commit(effect, result)
        return result

    async def _posted_before(self, file: CaseFile) -> str | None:
        """Look for a card that is not on record: posting it once went wrong, or its answer was lost."""
        tried = len(file.decisions) > 1 or any(
            stored.result is not None and stored.effect.action in IN_MOD_LOG for stored in file.effects
        )
        case = file.case
        return (
            await self._platform.mod_log.find(case.community, card_key(case.community, case.number)) if tried else None
        )

    async def _updated(self, card_id: str, card: Card) -> bool:
        try:
            await self._platform.mod_log.update(card_id, card)
        except PlatformRefused:
            _log.warning("card_gone", community=card.case.community, case=card.case.number)
            return False
        return True

    async def _result(
        self, effect: Effect, outcomes: Mapping[Action, Outcome], held_back: Reason | None
    ) -> EffectResult:
        if held_back is not None and acts_alone(effect):
            return EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=held_back)
        if effect.action is not Action.NOTICE or outcomes.get(effect.told_of or effect.action) not in _NOT_DONE:
            return await self._carry_out(effect)
        if outcomes.get(Action.DELETE) is Outcome.APPLIED:
            return await self._carry_out(replace(effect, told_of=Action.DELETE, seconds=0))
        why = reason(StepCode.NOT_POSSIBLE, action=effect.told_of)
        return EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=why)

    async def _carry_out(self, effect: Effect) -> EffectResult:
        if _is_simulated(effect):
            return (await self._shadow.apply((effect,)))[0]
        if effect.action is Action.NOTICE:
            return await self._tell(effect)
        enforcer = self._platform.enforcer
        refusal = await enforcer.check(effect)
        if refusal is not None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=refusal)
        return (await enforcer.apply((effect,)))[0]

    async def _tell(self, effect: Effect) -> EffectResult:
        notice = notice_of(effect)
        if notice is None:
            why = reason(StepCode.NOT_POSSIBLE, action=effect.action)
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        return await self._platform.notifier.tell(effect.key, notice)

    async def _show(self, flag: Effect) -> None:
        if flag.case is None:
            return
        try:
            await self.redraw(flag.community, flag.case)
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("card_not_posted", community=flag.community, case=flag.case, error=str(error))
            why = reason(StepCode.NOT_POSSIBLE, answer=error.code)
            result = EffectResult(key=flag.key, outcome=Outcome.FAILED, why=why)
        else:
            result = EffectResult(key=flag.key, outcome=Outcome.APPLIED)
        await self.commit(flag, result)

    async def _tell_of_call(self, call: Effect) -> None:
        """Say on the card whether people were called: when it was posted, that was still under way."""
        if call.case is None:
            return
        try:
            await self.redraw(call.community, call.case)
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("card_not_redrawn", community=call.community, case=call.case, error=str(error))


def _recorded(why: Reason) -> str:
    """Return a reason for the audit log: its code, and its values in parentheses."""
    values = ", ".join(f"{name}={value}" for name, value in why.values)
    return f"{why.code} ({values})" if values else why.code


def _with_results(
    effects: tuple[StoredEffect, ...], results: Mapping[EffectKey, EffectResult]
) -> tuple[StoredEffect, ...]:
    return tuple(replace(stored, result=results.get(stored.effect.key, stored.result)) for stored in effects)


def _is_simulated(effect: Effect) -> bool:
    return effect.mode is Mode.SHADOW and effect.by == BOT and effect.action in NOTICED_BY_MEMBERS


def card_key(community: CommunityId, number: CaseNumber) -> str:
    """Return what marks the card of a case, so that it can be found again."""
    return f"case:{community}:{number}"
