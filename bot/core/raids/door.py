"""The one door to many messages at once. The main flow asks three things here, and knows nothing else of it.

Where does this message stand: is it asked, does it wait for others, or does it follow (`arrive`, `standing`, `open`)?
Where does this decision belong (`placing`)? And what follows now that it is on record (`follow_up`, `take_freed`)?
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.casework import Casework
from bot.core.judging.briefing import Brief
from bot.core.raids.checks import Checks
from bot.core.raids.confirming import Confirming
from bot.core.raids.following import Leads
from bot.core.raids.incidents import IncidentWork
from bot.core.raids.placing import Places, Placing
from bot.core.raids.roll import Roll
from bot.core.raids.waves import Waves
from bot.domain.actions import Mode
from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxItem, InboxKey, key_of
from bot.domain.incident import MemberState
from bot.domain.settings import CommunitySettings
from bot.domain.verdict import Verdict
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.policy_source import PolicySource
from bot.ports.recent_texts import RecentTexts
from bot.ports.settings import SettingsSource
from bot.ports.store import Store


class Standing(StrEnum):
    """Where a message stands among others.

    ASKED: it is judged by itself, like any other. WAITS: it is not put to the model until others are judged. FOLLOWS:
    it is decided without a question, by the verdict on others or by what a built-in check saw.
    """

    ASKED = "asked"
    WAITS = "waits"
    FOLLOWS = "follows"


_STANDINGS = {MemberState.HELD: Standing.WAITS, MemberState.FOLLOWS: Standing.FOLLOWS}


class Raids:
    """What many messages at once mean for each of them."""

    def __init__(self, *, roll: Roll, leads: Leads, places: Places, checks: Checks, incidents: IncidentWork) -> None:
        self._roll = roll
        self._leads = leads
        self._places = places
        self._checks = checks
        self._incidents = incidents

    @property
    def waiting(self) -> int:
        """Return how many messages wait for the judgement of others."""
        return self._roll.holding

    async def arrive(self, item: InboxItem, message: Message, settings: CommunitySettings, *, asked: bool) -> Standing:
        """Give a message that was just received its place; `asked` says whether any policy applies to it.

        A report stands alone. Only what is asked is compared with others; the built-in checks see everything.
        """
        if item.report is not None:
            return Standing.ASKED
        if self._is_seen(message, settings):
            return Standing.FOLLOWS
        return _STANDINGS.get(await self._roll.arrive(item, message), Standing.ASKED) if asked else Standing.ASKED

    def standing(self, key: InboxKey) -> Standing:
        """Return where a delivery stands now."""
        seat = self._roll.seat(key)
        return _STANDINGS.get(seat.standing, Standing.ASKED) if seat is not None else Standing.ASKED

    async def open(
        self, item: InboxItem, message: Message, settings: CommunitySettings
    ) -> tuple[Standing, Brief | None]:
        """Return where a claimed message stands, and what it is decided by if it follows.

        FOLLOWS without a brief: what was seen with it is decided and carried out already.
        """
        if await self._checks.ends(item, message, settings):
            return Standing.FOLLOWS, None
        follows = self.standing(item.key) is Standing.FOLLOWS
        crowd = self._roll.crowds.of(item.key.ref) if follows else None
        following = await self._leads.of(crowd, item, message) if crowd is not None else None
        if following is None:
            return Standing.ASKED, None
        return Standing.FOLLOWS, following.brief(item, message, settings)

    def placing(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> AbstractAsyncContextManager[Placing]:
        """Give a decision its turn and its place: to be made on what this hands over, and recorded through it."""
        return self._places.placing(brief, verdicts)

    async def follow_up(self) -> None:
        """Do what follows for others from the decisions that are on record."""
        await self._incidents.look_after()

    def take_freed(self) -> tuple[InboxKey, ...]:
        """Hand over deliveries that waited for others and go on: see where they are `standing`."""
        return self._roll.take_freed()

    async def forget(self, ref: MessageRef) -> None:
        """Take a text that was edited or deleted out of what it stood in."""
        self._checks.forget(ref)
        await self._roll.left(ref)

    def _is_seen(self, message: Message, settings: CommunitySettings) -> bool:
        """Return whether a built-in check has something to say; not of a raid, unless it acts on its own.

        Raiders post the same in many channels as well: a card for each of them would say nothing new. That holds for
        what one of them posts besides, too, where what it is seen with belongs to the raid.
        """
        said, key = False, key_of(message)
        for check in self._checks.see(message):
            is_live = settings.check_mode(check.rule.id) is Mode.LIVE
            if is_live or not self._roll.is_raid(message, check.seen_with(key)):
                said = True
            else:
                check.take(key)
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidParts:
    """The room, put together: the door of the main flow, and what the start, the clock and people call for."""

    door: Raids
    incidents: IncidentWork
    checks: Checks

    async def load(self) -> None:
        """Take up what is on record, on start, before anything waits for its turn."""
        await self.incidents.load()
        await self.checks.load()


def raid_parts(
    *,
    store: Store,
    recent: RecentTexts,
    casework: Casework,
    enforcing: Enforcing,
    settings: SettingsSource,
    policies: PolicySource,
    clock: Clock,
    directory: Directory | None = None,
) -> RaidParts:
    """Put the room together; it shares the limits of the casework. A recording has no directory."""
    roll, waves = Roll(store, recent, clock), Waves(store.incidents, clock, directory)
    confirming = Confirming(store=store, settings=settings, policies=policies, limits=casework.limits, clock=clock)
    incidents = IncidentWork(
        store=store, roll=roll, waves=waves, confirming=confirming, enforcing=enforcing, settings=settings, clock=clock
    )
    checks = Checks(store=store, casework=casework, enforcing=enforcing, clock=clock)
    door = Raids(
        roll=roll,
        leads=Leads(store, policies),
        places=Places(roll=roll, waves=waves, cases=store.cases, casework=casework, settings=settings),
        checks=checks,
        incidents=incidents,
    )
    return RaidParts(door=door, incidents=incidents, checks=checks)
