"""Which channels the bot reads: public ones are joined beside, and those that nobody reads are put on record."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.joining import Joining
from bot.adapters.slack.workspace import Workspace
from bot.domain.ids import CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors

_log = get_logger(__name__)
_SETTLES_WITHIN = 2.0
"""Seconds from a change of channels to a look at them: the bot may be joining one just now."""
_WHILE_JOINING = 30.0
"""Seconds between two looks while channels are being joined: each of them is news."""
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
        joinings: Mapping[CommunityId, Joining],
        settles_within: float = _SETTLES_WITHIN,
    ) -> None:
        self._workspaces = workspaces
        self._history = history
        self._cursors = cursors
        self._clock = clock
        self._joinings = joinings
        self._settles_within = settles_within
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Have the channels looked at again: one was made, renamed or joined."""
        self._changed.set()

    async def run(self) -> None:
        """Join public channels, and keep on record which are not read, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for joining in self._joinings.values():
                tasks.create_task(joining.run())
            tasks.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
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
        is_joining = any(joining.waiting for joining in self._joinings.values())
        await self._clock.sleep(_WHILE_JOINING if is_joining else self._settles_within)

    async def _look(self, workspace: Workspace) -> None:
        try:
            names = await self._history.unwatched(workspace.community)
            await self._cursors.set_unwatched(workspace.community, names)
        except Exception as error:  # noqa: BLE001 - coverage lacks a line then, and everything else goes on
            _log.warning("channels_not_listed", community=workspace.community, error=str(error))
