"""Effects on the console platform: a conversation from a file has nobody to sanction, so they are remembered."""

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectKey, EffectResult
from bot.domain.ids import CommunityId
from bot.domain.reasons import Reason, StepCode, reason
from bot.ports.enforcer import Enforcer


class ConsoleEnforcer(Enforcer):
    """Remembers what it was told to do. `done` maps each effect's key to its result."""

    def __init__(self) -> None:
        self.done: dict[EffectKey, EffectResult] = {}

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return everything but RESTORE: a file takes no new messages."""
        del community
        return frozenset(Action) - {Action.RESTORE}

    async def away(self, community: CommunityId) -> Reason | None:
        """Return None: a file is always there."""
        del community
        return None

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return as many as Discord takes."""
        del community
        return 200 if action is Action.BAN else 100

    async def check(self, effect: Effect) -> Reason | None:
        """Return why the effect is not possible: only RESTORE is not."""
        possible = effect.action in await self.capabilities(effect.community)
        return None if possible else reason(StepCode.NOT_POSSIBLE, action=effect.action)

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Remember each effect as carried out."""
        results = tuple(EffectResult(key=effect.key, outcome=Outcome.APPLIED) for effect in effects)
        self.done |= {result.key: result for result in results}
        return results

    async def find(self, effect: Effect) -> EffectResult | None:
        """Return what became of the effect, or None when it was not carried out in this process."""
        return self.done.get(effect.key)
