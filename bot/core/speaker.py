"""Saying something in a community's mod log, where that is possible."""

from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.notice import Announcement
from bot.logs import get_logger
from bot.ports.mod_log import ModLog

_log = get_logger(__name__)


class Speaker:
    """Announces, and takes no for an answer."""

    def __init__(self, mod_log: ModLog) -> None:
        self._mod_log = mod_log

    async def say(self, announcement: Announcement) -> bool:
        """Say it; False when it may succeed later. A refusal counts as said: trying again would not change it."""
        try:
            await self._mod_log.announce(announcement)
        except PlatformBusy as error:
            _log.warning("announcement_delayed", key=announcement.key, why=str(error))
            return False
        except PlatformRefused as error:
            _log.warning("announcement_refused", key=announcement.key, why=str(error))
        return True
