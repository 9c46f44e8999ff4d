"""The roll: who stands where among those that say the same. What `crowds` finds out is on record once a call returns.

What is to be done about a change is kept until it is taken: messages that go on by themselves, crowds that something
was found of, and crowds whose card counts up.
"""

from collections.abc import Iterable

from bot.core.raids.crowd import Changes, Crowd, Rule, Seat
from bot.core.raids.crowds import Crowds
from bot.domain.case import Case
from bot.domain.events import Message
from bot.domain.ids import MessageRef, PersonId
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.incident import Incident, IncidentId, Member, MemberState
from bot.domain.states import TERMINAL
from bot.domain.verdict import Verdict
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.recent_texts import RecentTexts
from bot.ports.store import Store

_log = get_logger(__name__)
RAIDERS = 3
"""So many accounts that say the same are a raid."""


class Roll:
    """Calls each message to its seat, and writes down what that changes. `crowds` are read; they change here alone."""

    def __init__(self, store: Store, recent: RecentTexts, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.crowds = Crowds(recent)
        self.counted_up: dict[Crowd, None] = {}
        self._freed: dict[InboxKey, None] = {}
        self._found: dict[Crowd, None] = {}

    @property
    def holding(self) -> int:
        """Return how many messages wait for the judgement of others."""
        return sum(len(crowd.standing(MemberState.HELD)) for crowd in self.crowds.all())

    async def arrive(self, item: InboxItem, message: Message) -> MemberState:
        """Give a message that was just received its place among those that say the same: HELD, ASKED or FOLLOWS."""
        seat, changes = self.crowds.arrive(item, message, self._clock.now())
        await self._write(changes)
        return seat.standing if seat is not None else MemberState.ASKED

    def seat(self, key: InboxKey) -> Seat | None:
        """Return where a delivery stands; None for one that stands alone."""
        crowd = self.crowds.of(key.ref)
        seat = crowd.seats.get(key.ref) if crowd is not None else None
        return seat if seat is not None and seat.key == key else None

    def is_raid(self, message: Message, refs: Iterable[MessageRef]) -> bool:
        """Return whether several accounts are saying the same as this message, or as any of these, in an incident."""
        crowds = dict.fromkeys((self.crowds.like(message), *(self.crowds.of(ref) for ref in refs)))
        return any(_is_raid(crowd, message.author.id) for crowd in crowds if crowd is not None)

    async def judged(self, ref: MessageRef, standing: MemberState, rule: Rule | None, verdict: Verdict | None) -> None:
        """Take note of what became of a message: it may settle an incident."""
        await self._write(self.crowds.judged(ref, standing, rule, verdict))

    async def left(self, ref: MessageRef) -> None:
        """Take note that a message was edited, deleted or given up before it was judged."""
        await self._write(self.crowds.left(ref))

    async def dissolve(self, crowd: Crowd) -> None:
        """End an incident by a person's word."""
        await self._write(self.crowds.dissolve(crowd))

    async def restore(self, incident: Incident, members: Iterable[Member], case: Case | None) -> None:
        """Take an incident up again after a start."""
        seats = [await self._seat_again(member) for member in members]
        known = [entry for entry in seats if entry is not None]
        await self._write(self.crowds.restore(incident, known, case, self._clock.now()))

    def take_freed(self) -> tuple[InboxKey, ...]:
        """Hand over deliveries that go on: they are judged now, or follow what was found."""
        freed, self._freed = tuple(self._freed), {}
        return freed

    def take_found(self) -> tuple[Crowd, ...]:
        """Hand over crowds that something was found of: they may be confirmed."""
        found, self._found = tuple(self._found), {}
        return found

    async def _seat_again(self, member: Member) -> tuple[Seat, str] | None:
        item = await self._store.inbox.item(member.key)
        if item is None or (item.state in TERMINAL and member.standing in (MemberState.HELD, MemberState.ASKED)):
            return None
        return Seat.again(member), item.message.judged_text if item.message is not None else ""

    async def _write(self, changes: Changes) -> None:
        self._freed |= dict.fromkeys(changes.freed)
        self._found |= dict.fromkeys(changes.found)
        incidents = self._store.incidents
        for incident in changes.incidents:
            _log.info("incident_changed", community=incident.community, incident=incident.id, state=incident.state)
            await incidents.form(incident, _of(changes.members, incident.id))
        known = {incident.id for incident in changes.incidents}
        rest = tuple(member for member in changes.members if member.incident not in known)
        if rest:
            await incidents.join(rest)
        if changes.left:
            await incidents.leave(tuple(changes.left))


def _is_raid(crowd: Crowd, author: PersonId) -> bool:
    if crowd.incident is None or crowd.dissolved:
        return False
    return len({seat.author for seat in crowd.seats.values()} | {author}) >= RAIDERS


def _of(members: Iterable[Member], incident: IncidentId) -> tuple[Member, ...]:
    return tuple(member for member in members if member.incident == incident)
