"""Carrying effects out: moderators first, then what members notice, then the notes to authors.

Each effect is first marked as under way. That fails where an edit or a deletion has withdrawn it since; from then on
nothing withdraws it, and after a crash it is known that it may have happened. Each outcome is committed on its own.
What the platform could not do yet has no outcome: it waits, on record, for its next try (`domain/put_off.py`, and
`Recovery`).
"""

import asyncio
from collections.abc import Container
from contextlib import nullcontext
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.core.acting.drawing import Drawing
from bot.core.acting.outcomes import Outcomes
from bot.core.acting.rechecking import Rechecking, acts_alone
from bot.core.acting.round import NOT_DONE, Round
from bot.core.acting.shadow import ShadowEnforcer
from bot.core.acting.wanted import why_not_wanted
from bot.core.tasks.together import together
from bot.domain.actions import NOTICED_BY_MEMBERS, TELLS, Action, Mode, Outcome
from bot.domain.case import CaseFile
from bot.domain.decision import BOT, Effect, EffectKey, EffectResult, StoredEffect
from bot.domain.errors import PlatformError
from bot.domain.ids import CommunityId, DecisionId
from bot.domain.notice import notice_of
from bot.domain.put_off import failed, why_of
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.ports.clock import Clock
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store

AT_ONCE = 16
"""Decisions whose cards are posted at once, and as many whose effects are carried out: a platform limits calls anyway.

Words to authors are none of these: they may take a minute each, and nothing waits for them.
"""
IN_MOD_LOG = frozenset({Action.FLAG, Action.ESCALATE})
"""What moderators alone see, before all else: the card, and the call that brings them to it."""
_IN_BULK = frozenset({Action.DELETE, Action.BAN})
"""What a platform may do to many at once."""
_COUNTS_UP_EVERY = 10.0
"""Seconds after which a card is drawn again while many targets are worked through one by one."""
HOLDS_UP_ALL = frozenset({PlatformReason.RATE_LIMITED, PlatformReason.PLATFORM_DOWN, PlatformReason.NOT_CONNECTED})
"""Reasons that hold for the next target of a bulk as well: it is not asked, only to hear the same."""


