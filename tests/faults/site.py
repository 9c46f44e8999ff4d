"""What a platform's stand-in has to offer so that its faults can be tried: see `Site`."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Protocol

from bot.domain.actions import Action
from bot.domain.decision import Effect
from bot.domain.events import Message
from bot.domain.ids import CommunityId
from bot.domain.reasons import PlatformReason
from bot.domain.settings import CommunitySettings
from bot.ports.platform import Platform
from tests.fakes.clocks import SteppingClock


class Trouble(StrEnum):
    """What may be wrong with a platform for a while. BLIND: to look is what is limited."""

    BUSY = "busy"
    ANSWER_LOST = "answer_lost"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    FORBIDDEN = "forbidden"
    RESTARTED = "restarted"
    BLIND = "blind"


PAUSE = 600
"""Seconds for which a platform in RATE_LIMITED wants to be left alone."""
SEEN_AS = {
    Trouble.BUSY: PlatformReason.PLATFORM_DOWN,
    Trouble.ANSWER_LOST: PlatformReason.PLATFORM_DOWN,
    Trouble.RATE_LIMITED: PlatformReason.RATE_LIMITED,
    Trouble.UNAVAILABLE: PlatformReason.NOT_CONNECTED,
    Trouble.FORBIDDEN: PlatformReason.MISSING_PERMISSION,
    Trouble.RESTARTED: PlatformReason.NOT_CONNECTED,
    Trouble.BLIND: PlatformReason.RATE_LIMITED,
}
"""The reason under which an effect waits."""


class Site(Protocol):
    """One community on a stand-in, reached by the real client library."""

    community: CommunityId
    clock: SteppingClock

    @property
    def ports(self) -> Platform:
        """Return the platform as the core sees it."""

    @property
    def kinds(self) -> tuple[Action, ...]:
        """Return the actions that this platform carries out."""

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return settings with a mod log and somebody to call."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Connect; while the community is `away`, without it."""

    async def said(self) -> Message:
        """Let a new member say something in a new channel, and return it as the bot heard it."""

    async def effect(self, action: Action, of: Message, decision: str) -> Effect:
        """Return an effect that can be carried out: by the bot, or by a person where only people may."""

    async def begin(self, trouble: Trouble, effect: Effect) -> None:
        """Let trouble begin that hits what the effect, and its card, ask for."""

    async def end(self, trouble: Trouble) -> None:
        """Let it end; the bot hears of it as it would."""

    def hits(self, trouble: Trouble, effect: Effect) -> bool:
        """Return whether the trouble keeps this effect from being carried out."""

    def dies_at(self, effect: Effect, die: "Die") -> None:
        """Have the process die once what the effect asks for was carried out, and before it hears so."""

    def times(self, effect: Effect) -> int:
        """Return how often the effect was carried out."""

    def cards(self) -> int:
        """Return how many cards were posted."""

    def requests(self) -> int:
        """Return how many requests the stand-in got."""


class Die(Protocol):
    """Ends the process."""

    def __call__(self) -> None:
        """Do it."""


Sites = AsyncIterator[Site]
