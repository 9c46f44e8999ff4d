"""Notices on the console platform: nobody of a recorded conversation can be told, so they are remembered."""

from bot.domain.actions import Outcome
from bot.domain.decision import EffectKey, EffectResult
from bot.domain.notice import Notice
from bot.ports.notifier import Notifier


class ConsoleNotifier(Notifier):
    """Keeps every notice by its key."""

    def __init__(self) -> None:
        self.told: dict[EffectKey, Notice] = {}

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Remember the notice as told."""
        self.told[key] = notice
        return EffectResult(key=key, outcome=Outcome.APPLIED)
