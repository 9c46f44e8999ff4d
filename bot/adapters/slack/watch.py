"""Which channels the bot reads: public ones are joined, and those that nobody reads are put on record."""

import asyncio
from collections.abc import Sequence

from bot.adapters.slack.api import pages
from bot.adapters.slack.files import word
from bot.adapters.slack.history import SlackHistory
from bot.adapters.slack.interactions import join
from bot.adapters.slack.pace import Method
from bot.adapters.slack.workspace import Workspace
from bot.domain.errors import PlatformError
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors

_log = get_logger(__name__)
_SETTLES_WITHIN = 2.0
"""Seconds from a change of channels to a look at them: the bot may be joining one just now."""
_LOOK_EVERY = 3600.0
"""Seconds after which is looked again: that somebody removed the bot is told to nobody."""


class Watch:
    """Looks after all workspaces, one after the other; what goes wrong in one is no reason to leave out another."""

    def __init__(
        self,
        workspaces: Sequence[Workspace],
        history: SlackHistory,
        cursors: Cursors,
        clock: Clock,
        joins: frozenset[str],
        settles_within: float = _SETTLES_WITHIN,
    ) -> None:
        self._workspaces = workspaces
        self._history = history
        self._cursors = cursors
        self._clock = clock
        self._joins = joins
        self._settles_within = settles_within
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Have the channels looked at again: one was made, renamed or joined."""
        self._changed.set()

    async def run(self) -> None:
        """Join public channels, then keep on record which are not read, until cancelled."""
        for workspace in self._workspaces:
            if workspace.community in self._joins:
                await self._join_all(workspace)
        while True:
            self._changed.clear()
            for workspace in self._workspaces:
                await self._look(workspace)
            await self._until_changed()

    async def _until_changed(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await self._changed.wait()
        except TimeoutError:
            return
        await self._clock.sleep(self._settles_within)

    async def _join_all(self, workspace: Workspace) -> None:
        """Join every public channel that the bot is not in; a failure is no reason not to moderate."""
        try:
            found = await pages(workspace.api, Method.CONVERSATIONS_LIST, "channels", exclude_archived=True, limit=200)
        except PlatformError as error:
            _log.warning("channels_not_listed", community=workspace.community, error=str(error))
            return
        for channel in found:
            if not channel.get("is_member"):
                await join(workspace, word(channel, "id"))

    async def _look(self, workspace: Workspace) -> None:
        try:
            names = await self._history.unwatched(workspace.community)
            await self._cursors.set_unwatched(workspace.community, names)
        except Exception as error:  # noqa: BLE001 - coverage lacks a line then, and everything else goes on
            _log.warning("channels_not_listed", community=workspace.community, error=str(error))
