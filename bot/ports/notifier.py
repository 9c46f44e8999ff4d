"""Telling members about their own messages."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.decision import EffectKey, EffectResult
from bot.domain.notice import Notice


class Notifier(Protocol):
    """Sends direct messages, paced."""

    @abstractmethod
    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Tell the member; REFUSED when they take no direct messages. A platform's pause is FAILED with its reason."""
