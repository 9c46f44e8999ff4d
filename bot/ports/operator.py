"""Whoever runs the bot: told outside of the chat platforms when something needs them."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.notice import OperatorNote


class Operator(Protocol):
    """Reaches the operator by a webhook, a command, or not at all."""

    @abstractmethod
    async def tell(self, note: OperatorNote) -> bool:
        """Tell it; False when it may succeed later. Never raises: an operator who can't be told is logged."""
