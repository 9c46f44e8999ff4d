"""Writing in a thread that has gone to the archive. Discord refuses it (code 50083): open, write, close again."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import discord

from bot.adapters.discord.outgoing.refusals import ARCHIVED, FAILURES
from bot.logs import get_logger

_LOG = get_logger(__name__)

T = TypeVar("T")


async def written(place: object, write: Callable[[], Awaitable[T]], why: str | None = None) -> T:
    """Return what a call that changes something in a place comes to; `why` goes to the audit log.

    An archived thread is open for as long as the call takes; one that was locked stays locked all the time. Threads go
    to the archive by themselves, so that only Discord's answer tells of the latest. Raises what discord.py raises.
    """
    if not isinstance(place, discord.Thread):
        return await write()
    if not place.archived:
        try:
            return await write()
        except discord.HTTPException as error:
            if error.code != ARCHIVED:
                raise
    await place.edit(archived=False, reason=why)
    try:
        return await write()
    finally:
        await _close(place, why)


async def _close(place: discord.Thread, why: str | None) -> None:
    """Put a thread back into the archive. What was written stands, whether or not this is let happen."""
    with suppress(*FAILURES):
        await place.edit(archived=True, reason=why)
        return
    _LOG.warning("thread_left_open", thread=place.id, guild=place.guild.id)
