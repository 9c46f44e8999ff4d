"""Committing what comes in. Only after this is a platform told that its event arrived."""

from bot.core.intake.proxies import attributed_event
from bot.core.intake.quotations import confirmed_event
from bot.domain.events import Event
from bot.domain.inbox import Acceptance
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox

_log = get_logger(__name__)


class Intake:
    """The one way in: live events, backfill and replays all pass here."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock

    async def accept(self, event: Event, delivery: str = "") -> Acceptance:
        """Commit the event and return what became of it; the caller acknowledges it afterwards.

        `delivery` is the platform's own id of the delivery, where it has one: delivered again, it changes nothing.
        """
        event = await confirmed_event(await attributed_event(event, self._inbox), self._inbox)
        acceptance = await self._inbox.accept(event, self._clock.now(), delivery)
        _log.debug("event_accepted", kind=type(event).__name__, accepted=acceptance.accepted)
        return acceptance
