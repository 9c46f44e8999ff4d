"""The operator as the settings say: by every way that is configured, and always in the log."""

from bot.adapters.operator.command import CommandOperator
from bot.adapters.operator.webhook import WebhookOperator
from bot.adapters.operator.wording import wording
from bot.domain.notice import OperatorNote
from bot.domain.settings import DegradedSettings
from bot.logs import get_logger
from bot.ports.operator import Operator

_log = get_logger(__name__)


class ConfiguredOperator(Operator):
    """Tells by each way; a way that was told is not told again when another has to be tried later."""

    def __init__(self, ways: tuple[Operator, ...]) -> None:
        self._ways = ways
        self._told: dict[str, set[int]] = {}

    async def tell(self, note: OperatorNote) -> bool:
        """Log the note, and tell it by every way; False while one of them may still succeed."""
        if note.key not in self._told:
            _log.warning("operator_note", code=note.reason.code, text=wording(note))
        told = self._told.setdefault(note.key, set())
        for number, way in enumerate(self._ways):
            if number not in told and await way.tell(note):
                told.add(number)
        if len(told) < len(self._ways):
            return False
        del self._told[note.key]
        return True


def operator_of(settings: DegradedSettings) -> ConfiguredOperator:
    """Return the operator that these settings name."""
    ways: list[Operator] = []
    if settings.notify_url:
        ways.append(WebhookOperator(settings.notify_url))
    if settings.notify_command:
        ways.append(CommandOperator(settings.notify_command))
    return ConfiguredOperator(tuple(ways))