class Enforcing:
    """Takes intended effects to their outcomes."""

    def __init__(
        self, platform: Platform, store: Store, policies: PolicySource, clock: Clock, rechecking: Rechecking
    ) -> None:
        self._platform = platform
        self._cases = store.cases
        self._clock = clock
        self._rechecking = rechecking
        self._shadow = ShadowEnforcer()
        self._outcomes = Outcomes(store.cases, clock)
        self.drawing = Drawing(platform.mod_log, store, policies, rechecking.settings)
        self._acting, self._posting = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[DecisionId, asyncio.Lock] = WeakValueDictionary()

    @property
    def in_hand(self) -> frozenset[DecisionId]:
        """Return the decisions whose effects are being carried out now."""
        return frozenset(self._turns)

    async def carry_out(
        self,
        effects: tuple[StoredEffect, ...],
        ready: Container[EffectKey] = frozenset(),
        away: Reason | None = None,
    ) -> frozenset[str]:
        """Bring every effect of a decision that has no outcome yet to one, or let it wait for its platform.

        The card comes first, and the call of people to it; neither waits for anything else. Where no card could be
        posted, people are called all the same: somebody has to look at the case. What members notice is done beside
        that, and authors are told last. The card is drawn again as outcomes come in.

        `effects` are all of one decision, in their order, those with an outcome too. Those that were put off are tried
        only where they are `ready`; what is not wanted any more ends at once. Returned are the codes of the reasons
        for which any was put off now. `away` says why the community can't be reached, where that is known already.
        """
        if not effects:
            return frozenset()
        turn = self._turns.setdefault(effects[0].effect.key.decision, asyncio.Lock())
        async with turn:
            file = await self._file(effects[0].effect)
            now = Round(_as_they_stand(effects, file), ready)
            await self._simulate(now)
            await self._drop(now, file, [stored for stored in now.undone if not stored.begun])
            if not await self._is_away(now, away):
                await self._look_for(now)
                await self._drop(now, file, now.open)
                await together((self._post(now), self._act(now)))
                await together((self._draw(now), self._tell(now)))
            await self._draw(now)
        return frozenset(now.put_off_for)

    async def _file(self, effect: Effect) -> CaseFile | None:
        return await self._cases.file(effect.community, effect.case) if effect.case is not None else None

    async def _simulate(self, now: Round) -> None:
        for stored in now.open:
            if _is_simulated(stored.effect) and await self._cases.begin_effect(stored.effect.key):
                if stored.effect.action is Action.NOTICE and now.outcome_for(stored.effect) in NOT_DONE:
                    await self._end(now, stored, _not_told(stored.effect))
                else:
                    await self._end(now, stored, (await self._shadow.apply((stored.effect,)))[0])

    async def _drop(self, now: Round, file: CaseFile | None, those: list[StoredEffect]) -> None:
        """End what nobody wants any more: it may have waited for hours, and a stop or a person's word may have come.

        `file` is its case, None where the settings alone are looked at.
        """
        if not those:
            return
        settings = await self._rechecking.settings.of(those[0].effect.community)
        for stored in those:
            why = why_not_wanted(stored.effect, settings, file)
            if why is not None:
                await self._end(now, stored, EffectResult(key=stored.effect.key, outcome=Outcome.SUPPRESSED, why=why))

    async def away(self, community: CommunityId) -> Reason | None:
        """Return why a community can't be reached now, or is gone; None when it can."""
        return await self._platform.enforcer.away(community)

    async def _is_away(self, now: Round, known: Reason | None) -> bool:
        """Return whether the community can't be reached; everything of it waits then, or ends where it is gone."""
        if not now.open:
            return False
        why = known or await self.away(now.open[0].effect.community)
        if why is None:
            return False
        for stored in now.open:
            result = EffectResult(key=stored.effect.key, outcome=Outcome.REFUSED, why=why)
            await self._outcomes.put_off_or_end(now, stored, result, unclear=stored.begun)
        return True

    async def _look_for(self, now: Round) -> None:
        """Look on the platform for what may have happened although nobody heard so; what can't be looked for waits."""
        for stored in now.open:
            if not stored.begun or stored.effect.action is Action.FLAG:
                continue
            try:
                found = await self._platform.enforcer.find(stored.effect)
            except PlatformError as error:
                await self._outcomes.put_off(now, stored, replace(failed(why_of(error)), unclear=True))
                continue
            if found is not None:
                await self._end(now, stored, found)

    async def _post(self, now: Round) -> None:
        """Let moderators know: after other cards at most, and not even after those where people are called."""
        async with nullcontext() if now.of(Action.ESCALATE) else self._posting:
            await self._call_moderators(now)

    async def _call_moderators(self, now: Round) -> None:
        for stored in now.of(Action.FLAG):
            await self._post_card(now, stored)
        for stored in now.of(Action.ESCALATE):
            if await self._cases.begin_effect(stored.effect.key):
                await self._leave(now, stored, await self._apply(stored.effect))

    async def _post_card(self, now: Round, flag: StoredEffect) -> None:
        effect = flag.effect
        if effect.case is None or not await self._cases.begin_effect(effect.key):
            return
        try:
            await self.drawing.post(flag, effect.case)
        except PlatformError as error:
            result = EffectResult(key=effect.key, outcome=Outcome.FAILED, why=why_of(error))
            # One that may stand there already may do so still: perhaps it could not be looked for.
            await self._outcomes.put_off_or_end(now, flag, result, unclear=True if flag.begun else None)
        else:
            await self._end(now, flag, EffectResult(key=effect.key, outcome=Outcome.APPLIED))

    async def _act(self, now: Round) -> None:
        """Carry out what members notice, but for the words to them."""
        if all(stored.effect.action in IN_MOD_LOG | TELLS for stored in now.open):
            return
        async with self._acting:
            for action in _IN_BULK:
                if len(now.of(action)) > 1:
                    await self._act_on_all(now, action)
            held_back = await self._held_back(now)
            for stored in now.open:
                if stored.effect.action not in IN_MOD_LOG | TELLS:
                    await self._bring_about(now, stored, held_back)

    async def _act_on_all(self, now: Round, action: Action) -> None:
        """Do one thing to many targets, those of one channel together, as many in one call as the platform takes.

        Each message is looked at again on its own: that one is gone says nothing about the others. No more is marked as
        under way than fits into one call: a stop withdraws the rest. Once the platform wants to be left alone, the rest
        waits with it. What may have happened comes last: a message on which the platform breaks holds up no other.
        """
        late = await self._rechecking.too_late(now.effects)
        by_channel: dict[str | None, list[StoredEffect]] = {}
        for stored in sorted(now.of(action), key=lambda stored: stored.begun):
            by_channel.setdefault(stored.effect.channel if action is Action.DELETE else None, []).append(stored)
        most = self._platform.enforcer.most_at_once(action, now.effects[0].effect.community)
        pause, drawn = None, self._clock.monotonic()
        for targets in by_channel.values():
            for start in range(0, len(targets), most):
                batch = targets[start : start + most]
                pause = pause or await self._act_on_batch(now, batch, late)
                if pause is not None:
                    await self._wait_along(now, batch, pause)
                elif self._clock.monotonic() - drawn >= _COUNTS_UP_EVERY:
                    await self._draw(now)
                    drawn = self._clock.monotonic()

    async def _act_on_batch(self, now: Round, batch: list[StoredEffect], late: Reason | None) -> Reason | None:
        """Do it to what fits into one call; return why the platform wants no more of it now."""
        possible: list[StoredEffect] = []
        await self._drop(now, None, [stored for stored in batch if not stored.begun])
        mine = {stored.effect.key for stored in batch}
        for stored in [each for each in now.open if each.effect.key in mine]:
            if not await self._cases.begin_effect(stored.effect.key):
                now.left(stored.effect)
            elif (why := await self._why_not_on(now, stored, late)) is None:
                possible.append(stored)
            elif why.code in HOLDS_UP_ALL:
                return why
        done = await self._platform.enforcer.apply(tuple(stored.effect for stored in possible)) if possible else ()
        pauses = []
        for stored, result in zip(possible, done, strict=True):
            await self._leave(now, stored, result)
            if result.outcome is Outcome.FAILED and result.why is not None and result.why.code in HOLDS_UP_ALL:
                pauses.append(result.why)
        return next(iter(pauses), None)

    async def _why_not_on(self, now: Round, stored: StoredEffect, late: Reason | None) -> Reason | None:
        """Return why one of several targets is not acted on now, or not any more; it waits then, or has its outcome."""
        effect = stored.effect
        try:
            held_back = late if stored.put_off is None else None
            held_back = held_back or await self._rechecking.why_not_on(stored)
        except PlatformError as error:
            why = why_of(error)
            await self._leave(now, stored, EffectResult(key=effect.key, outcome=Outcome.FAILED, why=why))
            return why
        if held_back is not None and acts_alone(effect):
            await self._end(now, stored, EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=held_back))
            return held_back
        refusal = await self._platform.enforcer.check(effect)
        if refusal is not None:
            await self._leave(now, stored, EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=refusal))
        return refusal

    async def _wait_along(self, now: Round, batch: list[StoredEffect], why: Reason) -> None:
        """Let those of a batch wait that were not tried, since the platform wants to be left alone."""
        mine = {stored.effect.key for stored in batch}
        for stored in now.open:
            if stored.effect.key in mine:
                await self._outcomes.put_off(now, stored, replace(failed(why), unclear=False))

    async def _held_back(self, now: Round) -> Reason | None:
        """Return why automatic effects must not be carried out any more; where that can't be known now, they wait."""
        try:
            return await self._rechecking.why_not(tuple(each for each in now.effects if self._counts(now, each)))
        except PlatformError as error:
            for stored in now.open:
                if acts_alone(stored.effect):
                    result = EffectResult(key=stored.effect.key, outcome=Outcome.FAILED, why=why_of(error))
                    await self._outcomes.put_off_or_end(now, stored, result, unclear=stored.begun)
        return None

    @staticmethod
    def _counts(now: Round, stored: StoredEffect) -> bool:
        return stored.result is not None or stored in now.open

    async def _bring_about(self, now: Round, stored: StoredEffect, held_back: Reason | None) -> None:
        """Take one effect to its outcome, or let it wait."""
        effect = stored.effect
        if not await self._cases.begin_effect(effect.key):
            now.left(effect)
        elif held_back is not None and acts_alone(effect):
            await self._end(now, stored, EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=held_back))
        else:
            await self._leave(now, stored, await self._apply(effect))

    async def _apply(self, effect: Effect) -> EffectResult:
        enforcer = self._platform.enforcer
        refusal = await enforcer.check(effect)
        if refusal is not None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=refusal)
        return (await enforcer.apply((effect,)))[0]

    async def _tell(self, now: Round) -> None:
        """Tell authors, where it is known by now what there is to tell."""
        if all(each.effect.action is Action.NOTICE and now.waits_for(each.effect) for each in now.of(*TELLS)):
            return
        held_back = await self._held_back(now)
        for stored in now.of(*TELLS):
            effect = stored.effect
            if effect.action is Action.WARN or (held_back is not None and acts_alone(effect)):
                await self._bring_about(now, stored, held_back)
            elif not now.waits_for(effect) and await self._cases.begin_effect(effect.key):
                await self._leave(now, stored, await self._told(now, effect))

    async def _told(self, now: Round, effect: Effect) -> EffectResult:
        """Tell an author what was done; of a removal, where that is what was done instead."""
        if now.outcome_for(effect) in NOT_DONE:
            if not now.removed():
                return _not_told(effect)
            effect = replace(effect, told_of=Action.DELETE, seconds=0)
        if now.removed():
            effect = replace(effect, message=None)
        notice = notice_of(effect)
        if notice is None:
            why = reason(StepCode.NOT_POSSIBLE, action=effect.action)
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        return await self._platform.notifier.tell(effect.key, notice)

    async def _draw(self, now: Round) -> None:
        """Draw the card again where it shows less than has happened."""
        first = now.effects[0].effect
        if first.case is not None and now.shows_less:
            now.shows_less = False
            await self.drawing.catch_up(first.community, first.case)

    async def _end(self, now: Round, stored: StoredEffect, result: EffectResult) -> None:
        await self._outcomes.commit(stored.effect, result)
        now.ended(stored.effect, result)

    async def _leave(self, now: Round, stored: StoredEffect, result: EffectResult) -> None:
        """Commit an outcome, or let the effect wait where its reason may pass."""
        await self._outcomes.put_off_or_end(now, stored, result, unclear=None)


def _as_they_stand(effects: tuple[StoredEffect, ...], file: CaseFile | None) -> tuple[StoredEffect, ...]:
    """Return the effects as they are on record by now: somebody else may have carried them out, or tried."""
    known = {stored.effect.key: stored for stored in file.effects} if file is not None else {}
    return tuple(known.get(stored.effect.key, stored) for stored in effects)


def _not_told(effect: Effect) -> EffectResult:
    why = reason(StepCode.NOT_POSSIBLE, action=effect.told_of)
    return EffectResult(key=effect.key, outcome=Outcome.SUPPRESSED, why=why)


def _is_simulated(effect: Effect) -> bool:
    return effect.mode is Mode.SHADOW and effect.by == BOT and effect.action in NOTICED_BY_MEMBERS
