"""Fetching what was sent while no socket was up. Slack does not keep such events, but their messages are still there.

One moment per workspace says until when nothing was missed. While a socket is up and everything delivered was taken in
it moves along, a margin behind the present; after a gap everything sent since then is read again, and what is known
already is passed over.
"""

import asyncio
from collections.abc import Iterable

from bot.adapters.slack.incoming.catching_up import BackfillParts, CatchingUp
from bot.adapters.slack.workspace import Workspace


class Backfill:
    """Catches up after every gap, in each workspace apart: one that Slack refuses or slows down holds up no other."""

    def __init__(self, workspaces: Iterable[Workspace], parts: BackfillParts) -> None:
        self._all = [CatchingUp(workspace, parts) for workspace in workspaces]
        self._clock = parts.clock
        self._save_every = parts.settings.save_every
        self._saved_at = float("-inf")

    @property
    def is_behind(self) -> bool:
        """Return whether anything is left to catch up on, anywhere."""
        return any(each.is_behind for each in self._all)

    async def start(self) -> None:
        """Read until when nothing was missed."""
        for each in self._all:
            await each.start()

    def want(self) -> None:
        """Ask for catching up: a socket (re)connected, or an event could not be taken in."""
        for each in self._all:
            each.want()

    async def checked(self, up: int) -> None:
        """Note how many sockets are up; moves the moments along where nothing is left to catch up on."""
        for each in self._all:
            if up:
                each.move_along()
            else:
                each.broken()
        if up and self._clock.monotonic() - self._saved_at >= self._save_every:
            self._saved_at = self._clock.monotonic()
            await self.save()

    async def save(self) -> None:
        """Record until when nothing was missed."""
        for each in self._all:
            await each.save()

    async def run(self) -> None:
        """Catch up whenever asked, until cancelled. What Slack is too busy for is tried again."""
        async with asyncio.TaskGroup() as tasks:
            for each in self._all:
                tasks.create_task(each.run())
