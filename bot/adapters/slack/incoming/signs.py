"""Signs of life: Slack is back, a channel or a permission was given. Whatever waits in a workspace may work now."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from bot.domain.ids import CommunityId
from bot.logs import get_logger

_log = get_logger(__name__)
Tell = Callable[[CommunityId], Awaitable[None]]


class Signs:
    """Tells of them, one after the other for each workspace and beside all else: what follows may take long."""

    def __init__(self, communities: Iterable[CommunityId], tell: Tell) -> None:
        self._tell = tell
        self._seen = {community: asyncio.Event() for community in communities}

    def alive(self, community: CommunityId) -> None:
        """Note a sign. Several that come while one is told of are told as one."""
        if community in self._seen:
            self._seen[community].set()

    async def run(self) -> None:
        """Tell of each sign until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for community in self._seen:
                tasks.create_task(self._for(community))

    async def _for(self, community: CommunityId) -> None:
        while True:
            await self._seen[community].wait()
            self._seen[community].clear()
            try:
                await self._tell(community)
            except Exception as error:  # noqa: BLE001 - the next sign is told of all the same
                _log.error("sign_of_life_not_followed", community=community, error=repr(error))
