"""One app's link to Slack: its sockets, what comes over them, and catching up after a gap."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.adapters.slack.api import SlackApi
from bot.adapters.slack.incoming.backfill import Backfill
from bot.adapters.slack.incoming.catching_up import BackfillParts, BackfillSettings
from bot.adapters.slack.incoming.gateway import Gateway, Interactions
from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.inlet import Inlet
from bot.adapters.slack.incoming.signs import Signs
from bot.adapters.slack.incoming.sockets import Line, Lines, SocketSettings
from bot.adapters.slack.incoming.tickets import Tickets
from bot.adapters.slack.pace import Pace
from bot.adapters.slack.workspace import Calling, Workspace, web_client
from bot.domain.ids import CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.inbox import Inbox

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkParts:
    """What every link shares."""

    inlet: Inlet
    deliveries: Deliveries
    cursors: Cursors
    inbox: Inbox
    history: SlackHistory
    interactions: Interactions
    clock: Clock
    calling: Calling
    sockets: SocketSettings
    backfill: BackfillSettings
    signs: Signs


class Link:
    """Runs one app-level token's sockets for all workspaces that share it."""

    def __init__(self, token: str, workspaces: Mapping[CommunityId, Workspace], parts: LinkParts) -> None:
        self._token = token
        self._parts = parts
        self.backfill = Backfill(
            workspaces.values(),
            BackfillParts(
                history=parts.history,
                deliveries=parts.deliveries,
                cursors=parts.cursors,
                inbox=parts.inbox,
                clock=parts.clock,
                settings=parts.backfill,
                take=parts.inlet.take,
                alive=parts.signs.alive,
            ),
        )
        self._gateway = Gateway(
            workspaces, parts.inlet, parts.deliveries, parts.clock, parts.interactions, self.backfill.want
        )
        self._app = self._gateway.app()
        pace = Pace(parts.clock, parts.calling.post_every, parts.calling.minute)
        api = SlackApi(web_client(token, parts.calling), parts.clock, pace)
        self.tickets = Tickets(api, parts.clock, parts.sockets.refused_after)
        self.lines = Lines(self._line, parts.sockets, parts.clock, self.tickets, self._after_a_gap)
        self._communities = tuple(workspaces)
        self._was_up = False

    def _line(self, on_up: Callable[[Line], None]) -> Line:
        client = web_client(self._token, self._parts.calling)
        odd = self._gateway.unreadable_frame
        return Line(self._app, self._token, client, self._parts.sockets, self.tickets, on_up, odd)

    def _after_a_gap(self) -> None:
        """Catch up, and let be tried again what waits: Slack is really back."""
        self.backfill.want()
        for community in self._communities:
            self._parts.signs.alive(community)

    async def _checked(self, up: int) -> None:
        """Note how many sockets are up. Whatever the records' trouble is, it ends no connection."""
        if self._was_up and not up:
            _log.warning("slack_connection_lost", text="No connection to Slack is up. It is tried again.")
        self._was_up = up > 0
        try:
            await self.backfill.checked(up)
        except Exception as error:  # noqa: BLE001 - it is tried again with the next look
            _log.error("slack_moment_not_recorded", error=repr(error))

    async def run(self) -> None:
        """Stay linked until cancelled; then record until when nothing was missed."""
        await self.backfill.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.backfill.run())
                tasks.create_task(self.lines.run(self._checked))
        finally:
            await asyncio.shield(self.backfill.save())
