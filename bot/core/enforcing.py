"""Carrying effects out, one platform call at a time, and committing each outcome on its own."""

from bot.core.cards import card_of
from bot.domain.actions import NOTICED_BY_MEMBERS, Action, Mode, Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.decision import BOT, Effect, EffectResult, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import CaseNumber, CommunityId
from bot.domain.notice import Notice
from bot.domain.reasons import Reason, StepCode, reason
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.enforcer import Enforcer
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store

_log = get_logger(__name__)
_ON_CARD = frozenset({Action.FLAG, Action.ESCALATE})
"""What moderators see is one post: the card, which calls them when it escalates."""


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

    def __init__(self, platform: Platform, store: Store, policies: PolicySource, clock: Clock) -> None:
        self._platform = platform
        self._cases = store.cases
        self._inbox = store.inbox
        self._policies = policies
        self._clock = clock
        self._shadow = ShadowEnforcer()

    async def carry_out(self, effects: tuple[StoredEffect, ...]) -> None:
        """Bring every effect that has no outcome yet to one, in their order; the card, which tells of them, is last."""
        open_effects = [stored.effect for stored in effects if stored.result is None]
        for effect in open_effects:
            if effect.action not in _ON_CARD:
                await self._commit(effect, await self._carry_out(effect))
        on_card = [effect for effect in open_effects if effect.action in _ON_CARD]
        if on_card:
            await self._show(on_card)

    async def redraw(self, community: CommunityId, number: CaseNumber) -> None:
        """Bring the card of a case up to date; post it anew when it is gone."""
        file = await self._cases.file(community, number)
        if file is None:
            return
        card = await card_of(file, self._cases, self._inbox, self._policies)
        mod_log = self._platform.mod_log
        if file.case.card_id:
            try:
                await mod_log.update(file.case.card_id, card)
            except PlatformRefused:
                _log.warning("card_gone", community=community, case=number)
            else:
                return
        card_id = await mod_log.post(f"case:{community}:{number}", card)
        await self._cases.set_card(community, number, card_id)

    async def _carry_out(self, effect: Effect) -> EffectResult:
        if effect.mode is Mode.SHADOW and effect.by == BOT and effect.action in NOTICED_BY_MEMBERS:
            return (await self._shadow.apply((effect,)))[0]
        if effect.action is Action.NOTICE:
            return await self._tell(effect)
        enforcer = self._platform.enforcer
        refusal = await enforcer.check(effect)
        if refusal is not None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=refusal)
        return (await enforcer.apply((effect,)))[0]

    async def _tell(self, effect: Effect) -> EffectResult:
        if effect.person is None or effect.case is None:
            why = reason(StepCode.NOT_POSSIBLE, action=effect.action)
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        notice = Notice(
            community=effect.community,
            person=effect.person,
            case=effect.case,
            action=effect.told_of or effect.action,
            rule=effect.rule,
            rationale=effect.rationale,
            returned_text=effect.returned_text,
            seconds=effect.seconds,
        )
        return await self._platform.notifier.tell(effect.key, notice)

    async def _show(self, effects: list[Effect]) -> None:
        first = effects[0]
        if first.case is None:
            return
        try:
            await self.redraw(first.community, first.case)
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("card_not_posted", community=first.community, case=first.case, error=str(error))
            outcome, why = Outcome.FAILED, reason(StepCode.NOT_POSSIBLE, answer=error.code)
            results = [EffectResult(key=effect.key, outcome=outcome, why=why) for effect in effects]
        else:
            results = [EffectResult(key=effect.key, outcome=Outcome.APPLIED) for effect in effects]
        for effect, result in zip(effects, results, strict=True):
            await self._commit(effect, result)

    async def _commit(self, effect: Effect, result: EffectResult) -> None:
        note = AuditNote(
            community=effect.community,
            code=AuditCode.EFFECT,
            at=self._clock.now(),
            case=effect.case,
            decision=effect.key.decision,
            details=(
                ("action", effect.action),
                ("by", effect.by),
                ("outcome", result.outcome),
                ("target", effect.key.target),
            ),
        )
        await self._cases.record_result(result, (note,))
