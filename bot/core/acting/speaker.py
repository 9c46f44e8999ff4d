"""Saying something in a community's mod log, where that is possible."""

from bot.core.acting.rests import Rests
from bot.domain.errors import PlatformError
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement
from bot.domain.put_off import asked_pause, may_be_said_later, why_of
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.mod_log import ModLog

_log = get_logger(__name__)


class Speaker:
    """Announces. A mod log that can't be written to is left alone for a while, however much there is to say."""

    def __init__(self, mod_log: ModLog, clock: Clock) -> None:
        self._mod_log = mod_log
        self._rests = Rests(clock)

    def alive(self, community: CommunityId) -> None:
        """Hear of a sign of life: a mod log that was left alone may take something now."""
        self._rests.end(community)

    async def say(self, announcement: Announcement) -> bool:
        """Say it; False when it may succeed later. What no waiting changes counts as said."""
        community = announcement.community
        if self._rests.rests(community):
            return False
        try:
            await self._mod_log.announce(announcement)
        except PlatformError as error:
            why = why_of(error)
            if may_be_said_later(why):
                _log.warning("announcement_put_off", key=announcement.key, why=str(error))
                self._rests.failed(community, asked_pause(why))
                return False
            _log.warning("announcement_refused", key=announcement.key, why=str(error))
        self._rests.end(community)
        return True
