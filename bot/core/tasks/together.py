"""Work carried out side by side, of which the first fault of ours is told as it is."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from bot.domain.errors import HallmootError

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Carry out work side by side; it begins in the order given, which is the order of its first write.

    The first error ends the rest. One of ours is raised by itself, since it is written for the person who reads it;
    so is any error that is alone. Several that nobody expects come as the group that they are.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failed:
        if len(failed.exceptions) == 1:
            raise _first(failed) from None
        ours, others = failed.split(HallmootError)
        if ours is None or others is not None:
            raise
        raise _first(ours) from None
    return [task.result() for task in tasks]


def _first(group: BaseExceptionGroup[E]) -> E:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
