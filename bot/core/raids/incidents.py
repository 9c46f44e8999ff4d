"""What becomes of incidents: taken up on start, confirmed or dissolved, by themselves or by a person's word.

A member of an incident waits until a few of them are judged. Then it follows: flagged at most, without a question to
the model, in one case whose card counts up. Once the incident is confirmed, all members go: by a person who finds the
case right, or when three accounts that joined within a day sent it in a category that is live.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.acting.enforcing import Enforcing
from bot.core.raids.confirming import Confirming
from bot.core.raids.crowd import NEW_ACCOUNTS, Crowd
from bot.core.raids.roll import Roll
from bot.core.raids.waves import Waves
from bot.domain.actions import Mode
from bot.domain.case import Case, CaseStatus
from bot.domain.ids import CommunityId
from bot.domain.incident import IncidentKind, IncidentState, MemberState
from bot.domain.states import TERMINAL
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)
REDRAWN_EVERY = timedelta(seconds=5)
"""How often the card of an incident is redrawn while it counts up."""
_TAKEN_UP = timedelta(minutes=10)
_MADE_UP_FOR = timedelta(days=7)


class IncidentWork:
    """Looks after incidents: confirms or dissolves them, and keeps their cards up to date."""

    def __init__(
        self,
        *,
        store: Store,
        roll: Roll,
        waves: Waves,
        confirming: Confirming,
        enforcing: Enforcing,
        settings: SettingsSource,
        clock: Clock,
    ) -> None:
        self._store = store
        self._roll = roll
        self._waves = waves
        self._confirming = confirming
        self._enforcing = enforcing
        self._settings = settings
        self._clock = clock

    async def load(self) -> None:
        """Take up the incidents on record, on start, before anything waits for its turn."""
        for incident in await self._store.incidents.since(self._clock.now() - _TAKEN_UP):
            members = await self._store.incidents.members(incident.id)
            file = await self._store.cases.file(incident.community, incident.case) if incident.case else None
            if incident.kind is IncidentKind.WAVE:
                self._waves.restore(incident, members)
                continue
            await self._roll.restore(incident, members, file.case if file else None)
            _log.info("incident_taken_up", community=incident.community, state=incident.state, members=len(members))

    async def look_after(self) -> None:
        """Confirm what is to be confirmed, and bring cards up to date that counted up."""
        for crowd in self._roll.take_found():
            if await self._may_confirm(crowd):
                await self._confirm(crowd)
        now = self._clock.now()
        for crowd in tuple(self._roll.counted_up):
            if crowd.shown_at is None or now - crowd.shown_at >= REDRAWN_EVERY:
                del self._roll.counted_up[crowd]
                crowd.shown_at = now
                await self._redraw(crowd)

    async def tick(self) -> None:
        """Look after everything, and after incidents whose judgement will never come: those messages have ended."""
        for crowd in tuple(self._roll.crowds.all()):
            for seat in crowd.standing(MemberState.ASKED):
                item = await self._store.inbox.item(seat.key)
                if item is None or item.state in TERMINAL:
                    await self._roll.left(seat.ref)
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
        own = self._roll.crowds.of(case.ref)
        for crowd in dict.fromkeys((*await self._of_case(case), *((own,) if own is not None else ()))):
            await self._roll.dissolve(crowd)

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
            self._roll.crowds.named(incident.id)
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

    async def _redraw(self, crowd: Crowd) -> None:
        if crowd.case is None:
            return
        await self._enforcing.drawing.refresh(crowd.community, crowd.case)
