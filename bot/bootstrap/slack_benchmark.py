"""The Slack adapter in front of the benchmark's stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.adapters.slack.api import JSON
from bot.adapters.slack.incoming.catching_up import BackfillSettings
from bot.adapters.slack.incoming.gateway import Interactions
from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.inlet import Inlet
from bot.adapters.slack.incoming.link import Link, LinkParts
from bot.adapters.slack.incoming.signs import Signs
from bot.adapters.slack.incoming.sockets import SocketSettings
from bot.adapters.slack.people import read_people
from bot.adapters.slack.workspace import Calling, Workspace, open_workspace
from bot.bench.measures.slack import Deliver
from bot.bench.stand_ins.slack_stand_in import APP_TOKEN, BOT_TOKEN, SOCKETS
from bot.core.recordings.clocks import SystemClock
from bot.domain.errors import PlatformBusy
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.settings import SlackWorkspace
from bot.ports.store import Store

_PATIENCE = 30.0
_LOOK_EVERY = 0.05


class _Nobody(Interactions):
    """Nobody presses or types anything."""

    def noticed(self, workspace: Workspace, event: JSON) -> None:
        """Do nothing."""

    def pressed(self, workspace: Workspace, body: JSON) -> None:
        """Do nothing."""

    def commanded(self, workspace: Workspace, body: JSON) -> None:
        """Do nothing."""

    def shortcut(self, workspace: Workspace, body: JSON) -> None:
        """Do nothing."""

    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Close it."""
        del workspace, body
        return {}


@asynccontextmanager
async def on_slack(address: str, deliver: Deliver, store: Store) -> AsyncIterator[None]:
    """Link slack-bolt to a stand-in until all its sockets are up. Raises PlatformBusy when they do not come up."""
    clock, calling = SystemClock(), Calling(base_url=address)
    keys = SlackWorkspace(bot_token=BOT_TOKEN, app_token=APP_TOKEN, admin_token=None)
    workspace = await open_workspace(keys, clock, calling)
    await read_people(workspace.api, workspace.people)
    workspaces = {workspace.community: workspace}

    async def hand_on(event: Event, delivery: str = "") -> object:
        return await deliver(event, delivery)

    parts = LinkParts(
        inlet=Inlet(hand_on),
        deliveries=store.deliveries,
        cursors=store.cursors,
        inbox=store.inbox,
        history=SlackHistory(workspaces),
        interactions=_Nobody(),
        clock=clock,
        calling=calling,
        sockets=SocketSettings(sockets=SOCKETS, check_every=_LOOK_EVERY),
        backfill=BackfillSettings(messages=1_000, age=timedelta(days=1)),
        signs=Signs((), _nothing),
    )
    link = Link(APP_TOKEN, workspaces, parts)
    running = asyncio.create_task(link.run())
    try:
        await _up(link)
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _nothing(community: CommunityId) -> None:
    """Follow no sign of life."""
    del community


async def _up(link: Link) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            while link.lines.up < SOCKETS or link.backfill.is_behind:  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise PlatformBusy("The stand-in for Slack did not answer in time.") from None
