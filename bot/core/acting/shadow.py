"""Simulating what a rule would do while it only practises."""

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectResult
from bot.domain.ids import CommunityId
from bot.domain.reasons import Reason, StepCode, reason
from bot.ports.enforcer import Enforcer


class ShadowEnforcer(Enforcer):
    """Stands in the real enforcer's place in shadow: nothing that a member can notice happens."""

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return every action: anything can be simulated."""
        del community
        return frozenset(Action)

    async def away(self, community: CommunityId) -> Reason | None:
        """Return None: simulating takes no connection."""
        del community
        return None

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return 1: nothing is gained by more."""
        del action, community
        return 1

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
