"""Raids: many messages, one case. What `crowds` finds out is written down here, and carried out.

A member of an incident waits until a few of them are judged. Then it follows: flagged at most, without a question to
the model, in one case whose card counts up. Once the incident is confirmed, all members go: by a person who finds the
case right, or when three accounts that joined within a day sent it in a category that is live.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.casework import Casework
from bot.core.judging.briefing import Brief
from bot.core.raids.confirming import Confirming
from bot.core.raids.crowd import NEW_ACCOUNTS, Changes, Crowd, Rule, Seat
from bot.core.raids.crowds import Crowds
from bot.core.raids.following import Following, Leads
from bot.core.raids.waves import Waves
from bot.domain.actions import Action, Mode
from bot.domain.case import Case, CaseStatus
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CommunityId, MessageRef, PersonId
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.incident import IncidentId, IncidentKind, IncidentState, Member, MemberState
from bot.domain.records import Recorded
from bot.domain.scope import ALONE, Place
from bot.domain.states import TERMINAL
from bot.domain.verdict import Label, Verdict
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.policy_source import PolicySource
from bot.ports.recent_texts import RecentTexts
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)
RAIDERS = 3
"""So many accounts that say the same are a raid."""
REDRAWN_EVERY = timedelta(seconds=5)
"""How often the card of an incident is redrawn while it counts up."""
_TAKEN_UP = timedelta(minutes=10)
_MADE_UP_FOR = timedelta(days=7)
_JOINABLE = frozenset({CaseStatus.OPEN, CaseStatus.UPHELD, CaseStatus.UNCLEAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A decision on record, and where it was put."""

    place: Place
    recorded: Recorded


