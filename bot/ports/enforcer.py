"""What carries effects out on a platform."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.actions import Action
from bot.domain.decision import Effect, EffectResult
from bot.domain.ids import CommunityId
from bot.domain.reasons import Reason


class Enforcer(Protocol):
    """Carries out effects; in shadow another object of this kind simulates them."""

    @abstractmethod
    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return what this platform, with the permissions given, can do in a community at all."""

    @abstractmethod
    async def away(self, community: CommunityId) -> Reason | None:
        """Return why nothing can be done in a community now: not connected, or gone for good; None when it can.

        `community_gone` only where the platform itself said that the bot is in it no more.
        """

    @abstractmethod
    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return on how many targets an action is carried out in one call of the platform; 1 where there is no such."""

    @abstractmethod
    async def check(self, effect: Effect) -> Reason | None:
        """Return why this effect is not possible on this target (permission, role order, age), or None when it is."""

    @abstractmethod
    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry out one effect, or several of one bulk deletion or bulk ban; a result for each, in order.

        Never raises for a platform's refusal or failure: that is an outcome. Deleting what is gone is APPLIED.
        """

    @abstractmethod
    async def find(self, effect: Effect) -> EffectResult | None:
        """Look on the platform whether this effect was carried out although nobody heard so; None when nothing shows.

        Raises PlatformBusy when it can't be looked at now: then it must not be tried again either.
        """
