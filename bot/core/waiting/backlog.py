"""What became of the messages that piled up while no model answered: counted, and told once when all are through."""

from collections import Counter
from datetime import datetime

from bot.core.acting.speaker import Speaker
from bot.core.waiting.beyond import Beyond
from bot.core.waiting.docket import Docket
from bot.core.waiting.queue import NEWEST_FIRST_AFTER
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, AnnouncementCode
from bot.domain.reasons import reason
from bot.domain.records import Recorded
from bot.ports.clock import Clock
from bot.ports.facts import Facts

BACKLOG = "backlog"
"""The name under which the counts are kept, so that a restart does not lose them."""
READ, CASES, LATE = "read", "cases", "late"
"""What is counted: judged at all, judged with a case, ended as too old or given up."""


class BacklogTally:
    """Counts for each community from the model's return on, until nothing of the backlog is left."""

    def __init__(self, facts: Facts, speaker: Speaker, clock: Clock) -> None:
        self._facts = facts
        self._speaker = speaker
        self._clock = clock
        self._since = ""
        self._counts: dict[CommunityId, Counter[str]] = {}
        self._changed = False

    @property
    def open(self) -> bool:
        """Return whether a backlog is being worked off."""
        return bool(self._since)

    async def load(self) -> None:
        """Go on counting where the last run ended."""
        kept = await self._facts.load(BACKLOG) or {}
        since, counts = kept.get("since"), kept.get("counts")
        if isinstance(since, str) and isinstance(counts, dict):
            self._since = since
            self._counts = {CommunityId(place): Counter(found) for place, found in counts.items()}

    def begin(self) -> None:
        """Begin to count; a backlog that is being counted already goes on."""
        self._since = self._since or _stamp(self._clock.now())
        self._changed = True

    def count(self, community: CommunityId, *what: str) -> None:
        """Count one message of the backlog; nothing while there is none."""
        if self.open:
            self._counts.setdefault(community, Counter()).update(what)
            self._changed = True

    async def look(self, left: int) -> None:
        """Tell each community its counts once nothing is left; keep them until then."""
        if not self.open:
            return
        if left:
            await self._keep()
            return
        told = [community for community, counts in self._counts.items() if await self._tell(community, counts)]
        for community in told:
            del self._counts[community]
        if not self._counts:
            self._since = ""
        self._changed = bool(told) or not self._since
        await self._keep()

    async def _tell(self, community: CommunityId, counts: Counter[str]) -> bool:
        values = {"count": counts[READ], "cases": counts[CASES], "late": counts[LATE]}
        return await self._speaker.say(
            Announcement(
                community=community,
                key=f"backlog:{self._since}:{community}",
                reason=reason(AnnouncementCode.BACKLOG_DONE, **values),
            )
        )

    async def _keep(self) -> None:
        if not self._changed:
            return
        self._changed = False
        counts = {place: dict(found) for place, found in self._counts.items()}
        await self._facts.save(BACKLOG, {"since": self._since, "counts": counts} if self._since else {})


class Backlog:
    """What piled up while no model answered: it is set apart, counted as it is judged, and summed up at its end."""

    def __init__(self, docket: Docket, beyond: Beyond, tally: BacklogTally, clock: Clock) -> None:
        self._docket = docket
        self._beyond = beyond
        self._tally = tally
        self._clock = clock

    @property
    def left(self) -> int:
        """Return how much of it still waits."""
        return self._docket.backlog + self._beyond.count

    async def load(self) -> None:
        """Go on counting where the last run ended."""
        await self._tally.load()

    def set_apart(self) -> None:
        """Make a backlog of what piled up: the model is back, and live messages go first."""
        self._docket.shelve(self._clock.now().timestamp() - NEWEST_FIRST_AFTER)
        if self.left:
            self._tally.begin()

    def judged(self, community: CommunityId, recorded: Recorded) -> None:
        """Take note that one of its messages was judged."""
        self._tally.count(community, READ, *((CASES,) if recorded.case is not None else ()))

    async def tell_when_done(self) -> None:
        """Sum it up in each mod log once nothing of it is left."""
        await self._tally.look(self.left)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