class IncidentWork:
    """Forms incidents, lets their members follow, and confirms or dissolves them."""

    def __init__(
        self,
        *,
        store: Store,
        crowds: Crowds,
        confirming: Confirming,
        enforcing: Enforcing,
        settings: SettingsSource,
        policies: PolicySource,
        clock: Clock,
        directory: Directory | None = None,
    ) -> None:
        self._store = store
        self._crowds = crowds
        self._confirming = confirming
        self._enforcing = enforcing
        self._settings = settings
        self._clock = clock
        self._leads = Leads(store, policies)
        self._waves = Waves(store.incidents, clock, directory)
        self._freed: dict[InboxKey, None] = {}
        self._found: dict[Crowd, None] = {}
        self._counted_up: dict[Crowd, None] = {}

    async def load(self) -> None:
        """Take up the incidents on record, on start, before anything waits for its turn."""
        now = self._clock.now()
        for incident in await self._store.incidents.since(now - _TAKEN_UP):
            members = await self._store.incidents.members(incident.id)
            file = await self._store.cases.file(incident.community, incident.case) if incident.case else None
            if incident.kind is IncidentKind.WAVE:
                self._waves.restore(incident, members)
                continue
            seats = [await self._seat_again(member) for member in members]
            changes = self._crowds.restore(
                incident, [entry for entry in seats if entry is not None], file.case if file else None, now
            )
            await self._write(changes)
            _log.info("incident_taken_up", community=incident.community, state=incident.state, members=len(members))

    async def arrive(self, item: InboxItem, message: Message) -> MemberState:
        """Give a message that was just received its place among those that say the same.

        ASKED: it is judged like any other. HELD: it waits for the judgement of others. FOLLOWS: `following` has its
        verdict.
        """
        seat, changes = self._crowds.arrive(item, message, self._clock.now())
        await self._write(changes)
        return seat.standing if seat is not None else MemberState.ASKED

    @property
    def holding(self) -> int:
        """Return how many messages wait for the judgement of others."""
        return sum(len(crowd.standing(MemberState.HELD)) for crowd in self._crowds.all())

    def is_raid(self, message: Message, refs: Iterable[MessageRef]) -> bool:
        """Return whether several accounts are saying the same as this message, or as any of these, in an incident."""
        crowds = dict.fromkeys((self._crowds.like(message), *(self._crowds.of(ref) for ref in refs)))
        return any(_is_raid(crowd, message.author.id) for crowd in crowds if crowd is not None)

    def follows(self, key: InboxKey) -> bool:
        """Return whether a delivery is decided by the judgement of others."""
        seat = self._seat(key)
        return seat is not None and seat.standing is MemberState.FOLLOWS

    def is_held(self, key: InboxKey) -> bool:
        """Return whether a delivery waits for the judgement of others."""
        seat = self._seat(key)
        return seat is not None and seat.standing is MemberState.HELD

    async def following(self, item: InboxItem, message: Message) -> Following | None:
        """Return what a message is decided by that follows others, or None when it is to be judged itself."""
        crowd = self._crowds.of(item.key.ref)
        return await self._leads.of(crowd, item, message) if crowd is not None and self.follows(item.key) else None

    async def place(self, brief: Brief, decision: Decision, verdicts: tuple[Verdict, ...]) -> Place:
        """Return where a decision that is about to be written belongs."""
        message, rule = brief.message, _rule(decision)
        crowd, seat = self._crowds.of(message.ref), self._seat(brief.item.key)
        if rule is not None and _rests_on_earlier_lines(brief, verdicts):
            return ALONE
        if crowd is not None and crowd.incident is not None and seat is not None and not crowd.dissolved:
            joins = await self._shared_case(crowd, rule) if rule is not None else None
            standing = seat.standing if seat.standing is MemberState.FOLLOWS else _standing(verdicts)
            policy, category = rule or (None, None)
            member = replace(seat.member(crowd.incident.id), standing=standing, policy=policy, category=category)
            return Place(joins=joins, member=member)
        if rule is None or brief.item.report is not None:
            return ALONE
        return await self._waves.place(brief.item.key, message, rule)

    def in_scope(self, brief: Brief) -> Brief:
        """Return a brief with the incident that its message is in: what it brings counts with that."""
        crowd = self._crowds.of(brief.message.ref) if self._seat(brief.item.key) is not None else None
        if crowd is None or crowd.incident is None or crowd.dissolved or brief.scope.incident:
            return brief
        return replace(brief, scope=replace(brief.scope, incident=crowd.incident.id))

    async def recorded(self, brief: Brief, decision: Decision, verdicts: tuple[Verdict, ...], done: Written) -> None:
        """Take note of a decision on record: it may settle an incident."""
        rule, ref = _rule(decision), brief.message.ref
        if rule is not None and _rests_on_earlier_lines(brief, verdicts):
            await self.left(ref)
            return
        number = done.recorded.case.number if done.recorded.case is not None else None
        if rule is not None and number is not None and not brief.scope.follows:
            self._waves.note(brief.message, rule, number, done.place.member)
        crowd = self._crowds.of(ref)
        if crowd is None:
            return
        if rule is not None and crowd.case is None:
            crowd.case = number
        if any(stored.effect.action is Action.DELETE for stored in done.recorded.effects):
            crowd.acted_on.add(ref)
        if crowd.incident is not None and number is not None:
            self._counted_up[crowd] = None
        found = next((verdict for verdict in verdicts if rule is not None and verdict.policy == rule[0]), None)
        await self._write(self._crowds.judged(ref, _standing(verdicts), rule, found))

    async def left(self, ref: MessageRef) -> None:
        """Take note that a message was edited, deleted or given up before it was judged."""
        await self._write(self._crowds.left(ref))

    def take_freed(self) -> tuple[InboxKey, ...]:
        """Hand over deliveries that go on: they are judged now, or follow what was found."""
        freed, self._freed = tuple(self._freed), {}
        return freed

    async def look_after(self) -> None:
        """Confirm what is to be confirmed, and bring cards up to date that counted up."""
        found, self._found = tuple(self._found), {}
        for crowd in found:
            if await self._may_confirm(crowd):
                await self._confirm(crowd)
        now = self._clock.now()
        for crowd in tuple(self._counted_up):
            if crowd.shown_at is None or now - crowd.shown_at >= REDRAWN_EVERY:
                del self._counted_up[crowd]
                crowd.shown_at = now
                await self._redraw(crowd)

    async def tick(self) -> None:
        """Look after everything, and after incidents whose judgement will never come: those messages have ended."""
        for crowd in tuple(self._crowds.all()):
            for seat in crowd.standing(MemberState.ASKED):
                item = await self._store.inbox.item(seat.key)
                if item is None or item.state in TERMINAL:
                    await self.left(seat.ref)
        await self.look_after()

    async def upheld(self, case: Case) -> None:
        """Let all members go of the incidents that a person found right, however long ago they came."""
        for crowd in await self._of_case(case):
            await self._confirm(crowd, by_person=True)

    async def overturned(self, case: Case) -> None:
        """Dissolve the incidents that a person found wrong: who waits or comes later is judged by itself."""
        self._waves.end(case.community, case.number)
        for incident in await self._store.incidents.of_case(case.community, case.number):
            if incident.kind is IncidentKind.WAVE:
                await self._store.incidents.form(replace(incident, state=IncidentState.DISSOLVED), ())
        own = self._crowds.of(case.ref)
        for crowd in dict.fromkeys((*await self._of_case(case), *((own,) if own is not None else ()))):
            await self._write(self._crowds.dissolve(crowd))

    async def take_up(self, community: CommunityId) -> None:
        """Make up for what a crash kept from following a person's word, once the platform is connected."""
        for incident in await self._store.incidents.since(self._clock.now() - _MADE_UP_FOR):
            if incident.community != community or incident.state is not IncidentState.FOUND or incident.case is None:
                continue
            file = await self._store.cases.file(community, incident.case)
            if file is not None and file.case.status is CaseStatus.UPHELD:
                await self.upheld(file.case)
            elif file is not None and file.case.status is CaseStatus.OVERTURNED:
                await self.overturned(file.case)

    async def _of_case(self, case: Case) -> list[Crowd]:
        """Return the crowds of a case; those that nobody joined for long are made anew from the record, without seats.

        Of a wave each message was judged and acted on by itself.
        """
        incidents = await self._store.incidents.of_case(case.community, case.number)
        return [
            self._crowds.named(incident.id)
            or Crowd(community=case.community, last=self._clock.now(), incident=incident, case=case.number)
            for incident in incidents
            if incident.kind is IncidentKind.COPIES and incident.state is not IncidentState.DISSOLVED
        ]

    async def _may_confirm(self, crowd: Crowd) -> bool:
        incident = crowd.incident
        if incident is None or incident.state is not IncidentState.FOUND or crowd.case is None:
            return False
        if incident.policy is None or incident.category is None or len(crowd.new_accounts) < NEW_ACCOUNTS:
            return False
        settings = await self._settings.of(crowd.community)
        return settings.mode_of(incident.policy, incident.category) is Mode.LIVE and not settings.stopped

    async def _confirm(self, crowd: Crowd, *, by_person: bool = False) -> None:
        if crowd.formed.state is not IncidentState.FOUND and not by_person:
            return
        stored = await self._confirming.confirm(crowd, by_person=by_person)
        if stored is not None:
            await self._enforcing.carry_out(stored)

    async def _shared_case(self, crowd: Crowd, rule: Rule) -> CaseNumber | None:
        """Return the case that a message shares with those that say the same and break the same rule."""
        if crowd.case is None:
            return None
        file = await self._store.cases.file(crowd.community, crowd.case)
        if file is None or file.case.status not in _JOINABLE:
            return None
        return crowd.case if (file.case.policy, file.case.category) == rule else None

    async def _seat_again(self, member: Member) -> tuple[Seat, str] | None:
        item = await self._store.inbox.item(member.key)
        if item is None or (item.state in TERMINAL and member.standing in (MemberState.HELD, MemberState.ASKED)):
            return None
        return Seat.again(member), item.message.judged_text if item.message is not None else ""

    def _seat(self, key: InboxKey) -> Seat | None:
        crowd = self._crowds.of(key.ref)
        seat = crowd.seats.get(key.ref) if crowd is not None else None
        return seat if seat is not None and seat.key == key else None

    async def _redraw(self, crowd: Crowd) -> None:
        if crowd.case is None:
            return
        await self._enforcing.drawing.refresh(crowd.community, crowd.case)

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


