"""Noting that a session began anew, before anything of the new one is taken in.

discord.py hands each event to a task of its own. Without a barrier a message of the new session could be committed
before the break is: the gap would then begin behind it, and what was said in between would be nobody's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.adapters.discord.incoming.lanes import PAUSES, Deliver
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock

_LOG = get_logger(__name__)


class Breaks:
    """Notes breaks one after another, each until it is on record."""

    def __init__(self, note: Callable[[CommunityId], Awaitable[None]], clock: Clock) -> None:
        self._note = note
        self._clock = clock
        self._noting: set[asyncio.Task[None]] = set()

    def begin(self, communities: Iterable[CommunityId]) -> None:
        """Note a break in each of these. What is called after this and waits for `noted` comes after it."""
        for community in communities:
            task = asyncio.create_task(self._until_noted(community))
            self._noting.add(task)
            task.add_done_callback(self._noting.discard)

    async def noted(self) -> None:
        """Wait until every break that has begun is on record."""
        while self._noting:
            await asyncio.gather(*self._noting)

    def behind(self, deliver: Deliver) -> Deliver:
        """Return a delivery that waits for the breaks first."""

        async def deliver_behind(event: Event) -> None:
            await self.noted()
            await deliver(event)

        return deliver_behind

    async def _until_noted(self, community: CommunityId) -> None:
        for pause in (*PAUSES, None):
            try:
                await self._note(community)
            except Exception as error:  # noqa: BLE001 - a break that can't be noted must not hold up all messages
                if pause is None:
                    _LOG.error("break_not_noted", community=community, error=repr(error))
                    return
                await self._clock.sleep(pause)
            else:
                return
