"""Every part of the benchmark: those that need no platform, and those that are given one here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from bot.adapters.discord.address import pointed_at
from bot.adapters.discord.incoming.gateway import Gateway, Receivers
from bot.adapters.discord.library_logs import take_over
from bot.bench import registry
from bot.bench.measures.guilds import Addresses, guilds_part
from bot.bench.measures.slack import slack_part
from bot.bootstrap.slack_benchmark import on_slack
from bot.bootstrap.stores import passing
from bot.core.recordings.clocks import SystemClock
from bot.domain.audit import AuditNote
from bot.domain.errors import PlatformBusy
from bot.domain.events import Event
from bot.domain.ids import CommunityId

_READY_AFTER = 0.2
_PATIENCE = 60.0


@asynccontextmanager
async def on_discord(
    addresses: Addresses, servers: int, deliver: Callable[[Event], Awaitable[None]]
) -> AsyncIterator[Callable[[], int]]:
    """Connect discord.py to a stand-in until so many servers are there. Raises PlatformBusy when they do not come."""
    take_over()
    left, all_there = servers, asyncio.Event()

    async def there(_: CommunityId) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            all_there.set()

    async with AsyncExitStack() as closing:
        records = await closing.enter_async_context(passing())
        closing.enter_context(pointed_at(addresses.api, addresses.gateway))
        gateway = Gateway(SystemClock(), guild_ready_timeout=_READY_AFTER)
        gateway.listen(
            Receivers(
                deliver=deliver,
                broken=_nothing,
                missed=there,
                alive=lambda _: None,
                record=_unrecorded,
                facts=records.facts,
            )
        )
        connection = asyncio.create_task(gateway.start("bench"))
        coming = asyncio.create_task(all_there.wait())
        try:
            await asyncio.wait([connection, coming], timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
            if not coming.done():
                raise PlatformBusy(f"The stand-in for Discord did not answer: {left} of {servers} servers are missing.")
            yield lambda: gateway.backlog
        finally:
            coming.cancel()
            await gateway.close()
            await gateway.drain()
            await asyncio.gather(connection, coming, return_exceptions=True)


async def _nothing(_: CommunityId) -> None:
    """Keep nothing of a break."""


async def _unrecorded(_: AuditNote) -> None:
    """Keep no note."""


PARTS = (*registry.PARTS[:1], guilds_part(on_discord), slack_part(on_slack), *registry.PARTS[1:])