def incident_work(
    *,
    store: Store,
    recent: RecentTexts,
    casework: Casework,
    enforcing: Enforcing,
    settings: SettingsSource,
    policies: PolicySource,
    clock: Clock,
    directory: Directory | None = None,
) -> IncidentWork:
    """Put the work on incidents together; it shares the limits of the casework. A recording has no directory."""
    return IncidentWork(
        store=store,
        crowds=Crowds(recent),
        confirming=Confirming(store=store, settings=settings, policies=policies, limits=casework.limits, clock=clock),
        enforcing=enforcing,
        settings=settings,
        policies=policies,
        clock=clock,
        directory=directory,
    )


def _rests_on_earlier_lines(brief: Brief, verdicts: tuple[Verdict, ...]) -> bool:
    """Return whether what was found stands in lines before the message as well: others who say its words say less."""
    if brief.joined is None:
        return False
    quotes = (quote for verdict in verdicts if verdict.label is Label.VIOLATES for quote in verdict.evidence)
    return any(quote.start < brief.joined.newest_from for quote in quotes)


def _is_raid(crowd: Crowd, author: PersonId) -> bool:
    if crowd.incident is None or crowd.dissolved:
        return False
    return len({seat.author for seat in crowd.seats.values()} | {author}) >= RAIDERS


def _of(members: Iterable[Member], incident: IncidentId) -> tuple[Member, ...]:
    return tuple(member for member in members if member.incident == incident)


def _rule(decision: Decision) -> Rule | None:
    if decision.policy is None or decision.category is None:
        return None
    return decision.policy, decision.category


def _standing(verdicts: tuple[Verdict, ...]) -> MemberState:
    """Return what a judgement says of a message for its incident."""
    labels = {verdict.label for verdict in verdicts}
    if Label.VIOLATES in labels:
        return MemberState.VIOLATES
    return MemberState.SAFE if Label.SAFE in labels else MemberState.UNDECIDED
