"""Saying that the model is away or slow: when it begins, once a day, and when it ends; to mod logs and the operator.

What was said is kept before the next thing is said, so that neither a restart nor a model that comes and goes repeats
anything. An outage counts as begun once one more probe has failed: a server that was only restarted makes no noise.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.acting.speaker import Speaker
from bot.core.waiting.breaker import Breaker, Trouble
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, AnnouncementCode, OperatorNote
from bot.domain.reasons import Reason, reason
from bot.domain.settings import DegradedSettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.facts import Facts
from bot.ports.inbox import Inbox
from bot.ports.operator import Operator

OUTAGE = "outage"
"""The name under which an outage that is going on is kept."""
OPERATOR = "operator"
"""Who is told besides the communities."""
BEGAN, ENDED = "began", "ended"
_CODES = {
    (Trouble.AWAY, BEGAN): AnnouncementCode.OUTAGE_BEGAN,
    (Trouble.AWAY, ENDED): AnnouncementCode.OUTAGE_ENDED,
    (Trouble.SLOW, BEGAN): AnnouncementCode.SLOW_BEGAN,
    (Trouble.SLOW, ENDED): AnnouncementCode.SLOW_ENDED,
}
_SAME = timedelta(minutes=10)
"""A model that is away again within this time is away still, for those who were not told that it was back."""
_LASTS = {Trouble.AWAY: AnnouncementCode.OUTAGE_LASTS, Trouble.SLOW: AnnouncementCode.SLOW_LASTS}

_log = get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Outage:
    """One outage. `said` holds, for each community and the operator, what they were told, in order."""

    kind: Trouble
    began: datetime
    ended: datetime | None = None
    said: dict[str, list[str]] = field(default_factory=dict)

    def as_facts(self) -> dict[str, object]:
        ended = self.ended.isoformat() if self.ended is not None else None
        return {"kind": self.kind.value, "began": self.began.isoformat(), "ended": ended, "said": self.said}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom an outage is told to: the communities there are now, through their mod logs, and the operator."""

    speaker: Speaker
    operator: Operator
    communities: Callable[[], Awaitable[Iterable[CommunityId]]]


class Outages:
    """Follows the breaker and speaks. `look` is called every few seconds."""

    def __init__(
        self, *, breaker: Breaker, inbox: Inbox, facts: Facts, reach: Reach, clock: Clock, settings: DegradedSettings
    ) -> None:
        self._breaker = breaker
        self._inbox = inbox
        self._facts = facts
        self._reach = reach
        self._clock = clock
        self._grace = settings.probe_every
        self._remind_every = settings.remind_every
        self._now: _Outage | None = None

    async def load(self) -> None:
        """Take up an outage that the last run left behind."""
        self._now = _outage_from(await self._facts.load(OUTAGE))

    @property
    def on_record(self) -> bool:
        """Return whether an outage has begun whose end was not told yet."""
        return self._now is not None

    async def look(self) -> None:
        """Say what has to be said now."""
        await self._follow()
        outage = self._now
        if outage is None:
            return
        stage = self._stage(outage)
        if stage is not None:
            await self._say(outage, stage)
        if outage.ended is not None and self._all_told(outage):
            self._now = None
            await self._facts.save(OUTAGE, {})

    async def _follow(self) -> None:
        """Begin, end or go on with an outage, as the breaker stands."""
        trouble, outage, now = self._breaker.trouble, self._now, self._clock.now()
        if outage is None:
            if trouble is None:
                return
            self._now = outage = _Outage(kind=trouble, began=now)
            _log.warning("outage", kind=trouble, why=self._breaker.why_away)
        elif trouble is None and outage.ended is None:
            outage.ended = now
        elif trouble is not None and outage.ended is not None and now - outage.ended < _SAME:
            outage.ended = None  # back again before everyone was told of the end: the same outage goes on
        elif trouble is not None and outage.ended is not None:
            self._now = outage = _Outage(kind=trouble, began=now)
        else:
            return
        await self._keep(outage)

    def _stage(self, outage: _Outage) -> str | None:
        if outage.ended is not None:
            return ENDED
        lasted = self._clock.now() - outage.began
        if lasted < self._grace:
            return None
        reminders = lasted // self._remind_every
        return BEGAN if reminders == 0 else f"reminder-{reminders}"

    async def _say(self, outage: _Outage, stage: str) -> None:
        communities = [each for each in await self._reach.communities() if self._owed(outage, each, stage)]
        operator_owed = self._owed(outage, OPERATOR, stage)
        if not communities and not operator_owed:
            return
        counts = dict(await self._inbox.unjudged_counts())
        key = f"outage:{outage.began.isoformat()}:{stage}"
        for community in communities:
            text = self._reason(outage, stage, counts.get(community, 0))
            said = Announcement(community=community, key=f"{key}:{community}", reason=text)
            if await self._reach.speaker.say(said):
                await self._note(outage, community, stage)
        if operator_owed:
            text = self._reason(outage, stage, sum(counts.values()))
            if await self._reach.operator.tell(OperatorNote(key=key, reason=text, detail=self._breaker.why_away)):
                await self._note(outage, OPERATOR, stage)

    def _owed(self, outage: _Outage, whom: str, stage: str) -> bool:
        """Return whether this was not said yet. The end concerns only those who heard of the beginning."""
        said = outage.said.get(whom, [])
        return stage not in said and (stage != ENDED or bool(said))

    def _all_told(self, outage: _Outage) -> bool:
        return all(said[-1] == ENDED for said in outage.said.values())

    def _reason(self, outage: _Outage, stage: str, count: int) -> Reason:
        if stage == BEGAN:
            return reason(_CODES[outage.kind, BEGAN], count=count)
        until = outage.ended or self._clock.now()
        code = _CODES.get((outage.kind, stage), _LASTS[outage.kind])
        return reason(code, count=count, seconds=int((until - outage.began) / timedelta(seconds=1)))

    async def _note(self, outage: _Outage, whom: str, stage: str) -> None:
        outage.said.setdefault(whom, []).append(stage)
        await self._keep(outage)

    async def _keep(self, outage: _Outage) -> None:
        await self._facts.save(OUTAGE, outage.as_facts())


def _outage_from(facts: dict[str, object] | None) -> _Outage | None:
    match facts:
        case {"kind": str(kind), "began": str(began), "ended": ended, "said": dict(said)}:
            return _Outage(
                kind=Trouble(kind),
                began=datetime.fromisoformat(began),
                ended=datetime.fromisoformat(ended) if isinstance(ended, str) else None,
                said={str(whom): list(stages) for whom, stages in said.items()},
            )
        case _:
            return None
