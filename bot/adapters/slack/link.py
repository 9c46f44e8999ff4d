"""One app's link to Slack: its sockets, what comes over them, and catching up after a gap."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.adapters.slack.backfill import Backfill
from bot.adapters.slack.catching_up import BackfillParts, BackfillSettings
from bot.adapters.slack.gateway import Gateway, Interactions
from bot.adapters.slack.history import SlackHistory
from bot.adapters.slack.inlet import Inlet
from bot.adapters.slack.sockets import Line, Lines, SocketSettings
from bot.adapters.slack.workspace import Calling, Workspace, web_client
from bot.domain.ids import CommunityId
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.inbox import Inbox


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
            ),
        )
        self._gateway = Gateway(
            workspaces, parts.inlet, parts.deliveries, parts.clock, parts.interactions, self.backfill.want
        )
        self._app = self._gateway.app()
        self.lines = Lines(self._line, parts.sockets, parts.clock, self.backfill.want)

    def _line(self, on_up: Callable[[], None]) -> Line:
        client = web_client(self._token, self._parts.calling)
        return Line(self._app, self._token, client, self._parts.sockets, on_up)

    async def run(self) -> None:
        """Stay linked until cancelled; then record until when nothing was missed."""
        await self.backfill.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.backfill.run())
                tasks.create_task(self.lines.run(self.backfill.checked))
        finally:
            await asyncio.shield(self.backfill.save())
