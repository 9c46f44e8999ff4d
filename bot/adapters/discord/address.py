"""Where discord.py looks for Discord: at another address for benchmarks and tests, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

import discord
import yarl


@contextmanager
def pointed_at(api_url: str, gateway_url: str) -> Iterator[None]:
    """Point discord.py at this API and this gateway while the block runs; it has but one of each in a process."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = (route.BASE, socket.DEFAULT_GATEWAY)
    route.BASE, socket.DEFAULT_GATEWAY = api_url, yarl.URL(gateway_url)
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = before
