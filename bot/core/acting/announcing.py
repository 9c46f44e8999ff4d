"""Announcements that are made in the end: what a mod log does not take now stands on record and is said later."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.acting.speaker import Speaker
from bot.domain.actions import Mode
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, AnnouncementCode
from bot.domain.reasons import Reason
from bot.logs import get_logger
from bot.ports.facts import Facts
from bot.ports.settings import SettingsSource

_FACTS = "announcements"
_MOST = 200
"""How many may wait in all; beyond that the oldest are let go, and the log says so."""
Holds = Callable[[Announcement], Awaitable[bool]]
"""Returns whether an announcement is still true."""

_log = get_logger(__name__)


def still_holds(settings: SettingsSource) -> Holds:
    """Return what tells of a community whether an announcement is still true: that all practises may not be."""

    async def holds(announcement: Announcement) -> bool:
        if announcement.reason.code != AnnouncementCode.SETUP_DONE:
            return True
        now = await settings.of(announcement.community)
        if now.live_checks:
            return False
        return all(now.mode_of(entry.policy, entry.category) is Mode.SHADOW for entry in now.categories)

    return holds


class Announcing:
    """Says things in mod logs, each until it was said or holds no more. `look` is called every few seconds."""

    def __init__(self, speaker: Speaker, facts: Facts, holds: Holds) -> None:
        self._speaker = speaker
        self._facts = facts
        self._holds = holds
        self._waiting: dict[str, Announcement] = {}

    async def load(self) -> None:
        """Take up what the last run could not say."""
        kept = (await self._facts.load(_FACTS) or {}).get("waiting")
        found = [_read(each) for each in kept] if isinstance(kept, list) else []
        self._waiting = {each.key: each for each in found if each is not None} | self._waiting

    async def say(self, announcement: Announcement) -> None:
        """Put it on record, and say it now where that is possible."""
        self._waiting[announcement.key] = announcement
        while len(self._waiting) > _MOST:
            dropped = self._waiting.pop(next(iter(self._waiting)))
            _log.warning("announcement_dropped", key=dropped.key, community=dropped.community)
        await self._keep()
        await self.look()

    async def look(self) -> None:
        """Say what waits, where its mod log takes it; what is not true any more is left unsaid."""
        for announcement in tuple(self._waiting.values()):
            if not await self._holds(announcement) or await self._speaker.say(announcement):
                self._waiting.pop(announcement.key, None)
                await self._keep()

    def alive(self, community: CommunityId) -> None:
        """Hear of a sign of life: what waits for this community may be said at the next look."""
        self._speaker.alive(community)

    async def _keep(self) -> None:
        await self._facts.save(_FACTS, {"waiting": [_written(each) for each in self._waiting.values()]})


def _written(announcement: Announcement) -> dict[str, object]:
    said = announcement.reason
    values = dict(said.values)
    return {"community": announcement.community, "key": announcement.key, "code": said.code, "values": values}


def _read(kept: object) -> Announcement | None:
    match kept:
        case {"community": str(community), "key": str(key), "code": str(code), "values": Mapping() as values}:
            pairs = tuple(sorted((str(name), str(value)) for name, value in values.items()))
            said = Reason(code=code, values=pairs)
            return Announcement(community=CommunityId(community), key=key, reason=said)
        case _:
            return None
